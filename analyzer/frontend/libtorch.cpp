#include "analyzer/frontend/libtorch.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

#include <algorithm>
#include <cstdlib>

namespace cobra {
namespace fs = std::filesystem;
namespace {

constexpr const char* apiHeader = "include/torch/csrc/api/include/torch/torch.h";

bool isThere(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

/// The folders in `folder` whose name starts with `prefix`, newest name first.
std::vector<fs::path> children(const fs::path& folder, llvm::StringRef prefix) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (llvm::StringRef(it->path().filename().native()).starts_with(prefix)) out.push_back(it->path());
  std::sort(out.rbegin(), out.rend());
  return out;
}

std::optional<fs::path> environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value || !*value) return std::nullopt;
  return fs::path(value);
}

int number(llvm::StringRef text, llvm::StringRef macro) {
  auto [before, after] = text.split(macro);
  int value = 0;
  after.ltrim().consumeInteger(10, value);
  return value;
}

void readVersion(LibTorch& torch) {
  for (const char* file : {"torch/headeronly/version.h", "torch/csrc/api/include/torch/version.h"}) {
    auto buffer = llvm::MemoryBuffer::getFile((torch.root / "include" / file).string());
    if (!buffer) continue;
    torch.major = number((*buffer)->getBuffer(), "define TORCH_VERSION_MAJOR");
    torch.minor = number((*buffer)->getBuffer(), "define TORCH_VERSION_MINOR");
    if (torch.major) return;
  }
}

/// .deps/ as scripts/setup leaves it, in any folder above the binary that runs.
void besideBinary(std::vector<fs::path>& out) {
  static int anchor; // an address inside this binary or plugin
  fs::path folder = llvm::sys::fs::getMainExecutable(nullptr, &anchor);
  for (int up = 0; up < 8 && folder.has_relative_path(); ++up) {
    folder = folder.parent_path();
    for (const fs::path& version : children(folder / ".deps", "libtorch")) {
      out.push_back(version / "torch");
      out.push_back(version);
    }
  }
}

void sitePackages(std::vector<fs::path>& out) {
  std::vector<fs::path> prefixes;
  for (const char* name : {"VIRTUAL_ENV", "CONDA_PREFIX"})
    if (auto prefix = environment(name)) prefixes.push_back(*prefix);
  if (auto home = environment("HOME")) prefixes.push_back(*home / ".local");
  prefixes.insert(prefixes.end(), {"/usr/local", "/usr"});
  for (const fs::path& prefix : prefixes)
    for (const char* lib : {"lib", "lib64"})
      for (const fs::path& python : children(prefix / lib, "python3"))
        for (const char* packages : {"site-packages", "dist-packages"}) out.push_back(python / packages / "torch");
}

/// Asks an interpreter that may live anywhere; the only thing here that costs more than a few file look-ups.
std::optional<LibTorch> askPython() {
  auto python = llvm::sys::findProgramByName("python3");
  if (!python) return std::nullopt;
  llvm::SmallString<128> answer;
  if (llvm::sys::fs::createTemporaryFile("cobra-python", "txt", answer)) return std::nullopt;
  const llvm::StringRef script = "import importlib.util as u; s = u.find_spec('torch'); "
                                 "print(s.submodule_search_locations[0] if s else '', end='')";
  const std::optional<llvm::StringRef> redirects[] = {llvm::StringRef(), answer.str(), llvm::StringRef()};
  llvm::sys::ExecuteAndWait(*python, {*python, "-c", script}, std::nullopt, redirects, /*SecondsToWait=*/5);
  std::optional<LibTorch> found;
  if (auto buffer = llvm::MemoryBuffer::getFile(answer); buffer && !(*buffer)->getBuffer().empty())
    found = libTorchAt(fs::path((*buffer)->getBuffer().str()));
  llvm::sys::fs::remove(answer);
  return found;
}

} // namespace

std::optional<LibTorch> libTorchAt(const fs::path& root) {
  if (!isThere(root / apiHeader)) return std::nullopt;
  LibTorch torch;
  std::error_code error;
  torch.root = fs::canonical(root, error);
  if (error) torch.root = root;
  torch.includeDirs = {(torch.root / "include").string(), (torch.root / "include/torch/csrc/api/include").string()};
  readVersion(torch);
  return torch;
}

std::optional<LibTorch> findLibTorch(std::string& why) {
  constexpr struct {
    const char* name;
    const char* below;                                                // from what it names to the root
  } variables[] = {{"LIBTORCH_DIR", "."}, {"Torch_DIR", "../../.."}}; // the second is <root>/share/cmake/Torch
  for (const auto& variable : variables)
    if (auto named = environment(variable.name)) {
      std::optional<LibTorch> torch = libTorchAt(*named / variable.below);
      if (!torch) why = std::string(variable.name) + " is '" + named->string() + "', and there is no LibTorch in it";
      return torch;
    }
  std::vector<fs::path> candidates;
  besideBinary(candidates);
  candidates.insert(candidates.end(), {"/opt/libtorch", "/usr/local/libtorch"});
  if (auto home = environment("HOME")) candidates.push_back(*home / "libtorch");
  sitePackages(candidates);
  candidates.push_back("/usr"); // Debian's libtorch-dev
  for (const fs::path& root : candidates)
    if (auto torch = libTorchAt(root)) return torch;
  if (auto torch = askPython()) return torch;
  why = "no LibTorch was found (looked at LIBTORCH_DIR, Torch_DIR, .deps/ beside the checkout, "
        "/opt/libtorch, ~/libtorch and installed Pythons)";
  return std::nullopt;
}

bool isLibTorchInclude(const fs::path& folder) {
  return isThere(folder / "torch/csrc") || isThere(folder / "torch/nn/module.h") || isThere(folder / "c10/core");
}

std::vector<std::string> findCudaIncludes(const std::optional<LibTorch>& torch) {
  std::vector<fs::path> candidates;
  if (auto home = environment("CUDA_HOME")) candidates.push_back(*home / "include");
  if (torch) { // the wheels: nvidia/cu13/include or nvidia/<library>/include beside torch/
    for (const fs::path& part : children(torch->root.parent_path() / "nvidia", "")) candidates.push_back(part / "include");
  }
  candidates.push_back("/usr/local/cuda/include");
  std::vector<std::string> out;
  for (const fs::path& folder : candidates) {
    // A wheel without the compiler's part cannot be parsed: better none of it.
    const bool broken = isThere(folder / "cuda_runtime.h") && !isThere(folder / "crt/host_config.h");
    if (isThere(folder) && !broken) out.push_back(folder.string());
  }
  return out;
}

} // namespace cobra
