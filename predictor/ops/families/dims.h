// Dimensions as LibTorch counts them, and what remains of a shape when some are reduced.
#pragma once

#include "predictor/ops/rules.h"

#include <optional>
#include <variant>
#include <vector>

namespace cobra::ops {

/// Counts a dimension from the front: -1 is the last. A tensor without dimensions is taken to have one
/// (c10/core/WrapDimMinimal.h).
std::optional<Misuse> wrapDim(Int& dim, std::int64_t rank);

/// Which dimensions a list names.
using DimMask = std::vector<bool>;
/// A list as a mask; none may come twice. Absent and empty lists name all dimensions.
std::variant<DimMask, Misuse> dimMask(MaybeIntList dims, std::int64_t rank);

/// The shape with the marked dimensions taken out, or kept as 1.
Shape reducedShape(const Shape& shape, const DimMask& mask, bool keepdim);
/// The shape without one dimension, which has been wrapped; a shape without dimensions stays.
Shape withoutDim(Shape shape, Int dim, bool keepdim = false);

/// The size along a wrapped dimension; 1 where the tensor has no dimensions.
inline std::int64_t sizeAt(Tensor tensor, Int dim) { return tensor.shape.empty() ? 1 : tensor.shape[static_cast<std::size_t>(dim)]; }

} // namespace cobra::ops
