// Products of matrices (ATen/native/LinearAlgebra.cpp). A multiply-add counts as 2.
#pragma once

#include "predictor/ops/rule.h"

#include <optional>

namespace cobra::ops {

/// a [..., n, k], b [..., k, m] -> [..., n, m], the leading dimensions broadcast; a vector stands for a row
/// on the left and a column on the right and leaves the result.
Answer matmul(Tensor a, Tensor b);

/// The same without broadcasting: mm with rank 2, bmm with rank 3.
Answer matrixProduct(std::string_view name, Tensor a, Tensor b, std::int64_t rank);

/// addmm, baddbmm, addmv, addr: the product plus a tensor that broadcasts to it. One more operation for each
/// number.
Answer plusProduct(Tensor added, Answer product);
/// The same, written into `added`, which has the product's shape.
Answer plusProductInPlace(Tensor added, Answer product);

/// "expected m1 and m2 to have the same dtype, but got: float != double"
std::optional<Misuse> differentTypes(Tensor a, Tensor b);

/// "self must be a matrix"
std::optional<Misuse> wrongRank(std::string_view what, Tensor tensor, std::int64_t rank);

/// aten::linear: input [..., k], weight [m, k] or [k] -> [..., m] or [...]
Answer linear(Tensor input, Tensor weight, MaybeTensor bias);

/// aten::bilinear: input1 [..., i], input2 [..., j], weight [m, i, j] -> [..., m]
Answer bilinear(Tensor input1, Tensor input2, Tensor weight, MaybeTensor bias);

/// aten::einsum, contracted from left to right. A contraction costs one multiply-add for each number of its
/// whole index space.
Answer einsum(String equation, Tensors operands);

} // namespace cobra::ops
