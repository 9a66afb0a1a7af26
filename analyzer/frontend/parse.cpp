#include "analyzer/frontend/parse.h"

#include "analyzer/frontend/project_macros.h"
#include "analyzer/frontend/standin_headers.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Lex/HeaderSearch.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "clang/Parse/Parser.h"
#include "clang/Sema/Sema.h"
#include "clang/Sema/SemaConsumer.h"
#include "clang/Serialization/ASTReader.h"
#include "clang/Serialization/ASTWriter.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/SHA256.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cobra {
namespace {

constexpr unsigned keptErrors = 20;
constexpr double lockSeconds = 120;
constexpr unsigned stackBytes = 256u << 20; // the interpreter recurses with the program it reads

/// The library headers as one file. A header that is not there must not stop the others.
std::string prefixText(const std::vector<std::string>& headers) {
  std::string text;
  for (const std::string& header : headers) text += "#if __has_include(<" + header + ">)\n#include <" + header + ">\n#endif\n";
  return text;
}

/// Clang takes the file that `#pragma once` names from the file manager, where a buffer is not; a main file
/// is read once anyway.
std::string withoutOnce(std::string text) {
  static const llvm::Regex once("#[ \t]*pragma[ \t]+once");
  llvm::SmallVector<llvm::StringRef, 1> match;
  while (once.match(text, &match)) {
    const std::size_t at = static_cast<std::size_t>(match[0].data() - text.data());
    text.replace(at, match[0].size(), match[0].size(), ' ');
  }
  return text;
}

/// Everything that decides what the headers mean: the cc1 line without what belongs to this one file, and the
/// folders of libraries.
std::string cacheKey(clang::CompilerInvocation invocation, const std::string& prefix, std::string& description) {
  description = "headers without instantiations\n" + prefix + "folders\n";
  // Not from the cc1 line: Clang prints these groups in an order of its own and drops what does not follow
  // it.
  for (const auto& entry : invocation.getHeaderSearchOpts().UserEntries)
    if (entry.Group != clang::frontend::Quoted && entry.Group != clang::frontend::Angled) description += entry.Path + "\n";
  invocation.getHeaderSearchOpts().UserEntries.clear();
  invocation.getFrontendOpts().Inputs.clear();
  invocation.getFileSystemOpts().WorkingDir.clear();
  description += "flags\n";
  for (const std::string& argument : invocation.getCC1CommandLine()) description += argument + "\n";
  llvm::SHA256 hash;
  hash.update("cobra header cache 2\n");
  hash.update(clang::getClangFullVersion());
  hash.update(description);
  return llvm::toHex(hash.final(), /*LowerCase=*/true).substr(0, 32);
}

class ErrorCollector : public clang::DiagnosticConsumer {
public:
  explicit ErrorCollector(ParseOutcome& outcome) : outcome_(outcome) {}
  void HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& info) override {
    if (level < clang::DiagnosticsEngine::Error) return;
    SourceError error;
    if (info.getLocation().isValid() && info.hasSourceManager()) {
      const clang::SourceManager& sources = info.getSourceManager();
      if (clang::PresumedLoc at = sources.getPresumedLoc(sources.getExpansionLoc(info.getLocation())); at.isValid())
        error.at = {at.getFilename(), at.getLine(), at.getColumn(), at.getLine(), at.getColumn()};
    }
    if (++outcome_.errorCount[error.at.file] > keptErrors) return;
    llvm::SmallString<128> message;
    info.FormatDiagnostic(message);
    error.message = message.str().str();
    outcome_.errors.push_back(std::move(error));
  }

private:
  ParseOutcome& outcome_;
};

/// Code that runs on the device alone: only its launch is read.
bool runsOnDevice(const clang::Decl* declaration) {
  const clang::FunctionDecl* function = const_cast<clang::Decl*>(declaration)->getAsFunction();
  if (!function) return false;
  return function->hasAttr<clang::CUDAGlobalAttr>() ||
         (function->hasAttr<clang::CUDADeviceAttr>() && !function->hasAttr<clang::CUDAHostAttr>());
}

