// Random values for the tensors of a call: never zeros, and of a kind that the operator accepts.
//
// Timing on zeros lies (sparsity, denormals, branch prediction), and an index outside its range throws; so
// integers that index something are drawn below that something's size, probabilities between 0 and 1,
// variances above 0.
#pragma once

#include "predictor/ops/registry.h"

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <span>

namespace cobra::probe {

/// What numbers a tensor gets.
struct Values {
  enum class Form : std::uint8_t {
    Natural,          // by dtype: floating and complex normal (0, 1), integers 1..8, bool fair coin
    Uniform,          // floating in [low, high), integers in low..high-1
    Ascending,        // low at the first element, evenly up to below high at the last
    Constant,         // low everywhere
    PositiveDefinite, // matrices A Aᵀ + n I in the last two dimensions
  };
  Form form = Form::Natural;
  double low = 0, high = 1;
  bool onHost = false; // stays on the CPU whatever the device is (lengths of packed sequences)
};

/// The values for one tensor of a call: argument `parameter`, and in a list of tensors the one at `item`.
Values valuesFor(const ops::Operator& op, std::span<const Argument> arguments, std::size_t parameter, std::size_t item);

/// A contiguous tensor of that type with such values. Nothing is filled on the meta device. Throws c10::Error
/// as LibTorch does (memory, negative sizes).
at::Tensor filled(const TensorType& type, const Values& values, c10::Device device, at::Generator& generator);

/// LibTorch's name for a dtype.
c10::ScalarType scalarType(DType dtype);
/// The reverse; nothing for dtypes the registry does not know (quantized ones).
std::optional<DType> registryType(c10::ScalarType type);

} // namespace cobra::probe
