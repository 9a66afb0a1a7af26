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

/// CUDA's mode with any toolkit, or none: an installed runtime header is read as a host compiler reads it, and the words
/// that mark device code are given their meaning behind it. Clang's own wrappers ask for a toolkit that they know.
constexpr llvm::StringLiteral cudaMode = R"(#pragma GCC system_header
#include <cuda_runtime.h>
#ifndef COBRA_CUDA_RUNTIME_H
#undef __global__
#undef __device__
#undef __host__
#undef __shared__
#undef __constant__
#undef __managed__
#undef __launch_bounds__
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __host__ __attribute__((host))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __managed__ __attribute__((managed))
#define __launch_bounds__(...)
extern "C" int cudaConfigureCall(dim3, dim3, size_t = 0, cudaStream_t = 0);
extern "C" unsigned __cudaPushCallConfiguration(dim3, dim3, size_t = 0, cudaStream_t = 0);
extern const __device__ uint3 threadIdx, blockIdx;
extern const __device__ dim3 blockDim, gridDim;
#endif
)";

/// Runtime headers are installed without libcu++, of which cuda_fp16.h wants this: bodies of library functions are not read.
constexpr llvm::StringLiteral nvTarget = R"(#pragma once
#pragma GCC system_header
#define NV_IF_TARGET(...)
#define NV_IF_ELSE_TARGET(...)
#define NV_DISPATCH_TARGET(...)
)";

/// A folder of NVIDIA's headers, however the command names it, holds a library's: -I says nothing of whose it is.
bool isToolkit(const std::string& folder) {
  std::error_code error;
  for (const char* header : {"cuda_runtime_api.h", "cudnn.h", "cublas_v2.h", "cudnn_frontend.h"})
    if (std::filesystem::is_regular_file(std::filesystem::path(folder) / header, error)) return true;
  return false;
}

} // namespace

llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> withStandinHeaders() {
  auto files = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  for (const CobraStandinHeader* header = cobra_standin_headers; header->name; ++header)
    files->addFile(behind + header->name, 0, llvm::MemoryBuffer::getMemBuffer(header->text));
  files->addFile(inFront + "cudnn.h", 0, llvm::MemoryBuffer::getMemBuffer(cudnnFront));
  files->addFile(behind + "nv/target", 0, llvm::MemoryBuffer::getMemBuffer(nvTarget));
  files->addFile(inFront + "cobra_cuda_mode.h", 0, llvm::MemoryBuffer::getMemBuffer(cudaMode));
  auto all = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(llvm::vfs::getRealFileSystem());
  all->pushOverlay(files);
  return all;
}

void addStandinFolders(clang::CompilerInvocation& invocation, bool cuda) {
  auto& entries = invocation.getHeaderSearchOpts().UserEntries;
  for (auto& entry : entries)
    if (entry.Group == clang::frontend::Angled && isToolkit(entry.Path)) entry.Group = clang::frontend::System;
  entries.insert(entries.begin(), {inFront.str(), clang::frontend::Angled, false, true});
  entries.push_back({behind.str(), clang::frontend::After, false, true});
  if (cuda) {
    std::erase_if(entries, [](const auto& entry) { return llvm::StringRef(entry.Path).ends_with("cuda_wrappers"); });
    auto& includes = invocation.getPreprocessorOpts().Includes;
    includes.insert(includes.begin(), "cobra_cuda_mode.h");
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
