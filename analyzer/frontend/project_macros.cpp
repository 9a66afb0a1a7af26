#include "analyzer/frontend/project_macros.h"

#include "clang/Frontend/CompilerInvocation.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "llvm/ADT/STLExtras.h"

namespace cobra {
namespace {

constexpr llvm::StringLiteral libraryPrefixes[] = {"_",      "TORCH",    "C10_",  "AT_",     "USE_",   "CAFFE2", "NDEBUG", "DEBUG",
                                                   "FMT_",   "CUDA",     "CUDNN", "CUB_",    "THRUST", "EIGEN",  "BOOST",  "OPENCV",
                                                   "CV_",    "PROTOBUF", "GLOG",  "GOOGLE_", "ONNX",   "PYBIND", "Py_",    "STRIP_",
                                                   "BUILD_", "HAVE_",    "WITH_", "ENABLE_", "FBGEMM", "KINETO"};

bool mayConcernLibraries(llvm::StringRef definition) {
  return llvm::any_of(libraryPrefixes, [&](llvm::StringRef prefix) { return definition.starts_with(prefix); });
}

} // namespace

std::string takeProjectMacros(clang::CompilerInvocation& invocation) {
  std::string directives;
  llvm::erase_if(invocation.getPreprocessorOpts().Macros, [&](const std::pair<std::string, bool>& macro) {
    llvm::StringRef definition = macro.first;
    // A definition over several lines is one that nobody writes by hand.
    if (mayConcernLibraries(definition) || definition.contains('\n')) return false;
    auto [name, value] = definition.split('=');
    if (macro.second) {
      directives += "#undef " + name.str() + "\n";
    } else {
      directives += "#define " + name.str() + " " + (definition.contains('=') ? value.str() : "1") + "\n";
    }
    return true;
  });
  return directives;
}

} // namespace cobra
