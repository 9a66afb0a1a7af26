// The rarer ways to stack, flip and move dimensions (ATen/native/TensorShape.cpp, TensorTransformations.cpp).
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
#include "predictor/ops/families/pointwise.h"

#include <algorithm>
#include <cstdlib>

namespace cobra::ops {
namespace {

Answer copied(DType dtype, Shape shape) { return Effect{{{dtype, std::move(shape)}}, 0}; }

/// With ones put where a higher rank has its dimensions: before for 1 and 2, around for 3.
Shape atLeast(const Shape& shape, std::size_t rank) {
  if (shape.size() >= rank) return shape;
  if (rank < 3) {
    Shape wider(rank - shape.size(), 1);
    wider.insert(wider.end(), shape.begin(), shape.end());
    return wider;
  }
  if (shape.empty()) return {1, 1, 1};
  if (shape.size() == 1) return {1, shape[0], 1};
  return {shape[0], shape[1], 1};
}

/// Joined along a dimension after every shape has been widened.
Answer joined(std::string_view name, Tensors tensors, std::size_t along, Shape (*widen)(const Shape&)) {
  if (tensors.empty()) return Misuse{std::string(name) + " expects a non-empty TensorList"};
  ResultType type;
  Shape shape = widen(tensors[0].shape);
  type.add(tensors[0]);
  for (std::size_t i = 1; i < tensors.size(); ++i) {
    type.add(tensors[i]);
    const Shape next = widen(tensors[i].shape);
    if (next.size() != shape.size())
      return Misuse{"Tensors must have same number of dimensions: got " + std::to_string(shape.size()) + " and " +
                    std::to_string(next.size())};
    for (std::size_t d = 0; d < shape.size(); ++d)
      if (d != along && next[d] != shape[d])
        return Misuse{"Sizes of tensors must match except in dimension " + std::to_string(along) + ". Expected size " +
                      std::to_string(shape[d]) + " but got size " + std::to_string(next[d]) + " for tensor number " + std::to_string(i) +
                      " in the list."};
    shape[along] = addClamped(shape[along], next[along]);
  }
  return copied(type.get(), std::move(shape));
}

/// A vector is a column.
Shape column(const Shape& shape) {
  if (shape.size() > 1) return shape;
  return {shape.empty() ? 1 : shape[0], 1};
}

Answer blockDiagonal(Tensors tensors) {
  if (tensors.empty()) return copied(DType::Float32, {1, 0});
  Shape shape{0, 0};
  ResultType type;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].rank() > 2)
      return Misuse{"torch.block_diag(): Input tensors must have 2 or fewer dimensions. Input " + std::to_string(i) + " has " +
                    std::to_string(tensors[i].rank()) + " dimensions"};
    const Shape block = atLeast(tensors[i].shape, 2);
    for (std::size_t d : {0U, 1U}) shape[d] = addClamped(shape[d], block[d]);
    type.add(tensors[i]);
  }
  // The dtype of a sum of them all, dimensions or not.
  for (std::size_t i = 1; i < tensors.size(); ++i)
    if (tensors[i].dtype != tensors[0].dtype) return Unknown{"tensors"};
  return copied(type.get(), std::move(shape));
}

Answer moved(Tensor self, Int source, Int destination) {
  if (auto misuse = wrapDim(source, self.rank())) return *misuse;
  if (auto misuse = wrapDim(destination, self.rank())) return *misuse;
  if (self.shape.empty()) return viewOf(self.dtype, {});
  Shape shape = self.shape;
  const std::int64_t size = shape[static_cast<std::size_t>(source)];
  shape.erase(shape.begin() + source);
  shape.insert(shape.begin() + destination, size);
  return viewOf(self.dtype, std::move(shape));
}

Answer flipped(std::string_view name, Tensor self, std::int64_t rank) {
  if (self.rank() < rank) return Misuse{std::string(name) + ": Input must be >= " + std::to_string(rank) + "-d."};
  return copied(self.dtype, self.shape);
}

Answer flatDiagonal(Tensor self, Int offset) {
  if (std::abs(static_cast<double>(offset)) > 1e12) return Unknown{"offset"};
  const std::int64_t size = addClamped(self.elements(), std::abs(offset));
  return copied(self.dtype, {size, size});
}

