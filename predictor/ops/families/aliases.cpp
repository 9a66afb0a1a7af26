// Second names of operators (ATen/native/BinaryOps.cpp, UnaryOps.cpp). LibTorch runs them under the name that
// was written.
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
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

Answer floating(Tensor self) { return pointwise({self}, Gives::Floating); }

Answer absolute(Tensor self) { return pointwise({self}, Gives::Real); }

Answer negative(Tensor self) {
  if (self.dtype == DType::Bool)
    return Misuse{"Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
                  "invert a mask, use the `~` or "
                  "`logical_not()` operator instead."};
  return pointwise(self, 1);
}

constexpr std::string_view any = "self: [1..32, 1..256, 1..64, 1..64]";
constexpr std::string_view two = "self: [N:1..32, C:1..256, H:1..64]  other: [N|1, C|1, H|1]";
constexpr std::string_view number = "self: [1..32, 1..256, 1..64]  other: 1|0.5";

constexpr auto entries =
    family(op(
               "aten::absolute(Tensor self) -> Tensor", [](Tensor self) -> Answer { return absolute(self); }, any),
           op(
               "aten::negative(Tensor self) -> Tensor", [](Tensor self) -> Answer { return negative(self); }, any),
           op(
               "aten::arctan(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::arcsin(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::arccos(Tensor self) -> Tensor", [](Tensor self) -> Answer { return floating(self); }, any),
           op(
               "aten::arctan2(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer {
                 if (isComplex(resultType(self, other))) return notImplemented("atan2_cpu", resultType(self, other));
                 return pointwise({self, other}, Gives::Floating);
               },
               two),
           op(
               "aten::multiply.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return pointwise({self, other}, Gives::Promoted); }, two),
           op(
               "aten::multiply.Scalar(Tensor self, Scalar other) -> Tensor",
               [](Tensor self, Openable<Scalar> other) -> Answer { return pointwise({self, {other, "other"}}, Gives::Promoted); }, number),
           op(
               "aten::divide.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return pointwise({self, other}, Gives::Floating); }, two),
           op(
               "aten::divide.Scalar(Tensor self, Scalar other) -> Tensor",
               [](Tensor self, Openable<Scalar> other) -> Answer { return pointwise({self, {other, "other"}}, Gives::Floating); }, number),
           op(
               "aten::greater.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return ordered("gt", self, other); }, two),
           op(
               "aten::greater.Scalar(Tensor self, Scalar other) -> Tensor",
               [](Tensor self, Openable<Scalar> other) -> Answer { return ordered("gt", self, {other, "other"}); }, number),
           op(
               "aten::greater_equal.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return ordered("ge", self, other); }, two),
           op(
               "aten::greater_equal.Scalar(Tensor self, Scalar other) -> Tensor",
               [](Tensor self, Openable<Scalar> other) -> Answer { return ordered("ge", self, {other, "other"}); }, number),
           op(
               "aten::less.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return ordered("lt", self, other); }, two),
           op(
               "aten::less.Scalar(Tensor self, Scalar other) -> Tensor",
               [](Tensor self, Openable<Scalar> other) -> Answer { return ordered("lt", self, {other, "other"}); }, number),
           op(
               "aten::less_equal.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return ordered("le", self, other); }, two),
           op(
               "aten::less_equal.Scalar(Tensor self, Scalar other) -> Tensor",
               [](Tensor self, Openable<Scalar> other) -> Answer { return ordered("le", self, {other, "other"}); }, number),
           op(
               "aten::not_equal.Tensor(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer { return compared(self, other); }, two),
           op(
               "aten::not_equal.Scalar(Tensor self, Scalar other) -> Tensor",
               [](Tensor self, Openable<Scalar> other) -> Answer { return compared(self, {other, "other"}); }, number),
           op(
               "aten::concatenate(Tensor[] tensors, int dim=0) -> Tensor",
               [](Tensors tensors, Int dim) -> Answer {
                 std::vector<Argument> same;
                 TensorList list;
                 for (std::size_t i = 0; i < tensors.size(); ++i) list.emplace_back(tensors[i]);
                 same.emplace_back(std::move(list));
                 same.emplace_back(dim);
                 return evaluate(*find("aten::cat"), same);
               },
               "tensors: [[N:1..16, 1..16], [N, 1..16]]  dim: 1"));

} // namespace

constinit const Family families::aliases = {"aliases", entries};

} // namespace cobra::ops
