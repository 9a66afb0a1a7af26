// Sums, products, extremes and interpolation of operands that broadcast.
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

namespace cobra::ops {
namespace {

/// ATen/native/BinaryOps.h, alpha_check
std::optional<Misuse> alphaMisuse(DType result, const Openable<Scalar>& alpha) {
  if (!alpha) return std::nullopt;
  if ((*alpha).isBool() && result != DType::Bool) return Misuse{"Boolean alpha only supported for Boolean results."};
  if ((*alpha).isFloat() && !isFloating(result) && !isComplex(result))
    return Misuse{"For integral input tensors, argument alpha must not be a floating point number."};
  return std::nullopt;
}

/// A factor of 1 costs nothing.
std::int64_t scaledAdd(const Openable<Scalar>& alpha) { return alpha && (*alpha).asDouble() == 1 ? 1 : 2; }

Answer add(const Operand& self, const Operand& other, const Openable<Scalar>& alpha) {
  if (auto misuse = alphaMisuse(resultType({self, other}), alpha)) return *misuse;
  return pointwise({self, other}, Gives::Promoted, scaledAdd(alpha));
}

Answer addInPlace(const Operand& self, const Operand& other, const Openable<Scalar>& alpha) {
  if (auto misuse = alphaMisuse(resultType({self, other}), alpha)) return *misuse;
  return pointwiseInPlace({self, other}, Gives::Promoted, scaledAdd(alpha));
}

/// ATen/native/BinaryOps.h, sub_check
std::optional<Misuse> subMisuse(const Operand& self, const Operand& other) {
  const bool both = self.dtype() == DType::Bool && other.dtype() == DType::Bool;
  if (both)
    return Misuse{"Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
                  "`logical_xor()` "
                  "operator instead."};
  if (self.dtype() == DType::Bool || other.dtype() == DType::Bool)
    return Misuse{"Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to "
                  "invert a mask, "
                  "use the `~` or `logical_not()` operator instead."};
  return std::nullopt;
}

Answer sub(const Operand& self, const Operand& other, const Openable<Scalar>& alpha) {
  if (auto misuse = subMisuse(self, other)) return *misuse;
  return add(self, other, alpha);
}

Answer subInPlace(const Operand& self, const Operand& other, const Openable<Scalar>& alpha) {
  if (auto misuse = subMisuse(self, other)) return *misuse;
  return addInPlace(self, other, alpha);
}

/// Larger and smaller have no meaning for complex numbers.
Answer extreme(std::string_view kernel, const Operand& self, const Operand& other) {
  const DType result = resultType({self, other});
  if (isComplex(result)) return Misuse{std::string(kernel) + " not implemented for complex tensors."};
  return pointwise({self, other}, Gives::Promoted);
}

std::optional<Misuse> lerpMisuse(Tensor self, Tensor end, MaybeTensor weight) {
  const auto misuse = [&](Tensor found, std::string_view name) {
    return Misuse{"expected dtype " + std::string(longName(self.dtype)) + " for `" + std::string(name) + "` but got dtype " +
                  std::string(longName(found.dtype))};
  };
  if (end.dtype != self.dtype) return misuse(end, "end");
  if (weight != nullptr && weight->rank() > 0 && weight->dtype != self.dtype) return misuse(*weight, "weight");
  if (!isFloating(self.dtype) && !isComplex(self.dtype)) return notImplemented("lerp_kernel", self.dtype);
  return std::nullopt;
}

Answer lerp(Tensor self, Tensor end, const Operand& weight, MaybeTensor weightTensor) {
  if (auto misuse = lerpMisuse(self, end, weightTensor)) return *misuse;
  return pointwise({self, end, weight}, self.dtype, 3);
}

Answer lerpInPlace(Tensor self, Tensor end, const Operand& weight, MaybeTensor weightTensor) {
  if (auto misuse = lerpMisuse(self, end, weightTensor)) return *misuse;
  return pointwiseInPlace({self, end, weight}, Gives::Promoted, 3);
}

std::optional<Misuse> addcdivMisuse(Tensor numerator, Tensor denominator) {
  const auto whole = [](DType dtype) { return isIntegral(dtype) || dtype == DType::Bool; };
  if (!whole(numerator.dtype) || !whole(denominator.dtype)) return std::nullopt;
  return Misuse{"Integer division with addcdiv is no longer supported, and in a future release addcdiv will "
                "perform a true "
                "division of tensor1 and tensor2."};
}

constexpr std::string_view two = "self: [N:1..32, C:1..256, H:1..64, W:1..64]  other: [N|1, C|1, H|1, W|1]";
constexpr std::string_view number = "self: [1..32, 1..256, 1..64, 1..64]  other: 2|3|0.5";
constexpr std::string_view whole = "self: [1..32, 1..256, 1..64, 1..64]  other: 2|3";
constexpr std::string_view three = "self: [N:1..32, C:1..256, H:1..64]  tensor1: [N|1, C|1, H]  tensor2: [N, C, H|1]  value: 1|2";

constexpr auto entries = family(
    op(
        "aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
        [](Tensor self, Tensor other, Openable<Scalar> alpha) -> Answer { return add(self, other, alpha); }, two),
    op(
        "aten::add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
        [](Tensor self, Openable<Scalar> other, Openable<Scalar> alpha) -> Answer { return add(self, {other, "other"}, alpha); }, number),
    op(
        "aten::add_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)",
        [](Tensor self, Tensor other, Openable<Scalar> alpha) -> Answer { return addInPlace(self, other, alpha); }, two),
    op(
        "aten::add_.Scalar(Tensor(a!) self, Scalar other, Scalar alpha=1) -> Tensor(a!)",
        [](Tensor self, Openable<Scalar> other, Openable<Scalar> alpha) -> Answer { return addInPlace(self, {other, "other"}, alpha); },
        number),
    op(
        "aten::sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
        [](Tensor self, Tensor other, Openable<Scalar> alpha) -> Answer { return sub(self, other, alpha); }, two),
    op(
        "aten::sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
        [](Tensor self, Openable<Scalar> other, Openable<Scalar> alpha) -> Answer { return sub(self, {other, "other"}, alpha); }, number),
    op(
        "aten::sub_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)",
        [](Tensor self, Tensor other, Openable<Scalar> alpha) -> Answer { return subInPlace(self, other, alpha); }, two),
    op(
        "aten::sub_.Scalar(Tensor(a!) self, Scalar other, Scalar alpha=1) -> Tensor(a!)",
        [](Tensor self, Openable<Scalar> other, Openable<Scalar> alpha) -> Answer { return subInPlace(self, {other, "other"}, alpha); },
        number),
    op(
        "aten::rsub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
        [](Tensor self, Tensor other, Openable<Scalar> alpha) -> Answer { return sub(self, other, alpha); }, two),
    op(
        "aten::rsub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
        [](Tensor self, Openable<Scalar> other, Openable<Scalar> alpha) -> Answer { return sub(self, {other, "other"}, alpha); }, number),
    op(
        "aten::mul.Tensor(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return pointwise({self, other}, Gives::Promoted); }, two),
    op(
        "aten::mul.Scalar(Tensor self, Scalar other) -> Tensor",
        [](Tensor self, Openable<Scalar> other) -> Answer { return pointwise({self, {other, "other"}}, Gives::Promoted); }, number),
    op(
        "aten::mul_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)",
        [](Tensor self, Tensor other) -> Answer { return pointwiseInPlace({self, other}, Gives::Promoted); }, two),
    op(
        "aten::mul_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)",
        [](Tensor self, Openable<Scalar> other) -> Answer { return pointwiseInPlace({self, {other, "other"}}, Gives::Promoted); }, whole),
    op(
        "aten::maximum(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return extreme("maximum", self, other); }, two),
    op(
        "aten::minimum(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return extreme("minimum", self, other); }, two),
    op(
        "aten::max.other(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return extreme("maximum", self, other); }, two),
    op(
        "aten::min.other(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return extreme("minimum", self, other); }, two),
    op(
        "aten::lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor",
        [](Tensor self, Tensor end, Openable<Scalar> weight) -> Answer { return lerp(self, end, {weight, "weight"}, nullptr); },
        "self: [N:1..32, C:1..256, H:1..64]  end: [N|1, C|1, H]  weight: 0.3|0.9"),
    op(
        "aten::lerp.Tensor(Tensor self, Tensor end, Tensor weight) -> Tensor",
        [](Tensor self, Tensor end, Tensor weight) -> Answer { return lerp(self, end, weight, &weight); },
        "self: [N:1..32, C:1..256, H:1..64]  end: [N|1, C|1, H]  weight: [N, C|1, H]"),
    op(
        "aten::lerp_.Scalar(Tensor(a!) self, Tensor end, Scalar weight) -> Tensor(a!)",
        [](Tensor self, Tensor end, Openable<Scalar> weight) -> Answer { return lerpInPlace(self, end, {weight, "weight"}, nullptr); },
        "self: [N:1..32, C:1..256, H:1..64]  end: [N|1, C|1, H]  weight: 0.3|0.9"),
    op(
        "aten::lerp_.Tensor(Tensor(a!) self, Tensor end, Tensor weight) -> Tensor(a!)",
        [](Tensor self, Tensor end, Tensor weight) -> Answer { return lerpInPlace(self, end, weight, &weight); },
        "self: [N:1..32, C:1..256, H:1..64]  end: [N|1, C|1, H]  weight: [N, C|1, H]"),
    op(
        "aten::addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor",
        [](Tensor self, Tensor a, Tensor b, Openable<Scalar>) -> Answer { return pointwise({self, a, b}, Gives::Promoted, 3); }, three),
    op(
        "aten::addcmul_(Tensor(a!) self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor(a!)",
        [](Tensor self, Tensor a, Tensor b, Openable<Scalar>) -> Answer { return pointwiseInPlace({self, a, b}, Gives::Promoted, 3); },
        three),
    op(
        "aten::addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor",
        [](Tensor self, Tensor a, Tensor b, Openable<Scalar>) -> Answer {
          if (auto misuse = addcdivMisuse(a, b)) return *misuse;
          return pointwise({self, a, b}, Gives::Promoted, 3);
        },
        three),
    op(
        "aten::addcdiv_(Tensor(a!) self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor(a!)",
        [](Tensor self, Tensor a, Tensor b, Openable<Scalar>) -> Answer {
          if (auto misuse = addcdivMisuse(a, b)) return *misuse;
          return pointwiseInPlace({self, a, b}, Gives::Promoted, 3);
        },
        three));

} // namespace

constinit const Family families::elementwise = {"elementwise", entries};

} // namespace cobra::ops
