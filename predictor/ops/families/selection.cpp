// Choosing between values: where, clamp, masked_fill.
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

namespace cobra::ops {
namespace {

/// ATen/native/TensorCompare.cpp, where. The condition has no part in the result type.
Answer where(Tensor condition, const Operand& self, const Operand& other) {
  if (condition.dtype != DType::Bool && condition.dtype != DType::UInt8)
    return Misuse{"where expected condition to be a boolean tensor, but got a tensor with dtype " + messageName(condition.dtype)};
  if (auto unknown = undecidedType({self, other})) return *unknown;
  return pointwise({condition, self, other}, resultType({self, other}));
}

/// What clamps: none, one or two operands besides self.
Answer clamp(Operands operands, bool inPlace) {
  if (operands.size() == 1) return Misuse{"torch.clamp: At least one of 'min' or 'max' must not be None"};
  const DType result = resultType(operands);
  if (isComplex(result)) return Misuse{"clamp is not supported for complex types"};
  const auto flops = static_cast<std::int64_t>(operands.size()) - 1;
  return inPlace ? pointwiseInPlace(operands, Gives::Promoted, flops) : pointwise(operands, Gives::Promoted, flops);
}

/// What an optional argument stands for: a number that may be open, or nothing.
std::optional<Operand> limit(const Openable<MaybeScalar>& number, std::string_view parameter) {
  if (!number) return Operand(Openable<Scalar>{}, parameter);
  return *number ? std::optional<Operand>(**number) : std::nullopt;
}

template <typename Limit> Answer clampBetween(Tensor self, const Limit& min, const Limit& max, bool inPlace) {
  if (min && max) return clamp({self, *min, *max}, inPlace);
  if (min) return clamp({self, *min}, inPlace);
  if (max) return clamp({self, *max}, inPlace);
  return clamp({self}, inPlace);
}

/// ATen/native/TensorAdvancedIndexing.cpp, masked_fill: the value never changes the dtype.
std::optional<Misuse> maskMisuse(Tensor self, Tensor mask, const Operand& value) {
  if (mask.dtype != DType::Bool)
    return Misuse{"masked_fill only supports boolean masks, but got mask with dtype " + std::string(longName(mask.dtype))};
  const TensorType* tensor = value.tensor();
  if (tensor != nullptr && tensor->rank() > 0)
    return Misuse{"masked_fill only supports a 0-dimensional value tensor, but got tensor with " + std::to_string(tensor->rank()) +
                  " dimension(s)."};
  if (isComplex(value.dtype()) && !isComplex(self.dtype))
    return Misuse{"value cannot be converted to type " + std::string(longName(self.dtype)) + " without overflow"};
  return std::nullopt;
}

Answer maskedFill(Tensor self, Tensor mask, const Operand& value) {
  if (auto misuse = maskMisuse(self, mask, value)) return *misuse;
  return pointwise({self, mask}, self.dtype, 0);
}

Answer maskedFillInPlace(Tensor self, Tensor mask, const Operand& value) {
  if (auto misuse = maskMisuse(self, mask, value)) return *misuse;
  return pointwiseInPlace({self, mask}, Gives::Promoted, 0);
}

constexpr std::string_view limits = "self: [1..32, 1..256, 1..64, 1..64]  min: 0|None  max: 1|6";
constexpr std::string_view limitTensors = "self: [N:1..32, C:1..256, H:1..64]  min: [N|1, C|1, H]  max: [C|1, 1]";
constexpr std::string_view minimum = "self: [1..32, 1..256, 1..64, 1..64]  min: 0|0.5";
constexpr std::string_view maximum = "self: [1..32, 1..256, 1..64, 1..64]  max: 0|0.5";
constexpr std::string_view minimumTensor = "self: [N:1..32, C:1..256, H:1..64]  min: [N|1, C|1, H]";
constexpr std::string_view maximumTensor = "self: [N:1..32, C:1..256, H:1..64]  max: [N|1, C|1, H]";
constexpr std::string_view filledByNumber = "self: [N:1..16, C:1..16, H:1..128, W:1..128]  mask: b8[N|1, 1, H, W]  value: 0|-10000.0";
constexpr std::string_view filledByTensor = "self: [N:1..16, C:1..16, H:1..128, W:1..128]  mask: b8[N|1, 1, H, W]  value: []";

constexpr auto entries =
    family(op(
               "aten::where.self(Tensor condition, Tensor self, Tensor other) -> Tensor",
               [](Tensor condition, Tensor self, Tensor other) -> Answer { return where(condition, self, other); },
               "condition: b8[N:1..32, C:1..256, H:1..64, 1]  self: [N, C, H, W:1..64]  other: [N|1, C|1, H|1, "
               "W|1]"),
           op(
               "aten::where.ScalarOther(Tensor condition, Tensor self, Scalar other) -> Tensor",
               [](Tensor condition, Tensor self, Openable<Scalar> other) -> Answer { return where(condition, self, {other, "other"}); },
               "condition: b8[N:1..32, 1, H:1..64, W:1..64]  self: [N, 1..64, H, W]  other: 0|-10000.0"),
           op(
               "aten::where.ScalarSelf(Tensor condition, Scalar self, Tensor other) -> Tensor",
               [](Tensor condition, Openable<Scalar> self, Tensor other) -> Answer { return where(condition, {self, "self"}, other); },
               "condition: b8[N:1..32, 1, H:1..64, W:1..64]  self: 0|-10000.0  other: [N, 1..64, H, W]"),
           op(
               "aten::where.Scalar(Tensor condition, Scalar self, Scalar other) -> Tensor",
               [](Tensor condition, Openable<Scalar> self, Openable<Scalar> other) -> Answer {
                 return where(condition, {self, "self"}, {other, "other"});
               },
               "condition: b8[1..32, 1..64, 1..64, 1..64]  self: 0|0.5  other: 1|2.5"),
           op(
               "aten::where(Tensor condition) -> Tensor[]", [](Tensor /*condition*/) -> Answer { return Unknown{"condition"}; }, ""),
           op(
               "aten::clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor",
               [](Tensor self, Openable<MaybeScalar> min, Openable<MaybeScalar> max) -> Answer {
                 return clampBetween(self, limit(min, "min"), limit(max, "max"), false);
               },
               limits),
           op(
               "aten::clamp_(Tensor(a!) self, Scalar? min=None, Scalar? max=None) -> Tensor(a!)",
               [](Tensor self, Openable<MaybeScalar> min, Openable<MaybeScalar> max) -> Answer {
                 return clampBetween(self, limit(min, "min"), limit(max, "max"), true);
               },
               limits),
           op(
               "aten::clamp.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor",
               [](Tensor self, MaybeTensor min, MaybeTensor max) -> Answer { return clampBetween(self, min, max, false); }, limitTensors),
           op(
               "aten::clamp_.Tensor(Tensor(a!) self, Tensor? min=None, Tensor? max=None) -> Tensor(a!)",
               [](Tensor self, MaybeTensor min, MaybeTensor max) -> Answer { return clampBetween(self, min, max, true); }, limitTensors),
           op(
               "aten::clamp_min(Tensor self, Scalar min) -> Tensor",
               [](Tensor self, Openable<Scalar> min) -> Answer { return clamp({self, {min, "min"}}, false); }, minimum),
           op(
               "aten::clamp_min_(Tensor(a!) self, Scalar min) -> Tensor(a!)",
               [](Tensor self, Openable<Scalar> min) -> Answer { return clamp({self, {min, "min"}}, true); }, minimum),
           op(
               "aten::clamp_min.Tensor(Tensor self, Tensor min) -> Tensor",
               [](Tensor self, Tensor min) -> Answer { return clamp({self, min}, false); }, minimumTensor),
           op(
               "aten::clamp_max(Tensor self, Scalar max) -> Tensor",
               [](Tensor self, Openable<Scalar> max) -> Answer { return clamp({self, {max, "max"}}, false); }, maximum),
           op(
               "aten::clamp_max_(Tensor(a!) self, Scalar max) -> Tensor(a!)",
               [](Tensor self, Openable<Scalar> max) -> Answer { return clamp({self, {max, "max"}}, true); }, maximum),
           op(
               "aten::clamp_max.Tensor(Tensor self, Tensor max) -> Tensor",
               [](Tensor self, Tensor max) -> Answer { return clamp({self, max}, false); }, maximumTensor),
           op(
               "aten::masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor",
               [](Tensor self, Tensor mask, Openable<Scalar> value) -> Answer { return maskedFill(self, mask, {value, "value"}); },
               filledByNumber),
           op(
               "aten::masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor",
               [](Tensor self, Tensor mask, Tensor value) -> Answer { return maskedFill(self, mask, value); }, filledByTensor),
           op(
               "aten::masked_fill_.Scalar(Tensor(a!) self, Tensor mask, Scalar value) -> Tensor(a!)",
               [](Tensor self, Tensor mask, Openable<Scalar> value) -> Answer { return maskedFillInPlace(self, mask, {value, "value"}); },
               filledByNumber),
           op(
               "aten::masked_fill_.Tensor(Tensor(a!) self, Tensor mask, Tensor value) -> Tensor(a!)",
               [](Tensor self, Tensor mask, Tensor value) -> Answer { return maskedFillInPlace(self, mask, value); }, filledByTensor));

} // namespace

constinit const Family families::selection = {"selection", entries};

} // namespace cobra::ops
