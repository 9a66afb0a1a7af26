#include "runtime-probe/trace/symbols.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace cobra::probe::trace {
namespace {

constexpr std::array tools = {"llvm-addr2line", "llvm-addr2line-19", "addr2line"};

/// A file without a name.
class Scratch {
public:
  Scratch() : file_(std::tmpfile()) {}
  ~Scratch() {
    if (file_) std::fclose(file_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::FILE* get() const { return file_; }
  std::string text() const {
    std::string all;
    std::rewind(file_);
    std::array<char, 1 << 14> part;
    while (std::size_t got = std::fread(part.data(), 1, part.size(), file_)) all.append(part.data(), got);
    return all;
  }

private:
  std::FILE* file_;
};

/// Runs a tool of the PATH on the two files. False if it is not there or fails.
bool run(std::vector<std::string> words, const Scratch& in, const Scratch& out) {
  std::rewind(in.get());
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ::fileno(in.get()), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ::fileno(out.get()), STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t process = 0;
  const bool started = ::posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  return started && ::waitpid(process, &status, 0) == process && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// "/path/net.cpp:12 (discriminator 3)"; nothing known is "??:0".
SourceLine place(std::string function, std::string_view text) {
  text = text.substr(0, text.find(" (discriminator"));
  const std::size_t colon = text.rfind(':');
  SourceLine line{std::move(function), std::string(text.substr(0, colon)), 0};
  if (colon != text.npos) std::from_chars(text.data() + colon + 1, text.data() + text.size(), line.line);
  return line;
}

} // namespace

std::map<std::uint64_t, std::vector<SourceLine>> linesOf(const std::string& object, const std::set<std::uint64_t>& addresses) {
  std::map<std::uint64_t, std::vector<SourceLine>> lines;
  for (const char* tool : tools) {
    Scratch in, out;
    if (!in.get() || !out.get()) return lines;
    for (std::uint64_t address : addresses) std::fprintf(in.get(), "0x%llx\n", static_cast<unsigned long long>(address));
    std::fflush(in.get());
    if (!run({tool, "-a", "-i", "-f", "-C", "-e", object}, in, out)) continue;
    std::istringstream text(out.text());
    std::uint64_t address = 0;
    for (std::string first, second; std::getline(text, first);) {
      if (first.starts_with("0x")) {
        address = std::strtoull(first.c_str(), nullptr, 16);
      } else if (std::getline(text, second)) {
        SourceLine line = place(first, second);
        if (line.line > 0 && !line.file.starts_with("??")) lines[address].push_back(std::move(line));
      }
    }
    return lines;
  }
  return lines;
}

bool isUsersFile(const std::string& file) {
  for (const char* library :
       {"/include/torch/", "/include/ATen/", "/include/c10/", "/include/c++/", "/usr/include/", "/usr/lib/", "/sysdeps/", "/csu/"})
    if (file.find(library) != file.npos) return false;
  return file.find('/') != file.npos;
}

} // namespace cobra::probe::trace
