#include "predictor/ops/matmul.h"

#include "predictor/ops/broadcast.h"
#include "predictor/ops/rules.h"

#include <algorithm>

namespace cobra::ops {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

std::string crossed(std::int64_t rows, std::int64_t columns) { return number(rows) + "x" + number(columns); }

Effect product(DType dtype, Shape shape, std::int64_t inner) {
  TensorType output{dtype, std::move(shape)};
  const std::int64_t flops = mulClamped(mulClamped(2, output.elements()), inner);
  return {{std::move(output)}, flops};
}

Misuse cannotMultiply(std::int64_t n, std::int64_t k, std::int64_t otherK, std::int64_t m) {
  return {"mat1 and mat2 shapes cannot be multiplied (" + crossed(n, k) + " and " + crossed(otherK, m) + ")"};
}

Answer vectorProduct(Tensor a, Tensor b) {
  if (a.shape[0] != b.shape[0])
    return Misuse{"inconsistent tensor size, expected tensor [" + number(a.shape[0]) + "] and src [" + number(b.shape[0]) +
                  "] to have the same number of elements, but got " + number(a.shape[0]) + " and " + number(b.shape[0]) +
                  " elements respectively"};
  return product(a.dtype, {}, a.shape[0]);
}

/// Everything in front of the last two dimensions.
Shape leading(const Shape& shape) {
  return {shape.begin(), shape.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, shape.size()))};
}

} // namespace

std::optional<Misuse> differentTypes(Tensor a, Tensor b) {
  if (a.dtype == b.dtype) return std::nullopt;
  return Misuse{"expected m1 and m2 to have the same dtype, but got: " + std::string(longName(a.dtype)) +
                " != " + std::string(longName(b.dtype))};
}

std::optional<Misuse> wrongRank(std::string_view what, Tensor tensor, std::int64_t rank) {
  if (tensor.rank() == rank) return std::nullopt;
  if (rank == 2) return Misuse{std::string(what) + " must be a matrix"};
  return Misuse{std::string(what) + " must be a " + number(rank) + "D tensor"};
}

Answer matmul(Tensor a, Tensor b) {
  if (a.rank() == 0 || b.rank() == 0)
    return Misuse{"both arguments to matmul need to be at least 1D, but they are " + number(a.rank()) + "D and " + number(b.rank()) + "D"};
  if (auto misuse = differentTypes(a, b)) return *std::move(misuse);
  if (a.rank() == 1 && b.rank() == 1) return vectorProduct(a, b);
  // A vector is a row on the left, a column on the right.
  const std::int64_t n = a.rank() == 1 ? 1 : a.shape[a.shape.size() - 2], k = a.shape.back();
  const std::int64_t m = b.rank() == 1 ? 1 : b.shape.back();
  const std::int64_t otherK = b.rank() == 1 ? b.shape.back() : b.shape[b.shape.size() - 2];
  if (k != otherK) {
    if (b.rank() == 1 && a.rank() == 2)
      return Misuse{"size mismatch, got input (" + number(n) + "), mat (" + crossed(n, k) + "), vec (" + number(otherK) + ")"};
    return cannotMultiply(n, k, otherK, m);
  }
  auto shape = broadcast(leading(a.shape), leading(b.shape));
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *std::move(misuse);
  Shape result = std::get<Shape>(std::move(shape));
  if (a.rank() > 1) result.push_back(n);
  if (b.rank() > 1) result.push_back(m);
  return product(a.dtype, std::move(result), k);
}

Answer matrixProduct(std::string_view name, Tensor a, Tensor b, std::int64_t rank) {
  const bool batched = rank == 3;
  if (auto misuse = wrongRank(batched ? "batch1" : "self", a, rank)) return *std::move(misuse);
  if (auto misuse = wrongRank(batched ? "batch2" : "mat2", b, rank)) return *std::move(misuse);
  if (auto misuse = differentTypes(a, b)) return *std::move(misuse);
  const std::size_t row = batched ? 1 : 0;
  if (batched && (a.shape[0] != b.shape[0] || a.shape[2] != b.shape[1]))
    return Misuse{std::string(name) + "(): Expected size for first two dimensions of batch2 tensor to be: [" + number(a.shape[0]) + ", " +
                  number(a.shape[2]) + "] but got: [" + number(b.shape[0]) + ", " + number(b.shape[1]) + "]."};
  if (!batched && a.shape[1] != b.shape[0]) return cannotMultiply(a.shape[0], a.shape[1], b.shape[0], b.shape[1]);
  Shape shape = a.shape;
  shape.back() = b.shape.back();
  return product(a.dtype, std::move(shape), a.shape[row + 1]);
}

