// Shapes as the kernels see them. Calls that do the same work in memory get the same numbers: an elementwise
// operator on [8,64,56,56] and on [200704,8] walks the same bytes, so both are written [1605632].
//
// The rules follow what LibTorch does before it launches a kernel: TensorIterator coalesces dimensions that
// all operands walk alike (aten/src/ATen/TensorIterator.cpp, coalesce_dimensions), linear folds leading
// dimensions into rows (aten/src/ATen/native/Linear.cpp), softmax works on [outer, dim, inner]
// (aten/src/ATen/native/SoftMax.cpp). Tensors are taken as contiguous: a graph carries no strides.
#pragma once

#include "predictor/encode/snippet.h"

#include <string>
#include <string_view>
#include <vector>

namespace cobra::infer {

/// One argument, or the output, as a category and integers.
struct Token {
  std::string_view parameter;        // lives as long as the registry
  std::string category;              // "f32", "None", "True", "mean"; empty for plain numbers
  std::vector<std::int64_t> numbers; // sizes, list items, or one scalar
};

/// The operator whose kernel a call runs: "aten::relu" for "aten::relu_", else the operator itself.
const ops::Operator& kernelOf(const ops::Operator& op);

/// Arguments in schema order, then one token "output" for each output (numbered from the second: "output1").
/// Open arguments have the category "open" and no numbers.
std::vector<Token> tokensOf(const Call& call, const std::vector<TensorType>& outputs);

} // namespace cobra::infer
