// Bits and truth values.
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

namespace cobra::ops {
namespace {

/// Integers and booleans only.
std::optional<Misuse> bitwiseMisuse(std::string_view kernel, const Operand& self, const Operand& other) {
  const DType common = resultType({self, other});
  if (isFloating(common) || isComplex(common)) return notImplemented(kernel, common);
  return std::nullopt;
}

Answer bitwise(std::string_view kernel, const Operand& self, const Operand& other) {
  if (auto misuse = bitwiseMisuse(kernel, self, other)) return *misuse;
  return pointwise({self, other}, Gives::Promoted);
}

Answer bitwiseInPlace(std::string_view kernel, const Operand& self, const Operand& other) {
  if (auto misuse = bitwiseMisuse(kernel, self, other)) return *misuse;
  return pointwiseInPlace({self, other}, Gives::Promoted);
}

Answer logical(Tensor self, Tensor other) { return pointwise({self, other}, Gives::Bool); }
Answer logicalInPlace(Tensor self, Tensor other) { return pointwiseInPlace({self, other}, Gives::Bool); }

constexpr std::string_view two = "self: i64[N:1..32, C:1..256, H:1..64, W:1..64] | b8[N:1..32, C:1..256, "
                                 "H:1..64, W:1..64]  other: i64[N|1, C|1, H|1, W|1] | b8[N|1, C|1, 1, W]";
constexpr std::string_view same = "self: i64[N:1..32, C:1..256, H:1..64, W:1..64]  other: i64[N|1, C|1, H|1, W|1] | b8[N|1, C|1, 1, W]";
constexpr std::string_view number = "self: i64[1..32, 1..256, 1..64, 1..64] | b8[1..32, 1..256, 1..64]  other: 1|3";
constexpr std::string_view truth = "self: [N:1..32, C:1..256, H:1..64, W:1..64] | b8[N:1..32, C:1..256, "
                                   "H:1..64, W:1..64]  other: i64[N|1, C|1, H|1, W|1] | b8[N|1, C|1, 1, W]";

constexpr auto entries = family(
    op(
        "aten::bitwise_and.Tensor(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return bitwise("bitwise_and", self, other); }, two),
    op(
        "aten::bitwise_and.Scalar(Tensor self, Scalar other) -> Tensor",
        [](Tensor self, Openable<Scalar> other) -> Answer { return bitwise("bitwise_and", self, {other, "other"}); }, number),
    op(
        "aten::bitwise_and_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)",
        [](Tensor self, Tensor other) -> Answer { return bitwiseInPlace("bitwise_and", self, other); }, same),
    op(
        "aten::logical_and(Tensor self, Tensor other) -> Tensor", [](Tensor self, Tensor other) -> Answer { return logical(self, other); },
        truth),
    op(
        "aten::logical_and_(Tensor(a!) self, Tensor other) -> Tensor(a!)",
        [](Tensor self, Tensor other) -> Answer { return logicalInPlace(self, other); }, truth),
    op(
        "aten::bitwise_or.Tensor(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return bitwise("bitwise_or", self, other); }, two),
    op(
        "aten::bitwise_or.Scalar(Tensor self, Scalar other) -> Tensor",
        [](Tensor self, Openable<Scalar> other) -> Answer { return bitwise("bitwise_or", self, {other, "other"}); }, number),
    op(
        "aten::bitwise_or_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)",
        [](Tensor self, Tensor other) -> Answer { return bitwiseInPlace("bitwise_or", self, other); }, same),
    op(
        "aten::logical_or(Tensor self, Tensor other) -> Tensor", [](Tensor self, Tensor other) -> Answer { return logical(self, other); },
        truth),
    op(
        "aten::logical_or_(Tensor(a!) self, Tensor other) -> Tensor(a!)",
        [](Tensor self, Tensor other) -> Answer { return logicalInPlace(self, other); }, truth),
    op(
        "aten::bitwise_xor.Tensor(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return bitwise("bitwise_xor", self, other); }, two),
    op(
        "aten::bitwise_xor.Scalar(Tensor self, Scalar other) -> Tensor",
        [](Tensor self, Openable<Scalar> other) -> Answer { return bitwise("bitwise_xor", self, {other, "other"}); }, number),
    op(
        "aten::bitwise_xor_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)",
        [](Tensor self, Tensor other) -> Answer { return bitwiseInPlace("bitwise_xor", self, other); }, same),
    op(
        "aten::logical_xor(Tensor self, Tensor other) -> Tensor", [](Tensor self, Tensor other) -> Answer { return logical(self, other); },
        truth),
    op(
        "aten::logical_xor_(Tensor(a!) self, Tensor other) -> Tensor(a!)",
        [](Tensor self, Tensor other) -> Answer { return logicalInPlace(self, other); }, truth),
    op(
        "aten::logical_not_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return pointwiseInPlace({self}, Gives::Bool); },
        "self: [1..32, 1..256, 1..64] | b8[1..32, 1..256, 1..64]"),
    op(
        "aten::bitwise_not(Tensor self) -> Tensor",
        [](Tensor self) -> Answer {
          if (auto misuse = bitwiseMisuse("bitwise_not", self, self)) return *misuse;
          return pointwise({self}, Gives::Promoted);
        },
        "self: i64[1..32, 1..256, 1..64] | b8[1..32, 1..256, 1..64]"));

} // namespace

constinit const Family families::bitwise = {"bitwise", entries};

} // namespace cobra::ops
