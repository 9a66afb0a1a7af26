#include "analyzer/frontend/standin_headers.h"

#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInvocation.h"
#include "clang/Lex/HeaderSearchOptions.h"
#include "clang/Lex/PPCallbacks.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/VirtualFileSystem.h"

#include <algorithm>
#include <filesystem>

// Written by CMakeLists.txt from the files in analyzer/headers: name and text of each, ended by nulls.
struct CobraStandinHeader {
  const char* name;
  const char* text;
};
extern const CobraStandinHeader cobra_standin_headers[];

namespace cobra {
namespace {

constexpr llvm::StringLiteral behind = "/.cobra/headers/";
constexpr llvm::StringLiteral inFront = "/.cobra/front/";

/// What an installed <cudnn.h> is read through.
constexpr llvm::StringLiteral cudnnFront = R"(#pragma GCC system_header
#include_next <cudnn.h>
#if defined(CUDNN_MAJOR)
#include <cudnn_older.h>
#endif
)";

class StandinWatch : public clang::PPCallbacks {
public:
  StandinWatch(const clang::SourceManager& sources, std::vector<std::string>& names) : sources_(sources), names_(names) {}
  void InclusionDirective(clang::SourceLocation hash, const clang::Token&, llvm::StringRef, bool, clang::CharSourceRange,
                          clang::OptionalFileEntryRef file, llvm::StringRef, llvm::StringRef, const clang::Module*, bool,
                          clang::SrcMgr::CharacteristicKind) override {
    llvm::StringRef name = file ? file->getName() : "";
    if (!name.consume_front(behind)) return;
    llvm::StringRef from = sources_.getFilename(hash);
    const bool front = from.consume_front(inFront) && from == name; // <cudnn.h> is read through one of its own
    if (sources_.isInSystemHeader(hash) && !front) return;
    const auto place = std::lower_bound(names_.begin(), names_.end(), name);
    if (place == names_.end() || *place != name) names_.insert(place, name.str());
  }

private:
  const clang::SourceManager& sources_;
  std::vector<std::string>& names_;
};

} // namespace

llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> withStandinHeaders() {
  auto files = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  for (const CobraStandinHeader* header = cobra_standin_headers; header->name; ++header)
    files->addFile(behind + header->name, 0, llvm::MemoryBuffer::getMemBuffer(header->text));
  files->addFile(inFront + "cudnn.h", 0, llvm::MemoryBuffer::getMemBuffer(cudnnFront));
  auto all = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(llvm::vfs::getRealFileSystem());
  all->pushOverlay(files);
  return all;
}

void addStandinFolders(clang::CompilerInvocation& invocation, bool cuda) {
  auto& entries = invocation.getHeaderSearchOpts().UserEntries;
  entries.insert(entries.begin(), {inFront.str(), clang::frontend::Angled, false, true});
  entries.push_back({behind.str(), clang::frontend::After, false, true});
  if (cuda) {
    auto& includes = invocation.getPreprocessorOpts().Includes;
    includes.insert(includes.begin(), "cuda_runtime.h");
  }
}

std::unique_ptr<clang::PPCallbacks> watchStandins(const clang::SourceManager& sources, std::vector<std::string>& names) {
  return std::make_unique<StandinWatch>(sources, names);
}

bool isInstalled(const clang::CompilerInvocation& invocation, const std::string& header) {
  std::error_code error;
  for (const auto& entry : invocation.getHeaderSearchOpts().UserEntries)
    if (std::filesystem::is_regular_file(std::filesystem::path(entry.Path) / header, error)) return true;
  return false;
}

} // namespace cobra
