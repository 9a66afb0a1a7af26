// Draws calls of an operator from its sampling space. The notation is described in
// docs/adding-an-operator.md:
//
//   input: [1..8, C:16|32|64, 7..64, 7..64]  groups: 1|C  weight: [8..128, C/groups, K:1|3|5, K]  padding:
//   0..2
#pragma once

#include "predictor/ops/registry.h"

#include <optional>
#include <random>
#include <string>
#include <vector>

namespace cobra::ops {

/// Arguments in schema order, defaults filled in, for which evaluate() gives an Effect; sizes are drawn
/// log-uniformly from their ranges. Nothing if the space is empty, cannot be read, or keeps giving calls that
/// LibTorch refuses.
std::optional<std::vector<Argument>> sample(const Operator& op, std::mt19937_64& random);

/// What is wrong with an operator's space, in one sentence with the place; nothing if it can be read.
std::optional<std::string> spaceMistake(const Operator& op);

} // namespace cobra::ops
