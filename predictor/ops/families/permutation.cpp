// Dimensions in another order, stretched, or taken along a diagonal: nothing is read or written.
#include "predictor/ops/broadcast.h"
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"

#include <algorithm>

namespace cobra::ops {
namespace {

Answer transpose(Tensor self, Int first, Int second) {
  if (auto misuse = wrapDim(first, self.rank())) return *misuse;
  if (auto misuse = wrapDim(second, self.rank())) return *misuse;
  Shape shape = self.shape;
  if (!shape.empty()) std::swap(shape[static_cast<std::size_t>(first)], shape[static_cast<std::size_t>(second)]);
  return viewOf(self.dtype, std::move(shape));
}

/// t(): matrices and below.
Answer matrixTranspose(std::string_view name, Tensor self) {
  if (self.rank() > 2)
    return Misuse{std::string(name) + " expects a tensor with <= 2 dimensions, but self is " + std::to_string(self.rank()) + "D"};
  return viewOf(self.dtype, Shape(self.shape.rbegin(), self.shape.rend()));
}

/// The last two dimensions, as many as there are before them.
Answer batchTranspose(std::string_view name, Tensor self) {
  if (self.rank() < 2)
    return Misuse{std::string(name) + " is only supported on matrices or batches of matrices. Got " + std::to_string(self.rank()) +
                  "-D tensor."};
  return transpose(self, -2, -1);
}

Answer permute(Tensor self, IntList dims) {
  if (static_cast<std::int64_t>(dims.size()) != self.rank())
    return Misuse{"permute(sparse_coo): number of dimensions in the tensor input does not match the length "
                  "of the desired "
                  "ordering of dimensions i.e. input.dim() = " +
                  std::to_string(self.rank()) + " is not equal to len(dims) = " + std::to_string(dims.size())};
  Shape shape;
  DimMask seen(dims.size(), false);
  for (Int dim : dims) {
    if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
    const auto at = static_cast<std::size_t>(dim);
    if (seen[at]) return Misuse{"permute(): duplicate dims are not allowed."};
    seen[at] = true;
    shape.push_back(self.shape[at]);
  }
  return viewOf(self.dtype, std::move(shape));
}

/// The named dimensions go where `destination` says, the others keep their order.
Answer movedim(Tensor self, IntList source, IntList destination) {
  if (source.size() != destination.size())
    return Misuse{"movedim: Invalid source or destination dims: source (" + text(source) +
                  " dims) should contain the same number of dims as destination (" + text(destination) + " dims)"};
  Shape from(source.begin(), source.end()), to(destination.begin(), destination.end());
  DimMask moved(self.shape.size(), false);
  std::vector<std::optional<std::int64_t>> order(self.shape.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (auto misuse = wrapDim(from[i], self.rank())) return *misuse;
    if (auto misuse = wrapDim(to[i], self.rank())) return *misuse;
    if (self.shape.empty()) continue;
    if (moved[static_cast<std::size_t>(from[i])]) return Misuse{"movedim: repeated dim in `source` (" + text(source) + ")"};
    auto& place = order[static_cast<std::size_t>(to[i])];
    if (place) return Misuse{"movedim: repeated dim in `destination` (" + text(destination) + ")"};
    moved[static_cast<std::size_t>(from[i])] = true;
    place = from[i];
  }
  Shape shape;
  std::size_t next = 0;
  for (const auto& place : order) {
    while (!place && moved[next]) ++next;
    shape.push_back(self.shape[place ? static_cast<std::size_t>(*place) : next++]);
  }
  return viewOf(self.dtype, std::move(shape));
}

/// ATen/ExpandUtils.cpp, inferExpandGeometry
Answer expand(Tensor self, IntList size) {
  if (static_cast<std::int64_t>(size.size()) < self.rank())
    return Misuse{"expand(" + text(self.shape) + ", size=" + text(size) + "): the number of sizes provided (" +
                  std::to_string(size.size()) + ") must be greater or equal to the number of dimensions in the tensor (" +
                  std::to_string(self.rank()) + ")"};
  Shape shape(size.begin(), size.end());
  const std::size_t added = shape.size() - self.shape.size();
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i < added) {
      if (shape[i] >= 0) continue;
      return Misuse{"The expanded size of the tensor (" + std::to_string(shape[i]) +
                    ") isn't allowed in a leading, non-existing dimension " + std::to_string(i)};
    }
    const std::int64_t existing = self.shape[i - added];
    if (shape[i] == -1) shape[i] = existing;
    if (shape[i] != existing && (existing != 1 || shape[i] < 0))
      return Misuse{"The expanded size of the tensor (" + std::to_string(shape[i]) + ") must match the existing size (" +
                    std::to_string(existing) + ") at non-singleton dimension " + std::to_string(i) + ".  Target sizes: " + text(size) +
                    ".  Tensor sizes: " + text(self.shape)};
  }
  return viewOf(self.dtype, std::move(shape));
}

