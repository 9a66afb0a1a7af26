// Headers of CUDA, cuDNN and cuBLAS that the tool brings itself: declarations of its own writing, for
// machines without a GPU. They are virtual files, searched after everything that is installed, so that real
// headers win.
#pragma once

#include "llvm/ADT/IntrusiveRefCntPtr.h"

#include <memory>
#include <string>
#include <vector>

namespace clang {
class CompilerInvocation;
class PPCallbacks;
class SourceManager;
} // namespace clang
namespace llvm::vfs {
class FileSystem;
} // namespace llvm::vfs

namespace cobra {

/// The real files and the stand-ins.
llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> withStandinHeaders();

/// Makes folders of an installed toolkit system folders and the stand-ins findable: behind all folders, and one in front of them that adds
/// to an installed <cudnn.h> the calls of older versions that it no longer declares. With `cuda` the runtime's header is included first, as
/// nvcc does.
void addStandinFolders(clang::CompilerInvocation& invocation, bool cuda);

/// Adds to `names` each stand-in that a file of the project includes, as it is included ("cudnn.h"); what
/// library headers include themselves is left out. To be given to the preprocessor before it begins; whether
/// headers come from the cache makes no difference.
std::unique_ptr<clang::PPCallbacks> watchStandins(const clang::SourceManager& sources, std::vector<std::string>& names);

/// True if one of the folders that `invocation` searches has this header.
bool isInstalled(const clang::CompilerInvocation& invocation, const std::string& header);

} // namespace cobra
