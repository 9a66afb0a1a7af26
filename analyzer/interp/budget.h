// Limits on the work for one translation unit. Reaching one ends the entry that runs, with a sentence that names it.
#pragma once

#include "analyzer/interp/analysis.h"

#include <chrono>
#include <string>

namespace cobra::interp {

/// Thrown through the interpreter's own frames only; caught where an entry is run.
struct BudgetExhausted {
  std::string sentence;
};

class Meter {
public:
  explicit Meter(const Budgets& limits) : limits_(limits), start_(std::chrono::steady_clock::now()) {}

  const Budgets& limits() const { return limits_; }

  void step() {
    if (++steps_ > limits_.steps) throw BudgetExhausted{"the budget of " + std::to_string(limits_.steps) + " steps is used up"};
    if ((steps_ & 0xfff) == 0 &&
        std::chrono::steady_clock::now() - start_ > std::chrono::duration<double>(limits_.seconds))
      throw BudgetExhausted{"the budget of " + std::to_string(static_cast<int>(limits_.seconds)) + " seconds is used up"};
  }
  void object() {
    if (++objects_ > limits_.objects)
      throw BudgetExhausted{"the budget of " + std::to_string(limits_.objects) + " objects is used up"};
  }
  std::uint64_t steps() const { return steps_; }
  /// A new entry starts with fresh steps and time; objects live as long as the unit.
  void restart() { steps_ = 0, start_ = std::chrono::steady_clock::now(); }

private:
  Budgets limits_;
  std::chrono::steady_clock::time_point start_;
  std::uint64_t steps_ = 0, objects_ = 0;
};

} // namespace cobra::interp