Answer broadcastTensors(Tensors tensors) {
  Shape shape;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    auto wider = broadcast(shape, tensors[i].shape);
    if (auto* misuse = std::get_if<Misuse>(&wider)) return *misuse;
    shape = std::get<Shape>(std::move(wider));
  }
  Effect effect{{}, 0, 0};
  for (std::size_t i = 0; i < tensors.size(); ++i) effect.outputs.push_back({tensors[i].dtype, shape});
  return effect;
}

Answer meshgrid(Tensors tensors, String indexing) {
  if (tensors.empty()) return Misuse{"meshgrid expects a non-empty TensorList"};
  if (indexing != "ij" && indexing != "xy")
    return Misuse{"torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: " + std::string(indexing)};
  Shape shape;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].rank() > 1)
      return Misuse{"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: " + text(tensors[i].shape)};
    if (tensors[i].dtype != tensors[0].dtype) return Misuse{"torch.meshgrid expects all tensors to have the same dtype"};
    shape.push_back(tensors[i].elements());
  }
  if (indexing == "xy" && shape.size() >= 2) std::swap(shape[0], shape[1]);
  Effect effect{{}, 0, 0};
  effect.outputs.assign(tensors.size(), {tensors[0].dtype, shape});
  return effect;
}

Answer diagonal(Tensor self, Int offset, Int first, Int second) {
  if (auto misuse = wrapDim(first, self.rank())) return *misuse;
  if (auto misuse = wrapDim(second, self.rank())) return *misuse;
  if (first == second) return Misuse{"diagonal dimensions cannot be identical " + std::to_string(first) + ", " + std::to_string(second)};
  const std::int64_t rows = sizeAt(self, first), columns = sizeAt(self, second);
  const std::int64_t length = offset >= 0 ? std::min(rows, columns - offset) : std::min(rows + offset, columns);
  Shape shape = self.shape;
  shape.erase(shape.begin() + std::max(first, second));
  shape.erase(shape.begin() + std::min(first, second));
  shape.push_back(std::max<std::int64_t>(length, 0));
  return viewOf(self.dtype, std::move(shape));
}

constexpr std::string_view two = "self: [1..64, 1..512, 1..64, 1..64]  dim0: -4..3  dim1: -4..3";
constexpr std::string_view axes = "self: [1..64, 1..512, 1..64, 1..64]  axis0: -4..3  axis1: -4..3";
constexpr std::string_view matrix = "self: [1..1024, 1..1024] | [1..1024]";
constexpr std::string_view matrices = "self: [1..64, 1..256, 1..256] | [1..1024, 1..1024]";

