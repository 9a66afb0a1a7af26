// Functions of one tensor that keep its dtype, and tests of its elements: abs, floor, sign, isnan.
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

namespace cobra::ops {
namespace {

constexpr std::string_view any = "self: [1..32, 1..256, 1..64, 1..64]";

Answer same(Tensor self) { return pointwise({self}, Gives::Promoted); }
Answer sameInPlace(Tensor self) { return pointwiseInPlace({self}, Gives::Promoted); }
Answer boolean(Tensor self) { return pointwise({self}, Gives::Bool); }

/// Integers pass, booleans and complex numbers have no such function.
std::optional<Misuse> roundingMisuse(std::string_view kernel, Tensor self) {
  if (isComplex(self.dtype)) return Misuse{std::string(kernel) + " is not supported for complex inputs"};
  if (self.dtype == DType::Bool) return notImplemented(kernel, self.dtype);
  return std::nullopt;
}

Answer rounded(std::string_view kernel, Tensor self) {
  if (auto misuse = roundingMisuse(kernel, self)) return *misuse;
  return same(self);
}

Answer roundedInPlace(std::string_view kernel, Tensor self) {
  if (auto misuse = roundingMisuse(kernel, self)) return *misuse;
  return sameInPlace(self);
}

std::optional<Misuse> negationMisuse(Tensor self) {
  if (self.dtype != DType::Bool) return std::nullopt;
  return Misuse{"Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert "
                "a mask, use the "
                "`~` or `logical_not()` operator instead."};
}

constexpr auto entries = family(
    op(
        "aten::abs(Tensor self) -> Tensor", [](Tensor self) -> Answer { return pointwise({self}, Gives::Real); }, any),
    op(
        "aten::abs_(Tensor(a!) self) -> Tensor(a!)",
        [](Tensor self) -> Answer {
          if (isComplex(self.dtype)) return Misuse{"In-place abs is not supported for complex tensors."};
          return sameInPlace(self);
        },
        any),
    op(
        "aten::neg(Tensor self) -> Tensor",
        [](Tensor self) -> Answer {
          if (auto misuse = negationMisuse(self)) return *misuse;
          return same(self);
        },
        any),
    op(
        "aten::neg_(Tensor(a!) self) -> Tensor(a!)",
        [](Tensor self) -> Answer {
          if (auto misuse = negationMisuse(self)) return *misuse;
          return sameInPlace(self);
        },
        any),
    op(
        "aten::positive(Tensor(a) self) -> Tensor(a)",
        [](Tensor self) -> Answer {
          if (self.dtype == DType::Bool) return Misuse{"The `+` operator, on a bool tensor is not supported."};
          return viewOf(self.dtype, self.shape);
        },
        any),
    op(
        "aten::floor(Tensor self) -> Tensor", [](Tensor self) -> Answer { return rounded("floor", self); }, any),
    op(
        "aten::floor_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return roundedInPlace("floor", self); }, any),
    op(
        "aten::ceil(Tensor self) -> Tensor", [](Tensor self) -> Answer { return rounded("ceil", self); }, any),
    op(
        "aten::ceil_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return roundedInPlace("ceil", self); }, any),
    op(
        "aten::round(Tensor self) -> Tensor", [](Tensor self) -> Answer { return rounded("round", self); }, any),
    op(
        "aten::round_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return roundedInPlace("round", self); }, any),
    op(
        "aten::trunc(Tensor self) -> Tensor", [](Tensor self) -> Answer { return rounded("trunc", self); }, any),
    op(
        "aten::trunc_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return roundedInPlace("trunc", self); }, any),
    op(
        "aten::round.decimals(Tensor self, *, int decimals) -> Tensor",
        [](Tensor self, Openable<Int>) -> Answer { return rounded("round", self); }, "self: [1..32, 1..256, 1..64]  decimals: 0..4"),
    op(
        "aten::frac(Tensor self) -> Tensor",
        [](Tensor self) -> Answer {
          if (!isFloating(self.dtype)) return notImplemented("frac", self.dtype);
          return same(self);
        },
        any),
    op(
        "aten::square(Tensor self) -> Tensor",
        [](Tensor self) -> Answer { return pointwise({self, Scalar{std::int64_t{2}}}, Gives::Promoted); }, any),
    op(
        "aten::square_(Tensor(a!) self) -> Tensor(a!)",
        [](Tensor self) -> Answer { return pointwiseInPlace({self, Scalar{std::int64_t{2}}}, Gives::Promoted); }, any),
    op(
        "aten::sign(Tensor self) -> Tensor",
        [](Tensor self) -> Answer {
          if (isComplex(self.dtype)) return Misuse{"Unlike NumPy, torch.sign doesn't allow complex inputs."};
          return same(self);
        },
        any),
    op(
        "aten::sign_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return sameInPlace(self); }, any),
    op(
        "aten::sgn(Tensor self) -> Tensor", [](Tensor self) -> Answer { return same(self); }, any),
    op(
        "aten::nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor",
        [](Tensor self, Openable<MaybeFloat>, Openable<MaybeFloat>, Openable<MaybeFloat>) -> Answer { return same(self); }, any),
    op(
        "aten::nan_to_num_(Tensor(a!) self, float? nan=None, float? posinf=None, float? neginf=None) -> "
        "Tensor(a!)",
        [](Tensor self, Openable<MaybeFloat>, Openable<MaybeFloat>, Openable<MaybeFloat>) -> Answer { return sameInPlace(self); }, any),
    op(
        "aten::isnan(Tensor self) -> Tensor", [](Tensor self) -> Answer { return boolean(self); }, any),
    op(
        "aten::isinf(Tensor self) -> Tensor", [](Tensor self) -> Answer { return boolean(self); }, any),
    op(
        "aten::isfinite(Tensor self) -> Tensor", [](Tensor self) -> Answer { return boolean(self); }, any),
    op("aten::logical_not(Tensor self) -> Tensor", [](Tensor self) -> Answer { return boolean(self); }, any));

} // namespace

constinit const Family families::rounding = {"rounding", entries};

} // namespace cobra::ops
