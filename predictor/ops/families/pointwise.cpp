#include "predictor/ops/families/pointwise.h"

#include <array>

namespace cobra::ops {
namespace {

bool isWhole(DType dtype) { return isIntegral(dtype) || dtype == DType::Bool; }

DType outputType(DType common, Gives gives) {
  switch (gives) {
  case Gives::Promoted: return common;
  case Gives::Floating: return floatingType(common);
  case Gives::Bool: return DType::Bool;
  case Gives::Real: return realType(common);
  }
  return common;
}

/// A truth value is bool and a quotient floating whatever the operands are.
bool dependsOnType(Gives gives) { return gives != Gives::Bool && gives != Gives::Floating; }

Effect oneOutput(DType dtype, Shape shape, std::int64_t flopsPerElement) {
  TensorType output{dtype, std::move(shape)};
  const std::int64_t flops = mulClamped(output.elements(), flopsPerElement);
  return {.outputs = {std::move(output)}, .flops = flops};
}

} // namespace

DType Operand::dtype() const {
  if (tensor_ != nullptr) return tensor_->dtype;
  return ResultType().add(number_).get();
}

DType resultType(Operands operands) {
  ResultType type;
  for (const Operand& operand : operands) {
    if (operand.tensor() != nullptr)
      type.add(*operand.tensor());
    else
      type.add(operand.number());
  }
  return type.get();
}

std::optional<Unknown> undecidedType(Operands operands) {
  ResultType tensors;
  bool any = false;
  std::string_view open;
  for (const Operand& operand : operands) {
    any = any || operand.tensor() != nullptr;
    if (operand.tensor() != nullptr) tensors.add(*operand.tensor());
    if (!operand.openParameter().empty()) open = operand.openParameter();
  }
  if (open.empty() || (any && !isWhole(tensors.get()))) return std::nullopt;
  return Unknown{std::string(open)};
}

DType floatingType(DType dtype) { return isWhole(dtype) ? DType::Float32 : dtype; }

DType realType(DType dtype) {
  if (dtype == DType::Complex128) return DType::Float64;
  return dtype == DType::Complex64 ? DType::Float32 : dtype;
}

bool canCast(DType from, DType to) {
  if (isComplex(from) && !isComplex(to)) return false;
  if (isFloating(from) && isIntegral(to)) return false;
  return from == DType::Bool || to != DType::Bool;
}

std::string messageName(DType dtype) {
  constexpr std::array names = {"Float", "Double", "Half", "BFloat16", "Long",         "Int",
                                "Short", "Char",   "Byte", "Bool",     "ComplexFloat", "ComplexDouble"};
  return names[static_cast<std::size_t>(dtype)];
}

Misuse notImplemented(std::string_view kernel, DType dtype) {
  return {'"' + std::string(kernel) + "\" not implemented for '" + messageName(dtype) + "'"};
}

std::variant<Shape, Misuse> broadcastShape(Operands operands) {
  Shape shape;
  for (const Operand& operand : operands) {
    if (operand.tensor() == nullptr) continue;
    auto wider = broadcast(shape, operand.tensor()->shape);
    if (std::holds_alternative<Misuse>(wider)) return wider;
    shape = std::get<Shape>(std::move(wider));
  }
  return shape;
}

Answer pointwise(Operands operands, Gives gives, std::int64_t flopsPerElement) {
  if (dependsOnType(gives))
    if (auto unknown = undecidedType(operands)) return *unknown;
  return pointwise(operands, outputType(resultType(operands), gives), flopsPerElement);
}

Answer pointwise(Operands operands, DType dtype, std::int64_t flopsPerElement) {
  auto shape = broadcastShape(operands);
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *misuse;
  return oneOutput(dtype, std::get<Shape>(std::move(shape)), flopsPerElement);
}

Answer pointwiseInPlace(Operands operands, Gives gives, std::int64_t flopsPerElement) {
  const TensorType& self = *operands.begin()->tensor();
  if (dependsOnType(gives))
    if (auto unknown = undecidedType(operands)) return *unknown;
  auto shape = broadcastShape(operands);
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *misuse;
  const DType computed = outputType(resultType(operands), gives);
  if (!canCast(computed, self.dtype))
    return Misuse{"result type " + messageName(computed) + " can't be cast to the desired output type " + messageName(self.dtype)};
  if (std::get<Shape>(shape) != self.shape)
    return Misuse{"output with shape " + text(self.shape) + " doesn't match the broadcast shape " + text(std::get<Shape>(shape))};
  return oneOutput(self.dtype, self.shape, flopsPerElement);
}

} // namespace cobra::ops
