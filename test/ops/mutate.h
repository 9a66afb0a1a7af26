// Calls that differ from a good one in one thing, to see whether rule and LibTorch agree on what is wrong.
#pragma once

#include "predictor/ops/registry.h"

#include <string>
#include <vector>

namespace cobra::test {

struct Mutation {
  std::string what; // "weight: size 1 is 4 instead of 3"
  std::vector<Argument> arguments;
};

/// Every change of one thing: a size (one more, 1, 0), a rank (one less, one more), a dtype, an integer (-1,
/// 0, one more, one less), a list's length, a flag, an optional argument left out. In schema order, always
/// the same for the same arguments.
std::vector<Mutation> mutations(const ops::Operator& op, std::span<const Argument> arguments);

} // namespace cobra::test
