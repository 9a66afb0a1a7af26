#include "analyzer/frontend/include_search.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

namespace cobra {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t maxFiles = 20'000;
constexpr int maxUp = 4;
constexpr llvm::StringLiteral endings[] = {".h", ".hpp", ".hh", ".hxx", ".cuh", ".inl", ".ipp"};

bool isThere(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

fs::path projectRoot(const fs::path& file) {
  fs::path root = file.parent_path();
  fs::path folder = root;
  for (int up = 0; up <= maxUp && folder != folder.root_path(); ++up, folder = folder.parent_path()) {
    if (isThere(folder / "CMakeLists.txt") || isThere(folder / "Makefile")) root = folder;
    if (isThere(folder / ".git")) return folder;
    // src/main.cpp beside include/, without any build file.
    if (up == 1 && (isThere(folder / "include") || isThere(folder / "inc"))) root = folder;
  }
  return root;
}

/// Every header of the project by its file name.
std::multimap<std::string, fs::path> headersBelow(const fs::path& root) {
  std::multimap<std::string, fs::path> out;
  std::error_code error;
  std::size_t seen = 0;
  fs::recursive_directory_iterator it(root, fs::directory_options::skip_permission_denied, error), end;
  for (; !error && it != end && seen < maxFiles; it.increment(error), ++seen) {
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    if (it->is_directory(ignored)) {
      if (name.starts_with(".") || name.starts_with("build") || name.starts_with("cmake-build") || name == "node_modules" ||
          name == "libtorch")
        it.disable_recursion_pending();
    } else if (llvm::is_contained(endings, it->path().extension().string())) {
      out.emplace(name, it->path());
    }
  }
  return out;
}

std::size_t sharedParts(const fs::path& a, const fs::path& b) {
  auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  (void)y;
  return static_cast<std::size_t>(std::distance(a.begin(), x));
}

bool ofALibrary(llvm::StringRef name) {
  for (llvm::StringRef prefix : {"torch/", "ATen/", "c10/", "caffe2/", "bits/", "sys/"})
    if (name.starts_with(prefix)) return true;
  return isThere(fs::path("/usr/include") / name.str()); // math.h, opencv4/...
}

} // namespace

std::vector<std::string> projectIncludeFlags(const std::string& file, const SourceScan& scan) {
  std::vector<std::string> wanted;
  for (const std::string& name : scan.library)
    if (llvm::is_contained(endings, fs::path(name).extension().string()) && !ofALibrary(name)) wanted.push_back(name);
  if (wanted.empty()) return {};

  const std::multimap<std::string, fs::path> headers = headersBelow(projectRoot(file));
  std::vector<std::string> flags;
  for (const std::string& name : wanted) {
    const fs::path tail = fs::path(name).lexically_normal();
    std::optional<fs::path> best;
    std::size_t bestShared = 0;
    auto [first, last] = headers.equal_range(tail.filename().string());
    for (auto it = first; it != last; ++it) {
      if (!llvm::StringRef(it->second.native()).ends_with("/" + tail.native())) continue;
      std::size_t shared = sharedParts(it->second, file);
      if (!best || shared > bestShared) best = it->second, bestShared = shared;
    }
    if (!best) continue;
    fs::path folder = *best;
    for (auto part = tail.begin(); part != tail.end(); ++part) folder = folder.parent_path();
    // A folder of plain names may hold a "math.h": it answers quoted includes only.
    const std::string flag = (tail.has_parent_path() ? "-I" : "-iquote") + folder.string();
    if (!llvm::is_contained(flags, flag)) flags.push_back(flag);
  }
  return flags;
}

} // namespace cobra
