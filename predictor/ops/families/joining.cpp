// New tensors put together from others, or from one several times over.
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
#include "predictor/ops/families/pointwise.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace cobra::ops {
namespace {

/// A copy in another arrangement: every element is written, no arithmetic.
Answer copied(DType dtype, Shape shape) { return Effect{{{dtype, std::move(shape)}}, 0}; }

DType commonType(std::span<const TensorType> tensors) {
  ResultType type;
  for (const TensorType& tensor : tensors) type.add(tensor);
  return type.get();
}

std::vector<TensorType> listOf(Tensors tensors) {
  std::vector<TensorType> result;
  for (std::size_t i = 0; i < tensors.size(); ++i) result.push_back(tensors[i]);
  return result;
}

/// A tensor of shape [0] fits everything, for the sake of old programs (ATen/native/TensorShape.h).
bool isSkipped(const TensorType& tensor) { return tensor.shape == Shape{0}; }

Answer cat(std::span<const TensorType> tensors, Int dim) {
  if (tensors.empty()) return Misuse{"torch.cat(): expected a non-empty list of Tensors"};
  const TensorType* first = nullptr;
  std::int64_t along = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorType& tensor = tensors[i];
    if (tensor.shape.empty()) return Misuse{"zero-dimensional tensor (at position " + std::to_string(i) + ") cannot be concatenated"};
    if (isSkipped(tensor)) continue;
    if (first == nullptr) {
      first = &tensor;
      if (auto misuse = wrapDim(dim, tensor.rank())) return *misuse;
    }
    if (tensor.rank() != first->rank())
      return Misuse{"Tensors must have same number of dimensions: got " + std::to_string(first->rank()) + " and " +
                    std::to_string(tensor.rank())};
    for (std::size_t d = 0; d < tensor.shape.size(); ++d)
      if (static_cast<Int>(d) != dim && tensor.shape[d] != first->shape[d])
        return Misuse{"Sizes of tensors must match except in dimension " + std::to_string(dim) + ". Expected size " +
                      std::to_string(first->shape[d]) + " but got size " + std::to_string(tensor.shape[d]) + " for tensor number " +
                      std::to_string(i) + " in the list."};
    along = addClamped(along, tensor.shape[static_cast<std::size_t>(dim)]);
  }
  if (first == nullptr) {
    if (auto misuse = wrapDim(dim, 1)) return *misuse;
    return copied(commonType(tensors), {0});
  }
  Shape shape = first->shape;
  shape[static_cast<std::size_t>(dim)] = along;
  return copied(commonType(tensors), std::move(shape));
}

Answer stack(Tensors tensors, Int dim) {
  if (tensors.empty()) return Misuse{"stack expects a non-empty TensorList"};
  if (auto misuse = wrapDim(dim, tensors[0].rank() + 1)) return *misuse;
  for (std::size_t i = 1; i < tensors.size(); ++i)
    if (tensors[i].shape != tensors[0].shape)
      return Misuse{"stack expects each tensor to be equal size, but got " + text(tensors[0].shape) + " at entry 0 and " +
                    text(tensors[i].shape) + " at entry " + std::to_string(i)};
  Shape shape = tensors[0].shape;
  shape.insert(shape.begin() + dim, static_cast<std::int64_t>(tensors.size()));
  return copied(commonType(listOf(tensors)), std::move(shape));
}

/// The tensors with ones in front up to `rank` dimensions.
std::vector<TensorType> atLeast(std::size_t rank, Tensors tensors) {
  auto result = listOf(tensors);
  for (TensorType& tensor : result)
    if (tensor.shape.size() < rank) tensor.shape.insert(tensor.shape.begin(), rank - tensor.shape.size(), 1);
  return result;
}

Answer hstack(Tensors tensors) {
  if (tensors.empty()) return Misuse{"hstack expects a non-empty TensorList"};
  const auto wide = atLeast(1, tensors);
  return cat(wide, wide.front().rank() == 1 ? 0 : 1);
}

Answer vstack(Tensors tensors) {
  if (tensors.empty()) return Misuse{"vstack expects a non-empty TensorList"};
  return cat(atLeast(2, tensors), 0);
}

Answer repeat(Tensor self, IntList repeats) {
  if (static_cast<std::int64_t>(repeats.size()) < self.rank())
    return Misuse{"Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"};
  Shape shape(repeats.begin(), repeats.end());
  const std::size_t added = shape.size() - self.shape.size();
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] < 0) return Misuse{"Trying to create tensor with negative dimension " + std::to_string(shape[i]) + ": " + text(repeats)};
    if (i >= added) shape[i] = mulClamped(shape[i], self.shape[i - added]);
  }
  return copied(self.dtype, std::move(shape));
}

Answer tile(Tensor self, IntList dims) {
  Shape repeats(dims.begin(), dims.end());
  if (repeats.size() < self.shape.size()) repeats.insert(repeats.begin(), self.shape.size() - repeats.size(), 1);
  return repeat(self, repeats);
}

