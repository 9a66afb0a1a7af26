// Functions of one or two tensors that are rarer than those in unary and elementwise.
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
Answer realInPlace(std::string_view kernel, Tensor self) {
  if (isComplex(self.dtype)) return notImplemented(kernel, self.dtype);
  return floatingInPlace(self);
}
Answer realPair(std::string_view kernel, const Operand& a, const Operand& b) {
  if (isComplex(resultType({a, b}))) return notImplemented(kernel, resultType({a, b}));
  return pointwise({a, b}, Gives::Floating);
}

/// Larger or smaller of two, without a kernel for complex numbers.
Answer ordered(std::string_view kernel, Tensor a, Tensor b) {
  if (isComplex(a.dtype) || isComplex(b.dtype)) return notImplemented(kernel, resultType(a, b));
  return pointwise({a, b}, Gives::Promoted);
}

/// The truth of a comparison written as a number of the dtype that self has.
Answer comparedInPlace(Tensor self, const Shape& other) {
  const TensorType stretched{self.dtype, other};
  return pointwiseInPlace({self, stretched}, Gives::Promoted);
}
Answer orderedInPlace(std::string_view kernel, Tensor self, const Shape& other) {
  if (isComplex(self.dtype)) return notImplemented(kernel, self.dtype);
  return comparedInPlace(self, other);
}

/// Computed in double precision whatever the operands are.
Answer floatPower(const Operand& base, const Operand& exponent) {
  const bool complex = isComplex(resultType({base, exponent}));
  return pointwise({base, exponent}, complex ? DType::Complex128 : DType::Float64, 2);
}

constexpr std::string_view any = "self: [1..32, 1..256, 1..64, 1..64]";
constexpr std::string_view pair = "self: [N:1..32, C:1..256, H:1..64]  other: [N, C, H] | [C, 1] | []";
constexpr std::string_view withNumber = "self: [1..32, 1..256, 1..64]  other: 0.5|2.0";

constexpr auto entries =
    family(op(
               "aten::asinh(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::acosh(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::atanh(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::sinc(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::lgamma(Tensor self) -> Tensor", [](Tensor self) -> Answer { return real("lgamma", self); }, any),
           op(
               "aten::digamma(Tensor self) -> Tensor", [](Tensor self) -> Answer { return real("digamma", self); }, any),
           op(
               "aten::special_expit(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::special_erf(Tensor self) -> Tensor", [](Tensor self) -> Answer { return real("erf", self); }, any),
           op(
               "aten::logit(Tensor self, float? eps=None) -> Tensor",
               [](Tensor self, Openable<MaybeFloat>) -> Answer { return real("logit", self); }, any),
           op(
               "aten::xlogy.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return realPair("xlogy", self, other); }, pair),
           op(
               "aten::xlogy.Scalar_Other(Tensor self, Scalar other) -> Tensor",
               [](Tensor self, Scalar other) -> Answer { return realPair("xlogy", self, other); }, withNumber),
           op(
               "aten::logaddexp(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return pointwise({self, other}, Gives::Floating, 3); }, pair),
           op(
               "aten::logaddexp2(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return pointwise({self, other}, Gives::Floating, 3); }, pair),
           op(
               "aten::hypot(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return ordered("hypot", self, other); }, pair),
           op(
               "aten::fmax(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return ordered("fmax", self, other); }, pair),
           op(
               "aten::fmin(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return ordered("fmin", self, other); }, pair),
           op(
               "aten::copysign.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return realPair("copysign", self, other); }, pair),
           op(
               "aten::heaviside(Tensor self, Tensor values) -> Tensor",
               [](Tensor self, Tensor values) -> Answer {
                 if (isComplex(self.dtype) || isComplex(values.dtype))
                   return Misuse{"heaviside is not yet implemented for complex tensors."};
                 if (self.dtype != values.dtype) return Misuse{"heaviside is not yet implemented for tensors with different dtypes."};
                 return pointwise({self, values}, Gives::Promoted);
               },
               "self: [N:1..32, C:1..256]  values: [N, C] | []"),
           op(
               "aten::float_power.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor",
               [](Tensor self, Openable<Scalar> exponent) -> Answer { return floatPower(self, {exponent, ""}); },
               "self: [1..32, 1..256]  exponent: 2|0.5"),
           op(
               "aten::float_power.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor",
               [](Tensor self, Tensor exponent) -> Answer { return floatPower(self, exponent); },
               "self: [N:1..32, C:1..256]  exponent: [N, C] | []"));

constexpr auto inPlace =
    family(op(
               "aten::tan_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::asin_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::acos_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::atan_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::sinh_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::cosh_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::exp2_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::expm1_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::log2_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::log10_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::log1p_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return floatingInPlace(self); }, any),
           op(
               "aten::erf_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return realInPlace("erf", self); }, any),
           op(
               "aten::erfc_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return realInPlace("erfc", self); }, any),
           op(
               "aten::erfinv_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return realInPlace("erfinv", self); }, any),
           op(
               "aten::eq_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)",
               [](Tensor self, Openable<Scalar>) -> Answer { return comparedInPlace(self, {}); }, withNumber),
           op(
               "aten::eq_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)",
               [](Tensor self, Tensor other) -> Answer { return comparedInPlace(self, other.shape); }, pair),
           op(
               "aten::lt_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)",
               [](Tensor self, Openable<Scalar>) -> Answer { return orderedInPlace("lt_cpu", self, {}); }, withNumber),
           op(
               "aten::gt_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)",
               [](Tensor self, Openable<Scalar>) -> Answer { return orderedInPlace("gt_cpu", self, {}); }, withNumber));

} // namespace

constinit const Family families::special = {"special", entries};
constinit const Family families::specialInPlace = {"special, in place", inPlace};

} // namespace cobra::ops
