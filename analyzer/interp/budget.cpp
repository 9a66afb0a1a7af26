#include "analyzer/interp/budget.h"

#include "analyzer/interp/shares.h"

namespace cobra::interp {

namespace {
std::chrono::steady_clock::duration duration(double seconds) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
}
} // namespace

Meter::Meter(const Budgets& limits)
    : limits_(limits), unitEnd_(Clock::now() + duration(limits.seconds)), bytesAtStart_(residentBytes()),
      stackBase_(static_cast<const char*>(__builtin_frame_address(0))), stackLimit_(static_cast<std::ptrdiff_t>(limits.stack)) {
  restart();
}

void Meter::restart() {
  steps_ = operators_ = objects_ = 0;
  entryEnd_ = unitEnd_;
}

void Meter::exhausted(const char* before, std::uint64_t limit, const char* after) {
  throw BudgetExhausted{before + std::to_string(limit) + after, {}};
}

void Meter::deep() const { exhausted("calls and expressions nest deeper than the budget of ", limits_.stack >> 20, " MB of stack"); }

void Meter::look() {
  if (Clock::now() > entryEnd_)
    exhausted("the ", static_cast<std::uint64_t>(limits_.seconds * 1000), " ms that this run had of the time for one file are used up");
  if (++looks_ % 8) return; // a system call
  if (residentBytes() > bytesAtStart_ + limits_.bytes)
    exhausted("the ", limits_.bytes / 1'000'000, " MB that this run had of the memory for one file are used up");
}

} // namespace cobra::interp
