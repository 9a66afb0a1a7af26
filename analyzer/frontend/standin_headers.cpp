#include "analyzer/frontend/standin_headers.h"

#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInvocation.h"
#include "clang/Lex/HeaderSearchOptions.h"
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

std::vector<std::string> standinsRead(const clang::SourceManager& sources) {
  std::vector<std::string> out;
  for (auto it = sources.fileinfo_begin(); it != sources.fileinfo_end(); ++it) {
    llvm::StringRef name = it->first.getName();
    if (!name.consume_front(behind)) continue;
    const clang::FileID id = sources.translateFile(it->first);
    const clang::SourceLocation from = id.isValid() ? sources.getIncludeLoc(id) : clang::SourceLocation();
    const bool byAnother = from.isValid() && sources.getFilename(from).starts_with(behind);
    if (!byAnother) out.push_back(name.str());
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool isInstalled(const clang::CompilerInvocation& invocation, const std::string& header) {
  std::error_code error;
  for (const auto& entry : invocation.getHeaderSearchOpts().UserEntries)
    if (std::filesystem::is_regular_file(std::filesystem::path(entry.Path) / header, error)) return true;
  return false;
}

} // namespace cobra
