// Finds LibTorch's headers on this machine, without being told.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cobra {

struct LibTorch {
  std::filesystem::path root;           // holds include/ and lib/
  std::vector<std::string> includeDirs; // in search order
  int major = 0, minor = 0;             // 0.0: the headers do not say
  std::string version() const { return std::to_string(major) + "." + std::to_string(minor); }
};

/// The LibTorch that lies at `root`, if its headers are there.
std::optional<LibTorch> libTorchAt(const std::filesystem::path& root);

/// Looked at in this order: LIBTORCH_DIR, Torch_DIR (environment), .deps/ in a folder above the running
/// binary, usual install folders, the site-packages of installed Pythons, and last what `python3` itself
/// says. Nothing is downloaded. Where there is none, `why` says where it was looked for; a variable that
/// names a folder without LibTorch is an error of its own.
std::optional<LibTorch> findLibTorch(std::string& why);

/// True for an include folder that belongs to LibTorch: function bodies in it are never needed.
bool isLibTorchInclude(const std::filesystem::path& folder);

/// CUDA's and cuDNN's header folders: CUDA_HOME, the wheels beside LibTorch, /usr/local/cuda. Only folders
/// that exist.
std::vector<std::string> findCudaIncludes(const std::optional<LibTorch>& torch);

} // namespace cobra
