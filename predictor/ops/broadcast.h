// Shapes that meet (ATen/ExpandUtils.h) and the dtype of what comes out (ATen/native/TypeProperties.cpp).
#pragma once

#include "predictor/ops/rule.h"

#include <optional>
#include <variant>

namespace cobra::ops {

/// The shape that both stretch to: sizes match from the right, 1 stretches. LibTorch's sentence where they do
/// not match.
std::variant<Shape, Misuse> broadcast(const Shape& a, const Shape& b);

/// Can `from` be stretched to `to`, dimension for dimension from the right, without changing `to`?
bool expandable(const Shape& from, const Shape& to);

/// LibTorch's result_type of tensors and numbers: the highest category (bool, integer, floating, complex)
/// wins; within it, tensors with dimensions before those without, and those before numbers.
class ResultType {
public:
  ResultType& add(Tensor tensor);
  ResultType& add(Scalar number);
  DType get() const;

private:
  std::optional<DType> dimensioned_, dimensionless_, number_;
};

inline DType resultType(Tensor a, Tensor b) { return ResultType().add(a).add(b).get(); }
inline DType resultType(Tensor a, Scalar b) { return ResultType().add(a).add(b).get(); }

} // namespace cobra::ops
