// Comparisons of tensors with tensors and numbers.
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

namespace cobra::ops {
namespace {

Answer compared(const Operand& self, const Operand& other) { return pointwise({self, other}, Gives::Bool); }

/// Complex numbers have no order.
Answer ordered(std::string_view kernel, const Operand& self, const Operand& other) {
  const DType common = resultType({self, other});
  if (isComplex(common)) return notImplemented(kernel, common);
  return compared(self, other);
}

constexpr std::string_view two = "self: [N:1..32, C:1..256, H:1..64, W:1..64]  other: [N|1, C|1, H|1, W|1]";
constexpr std::string_view number = "self: [1..32, 1..256, 1..64, 1..64]  other: 0|1|0.5";
constexpr std::string_view alike = "self: [N:1..32, C:1..256, H:1..64]  other: [N, C, H]";

/// isclose and allclose compare within rtol and atol, which must not be negative.
std::optional<Misuse> toleranceMisuse(std::string_view name, Tensor self, Tensor other, Openable<Float> rtol, Openable<Float> atol) {
  if (self.dtype != other.dtype) return Misuse{messageName(self.dtype) + " did not match " + messageName(other.dtype)};
  if ((rtol && *rtol < 0) || (atol && *atol < 0))
    return Misuse{std::string(name) + ": rtol and atol must be greater than or equal to zero, but got " + std::to_string(rtol ? *rtol : 0) +
                  " and " + std::to_string(atol ? *atol : 0)};
  return std::nullopt;
}

constexpr auto entries =
    family(op(
               "aten::eq.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return compared(self, other); }, two),
           op(
               "aten::eq.Scalar(Tensor self, Scalar other) -> Tensor",
               [](Tensor self, Openable<Scalar> other) -> Answer { return compared(self, {other, "other"}); }, number),
           op(
               "aten::ne.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return compared(self, other); }, two),
           op(
               "aten::ne.Scalar(Tensor self, Scalar other) -> Tensor",
               [](Tensor self, Openable<Scalar> other) -> Answer { return compared(self, {other, "other"}); }, number),
           op(
               "aten::lt.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return ordered("lt", self, other); }, two),
           op(
               "aten::lt.Scalar(Tensor self, Scalar other) -> Tensor",
               [](Tensor self, Openable<Scalar> other) -> Answer { return ordered("lt", self, {other, "other"}); }, number),
           op(
               "aten::le.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return ordered("le", self, other); }, two),
           op(
               "aten::le.Scalar(Tensor self, Scalar other) -> Tensor",
               [](Tensor self, Openable<Scalar> other) -> Answer { return ordered("le", self, {other, "other"}); }, number),
           op(
               "aten::gt.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return ordered("gt", self, other); }, two),
           op(
               "aten::gt.Scalar(Tensor self, Scalar other) -> Tensor",
               [](Tensor self, Openable<Scalar> other) -> Answer { return ordered("gt", self, {other, "other"}); }, number),
           op(
               "aten::ge.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return ordered("ge", self, other); }, two),
           op(
               "aten::ge.Scalar(Tensor self, Scalar other) -> Tensor",
               [](Tensor self, Openable<Scalar> other) -> Answer { return ordered("ge", self, {other, "other"}); }, number),
           op(
               "aten::isclose(Tensor self, Tensor other, float rtol=1.0000000000000001e-05, float "
               "atol=1e-08, bool equal_nan=False) -> Tensor",
               [](Tensor self, Tensor other, Openable<Float> rtol, Openable<Float> atol, Openable<Bool>) -> Answer {
                 if (auto misuse = toleranceMisuse("isclose", self, other, rtol, atol)) return *misuse;
                 return pointwise({self, other}, Gives::Bool, 4);
               },
               two),
           op(
               "aten::allclose(Tensor self, Tensor other, float rtol=1.0000000000000001e-05, float "
               "atol=1e-08, bool equal_nan=False) -> bool",
               [](Tensor self, Tensor other, Openable<Float> rtol, Openable<Float> atol, Openable<Bool>) -> Answer {
                 if (auto misuse = toleranceMisuse("allclose", self, other, rtol, atol)) return *misuse;
                 auto shape = broadcastShape({self, other});
                 if (auto* misuse = std::get_if<Misuse>(&shape)) return *misuse;
                 return Effect{{}, mulClamped(TensorType{self.dtype, std::get<Shape>(shape)}.elements(), 5)};
               },
               alike),
           op(
               "aten::equal(Tensor self, Tensor other) -> bool",
               [](Tensor self, Tensor other) -> Answer {
                 // Tensors of different sizes are unequal at once; nothing is read.
                 if (self.shape != other.shape) return Effect{{}, 0, 0};
                 return Effect{{}, self.elements()};
               },
               alike));

} // namespace

constinit const Family families::comparison = {"comparison", entries};

} // namespace cobra::ops