Answer fillDiagonal(Tensor self) {
  if (self.rank() < 2) return Misuse{"dimensions must larger than 1"};
  if (self.rank() > 2 && std::any_of(self.shape.begin(), self.shape.end(), [&](std::int64_t n) { return n != self.shape[0]; }))
    return Misuse{"all dimensions of input must be of equal length"};
  return Effect{{self}, 0, mulClamped(2, mulClamped(self.shape.back(), byteSize(self.dtype)))};
}

/// The dimensions in front are summed away, those of size 1 summed up.
Answer summedTo(Tensor self, IntList size) {
  const Shape shape(size.begin(), size.end());
  if (!expandable(shape, self.shape)) return Misuse{"size {" + text(size) + "} is not expandable to size {" + text(self.shape) + "}."};
  const bool whole = isIntegral(self.dtype) || self.dtype == DType::Bool;
  const bool summed = shape != self.shape;
  return Effect{{{whole && summed ? DType::Int64 : self.dtype, shape}}, summed ? self.elements() : 0};
}

constexpr std::string_view images = "self: [2..16, 2..16] | [2..8, 2..8, 2..8]";
constexpr std::string_view rows = "tensors: [[2, C:1..16], [3, C]]";

constexpr auto entries = family(
    op(
        "aten::atleast_1d(Tensor self) -> Tensor", [](Tensor self) -> Answer { return viewOf(self.dtype, atLeast(self.shape, 1)); },
        "self: [] | [1..16]"),
    op(
        "aten::atleast_2d(Tensor self) -> Tensor", [](Tensor self) -> Answer { return viewOf(self.dtype, atLeast(self.shape, 2)); },
        "self: [] | [1..16] | [2, 3]"),
    op(
        "aten::atleast_3d(Tensor self) -> Tensor", [](Tensor self) -> Answer { return viewOf(self.dtype, atLeast(self.shape, 3)); },
        "self: [] | [1..16] | [2, 3]"),
    op(
        "aten::row_stack(Tensor[] tensors) -> Tensor",
        [](Tensors tensors) -> Answer { return joined("vstack", tensors, 0, [](const Shape& s) { return atLeast(s, 2); }); }, rows),
    op(
        "aten::column_stack(Tensor[] tensors) -> Tensor",
        [](Tensors tensors) -> Answer { return joined("column_stack", tensors, 1, column); },
        "tensors: [[N:1..16, 2], [N, 3]] | [[N:1..16], [N]]"),
    op(
        "aten::dstack(Tensor[] tensors) -> Tensor",
        [](Tensors tensors) -> Answer { return joined("dstack", tensors, 2, [](const Shape& s) { return atLeast(s, 3); }); },
        "tensors: [[N:1..16, 2], [N, 2]] | [[N:1..16], [N]]"),
    op(
        "aten::block_diag(Tensor[] tensors) -> Tensor", [](Tensors tensors) -> Answer { return blockDiagonal(tensors); },
        "tensors: [[1..8, 1..8], [1..8, 1..8]]"),
    op(
        "aten::fliplr(Tensor self) -> Tensor", [](Tensor self) -> Answer { return flipped("fliplr", self, 2); }, images),
    op(
        "aten::flipud(Tensor self) -> Tensor", [](Tensor self) -> Answer { return flipped("flipud", self, 1); }, images),
    op(
        "aten::moveaxis.int(Tensor(a) self, int source, int destination) -> Tensor(a)",
        [](Tensor self, Int source, Int destination) -> Answer { return moved(self, source, destination); },
        "self: [2..8, 2..8, 2..8]  source: -3..2  destination: -3..2"),
    op(
        "aten::diagflat(Tensor self, int offset=0) -> Tensor", [](Tensor self, Int offset) -> Answer { return flatDiagonal(self, offset); },
        "self: [1..16] | [2, 3]  offset: 0|1|-2"),
    op(
        "aten::fill_diagonal_(Tensor(a!) self, Scalar fill_value, bool wrap=False) -> Tensor(a!)",
        [](Tensor self, Openable<Scalar>, Bool) -> Answer { return fillDiagonal(self); }, "self: [2..16, 2..16]  fill_value: 0|1"),
    op(
        "aten::sum_to_size(Tensor self, SymInt[] size) -> Tensor", [](Tensor self, IntList size) -> Answer { return summedTo(self, size); },
        "self: [2..8, C:2..8]  size: [1, C] | [C] | [1, 1]"));

} // namespace

constinit const Family families::rearranging = {"rearranging", entries};

} // namespace cobra::ops
