// Functions of one tensor whose values are floating: exp, sqrt, sin. Integers and booleans become the default
// float.
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

namespace cobra::ops {
namespace {

Answer floating(Tensor self) { return pointwise({self}, Gives::Floating); }
Answer floatingInPlace(Tensor self) { return pointwiseInPlace({self}, Gives::Floating); }

/// For functions that are not defined on complex numbers.
Answer real(std::string_view kernel, Tensor self) {
  if (isComplex(self.dtype)) return notImplemented(kernel, self.dtype);
  return floating(self);
}

constexpr std::string_view any = "self: [1..32, 1..256, 1..64, 1..64]";

constexpr auto entries =
    family(op(
               "aten::exp(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::exp2(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::expm1(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::log(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::log2(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::log10(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::log1p(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::sqrt(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::rsqrt(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::reciprocal(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::sin(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::cos(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::tan(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::asin(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::acos(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::atan(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::sinh(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::cosh(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::erf(Tensor self) -> Tensor", [](Tensor self) -> Answer { return real("erf", self); }, any),
           op(
               "aten::erfc(Tensor self) -> Tensor", [](Tensor self) -> Answer { return real("erfc", self); }, any),
           op(
               "aten::erfinv(Tensor self) -> Tensor", [](Tensor self) -> Answer { return real("erfinv", self); }, any),
           op(
               "aten::exp_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::log_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::sqrt_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::rsqrt_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::reciprocal_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::sin_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op("aten::cos_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any));

} // namespace

constinit const Family families::unary = {"unary", entries};

} // namespace cobra::ops
