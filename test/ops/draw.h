// Samples of an operator's calls, the same in every run.
#pragma once

#include "predictor/ops/registry.h"

#include <span>
#include <vector>

namespace cobra::test {

/// Calls `visit` with every tensor among the arguments, in lists too.
template <typename Visit> void forEachTensor(std::span<const Argument> arguments, Visit visit) {
  for (const Argument& argument : arguments) {
    if (const auto* type = std::get_if<TensorType>(&argument)) visit(*type);
    if (const auto* list = std::get_if<TensorList>(&argument))
      for (const auto& item : *list)
        if (item) visit(*item);
  }
}

/// `count` calls from the operator's sampling space, by a committed seed.
std::vector<std::vector<Argument>> drawSamples(const ops::Operator& op, int count);
/// The `count` smallest by elements and FLOPs among many more.
std::vector<std::vector<Argument>> smallestSamples(const ops::Operator& op, int count);

} // namespace cobra::test