/// Keeps the bodies of the project's functions and skips those of the libraries and of the device.
class BodySkipper : public clang::SemaConsumer {
public:
  explicit BodySkipper(const clang::SourceManager& sources) : sources_(sources) {}
  bool shouldSkipFunctionBody(clang::Decl* declaration) override {
    return sources_.isInSystemHeader(sources_.getExpansionLoc(declaration->getLocation())) || runsOnDevice(declaration);
  }

private:
  const clang::SourceManager& sources_;
};

/// What a first run leaves for the next ones.
struct CacheEntry {
  const HeaderCache& cache;
  std::string key;
  std::string description;
};

/// ASTWriter asks every declaration of a namespace whether any of them was referenced, which is quadratic in
/// how often it is reopened: thousands of times for LibTorch's. Referenced already is the quick answer.
void markNamespaces(clang::DeclContext* scope) {
  for (clang::Decl* declaration : scope->decls()) {
    if (auto* inner = llvm::dyn_cast<clang::NamespaceDecl>(declaration)) {
      inner->setReferenced();
      markNamespaces(inner);
    } else if (auto* linkage = llvm::dyn_cast<clang::LinkageSpecDecl>(declaration)) {
      markNamespaces(linkage);
    }
  }
}

/// Writes the precompiled header in a child process, which has the parsed headers in memory already, so that
/// the answer need not wait for it. The child shares nothing with the terminal, holds the entry's lock until
/// it ends, and ends by itself.
void storeInBackground(clang::CompilerInstance& compiler, const CacheEntry& entry) {
  const pid_t child = ::fork();
  if (child > 0) ::waitpid(child, nullptr, 0);
  if (child != 0) return;
  if (::fork() != 0) ::_exit(0); // the writer is nobody's child: a long-lived process has no one to collect
  llvm::CrashRecoveryContext::Disable();
  ::setsid();
  if (int null = ::open("/dev/null", O_RDWR); null >= 0)
    for (int standard : {0, 1, 2}) ::dup2(null, standard);
  clang::Sema& sema = compiler.getSema();
  markNamespaces(sema.getASTContext().getTranslationUnitDecl());
  auto buffer = std::make_shared<clang::PCHBuffer>();
  clang::PCHGenerator generator(compiler.getPreprocessor(), compiler.getModuleCache(), entry.key + ".pch",
                                /*isysroot=*/"", buffer, {}, /*AllowASTWithErrors=*/true,
                                /*IncludeTimestamps=*/true);
  generator.InitializeSema(sema);
  generator.HandleTranslationUnit(sema.getASTContext());
  if (buffer->IsComplete) entry.cache.store(entry.key, buffer->Data.data(), buffer->Data.size(), entry.description);
  ::_exit(0);
}

