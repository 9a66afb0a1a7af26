// Runs something in a process of its own, so that a crash inside LibTorch ends a measurement and not the run.
#pragma once

#include <functional>
#include <string>

namespace cobra::probe {

struct ChildEnd {
  int code = 0;   // what the body returned, where it returned
  int signal = 0; // else the signal that ended the process

  bool crashed() const { return signal != 0; }
  /// "LibTorch ended the process: Segmentation fault"
  std::string sentence() const;
};

/// Forks, runs `body` in the child, waits for it. SIGINT and SIGTERM that reach this process are passed on to
/// the child; the child ends with this process. To be called before LibTorch or a GPU was used: neither
/// survives a fork.
ChildEnd inChild(const std::function<int()>& body);

} // namespace cobra::probe
