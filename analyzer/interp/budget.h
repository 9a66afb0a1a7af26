// Limits on the work for one translation unit. Reaching one ends the entry that runs, with a sentence that
// names it.
#pragma once

#include "analyzer/interp/analysis.h"

#include "clang/Basic/SourceLocation.h"

#include <chrono>
#include <string>

namespace cobra::interp {

/// Thrown through the interpreter's own frames only; caught where an entry is run.
struct BudgetExhausted {
  std::string sentence;
  clang::SourceRange at = {}; // invalid: the innermost statement that runs, filled in on the way out
};

/// Counts what is used up. One thread.
class Meter {
public:
  explicit Meter(const Budgets& limits);

  const Budgets& limits() const { return limits_; }

  /// One expression or statement; called at every turn of the interpreter's own recursion.
  void step() {
    if (++steps_ > limits_.steps) exhausted("the budget of ", limits_.steps, " steps is used up");
    if ((steps_ & 0xfff) == 0) look();
    if (stackBase_ - static_cast<const char*>(__builtin_frame_address(0)) > stackLimit_) deep();
  }
  /// A model did as much as `n` small steps at once.
  void charge(std::uint64_t n) {
    const std::uint64_t before = work_;
    work_ += n;
    if ((before ^ work_) >> 12) look();
  }
  /// A call of a library function, whose model takes a time of its own.
  void libraryCall() { charge(256); }
  void object() {
    if (++objects_ > limits_.objects) exhausted("the budget of ", limits_.objects, " objects is used up");
    charge(1);
  }
  /// An operator is recorded below `frames` calls.
  void operators(std::size_t frames) {
    operators_ += 1 + frames / 8;
    if (operators_ > limits_.operators) exhausted("the budget of ", limits_.operators, " operators is used up");
  }
  void elements(std::size_t n) const {
    if (n > limits_.elements) exhausted("the budget of ", limits_.elements, " elements of one container is used up");
  }
  void text(std::size_t bytes) {
    if (bytes > limits_.text) exhausted("the budget of ", limits_.text, " bytes of one string is used up");
    charge(bytes / 16);
  }
  std::uint64_t steps() const { return steps_; }
  /// Operators recorded so far, those deep in calls counted more.
  std::uint64_t operatorsSoFar() const { return operators_; }
  /// A new entry starts afresh with its share of what is left of the time; memory is counted for the unit.
  void restart();

private:
  using Clock = std::chrono::steady_clock;

  [[noreturn]] static void exhausted(const char* before, std::uint64_t limit, const char* after);
  [[noreturn]] void deep() const;
  /// At the clock, and now and then at the memory.
  void look();

  Budgets limits_;
  Clock::time_point unitEnd_, entryEnd_;
  std::uint64_t steps_ = 0, objects_ = 0, operators_ = 0, work_ = 0, looks_ = 0;
  std::uint64_t bytesAtStart_ = 0;
  const char* stackBase_ = nullptr;
  std::ptrdiff_t stackLimit_ = 0;
};

} // namespace cobra::interp
