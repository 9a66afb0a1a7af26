#include "analyzer/interp/budget.h"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace cobra::interp {

namespace {
/// Memory of this process that is really in use; 0 where the system does not say.
std::uint64_t residentBytes() {
  char text[128];
  const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t size = ::read(file, text, sizeof text - 1);
  ::close(file);
  if (size <= 0) return 0;
  text[size] = '\0';
  unsigned long long pages = 0;
  if (std::sscanf(text, "%*u %llu", &pages) != 1) return 0;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::chrono::steady_clock::duration duration(double seconds) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(seconds));
}
} // namespace

Meter::Meter(const Budgets& limits)
    : limits_(limits), unitEnd_(Clock::now() + duration(limits.seconds)), bytesAtStart_(residentBytes()),
      stackBase_(static_cast<const char*>(__builtin_frame_address(0))),
      stackLimit_(static_cast<std::ptrdiff_t>(limits.stack)) {
  restart();
}

void Meter::restart() {
  steps_ = operators_ = objects_ = 0;
  entryEnd_ = std::min(unitEnd_, Clock::now() + duration(limits_.seconds / 2));
}

void Meter::exhausted(const char* before, std::uint64_t limit, const char* after) {
  throw BudgetExhausted{before + std::to_string(limit) + after, {}};
}

void Meter::deep() const {
  exhausted("calls and expressions nest deeper than the budget of ", limits_.stack >> 20, " MB of stack");
}

void Meter::look() {
  const Clock::time_point now = Clock::now();
  if (now > unitEnd_)
    exhausted("the budget of ", static_cast<std::uint64_t>(limits_.seconds),
              " seconds for one file is used up");
  if (now > entryEnd_)
    exhausted("the budget of ", static_cast<std::uint64_t>(limits_.seconds / 2),
              " seconds for one entry is used up");
  if (++looks_ % 8) return; // a system call
  if (const std::uint64_t bytes = residentBytes(); bytes > bytesAtStart_ + limits_.bytes)
    exhausted("the budget of ", limits_.bytes / 1'000'000, " MB of memory is used up");
}

} // namespace cobra::interp
