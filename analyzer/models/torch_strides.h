// How tensors lie in memory, as far as the program can see it: at::Tensor::contiguous runs an operator on a non-contiguous tensor only,
// and view() throws on some.
#pragma once

#include "analyzer/models/torch_support.h"

namespace cobra::interp::torch_model {

/// In elements, outermost first.
Shape contiguousStrides(const Shape& shape);
Shape stridesOf(const Tensor& tensor);
bool isContiguous(const Tensor& tensor);
/// [N, C, H, W] stored as N, H, W, C.
bool isChannelsLast(const Tensor& tensor);
/// Strides of a view of another shape over the same memory, nullopt where there is none (computeStride in aten/src/ATen/TensorUtils.cpp).
std::optional<Shape> viewStrides(const Shape& shape, const Shape& strides, const Shape& to);

/// After an operator: strides of the outputs, and what they are views of.
void setStrides(Evaluator& ev, const ops::Operator& op, const Values& arguments, const Values& outputs);

} // namespace cobra::interp::torch_model
