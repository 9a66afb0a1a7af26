// Whether the kernel took the core away from this thread meanwhile: the count of involuntary context switches
// (getrusage).
#pragma once

#include <sys/resource.h>

namespace cobra::probe {

class Preemption {
public:
  void begin() { before_ = switches(); }
  bool happened() const { return switches() != before_; }

private:
  static long switches() {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nivcsw;
  }
  long before_ = 0;
};

} // namespace cobra::probe
