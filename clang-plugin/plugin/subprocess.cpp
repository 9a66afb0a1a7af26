#include "clang-plugin/plugin/subprocess.h"

#include "llvm/Support/thread.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cobra::plugin {
namespace {

constexpr unsigned stackBytes = 256u << 20;

void writeAll(int descriptor, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(descriptor, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    done += static_cast<std::size_t>(count);
  }
}

[[noreturn]] void child(int out, const std::function<std::string()>& work) {
  // The compiler's handlers would delete its output files and ask for a bug report.
  for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGINT, SIGTERM, SIGPIPE}) ::signal(signal, SIG_DFL);
  llvm::thread worker(std::optional<unsigned>(stackBytes), [&] { writeAll(out, work()); });
  worker.join();
  ::_exit(0);
}

} // namespace

std::string runInChild(const std::function<std::string()>& work, double seconds) {
  int ends[2];
  if (::pipe(ends)) return "";
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(ends[0]);
    child(ends[1], work);
  }
  ::close(ends[1]);
  std::string text;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  bool late = pid < 0;
  while (!late) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd wait{ends[0], POLLIN, 0};
    const int ready = left > 0 ? ::poll(&wait, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      late = true;
      break;
    }
    char buffer[65536];
    const ssize_t count = ::read(ends[0], buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  if (pid < 0) return "";
  if (late) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return !late && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : std::string();
}

} // namespace cobra::plugin
