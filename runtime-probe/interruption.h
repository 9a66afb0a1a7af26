// Ctrl-C and kill as a question that can be asked between two measurements, so that a file always ends with a
// whole row.
#pragma once

#include <signal.h>

namespace cobra::probe {

/// Holds SIGINT and SIGTERM back from the calling thread, and from threads made later, while it lives.
class Interruption {
public:
  Interruption() {
    sigemptyset(&held_);
    sigaddset(&held_, SIGINT);
    sigaddset(&held_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  ~Interruption() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// True from the first signal on.
  bool requested() {
    timespec atOnce{};
    requested_ = requested_ || sigtimedwait(&held_, nullptr, &atOnce) > 0;
    return requested_;
  }

private:
  sigset_t held_{}, before_{};
  bool requested_ = false;
};

} // namespace cobra::probe
