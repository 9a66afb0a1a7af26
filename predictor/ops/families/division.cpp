// Quotients, remainders and powers.
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

namespace cobra::ops {
namespace {

/// What a division gives: floats, unless it is told to round.
std::variant<Gives, Misuse> quotient(MaybeString roundingMode) {
  if (!roundingMode) return Gives::Floating;
  if (*roundingMode == "trunc" || *roundingMode == "floor") return Gives::Promoted;
  return Misuse{"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '" + std::string(*roundingMode) + "'"};
}

Answer div(const Operand& self, const Operand& other, MaybeString roundingMode) {
  const auto gives = quotient(roundingMode);
  if (const auto* misuse = std::get_if<Misuse>(&gives)) return *misuse;
  return pointwise({self, other}, std::get<Gives>(gives));
}

Answer divInPlace(const Operand& self, const Operand& other, MaybeString roundingMode) {
  const auto gives = quotient(roundingMode);
  if (const auto* misuse = std::get_if<Misuse>(&gives)) return *misuse;
  return pointwiseInPlace({self, other}, std::get<Gives>(gives));
}

Answer rest(std::string_view kernel, const Operand& self, const Operand& other) {
  const DType result = resultType({self, other});
  if (isComplex(result) || result == DType::Bool) return notImplemented(kernel, result);
  return pointwise({self, other}, Gives::Promoted);
}

Answer restInPlace(std::string_view kernel, const Operand& self, const Operand& other) {
  const DType result = resultType({self, other});
  if (isComplex(result) || result == DType::Bool) return notImplemented(kernel, result);
  return pointwiseInPlace({self, other}, Gives::Promoted);
}

/// ATen/native/Pow.cpp
std::optional<Misuse> powMisuse(Tensor self, const Openable<Scalar>& exponent) {
  const bool whole = isIntegral(self.dtype) || self.dtype == DType::Bool;
  if (whole && exponent && (*exponent).isInt() && (*exponent).asDouble() < 0)
    return Misuse{"Integers to negative integer powers are not allowed."};
  return std::nullopt;
}

constexpr std::string_view two = "self: [N:1..32, C:1..256, H:1..64, W:1..64]  other: [N|1, C|1, H|1, W|1]";
constexpr std::string_view number = "self: [1..32, 1..256, 1..64, 1..64]  other: 2|3|0.5";
constexpr std::string_view rounded = "self: [N:1..32, C:1..256, H:1..64, W:1..64]  other: [N|1, C|1, H|1, "
                                     "W|1]  rounding_mode: 'floor'|'trunc'";
constexpr std::string_view numberRounded = "self: [1..32, 1..256, 1..64, 1..64]  other: 2|3|0.5  rounding_mode: 'floor'|'trunc'";
constexpr std::string_view powers = "self: [1..32, 1..256, 1..64, 1..64]  exponent: 2|3|0.5";

constexpr auto entries = family(
    op(
        "aten::div.Tensor(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return div(self, other, std::nullopt); }, two),
    op(
        "aten::div.Scalar(Tensor self, Scalar other) -> Tensor",
        [](Tensor self, Openable<Scalar> other) -> Answer { return div(self, {other, "other"}, std::nullopt); }, number),
    op(
        "aten::div.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor",
        [](Tensor self, Tensor other, MaybeString mode) -> Answer { return div(self, other, mode); }, rounded),
    op(
        "aten::div.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor",
        [](Tensor self, Openable<Scalar> other, MaybeString mode) -> Answer { return div(self, {other, "other"}, mode); }, numberRounded),
    op(
        "aten::div_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)",
        [](Tensor self, Tensor other) -> Answer { return divInPlace(self, other, std::nullopt); }, two),
    op(
        "aten::div_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)",
        [](Tensor self, Openable<Scalar> other) -> Answer { return divInPlace(self, {other, "other"}, std::nullopt); }, number),
    op(
        "aten::div_.Tensor_mode(Tensor(a!) self, Tensor other, *, str? rounding_mode) -> Tensor(a!)",
        [](Tensor self, Tensor other, MaybeString mode) -> Answer { return divInPlace(self, other, mode); }, rounded),
    op(
        "aten::div_.Scalar_mode(Tensor(a!) self, Scalar other, *, str? rounding_mode) -> Tensor(a!)",
        [](Tensor self, Openable<Scalar> other, MaybeString mode) -> Answer { return divInPlace(self, {other, "other"}, mode); },
        numberRounded),
    op(
        "aten::true_divide.Tensor(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return div(self, other, std::nullopt); }, two),
    op(
        "aten::floor_divide(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return pointwise({self, other}, Gives::Promoted); }, two),
    op(
        "aten::floor_divide.Scalar(Tensor self, Scalar other) -> Tensor",
        [](Tensor self, Openable<Scalar> other) -> Answer { return pointwise({self, {other, "other"}}, Gives::Promoted); }, number),
    op(
        "aten::remainder.Tensor(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return rest("remainder", self, other); }, two),
    op(
        "aten::remainder.Scalar(Tensor self, Scalar other) -> Tensor",
        [](Tensor self, Openable<Scalar> other) -> Answer { return rest("remainder", self, {other, "other"}); }, number),
    op(
        "aten::remainder_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)",
        [](Tensor self, Tensor other) -> Answer { return restInPlace("remainder", self, other); }, two),
    op(
        "aten::remainder_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)",
        [](Tensor self, Openable<Scalar> other) -> Answer { return restInPlace("remainder", self, {other, "other"}); }, number),
    op(
        "aten::fmod.Tensor(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return rest("fmod", self, other); }, two),
    op(
        "aten::fmod.Scalar(Tensor self, Scalar other) -> Tensor",
        [](Tensor self, Openable<Scalar> other) -> Answer { return rest("fmod", self, {other, "other"}); }, number),
    op(
        "aten::fmod_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)",
        [](Tensor self, Tensor other) -> Answer { return restInPlace("fmod", self, other); }, two),
    op(
        "aten::fmod_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)",
        [](Tensor self, Openable<Scalar> other) -> Answer { return restInPlace("fmod", self, {other, "other"}); }, number),
    op(
        "aten::atan2(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return pointwise({self, other}, Gives::Floating); }, two),
    op(
        "aten::pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor",
        [](Tensor self, Tensor exponent) -> Answer { return pointwise({self, exponent}, Gives::Promoted); },
        "self: [N:1..32, C:1..256, H:1..64, W:1..64]  exponent: [N|1, C|1, H|1, W|1]"),
    op(
        "aten::pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor",
        [](Tensor self, Openable<Scalar> exponent) -> Answer {
          if (auto misuse = powMisuse(self, exponent)) return *misuse;
          return pointwise({self, {exponent, "exponent"}}, Gives::Promoted);
        },
        powers),
    op(
        "aten::pow.Scalar(Scalar self, Tensor exponent) -> Tensor",
        [](Openable<Scalar> self, Tensor exponent) -> Answer { return pointwise({{self, "self"}, exponent}, Gives::Promoted); },
        "self: 2|0.5  exponent: [1..32, 1..256, 1..64, 1..64]"),
    op(
        "aten::pow_.Scalar(Tensor(a!) self, Scalar exponent) -> Tensor(a!)",
        [](Tensor self, Openable<Scalar> exponent) -> Answer {
          if (auto misuse = powMisuse(self, exponent)) return *misuse;
          return pointwiseInPlace({self, {exponent, "exponent"}}, Gives::Promoted);
        },
        powers),
    op(
        "aten::pow_.Tensor(Tensor(a!) self, Tensor exponent) -> Tensor(a!)",
        [](Tensor self, Tensor exponent) -> Answer { return pointwiseInPlace({self, exponent}, Gives::Promoted); },
        "self: [N:1..32, C:1..256, H:1..64, W:1..64]  exponent: [N|1, C|1, H|1, W|1]"));

} // namespace

constinit const Family families::division = {"division", entries};

} // namespace cobra::ops
