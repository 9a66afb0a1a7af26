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
  return pointwise(operands, outputType(resultType(operands), gives), flopsPerElement);
}

Answer pointwise(Operands operands, DType dtype, std::int64_t flopsPerElement) {
  auto shape = broadcastShape(operands);
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *misuse;
  return oneOutput(dtype, std::get<Shape>(std::move(shape)), flopsPerElement);
}

Answer pointwiseInPlace(Operands operands, Gives gives, std::int64_t flopsPerElement) {
  const TensorType& self = *operands.begin()->tensor();
  auto shape = broadcastShape(operands);
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *misuse;
  const DType computed = outputType(resultType(operands), gives);
  if (!canCast(computed, self.dtype))
    return Misuse{"result type " + messageName(computed) + " can't be cast to the desired output type " +
                  messageName(self.dtype)};
  if (std::get<Shape>(shape) != self.shape)
    return Misuse{"output with shape " + text(self.shape) + " doesn't match the broadcast shape " +
                  text(std::get<Shape>(shape))};
  return oneOutput(self.dtype, self.shape, flopsPerElement);
}

} // namespace cobra::ops
