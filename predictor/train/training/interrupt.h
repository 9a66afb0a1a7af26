// Ctrl-C and SIGTERM as a flag, for work that saves itself before it ends.
#pragma once

#include <atomic>
#include <csignal>

namespace cobra::train {

/// While it lives the first signal raises the flag, and a second one ends the program as usual. One at a time.
class Interrupt {
public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  const std::atomic<bool>& flag() const;

private:
  struct sigaction onInterrupt_, onTerminate_;
};

} // namespace cobra::train