/// One parser, two files: the library headers first, from which the cache entry is written, then the unit
/// itself, so that a first run parses nothing twice. With a precompiled header, or without a cache, there is
/// only the unit.
class UnitAction : public clang::ASTFrontendAction {
public:
  UnitAction(std::string unitName, std::string macros, std::string prefix, const CacheEntry* entry,
             const std::function<void(clang::Sema&)>& finished, ParseOutcome& outcome)
      : unitName_(std::move(unitName)), macros_(std::move(macros)), prefix_(std::move(prefix)), entry_(entry), finished_(finished),
        outcome_(outcome) {}

protected:
  // A prefix skips checks at the end of the unit that only a compiler needs.
  clang::TranslationUnitKind getTranslationUnitKind() override { return clang::TU_Prefix; }
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& compiler, llvm::StringRef) override {
    return std::make_unique<BodySkipper>(compiler.getSourceManager());
  }
  void ExecuteAction() override {
    clang::CompilerInstance& compiler = getCompilerInstance();
    compiler.getDiagnostics().setFatalsAsError(true); // a missing header must not end the reading
    compiler.createSema(clang::TU_Prefix, nullptr);
    clang::Sema& sema = compiler.getSema();
    clang::Preprocessor& preprocessor = compiler.getPreprocessor();
    clang::SourceManager& sources = compiler.getSourceManager();
    const clang::FileID unit = sources.getMainFileID();
    if (entry_) {
      preprocessor.enableIncrementalProcessing();
      // As if included at the unit's very start: the order of all locations stays well defined, and is the
      // one that a precompiled header gives.
      sources.setMainFileID(sources.createFileID(llvm::MemoryBuffer::getMemBufferCopy(prefix_, "<library headers>"), clang::SrcMgr::C_User,
                                                 0, 0, sources.getLocForStartOfFile(unit)));
    }
    preprocessor.addPPCallbacks(watchStandins(sources, outcome_.standins));
    clang::Parser parser(preprocessor, sema, /*SkipFunctionBodies=*/true);
    preprocessor.EnterMainSourceFile();
    if (!entry_) prepareUnit(preprocessor, sources, unit);
    if (clang::ExternalASTSource* external = sema.getASTContext().getExternalSource())
      external->StartTranslationUnit(&compiler.getASTConsumer());
    parser.Initialize();
    parseToEnd(parser, sema, /*first=*/true);
    if (entry_) {
      // What the headers alone would have instantiated at the end of every unit is library code, which nothing here runs.
      sema.PendingInstantiations.clear();
      sema.VTableUses.clear();
      storeInBackground(compiler, *entry_);
      sources.setMainFileID(unit);
      preprocessor.EnterSourceFile(unit, nullptr, clang::SourceLocation());
      prepareUnit(preprocessor, sources, unit);
      parser.ConsumeAnyToken(); // the end of the first file
      parseToEnd(parser, sema, /*first=*/false);
    }
    sema.DefineUsedVTables();
    sema.PerformPendingInstantiations();
    outcome_.parsed = true;
    finished_(sema);
    outcome_.finished = true;
  }

private:
  /// What belongs to this unit alone, and so must not be in the cache entry.
  void prepareUnit(clang::Preprocessor& preprocessor, clang::SourceManager& sources, clang::FileID unit) const {
    // A header read as a unit of its own must not come in a second time through the sources that are joined
    // to it.
    if (auto self = sources.getFileManager().getOptionalFileRef(unitName_)) {
      preprocessor.getHeaderSearchInfo().MarkFileIncludeOnce(*self);
      preprocessor.markIncluded(*self);
    }
    if (macros_.empty()) return;
    const clang::FileID file = sources.createFileID(llvm::MemoryBuffer::getMemBufferCopy(macros_, "<command line>"), clang::SrcMgr::C_User,
                                                    0, 0, sources.getLocForStartOfFile(unit));
    preprocessor.EnterSourceFile(file, nullptr,
                                 clang::SourceLocation()); // what is entered last is read first
  }

  void parseToEnd(clang::Parser& parser, clang::Sema& sema, bool first) {
    clang::Parser::DeclGroupPtrTy group;
    clang::Sema::ModuleImportState imports = clang::Sema::ModuleImportState::NotACXX20Module;
    bool end = first ? parser.ParseFirstTopLevelDecl(group, imports) : parser.ParseTopLevelDecl(group, imports);
    for (; !end; end = parser.ParseTopLevelDecl(group, imports))
      if (group && !sema.getASTConsumer().HandleTopLevelDecl(group.get())) return;
  }

  std::string unitName_;
  std::string macros_; // directives of the project's own
  std::string prefix_; // of the library headers, where the cache entry is to be written
  const CacheEntry* entry_;
  const std::function<void(clang::Sema&)>& finished_;
  ParseOutcome& outcome_;
};