constexpr auto entries = family(
    op(
        "aten::transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)",
        [](Tensor self, Int dim0, Int dim1) -> Answer { return transpose(self, dim0, dim1); }, two),
    op(
        "aten::transpose_(Tensor(a!) self, int dim0, int dim1) -> Tensor(a!)",
        [](Tensor self, Int dim0, Int dim1) -> Answer { return transpose(self, dim0, dim1); }, two),
    op(
        "aten::swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)",
        [](Tensor self, Int axis0, Int axis1) -> Answer { return transpose(self, axis0, axis1); }, axes),
    op(
        "aten::swapdims(Tensor(a) self, int dim0, int dim1) -> Tensor(a)",
        [](Tensor self, Int dim0, Int dim1) -> Answer { return transpose(self, dim0, dim1); }, two),
    op(
        "aten::t(Tensor(a) self) -> Tensor(a)", [](Tensor self) -> Answer { return matrixTranspose("t()", self); }, matrix),
    op(
        "aten::t_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return matrixTranspose("t_()", self); }, matrix),
    op(
        "aten::numpy_T(Tensor(a) self) -> Tensor(a)",
        [](Tensor self) -> Answer { return viewOf(self.dtype, Shape(self.shape.rbegin(), self.shape.rend())); }, matrix),
    op(
        "aten::mT(Tensor(a) self) -> Tensor(a)", [](Tensor self) -> Answer { return batchTranspose("tensor.mT", self); }, matrices),
    op(
        "aten::adjoint(Tensor(a) self) -> Tensor(a)", [](Tensor self) -> Answer { return batchTranspose("tensor.adjoint()", self); },
        matrices),
    op(
        "aten::permute(Tensor(a) self, int[] dims) -> Tensor(a)", [](Tensor self, IntList dims) -> Answer { return permute(self, dims); },
        "self: [1..64, 1..512, 1..64, 1..64]  dims: permutation(self)"),
    op(
        "aten::movedim.int(Tensor(a) self, int source, int destination) -> Tensor(a)",
        [](Tensor self, Int source, Int destination) -> Answer { return movedim(self, {&source, 1}, {&destination, 1}); },
        "self: [1..64, 1..512, 1..64, 1..64]  source: -4..3  destination: -4..3"),
    op(
        "aten::movedim.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)",
        [](Tensor self, IntList source, IntList destination) -> Answer { return movedim(self, source, destination); },
        "self: [1..64, 1..512, 1..64, 1..64]  source: [0, 1] | [1, -1]  destination: [-1, -2] | [2, 0]"),
    op(
        "aten::expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)",
        [](Tensor self, IntList size, Bool) -> Answer { return expand(self, size); },
        "self: [1, C:1..512, 1]  size: [1..16, C, 1..64] | [1..16, -1, 1..64] | [1..4, 1..16, C, 1]"),
    op(
        "aten::expand_as(Tensor(a) self, Tensor other) -> Tensor(a)",
        [](Tensor self, Tensor other) -> Answer { return expand(self, other.shape); }, "self: [1, C:1..512, 1]  other: [1..16, C, 1..64]"),
    op(
        "aten::broadcast_to(Tensor(a) self, SymInt[] size) -> Tensor(a)",
        [](Tensor self, IntList size) -> Answer { return expand(self, size); }, "self: [1, C:1..512, 1]  size: [1..16, C, 1..64]"),
    op(
        "aten::broadcast_tensors(Tensor[] tensors) -> Tensor[]", [](Tensors tensors) -> Answer { return broadcastTensors(tensors); },
        "tensors: [[A:1..64, 1, C:1..64], [B:1..64, C]] | [[1..64, 1], [1..64]]"),
    op(
        "aten::meshgrid(Tensor[] tensors) -> Tensor[]", [](Tensors tensors) -> Answer { return meshgrid(tensors, "ij"); },
        "tensors: [[1..256], [1..256]] | [[1..64]^3]"),
    op(
        "aten::meshgrid.indexing(Tensor[] tensors, *, str indexing) -> Tensor[]",
        [](Tensors tensors, String indexing) -> Answer { return meshgrid(tensors, indexing); },
        "tensors: [[1..256], [1..256]] | [[1..64]^3]  indexing: 'ij'|'xy'"),
    op(
        "aten::diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)",
        [](Tensor self, Int offset, Int dim1, Int dim2) -> Answer { return diagonal(self, offset, dim1, dim2); },
        "self: [1..64, 1..64, 1..64]  offset: -2..2  dim1: 0|-2  dim2: 2|-1"));

} // namespace

constinit const Family families::permutation = {"permutation", entries};

} // namespace cobra::ops