Answer plusProduct(Tensor added, Answer answer) {
  auto* effect = std::get_if<Effect>(&answer);
  if (effect == nullptr) return answer;
  const TensorType& result = effect->outputs.front();
  if (!expandable(added.shape, result.shape))
    return Misuse{"The expanded size of the tensor (" + text(result.shape) + ") must match the existing size (" + text(added.shape) + ")"};
  if (added.dtype != result.dtype)
    return Misuse{"self and mat2 must have the same dtype, but got " + std::string(longName(added.dtype)) + " and " +
                  std::string(longName(result.dtype))};
  effect->flops = addClamped(effect->flops, result.elements());
  return answer;
}

Answer plusProductInPlace(Tensor added, Answer answer) {
  const auto* effect = std::get_if<Effect>(&answer);
  if (effect != nullptr && effect->outputs.front().shape != added.shape)
    return Misuse{"Bad in-place call: input tensor size " + text(added.shape) + " and output tensor size " +
                  text(effect->outputs.front().shape) + " should match"};
  return plusProduct(added, std::move(answer));
}

Answer linear(Tensor input, Tensor weight, MaybeTensor bias) {
  if (input.rank() == 0 || weight.rank() == 0)
    return Misuse{"both arguments to linear need to be at least 1D, but they are " + number(input.rank()) + "D and " +
                  number(weight.rank()) + "D"};
  if (weight.rank() > 2) return Misuse{"t() expects a tensor with <= 2 dimensions, but self is " + number(weight.rank()) + "D"};
  if (weight.rank() == 1 && bias != nullptr) return Misuse{"mat2 must be a matrix, got 1-D tensor"};
  TensorType transposed = weight;
  std::ranges::reverse(transposed.shape);
  Answer answer = matmul(input, transposed);
  return bias == nullptr ? answer : plusProduct(*bias, std::move(answer));
}

Answer bilinear(Tensor input1, Tensor input2, Tensor weight, MaybeTensor bias) {
  if (input1.rank() != input2.rank())
    return Misuse{"bilinear(): input dimensions do not match: got " + number(input1.rank()) + " and " + number(input2.rank())};
  if (weight.rank() != 3 || input1.rank() == 0) return Misuse{"bilinear(): weight must be a 3D tensor and the inputs at least 1D"};
  for (std::size_t i = 0; i + 1 < input1.shape.size(); ++i)
    if (input1.shape[i] != input2.shape[i])
      return Misuse{"bilinear(): input batch dimensions do not match at dim " + number(static_cast<Int>(i)) + ": got " +
                    number(input1.shape[i]) + " and " + number(input2.shape[i])};
  if (input1.shape.back() != weight.shape[1])
    return Misuse{"bilinear(): input1 size does not match weight size: got " + number(input1.shape.back()) + " but expected " +
                  number(weight.shape[1])};
  if (input2.shape.back() != weight.shape[2])
    return Misuse{"bilinear(): input2 size does not match weight size: got " + number(input2.shape.back()) + " but expected " +
                  number(weight.shape[2])};
  if (bias != nullptr && (bias->rank() < 1 || bias->shape[0] != weight.shape[0]))
    return Misuse{"bilinear(): bias size does not match weight size: got " + text(bias->shape) + " but expected " +
                  number(weight.shape[0])};
  for (const TensorType* other : {&input2, &weight, bias})
    if (other != nullptr)
      if (auto misuse = differentTypes(input1, *other)) return *std::move(misuse);
  Shape shape = input1.shape;
  shape.back() = weight.shape[0];
  // x1 times the weight matrix of each output, then times x2.
  TensorType output{input1.dtype, std::move(shape)};
  const std::int64_t each = addClamped(mulClamped(mulClamped(2, weight.shape[1]), weight.shape[2]), mulClamped(2, weight.shape[2]));
  std::int64_t flops = mulClamped(output.elements(), each);
  if (bias == nullptr) return Effect{{std::move(output)}, flops};
  auto broad = broadcast(output.shape, bias->shape);
  if (auto* misuse = std::get_if<Misuse>(&broad)) return *std::move(misuse);
  output.shape = std::get<Shape>(std::move(broad));
  flops = addClamped(flops, output.elements());
  return Effect{{std::move(output)}, flops};
}

} // namespace cobra::ops
