#include "runtime-probe/child.h"

#include "runtime-probe/session.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cobra::probe {
namespace {

[[noreturn]] void runBody(const std::function<int()>& body, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) std::_Exit(1); // it ended before that took hold
  rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none); // a crash is a row, its core file nobody's wish
  int code = flushed(body());
  std::fflush(nullptr);
  std::_Exit(code);
}

} // namespace

std::string ChildEnd::sentence() const {
  if (signal == SIGKILL) return "the kernel ended the process, most likely because memory ran out";
  return std::string("LibTorch ended the process: ") + ::strsignal(signal);
}

ChildEnd inChild(const std::function<int()>& body) {
  sigset_t watched, before;
  sigemptyset(&watched);
  for (int signal : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&watched, signal);
  ::pthread_sigmask(SIG_BLOCK, &watched, &before);
  std::fflush(nullptr);
  pid_t self = ::getpid(), child = ::fork();
  if (child == 0) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    runBody(body, self);
  }
  if (child < 0) { // no second process to be had: then without its protection
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return {body(), 0};
  }
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    int got = ::sigwaitinfo(&watched, nullptr);
    if (got == SIGINT || got == SIGTERM) ::kill(child, got);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return WIFSIGNALED(status) ? ChildEnd{0, WTERMSIG(status)} : ChildEnd{WEXITSTATUS(status), 0};
}

} // namespace cobra::probe
