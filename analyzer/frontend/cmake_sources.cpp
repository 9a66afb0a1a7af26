#include "analyzer/frontend/cmake_sources.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>
#include <filesystem>

namespace cobra {
namespace fs = std::filesystem;
namespace {

constexpr unsigned foldersUp = 4;
constexpr std::size_t maxSources = 400;
constexpr std::size_t maxWords = 2000; // of one command, and of one variable
constexpr std::size_t maxWord = 1024;
constexpr std::size_t maxListed = 5000; // entries of folders that one glob looks at
constexpr std::uintmax_t maxBytes = 1u << 20;

/// Reads commands from left to right.
class Reader {
public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::vector<CMakeCommand> commands() {
    std::vector<CMakeCommand> out;
    while (skipSpace(), at_ < text_.size()) {
      if (!llvm::isAlpha(text_[at_]) && text_[at_] != '_') {
        ++at_;
        continue;
      }
      CMakeCommand command;
      while (at_ < text_.size() && (llvm::isAlnum(text_[at_]) || text_[at_] == '_')) command.name += llvm::toLower(text_[at_++]);
      skipSpace();
      if (at_ >= text_.size() || text_[at_] != '(') continue;
      ++at_;
      arguments(command.arguments);
      out.push_back(std::move(command));
    }
    return out;
  }

private:
  void skipSpace() {
    while (at_ < text_.size()) {
      if (text_[at_] == '#')
        skipComment();
      else if (llvm::isSpace(text_[at_]))
        ++at_;
      else
        return;
    }
  }
  void skipComment() {
    const bool block = text_.substr(at_).starts_with("#[[");
    const std::size_t end = text_.find(block ? "]]" : "\n", at_);
    at_ = end == std::string_view::npos ? text_.size() : end + (block ? 2 : 1);
  }
  void arguments(std::vector<std::string>& out) {
    for (int depth = 1; skipSpace(), at_ < text_.size();) {
      const char c = text_[at_];
      if (c == '(' || c == ')') {
        ++at_;
        depth += c == '(' ? 1 : -1;
        if (depth == 0) return;
      } else {
        out.push_back(c == '"' ? quoted() : bare());
      }
    }
  }
  std::string quoted() {
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_];
    }
    if (at_ < text_.size()) ++at_;
    return out;
  }
  std::string bare() {
    std::string out;
    while (at_ < text_.size() && !llvm::isSpace(text_[at_]) && !llvm::StringRef("()#\"").contains(text_[at_])) out += text_[at_++];
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool isSource(llvm::StringRef path) {
  return llvm::any_of(std::initializer_list<llvm::StringRef>{".cpp", ".cc", ".cxx", ".C", ".cu"},
                      [&](llvm::StringRef ending) { return path.ends_with(ending); });
}

/// What one CMakeLists.txt says.
class Lists {
public:
  Lists(fs::path folder, fs::path root) : folder_(std::move(folder)), root_(std::move(root)) {
    for (const char* name : {"CMAKE_CURRENT_SOURCE_DIR", "CMAKE_CURRENT_LIST_DIR"}) variables_[name] = {folder_.string()};
    for (const char* name : {"CMAKE_SOURCE_DIR", "PROJECT_SOURCE_DIR"}) variables_[name] = {root_.string()};
  }

  void read(std::string_view text) {
    for (const CMakeCommand& command : readCMake(text)) {
      std::vector<std::string> words = expanded(command.arguments);
      if (words.empty()) continue;
      if (command.name == "set") {
        variables_[words[0]] = {words.begin() + 1, words.end()};
      } else if (command.name == "list" && words.size() > 2 && words[0] == "APPEND") {
        auto& variable = variables_[words[1]];
        if (variable.size() < maxWords) variable.insert(variable.end(), words.begin() + 2, words.end());
      } else if (command.name == "file" && words.size() > 2 && llvm::StringRef(words[0]).starts_with("GLOB")) {
        variables_[words[1]] = globbed({words.begin() + 2, words.end()}, words[0] == "GLOB_RECURSE");
      } else if (command.name == "aux_source_directory" && words.size() == 2) {
        variables_[words[1]] = globbed({words[0] + "/*.cpp", words[0] + "/*.cc", words[0] + "/*.cxx"}, false);
      } else if (llvm::StringRef(command.name).ends_with("add_executable") || llvm::StringRef(command.name).ends_with("add_library") ||
                 command.name == "target_sources") {
        auto& target = targets_[words[0]];
        for (const std::string& word : llvm::drop_begin(words))
          if (isSource(word)) target.push_back(absolute(word));
      }
    }
  }

  /// Sources of the targets that the file belongs to, else of all.
  std::vector<std::string> beside(const std::string& file) const {
    std::vector<std::string> own, all;
    for (const auto& target : targets_) {
      auto& out = llvm::is_contained(target.second, file) ? own : all;
      out.insert(out.end(), target.second.begin(), target.second.end());
    }
    return own.empty() ? all : own;
  }

private:
  std::vector<std::string> expanded(const std::vector<std::string>& words) const {
    std::vector<std::string> out;
    for (const std::string& word : words) {
      if (out.size() >= maxWords) break;
      const std::size_t open = word.find("${"), close = word.find('}', open);
      if (open == std::string::npos || close == std::string::npos) {
        llvm::SmallVector<llvm::StringRef> parts;
        llvm::StringRef(word).split(parts, ';', -1, /*KeepEmpty=*/false);
        for (llvm::StringRef part : parts) out.push_back(part.str());
        continue;
      }
      auto variable = variables_.find(word.substr(open + 2, close - open - 2));
      if (variable == variables_.end()) continue; // what it holds only CMake knows
      for (const std::string& value : variable->second) {
        if (out.size() >= maxWords) break;
        const std::string whole = word.substr(0, open) + value + word.substr(close + 1);
        if (whole.find("${") == std::string::npos)
          out.push_back(whole);
        else if (whole.size() < maxWord && value.find("${") == std::string::npos)
          llvm::append_range(out, expanded({whole}));
      }
    }
    return out;
  }
  std::string absolute(const std::string& path) const { return (folder_ / path).lexically_normal().string(); }

  std::vector<std::string> globbed(const std::vector<std::string>& patterns, bool recursive) const {
    std::vector<std::string> out;
    for (const std::string& text : patterns) {
      const fs::path pattern = absolute(text);
      const std::string names = pattern.filename().string(); // the pattern refers to it
      auto glob = llvm::GlobPattern::create(names);
      if (!glob) {
        llvm::consumeError(glob.takeError());
        continue;
      }
      std::size_t looked = 0;
      auto look = [&](auto entries) {
        std::error_code error;
        for (auto end = decltype(entries)(); entries != end && ++looked < maxListed; entries.increment(error)) {
          if (error) return;
          if (isSource(entries->path().string()) && glob->match(entries->path().filename().string()))
            out.push_back(entries->path().lexically_normal().string());
        }
      };
      std::error_code error;
      recursive ? look(fs::recursive_directory_iterator(pattern.parent_path(), fs::directory_options::skip_permission_denied, error))
                : look(fs::directory_iterator(pattern.parent_path(), error));
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  fs::path folder_, root_;
  llvm::StringMap<std::vector<std::string>> variables_, targets_;
};

} // namespace

std::vector<CMakeCommand> readCMake(std::string_view text) { return Reader(text).commands(); }

std::vector<std::string> cmakeSources(const std::string& file) {
  std::vector<fs::path> folders;
  fs::path up = fs::path(file).parent_path();
  std::error_code error;
  for (unsigned i = 0; i <= foldersUp && up.has_relative_path(); ++i, up = up.parent_path()) {
    if (fs::is_regular_file(up / "CMakeLists.txt", error) && fs::file_size(up / "CMakeLists.txt", error) <= maxBytes) folders.push_back(up);
    if (fs::exists(up / ".git", error)) break; // the project ends here
  }
  std::vector<std::string> out;
  llvm::StringSet<> seen;
  for (const fs::path& folder : folders) {
    auto text = llvm::MemoryBuffer::getFile((folder / "CMakeLists.txt").string());
    if (!text) continue;
    Lists lists(folder, folders.back());
    lists.read((*text)->getBuffer());
    for (std::string& source : lists.beside(file))
      if (out.size() < maxSources && source != file && seen.insert(source).second) out.push_back(std::move(source));
  }
  return out;
}

} // namespace cobra
