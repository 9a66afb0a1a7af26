// Parts of a tensor that share its memory: nothing is read or written.
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"

#include <algorithm>
#include <limits>

namespace cobra::ops {
namespace {

/// More parts than any program takes; LibTorch would run out of memory instead.
constexpr std::int64_t maxOutputs = 1'000'000;

Misuse tooManyOutputs(std::string_view name, std::int64_t count) {
  return {std::string(name) + ": " + std::to_string(count) + " outputs do not fit in memory"};
}

/// The shape with another size along a wrapped dimension.
Shape resized(Tensor self, Int dim, std::int64_t size) {
  Shape shape = self.shape;
  shape[static_cast<std::size_t>(dim)] = size;
  return shape;
}

Answer select(Tensor self, Int dim, Openable<Int> index) {
  if (self.shape.empty()) return Misuse{"select() cannot be applied to a 0-dim tensor."};
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  const std::int64_t size = sizeAt(self, dim);
  if (index && (*index < -size || *index >= size))
    return Misuse{"select(): index " + std::to_string(*index) + " out of range for tensor of size " + text(self.shape) + " at dimension " +
                  std::to_string(dim)};
  return viewOf(self.dtype, withoutDim(self.shape, dim));
}

/// How many elements a slice takes of a dimension.
std::int64_t sliceLength(std::int64_t size, MaybeInt start, MaybeInt end, std::int64_t step) {
  const auto place = [size](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size); };
  const std::int64_t first = place(start.value_or(0));
  const std::int64_t last = std::max(first, place(end.value_or(std::numeric_limits<std::int64_t>::max())));
  // (last - first + step - 1) / step, without overflow for a huge step.
  return last == first ? 0 : (last - first - 1) / step + 1;
}

Answer slice(Tensor self, Int dim, MaybeInt start, MaybeInt end, Int step) {
  if (self.shape.empty()) return Misuse{"slice() cannot be applied to a 0-dim tensor."};
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (step <= 0) return Misuse{"slice step must be positive"};
  return viewOf(self.dtype, resized(self, dim, sliceLength(sizeAt(self, dim), start, end, step)));
}

Answer narrow(Tensor self, Int dim, Openable<Int> start, Int length) {
  if (self.shape.empty()) return Misuse{"narrow() cannot be applied to a 0-dim tensor."};
  if (length < 0) return Misuse{"narrow(): length must be non-negative."};
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  const std::int64_t size = sizeAt(self, dim);
  if (start && (*start < -size || *start > size))
    return Misuse{"start out of range (expected to be in range of [" + std::to_string(-size) + ", " + std::to_string(size) + "], but got " +
                  std::to_string(*start) + ")"};
  const std::int64_t first = !start ? 0 : *start < 0 ? *start + size : *start;
  if (length > size - first)
    return Misuse{"start (" + std::to_string(first) + ") + length (" + std::to_string(length) + ") exceeds dimension size (" +
                  std::to_string(size) + ")."};
  return viewOf(self.dtype, resized(self, dim, length));
}

Answer unbind(Tensor self, Int dim) {
  if (self.shape.empty()) return Misuse{"Dimension specified as " + std::to_string(dim) + " but tensor has no dimensions"};
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (sizeAt(self, dim) > maxOutputs) return tooManyOutputs("unbind", sizeAt(self, dim));
  Effect effect{{}, 0, 0};
  effect.outputs.assign(static_cast<std::size_t>(sizeAt(self, dim)), {self.dtype, withoutDim(self.shape, dim)});
  return effect;
}

/// One output for each length, along a wrapped dimension.
Answer parts(Tensor self, Int dim, const Shape& lengths) {
  Effect effect{{}, 0, 0};
  for (const std::int64_t length : lengths) effect.outputs.push_back({self.dtype, resized(self, dim, length)});
  return effect;
}

/// Pieces of `length`, the last one shorter.
Answer pieces(Tensor self, Int dim, std::int64_t length) {
  const std::int64_t size = sizeAt(self, dim);
  if (size == 0) return parts(self, dim, {0});
  if (size / length > maxOutputs) return tooManyOutputs("split", size / length);
  Shape lengths;
  for (std::int64_t left = size; left > 0; left -= lengths.back()) lengths.push_back(std::min(length, left)); // counted down: no overflow
  return parts(self, dim, lengths);
}

Misuse needsDimension(std::string_view name) { return {std::string(name) + " expects at least a 1-dimensional tensor"}; }

Answer split(Tensor self, Int length, Int dim) {
  if (self.shape.empty()) return needsDimension("split");
  if (length < 0) return Misuse{"split expects split_size be non-negative, but got split_size=" + std::to_string(length)};
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (length == 0 && sizeAt(self, dim) != 0)
    return Misuse{"split_size can only be 0 if dimension size is 0, but got dimension size of " + std::to_string(sizeAt(self, dim))};
  return pieces(self, dim, length);
}

Answer chunk(Tensor self, Int chunks, Int dim) {
  if (self.shape.empty()) return needsDimension("chunk");
  if (chunks <= 0) return Misuse{"chunk expects `chunks` to be greater than 0, got: " + std::to_string(chunks)};
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  const std::int64_t size = sizeAt(self, dim);
  if (size == 0 && chunks > maxOutputs) return tooManyOutputs("chunk", chunks);
  if (size == 0) return parts(self, dim, Shape(static_cast<std::size_t>(chunks), 0));
  return pieces(self, dim, (size - 1) / chunks + 1);
}

Answer splitWithSizes(Tensor self, IntList lengths, Int dim) {
  if (self.shape.empty()) return needsDimension("split_with_sizes");
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  std::int64_t sum = 0;
  for (const std::int64_t length : lengths) {
    if (length < 0)
      return Misuse{"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=" + text(lengths)};
    sum = addClamped(sum, length);
  }
  const std::int64_t size = sizeAt(self, dim);
  if (sum != size)
    return Misuse{"split_with_sizes expects split_sizes to sum exactly to " + std::to_string(size) + " (input tensor's size at dimension " +
                  std::to_string(dim) + "), but got split_sizes=" + text(lengths)};
  return parts(self, dim, Shape(lengths.begin(), lengths.end()));
}

Misuse tensorSplitNeedsDimension() { return {"tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"}; }

/// The first sections are one longer where it does not come out even.
Answer sections(Tensor self, Int count, Int dim) {
  if (self.shape.empty()) return tensorSplitNeedsDimension();
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (count <= 0) return Misuse{"number of sections must be larger than 0, got " + std::to_string(count)};
  if (count > maxOutputs) return tooManyOutputs("tensor_split", count);
  const std::int64_t size = sizeAt(self, dim);
  Shape lengths(static_cast<std::size_t>(count), size / count);
  for (std::int64_t i = 0; i < size % count; ++i) ++lengths[static_cast<std::size_t>(i)];
  return parts(self, dim, lengths);
}

Answer cutAt(Tensor self, IntList indices, Int dim) {
  if (self.shape.empty()) return tensorSplitNeedsDimension();
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  const std::int64_t size = sizeAt(self, dim);
  Shape lengths;
  std::int64_t start = 0;
  for (const std::int64_t index : indices) {
    lengths.push_back(sliceLength(size, start, index, 1));
    start = index;
  }
  lengths.push_back(sliceLength(size, start, std::nullopt, 1));
  return parts(self, dim, lengths);
}

/// Overlapping windows of a dimension, as a new last one.
Answer unfold(Tensor self, Int dim, Int size, Int step) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (size < 0) return Misuse{"size is " + std::to_string(size) + " but must be >= 0"};
  if (size > sizeAt(self, dim))
    return Misuse{"maximum size for tensor at dimension " + std::to_string(dim) + " is " + std::to_string(sizeAt(self, dim)) +
                  " but size is " + std::to_string(size)};
  if (step <= 0) return Misuse{"step is " + std::to_string(step) + " but must be > 0"};
  Shape shape = self.shape;
  if (!shape.empty()) shape[static_cast<std::size_t>(dim)] = (sizeAt(self, dim) - size) / step + 1;
  shape.push_back(size);
  return viewOf(self.dtype, std::move(shape));
}

