// What a model's code says of inputs that nobody gave: the first operator that reads each.
#pragma once

#include "analyzer/interp/why.h"
#include "predictor/ops/value.h"

#include <string>
#include <vector>

namespace cobra::interp {

/// The first operator that met an input nobody knew, and what it says of that input.
struct FirstReader {
  std::string op; // "aten::conv2d", or "recurrent" with the layer's input size alone; empty: none
  std::vector<Argument> arguments;
};

/// Readers of all inputs of one call. Inputs are told apart by the reason that makes them open.
struct InputReaders {
  std::vector<WhyRef> inputs;
  std::vector<FirstReader> readers; // one for each input

  explicit InputReaders(std::vector<WhyRef> open) : inputs(std::move(open)), readers(inputs.size()) {}
  /// Keeps the operator for the input that `because` leads to, if it is the first one that says anything.
  void note(FirstReader reader, const WhyRef& because);
};

/// Shapes worth trying for an input of which only its first reader is known, most usual first.
std::vector<TensorType> likelyInputs(const FirstReader& reader);

} // namespace cobra::interp