Answer repeatInterleave(Tensor self, Int repeats, MaybeInt dim) {
  if (repeats < 0) return Misuse{"Repeats must be non-negative"};
  if (!dim) return copied(self.dtype, {mulClamped(self.elements(), repeats)});
  if (auto misuse = wrapDim(*dim, self.rank())) return *misuse;
  Shape shape = self.shape;
  if (shape.empty()) shape.push_back(1);
  shape[static_cast<std::size_t>(*dim)] = mulClamped(shape[static_cast<std::size_t>(*dim)], repeats);
  return copied(self.dtype, std::move(shape));
}

Answer flip(Tensor self, IntList dims) {
  const auto mask = dims.empty() ? DimMask() : dimMask(dims, self.rank());
  if (const auto* misuse = std::get_if<Misuse>(&mask)) return *misuse;
  return copied(self.dtype, self.shape);
}

/// ATen/native/TensorTransformations.cpp; without dimensions the flattened tensor is rolled.
Answer roll(Tensor self, IntList shifts, IntList dims) {
  if (shifts.empty()) return Misuse{"`shifts` required"};
  if (dims.empty() && shifts.size() == 1) return copied(self.dtype, self.shape);
  if (shifts.size() != dims.size())
    return Misuse{"shifts and dimensions must align. shifts: " + std::to_string(shifts.size()) + ", dims:" + std::to_string(dims.size())};
  if (self.elements() == 0) return copied(self.dtype, self.shape);
  for (Int dim : dims) {
    if (self.shape.empty()) return Misuse{"Dimension specified as " + std::to_string(dim) + " but tensor has no dimensions"};
    if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  }
  return copied(self.dtype, self.shape);
}

Answer rot90(Tensor self, Int k, IntList dims) {
  if (dims.size() != 2) return Misuse{"expected total rotation dims == 2, but got dims = " + std::to_string(dims.size())};
  if (self.rank() < 2) return Misuse{"expected total dims >= 2, but got total dims = " + std::to_string(self.rank())};
  Int first = dims[0], second = dims[1];
  if (first == second || std::abs(first - second) == self.rank())
    return Misuse{"expected rotation dims to be different, but got dim0 = " + std::to_string(first) +
                  " and dim1 = " + std::to_string(second)};
  for (Int* dim : {&first, &second})
    if (*dim >= self.rank() || *dim < -self.rank()) return Misuse{"Rotation dim0 out of range, dim0 = " + std::to_string(*dim)};
  if (auto misuse = wrapDim(first, self.rank())) return *misuse;
  if (auto misuse = wrapDim(second, self.rank())) return *misuse;
  Shape shape = self.shape;
  if (k % 2 != 0) std::swap(shape[static_cast<std::size_t>(first)], shape[static_cast<std::size_t>(second)]);
  return copied(self.dtype, std::move(shape));
}

Answer triangle(std::string_view name, Tensor self) {
  if (self.rank() < 2) return Misuse{std::string(name) + ": input tensor must have at least 2 dimensions"};
  return copied(self.dtype, self.shape);
}

/// A vector as the diagonal of a matrix, or a matrix's diagonal.
Answer diag(Tensor self, Int diagonal) {
  const std::int64_t off = std::abs(std::max(diagonal, -std::numeric_limits<std::int64_t>::max()));
  if (self.rank() == 1) {
    const std::int64_t size = addClamped(self.shape[0], off);
    return copied(self.dtype, {size, size});
  }
  if (self.rank() != 2) return Misuse{"diag(): Supports 1D or 2D tensors. Got " + std::to_string(self.rank()) + "D"};
  const std::int64_t rows = self.shape[0], columns = self.shape[1];
  const std::int64_t length = diagonal >= 0 ? std::min(rows, columns - off) : std::min(rows - off, columns);
  return copied(self.dtype, {std::max<std::int64_t>(length, 0)});
}

/// The last dimension becomes the diagonal of two new ones.
Answer diagEmbed(Tensor self, Int offset, Int first, Int second) {
  const std::int64_t rank = self.rank() + 1;
  if (auto misuse = wrapDim(first, rank)) return *misuse;
  if (auto misuse = wrapDim(second, rank)) return *misuse;
  if (first == second) return Misuse{"diagonal dimensions cannot be identical " + std::to_string(first) + ", " + std::to_string(second)};
  if (self.shape.empty()) return Misuse{"Dimension specified as -1 but tensor has no dimensions"};
  const std::int64_t size = addClamped(self.shape.back(), std::abs(std::max(offset, -std::numeric_limits<std::int64_t>::max())));
  Shape shape = self.shape;
  shape.pop_back();
  shape.insert(shape.begin() + std::min(first, second), size);
  shape.insert(shape.begin() + std::max(first, second), size);
  return copied(self.dtype, std::move(shape));
}