constexpr std::string_view pieceSpace = "self: [4..64, 4..512, 4..64]  split_size: 1..16  dim: -3..2";

constexpr auto entries =
    family(op(
               "aten::select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)",
               [](Tensor self, Int dim, Openable<Int> index) -> Answer { return select(self, dim, index); },
               "self: [4..64, 4..512, 4..64]  dim: -3..2  index: -4..3"),
           op(
               "aten::slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) "
               "-> Tensor(a)",
               [](Tensor self, Int dim, MaybeInt start, MaybeInt end, Int step) -> Answer { return slice(self, dim, start, end, step); },
               "self: [4..64, 4..512, 4..64]  dim: -3..2  start: None | -8..8  end: None | -8..64  step: 1..3"),
           op(
               "aten::narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)",
               [](Tensor self, Int dim, Openable<Int> start, Int length) -> Answer { return narrow(self, dim, start, length); },
               "self: [8..64, 8..512, 8..64]  dim: -3..2  start: 0..4  length: 0..4"),
           op(
               "aten::unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]",
               [](Tensor self, Int dim) -> Answer { return unbind(self, dim); }, "self: [1..16, 1..64, 1..16]  dim: -3..2"),
           op(
               "aten::chunk(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]",
               [](Tensor self, Int chunks, Int dim) -> Answer { return chunk(self, chunks, dim); },
               "self: [4..64, 4..512, 4..64]  chunks: 1..8  dim: -3..2"),
           op(
               "aten::split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]",
               [](Tensor self, Int length, Int dim) -> Answer { return split(self, length, dim); }, pieceSpace),
           op(
               "aten::split.sizes(Tensor(a -> *) self, SymInt[] split_size, int dim=0) -> Tensor(a)[]",
               [](Tensor self, IntList lengths, Int dim) -> Answer { return splitWithSizes(self, lengths, dim); },
               "self: [(A:1..64)+(B:1..64), 4..64]  split_size: [A, B]  dim: 0|-2"),
           op(
               "aten::split_with_sizes(Tensor(a -> *) self, SymInt[] split_sizes, int dim=0) -> Tensor(a)[]",
               [](Tensor self, IntList lengths, Int dim) -> Answer { return splitWithSizes(self, lengths, dim); },
               "self: [(A:1..64)+(B:1..64), 4..64]  split_sizes: [A, B]  dim: 0|-2"),
           op(
               "aten::tensor_split.sections(Tensor(a -> *) self, SymInt sections, int dim=0) -> Tensor(a)[]",
               [](Tensor self, Int count, Int dim) -> Answer { return sections(self, count, dim); },
               "self: [4..64, 4..512, 4..64]  sections: 1..8  dim: -3..2"),
           op(
               "aten::tensor_split.indices(Tensor(a -> *) self, SymInt[] indices, int dim=0) -> Tensor(a)[]",
               [](Tensor self, IntList indices, Int dim) -> Answer { return cutAt(self, indices, dim); },
               "self: [4..64, 4..512, 4..64]  indices: [1..8] | [1..4, 5..12] | [4, 2, -1]  dim: -3..2"),
           op(
               "aten::unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)",
               [](Tensor self, Int dim, Int size, Int step) -> Answer { return unfold(self, dim, size, step); },
               "self: [8..64, 8..512, 8..64]  dimension: -3..2  size: 1..8  step: 1..4"));

} // namespace

constinit const Family families::slicing = {"slicing", entries};

} // namespace cobra::ops
