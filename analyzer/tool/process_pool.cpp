#include "analyzer/tool/process_pool.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace cobra::tool {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int pollMilliseconds = 50;
// A process of its own may outlive the piece with our pipe in its hands (the writer of the header cache): a
// piece has ended once it says so.
constexpr char endMark = '\0';

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool sanitized = true; // their shadow is larger than any limit
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

struct Running {
  std::size_t index;
  pid_t pid;
  int in;
  Clock::time_point end;
  std::string text;
};

void writeAll(int descriptor, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(descriptor, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    done += static_cast<std::size_t>(count);
  }
}

[[noreturn]] void child(int out, std::uint64_t bytes, const std::function<std::string()>& work) {
  for (int signal : {SIGINT, SIGTERM}) ::signal(signal, SIG_DFL);
  if (bytes && !sanitized) {
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  std::string text = work();
  std::erase(text, endMark);
  writeAll(out, text + endMark);
  ::_exit(0);
}

/// False where no process could be made.
bool start(Running& piece, const PoolLimits& limits, const std::function<std::string(std::size_t)>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC)) return false;
  piece.pid = ::fork();
  if (piece.pid == 0) {
    ::close(ends[0]);
    child(ends[1], limits.bytes, [&] { return work(piece.index); });
  }
  ::close(ends[1]);
  piece.in = ends[0];
  piece.end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(limits.seconds));
  if (piece.pid > 0) return true;
  ::close(ends[0]);
  return false;
}

/// True once the piece has said all, or its end of the pipe is closed.
bool readSome(Running& piece) {
  char buffer[65536];
  const ssize_t count = ::read(piece.in, buffer, sizeof buffer);
  if (count < 0) return errno != EINTR && errno != EAGAIN;
  piece.text.append(buffer, static_cast<std::size_t>(count));
  return count == 0 || piece.text.back() == endMark;
}

std::string deathOf(int status, const rusage& used) {
  const std::string memory = " (it held " + std::to_string(used.ru_maxrss / 1024) + " MB of memory at most)";
  if (WIFSIGNALED(status)) return std::string("it crashed: ") + strsignal(WTERMSIG(status)) + memory;
  return "it ended with status " + std::to_string(WEXITSTATUS(status)) + " and said nothing" + memory;
}

PieceEnd finish(Running& piece, bool late, double seconds) {
  if (late) ::kill(piece.pid, SIGKILL);
  // What it wrote between the last look and its end.
  for (pollfd wait{piece.in, POLLIN, 0}; !late && ::poll(&wait, 1, 0) > 0;)
    if (readSome(piece)) break;
  ::close(piece.in);
  int status = 0;
  rusage used{};
  while (::wait4(piece.pid, &status, 0, &used) < 0 && errno == EINTR) {
  }
  PieceEnd end{piece.index, std::move(piece.text), ""};
  char text[64];
  if (late) {
    std::snprintf(text, sizeof text, "it took longer than %g seconds", seconds);
    end.death = text;
  } else if (end.text.empty() || end.text.back() != endMark) {
    end.death = deathOf(status, used);
  } else {
    end.text.pop_back();
  }
  return end;
}

/// Dead, though another process may hold its pipe open. Leaves it to be waited for.
bool isDead(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

} // namespace

std::size_t runPieces(std::size_t count, const PoolLimits& limits, const std::function<std::string(std::size_t)>& work,
                      const std::function<void(PieceEnd)>& ended, const volatile int* stop) {
  std::vector<Running> running;
  std::size_t next = 0, done = 0;
  while ((next < count || !running.empty()) && !*stop) {
    while (next < count && running.size() < std::max(1u, limits.jobs)) {
      Running piece{next++, -1, -1, {}, {}};
      if (start(piece, limits, work)) {
        running.push_back(std::move(piece));
      } else {
        ended({piece.index, "", std::string("no process could be started: ") + std::strerror(errno)});
        ++done;
      }
    }
    std::vector<pollfd> waits;
    for (const Running& piece : running) waits.push_back({piece.in, POLLIN, 0});
    ::poll(waits.data(), waits.size(), pollMilliseconds);
    const Clock::time_point now = Clock::now();
    for (std::size_t i = running.size(); i-- > 0;) {
      Running& piece = running[i];
      const bool late = now > piece.end;
      const bool readable = waits[i].revents != 0;
      if (!(readable && readSome(piece)) && !late && (readable || !isDead(piece.pid))) continue;
      ended(finish(piece, late, limits.seconds));
      ++done;
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  for (Running& piece : running) finish(piece, /*late=*/true, limits.seconds);
  return done;
}

} // namespace cobra::tool
