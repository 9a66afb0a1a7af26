// Operators that compute each element of the output from the elements of broadcast operands at the same
// place.
#pragma once

#include "predictor/ops/broadcast.h"
#include "predictor/ops/rules.h"

#include <initializer_list>
#include <optional>

namespace cobra::ops {

/// A tensor or a number that takes part; refers to the rule's parameter. Made without being named, so that
/// rules read as {self, other}.
class Operand {
public:
  Operand(const TensorType& tensor) : tensor_(&tensor) {} // NOLINT
  Operand(const Scalar& number) : number_(number) {}      // NOLINT
  /// A number whose value may be open. That changes nothing beside floating tensors.
  Operand(const Openable<Scalar>& number, std::string_view parameter)
      : number_(number ? *number : Scalar{0.5}), openParameter_(number ? std::string_view() : parameter) {}

  /// Null for a number.
  const TensorType* tensor() const { return tensor_; }
  const Scalar& number() const { return number_; }
  DType dtype() const;
  /// The schema's name of a number that is open; empty where it is known.
  std::string_view openParameter() const { return openParameter_; }

private:
  const TensorType* tensor_ = nullptr;
  Scalar number_;
  std::string_view openParameter_;
};
using Operands = std::initializer_list<Operand>;

/// The dtype the operands are computed in.
DType resultType(Operands operands);
/// Unknown where an open number decides that dtype: integers and booleans become floats beside a fraction.
std::optional<Unknown> undecidedType(Operands operands);
/// The default float instead of an integer or bool, everything else as it is: what exp() and division give.
DType floatingType(DType dtype);
/// float64 instead of complex128 and so on: what abs() gives.
DType realType(DType dtype);

/// May a result of one dtype be written into a tensor of the other? (c10/core/ScalarType.h, canCast)
bool canCast(DType from, DType to);
/// "Float", "Long", "Bool": how LibTorch's messages name a dtype.
std::string messageName(DType dtype);
/// LibTorch's words where no device has a kernel for the dtype.
Misuse notImplemented(std::string_view kernel, DType dtype);

/// What an elementwise operator returns.
enum class Gives : std::uint8_t {
  Promoted, // the result type
  Floating, // the result type, integers and bool as the default float
  Bool,
  Real, // the result type, complex as its real part's
};

/// The shape that all tensors among the operands stretch to.
std::variant<Shape, Misuse> broadcastShape(Operands operands);

/// One output of the broadcast shape. Unknown where an open number decides its dtype.
Answer pointwise(Operands operands, Gives gives, std::int64_t flopsPerElement = 1);
/// The same, of a dtype that the rule knows.
Answer pointwise(Operands operands, DType dtype, std::int64_t flopsPerElement = 1);
/// Written into the first operand, a tensor, which keeps its shape and dtype.
Answer pointwiseInPlace(Operands operands, Gives gives, std::int64_t flopsPerElement = 1);

} // namespace cobra::ops
