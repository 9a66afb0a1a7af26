// The runs of one translation unit share its time and its memory.
#pragma once

#include "analyzer/interp/analysis.h"

#include <chrono>

namespace cobra::interp {

/// Memory of this process that is really in use; 0 where the system does not say.
std::uint64_t residentBytes();

/// From its making on, the time and the memory of a unit run out.
class Shares {
public:
  explicit Shares(const Budgets& whole);

  /// The limits of the next run. Of the time and the memory that are left it gets half, or an equal part where `waiting` others want
  /// theirs after it; what is counted starts afresh.
  Budgets next(std::size_t waiting) const;

private:
  Budgets whole_;
  std::chrono::steady_clock::time_point end_;
  std::uint64_t bytesEnd_; // resident
};

} // namespace cobra::interp
