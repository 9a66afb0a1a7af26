#include "analyzer/frontend/parse.h"
#include "analyzer/frontend/standin_headers.h"

#include "clang/Basic/DiagnosticOptions.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/CompilerInvocation.h"
#include "clang/Frontend/Utils.h"
#include "clang/Lex/HeaderSearchOptions.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"

#include <array>
#include <filesystem>

namespace cobra {
namespace fs = std::filesystem;
namespace {

bool isC(llvm::StringRef file) { return llvm::sys::path::extension(file) == ".c"; }
bool isCuda(llvm::StringRef file) {
  const llvm::StringRef extension = llvm::sys::path::extension(file);
  return extension == ".cu" || extension == ".cuh";
}

/// Flags of nvcc that Clang reads as something else, or that take a second word.
std::vector<std::string> withoutNvcc(const std::vector<std::string>& arguments) {
  static constexpr std::array<llvm::StringLiteral, 9> withWord = {"-x",      "-gencode", "--generate-code", "-Xcompiler", "-ccbin",
                                                                  "-Xptxas", "-Xcudafe", "--options-file",  "-arch"};
  static constexpr std::array<llvm::StringLiteral, 10> alone = {
      "-gencode=", "--generate-code=", "-Xcompiler=", "-ccbin=", "-arch=", "-code=", "-rdc=", "--expt-", "-dc", "--use_fast_math"};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const llvm::StringRef argument = arguments[i];
    if (i && llvm::is_contained(withWord, argument)) {
      ++i;
    } else if (!i || llvm::none_of(alone, [&](llvm::StringRef flag) { return argument.starts_with(flag); })) {
      out.push_back(arguments[i]);
    }
  }
  return out;
}

/// Paths that stand in the invocation relative to the command's folder, made absolute: the cache key must not
/// depend on it.
void makeAbsolute(std::string& path, const std::string& directory) {
  if (!path.empty() && !llvm::sys::path::is_absolute(path)) path = (fs::path(directory) / path).lexically_normal().string();
}

void adjustForReading(clang::CompilerInvocation& invocation, const std::string& directory, const std::string& file) {
  clang::HeaderSearchOptions& search = invocation.getHeaderSearchOpts();
  for (auto& entry : search.UserEntries) {
    makeAbsolute(entry.Path, directory);
    // LibTorch given with -I instead of -isystem is a library all the same.
    if (entry.Group == clang::frontend::Angled && isLibTorchInclude(entry.Path)) entry.Group = clang::frontend::System;
  }
  // The main file is a buffer without a folder of its own.
  search.UserEntries.insert(search.UserEntries.begin(), {fs::path(file).parent_path().string(), clang::frontend::Quoted, false, true});
  addStandinFolders(invocation, isCuda(file));
  search.ModulesValidateSystemHeaders = true; // a changed LibTorch makes its precompiled header stale

  clang::DiagnosticOptions& diagnostics = invocation.getDiagnosticOpts();
  diagnostics.IgnoreWarnings = true;
  diagnostics.ErrorLimit = 0;
  diagnostics.Remarks.clear();
  diagnostics.Warnings.clear();

  clang::PreprocessorOptions& preprocessor = invocation.getPreprocessorOpts();
  preprocessor.ImplicitPCHInclude.clear();
  preprocessor.AllowPCHWithCompilerErrors = true;
  preprocessor.DetailedRecord = false;

  // What only matters to code generation must not split the header cache.
  invocation.getCodeGenOpts() = clang::CodeGenOptions();
  clang::LangOptions& language = invocation.getLangOpts();
  language.SpellChecking = false;
  language.Optimize = language.OptimizeSize = false;
  language.NoInlineDefine = true; // __NO_INLINE__, as without optimization
  language.PICLevel = language.PIE = 0;
  language.SemanticInterposition = language.HalfNoSemanticInterposition = false;

  clang::FrontendOptions& frontend = invocation.getFrontendOpts();
  frontend.ProgramAction = clang::frontend::ParseSyntaxOnly;
  frontend.SkipFunctionBodies = true;
  frontend.Plugins.clear();
  frontend.AddPluginActions.clear();
  frontend.OutputFile.clear();
  invocation.getDependencyOutputOpts() = clang::DependencyOutputOptions();
}

} // namespace

std::shared_ptr<clang::CompilerInvocation> makeInvocation(const CompileCommand& command, const std::string& file,
                                                          const std::vector<std::string>& extraIncludes, std::string& why) {
  const std::string resources = resourceFolder();
  if (resources.empty()) {
    why = "Clang's own headers (lib/clang/19/include) are not on this machine; install clang-19";
    return nullptr;
  }
  std::vector<std::string> arguments = isCuda(file) ? withoutNvcc(command.arguments) : command.arguments;
  // The driver beside the resource folder finds the C++ library that belongs to it.
  arguments.front() = (fs::path(resources).parent_path().parent_path().parent_path() / "bin/clang++").string();
  for (const std::string& folder : extraIncludes) arguments.insert(arguments.end(), {"-isystem", folder});
  arguments.insert(arguments.end(), {"-fsyntax-only", "-resource-dir=" + resources});
  if (isCuda(file)) // the host's side, as nvcc reads it, without asking for a toolkit
    arguments.insert(arguments.end(), {"--cuda-host-only", "-nocudainc", "-nocudalib", "-x", "cuda"});
  else if (!isC(file))
    arguments.insert(arguments.end(), {"-x", "c++"});
  arguments.push_back(file);

  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  clang::CreateInvocationOptions options;
  clang::IgnoringDiagConsumer silent; // unknown flags of other compilers are no reason to stop
  options.Diags = clang::CompilerInstance::createDiagnostics(new clang::DiagnosticOptions, &silent,
                                                             /*ShouldOwnClient=*/false);
  options.RecoverOnError = true;
  std::unique_ptr<clang::CompilerInvocation> invocation = clang::createInvocation(pointers, options);
  if (!invocation) {
    why = "Clang cannot make sense of the compile flags of '" + file + "'";
    return nullptr;
  }
  invocation->getFileSystemOpts().WorkingDir = command.directory;
  adjustForReading(*invocation, command.directory, file);
  return invocation;
}

} // namespace cobra
