#include "analyzer/tool/source_tree.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>
#include <filesystem>

namespace cobra::tool {
namespace fs = std::filesystem;
namespace {

constexpr llvm::StringLiteral sourceEndings[] = {".cpp", ".cc", ".cxx", ".c++", ".C", ".cu"};
constexpr llvm::StringLiteral headerEndings[] = {".h", ".hpp", ".hh", ".hxx", ".cuh"};

bool endsWithOneOf(llvm::StringRef name, llvm::ArrayRef<llvm::StringLiteral> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](llvm::StringRef e) { return name.ends_with(e); });
}

bool passedOver(const fs::path& folder) {
  std::error_code error;
  return folder.filename().native().starts_with(".") || fs::exists(folder / "CMakeCache.txt", error);
}

/// The last parts of the paths that `file` includes.
void addIncludes(const std::string& file, llvm::StringSet<>& names) {
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer) return;
  llvm::StringRef rest = (*buffer)->getBuffer();
  while (!rest.empty()) {
    llvm::StringRef line;
    std::tie(line, rest) = rest.split('\n');
    line = line.ltrim();
    if (!line.consume_front("#") || !(line = line.ltrim()).consume_front("include")) continue;
    line = line.ltrim();
    const char close = line.starts_with("\"") ? '"' : '>';
    const llvm::StringRef path = line.drop_front(line.empty() ? 0 : 1).take_until([&](char c) { return c == close; });
    names.insert(path.rsplit('/').second.empty() ? path : path.rsplit('/').second);
  }
}

std::vector<std::string> walk(const fs::path& root) {
  std::vector<std::string> sources, headers;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, fs::directory_options::skip_permission_denied, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code ignored;
    if (it->is_directory(ignored)) {
      if (passedOver(it->path())) it.disable_recursion_pending();
    } else if (it->is_regular_file(ignored)) {
      const std::string path = it->path().string();
      if (endsWithOneOf(path, sourceEndings)) sources.push_back(path);
      if (endsWithOneOf(path, headerEndings)) headers.push_back(path);
    }
  }
  llvm::StringSet<> included;
  for (const auto* list : {&sources, &headers})
    for (const std::string& file : *list) addIncludes(file, included);
  for (const std::string& header : headers)
    if (!included.contains(fs::path(header).filename().string())) sources.push_back(header);
  return sources;
}

} // namespace

std::vector<std::string> sourceFiles(const std::vector<std::string>& paths) {
  std::vector<std::string> out;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      out.push_back(path);
      continue;
    }
    std::vector<std::string> found = walk(path);
    std::sort(found.begin(), found.end());
    out.insert(out.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  }
  llvm::StringSet<> seen;
  std::erase_if(out, [&](const std::string& file) { return !seen.insert(file).second; });
  return out;
}

} // namespace cobra::tool