constexpr std::string_view lists = "tensors: [[A:1..16, 1..128, C:1..32], [A, 1..128, C]] | [[A:1..16, 8, C:1..32]^2..6]  dim: 1|-2";
constexpr std::string_view square = "self: [1..64, 1..256, 1..256] | [1..512, 1..512]  diagonal: -2..2";

constexpr auto entries = family(
    op(
        "aten::cat(Tensor[] tensors, int dim=0) -> Tensor", [](Tensors tensors, Int dim) -> Answer { return cat(listOf(tensors), dim); },
        lists),
    op(
        "aten::concat(Tensor[] tensors, int dim=0) -> Tensor", [](Tensors tensors, Int dim) -> Answer { return cat(listOf(tensors), dim); },
        lists),
    op(
        "aten::stack(Tensor[] tensors, int dim=0) -> Tensor", [](Tensors tensors, Int dim) -> Answer { return stack(tensors, dim); },
        "tensors: [[A:1..32, B:1..128], [A, B], [A, B]] | [[A:1..64], [A]]  dim: 0..1 | -1"),
    op(
        "aten::hstack(Tensor[] tensors) -> Tensor", [](Tensors tensors) -> Answer { return hstack(tensors); },
        "tensors: [[A:1..32, 1..128], [A, 1..128]] | [[1..64], [1..64]]"),
    op(
        "aten::vstack(Tensor[] tensors) -> Tensor", [](Tensors tensors) -> Answer { return vstack(tensors); },
        "tensors: [[1..32, A:1..128], [1..32, A]] | [[A:1..64], [A]]"),
    op(
        "aten::repeat(Tensor self, SymInt[] repeats) -> Tensor",
        [](Tensor self, IntList repeats) -> Answer { return repeat(self, repeats); },
        "self: [1..16, 1..64, 1..32]  repeats: [1..4, 1..4, 1] | [2, 1, 1..4, 1..4]"),
    op(
        "aten::tile(Tensor self, SymInt[] dims) -> Tensor", [](Tensor self, IntList dims) -> Answer { return tile(self, dims); },
        "self: [1..16, 1..64, 1..32]  dims: [1..4] | [2, 1, 1..4, 1..4]"),
    op(
        "aten::repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt? "
        "output_size=None) -> Tensor",
        [](Tensor self, Int repeats, MaybeInt dim, MaybeInt) -> Answer { return repeatInterleave(self, repeats, dim); },
        "self: [1..16, 1..64, 1..32]  repeats: 1..4  dim: None | -3..2"),
    op(
        "aten::flip(Tensor self, int[] dims) -> Tensor", [](Tensor self, IntList dims) -> Answer { return flip(self, dims); },
        "self: [1..32, 1..256, 1..64]  dims: axes(self)"),
    op(
        "aten::roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor",
        [](Tensor self, IntList shifts, IntList dims) -> Answer { return roll(self, shifts, dims); },
        "self: [1..32, 1..256, 1..64]  shifts: [1..4, -2] | [3, 3]  dims: [0, 1] | [-1, -2]"),
    op(
        "aten::rot90(Tensor self, int k=1, int[] dims=[0, 1]) -> Tensor",
        [](Tensor self, Int k, IntList dims) -> Answer { return rot90(self, k, dims); },
        "self: [1..32, 1..256, 1..64]  k: -1..4  dims: [0, 1] | [-1, 1]"),
    op(
        "aten::tril(Tensor self, SymInt diagonal=0) -> Tensor", [](Tensor self, Openable<Int>) -> Answer { return triangle("tril", self); },
        square),
    op(
        "aten::triu(Tensor self, SymInt diagonal=0) -> Tensor", [](Tensor self, Openable<Int>) -> Answer { return triangle("triu", self); },
        square),
    op(
        "aten::tril_(Tensor(a!) self, SymInt diagonal=0) -> Tensor(a!)",
        [](Tensor self, Openable<Int>) -> Answer { return triangle("tril", self); }, square),
    op(
        "aten::triu_(Tensor(a!) self, SymInt diagonal=0) -> Tensor(a!)",
        [](Tensor self, Openable<Int>) -> Answer { return triangle("triu", self); }, square),
    op(
        "aten::diag(Tensor self, int diagonal=0) -> Tensor", [](Tensor self, Int diagonal) -> Answer { return diag(self, diagonal); },
        "self: [1..256] | [8..256, 8..256]  diagonal: -2..2"),
    op(
        "aten::diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor",
        [](Tensor self, Int offset, Int dim1, Int dim2) -> Answer { return diagEmbed(self, offset, dim1, dim2); },
        "self: [1..16, 1..64]  offset: -2..2  dim1: -2|0  dim2: -1|2"));

} // namespace

constinit const Family families::joining = {"joining", entries};

} // namespace cobra::ops