/// One attempt in a thread with room for deep recursion; false where it crashed.
bool attempt(const clang::CompilerInvocation& invocation, const std::string& macros, const ParseRequest& request, const std::string& pch,
             const CacheEntry* entry, const std::function<void(clang::Sema&)>& finished, ParseOutcome& outcome) {
  llvm::CrashRecoveryContext::Enable();
  llvm::CrashRecoveryContext recovery;
  return recovery.RunSafelyOnThread(
      [&] {
        auto own = std::make_shared<clang::CompilerInvocation>(invocation);
        clang::FrontendOptions& frontend = own->getFrontendOpts();
        const std::string text = withoutOnce(request.text);
        std::unique_ptr<llvm::MemoryBuffer> buffer = llvm::MemoryBuffer::getMemBuffer(text, request.file);
        const clang::InputKind kind = frontend.Inputs.empty() ? clang::InputKind(clang::Language::CXX) : frontend.Inputs[0].getKind();
        frontend.Inputs = {clang::FrontendInputFile(buffer->getMemBufferRef(), kind)};
        frontend.DisableFree = request.leak;
        own->getPreprocessorOpts().ImplicitPCHInclude = pch;
        // After a crash this stack is gone, and LLVM's lists must not point into it.
        auto compiler = std::make_unique<clang::CompilerInstance>();
        compiler->setInvocation(std::move(own));
        ErrorCollector collector(outcome);
        compiler->createDiagnostics(&collector, /*ShouldOwnClient=*/false);
        compiler->createFileManager(withStandinHeaders());
        UnitAction action(request.file, macros, prefixText(request.headers), entry, finished, outcome);
        compiler->ExecuteAction(action);
      },
      stackBytes);
}

} // namespace

ParseOutcome parse(const clang::CompilerInvocation& given, const ParseRequest& request, const HeaderCache& cache,
                   const std::function<void(clang::Sema&)>& finished) {
  clang::CompilerInvocation invocation(given);
  const std::string macros = takeProjectMacros(invocation);
  // Nothing is left to try where the unit was read and what came after crashed.
  auto settled = [](bool survived, ParseOutcome& outcome, CacheUse use) {
    outcome.cache = use;
    if (!survived && outcome.parsed) outcome.failure = "the analysis crashed on it";
    return outcome.parsed;
  };
  if (!request.headers.empty()) {
    CacheEntry entry{cache, "", ""};
    entry.key = cacheKey(invocation, prefixText(request.headers), entry.description);
    std::optional<HeaderCache::Lock> lock;
    for (int round = 0; round < 2; ++round) {
      if (auto pch = cache.find(entry.key)) {
        ParseOutcome outcome;
        bool survived = attempt(invocation, macros, request, pch->string(), nullptr, finished, outcome);
        if (settled(survived, outcome, CacheUse::Hit)) return outcome;
        if (!survived) { // is it the source, or the entry?
          ParseOutcome plain;
          const bool alive = attempt(invocation, macros, request, "", nullptr, finished, plain);
          if (settled(alive, plain, CacheUse::None)) {
            cache.drop(entry.key);
          } else {
            plain.failure = "Clang's parser crashed on it";
          }
          return plain;
        }
        cache.drop(entry.key); // stale or broken
      }
      // Another process may have written it while this one waited for the lock: look again.
      if (lock) break;
      if (std::optional<HeaderCache::Lock> mine = cache.lock(entry.key, lockSeconds)) {
        lock.emplace(std::move(*mine));
      } else {
        break;
      }
    }
    if (lock) {
      ParseOutcome outcome;
      bool survived = attempt(invocation, macros, request, "", &entry, finished, outcome);
      if (settled(survived, outcome, CacheUse::Built)) return outcome;
    }
  }
  ParseOutcome outcome;
  bool survived = attempt(invocation, macros, request, "", nullptr, finished, outcome);
  if (!settled(survived, outcome, CacheUse::None))
    outcome.failure = !survived                ? "Clang's parser crashed on it"
                      : outcome.errors.empty() ? "Clang did not start on it"
                                               : outcome.errors.front().message;
  return outcome;
}

} // namespace cobra
