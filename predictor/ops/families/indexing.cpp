// Reading elements by indices (ATen/native/TensorAdvancedIndexing.cpp).
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
#include "predictor/ops/families/indices.h"
#include "predictor/ops/families/pointwise.h"

namespace cobra::ops {
namespace {

/// Reads what it returns, and the indices.
Effect gathered(Tensor self, Shape shape, std::int64_t indexBytes) {
  TensorType output{self.dtype, std::move(shape)};
  const std::int64_t bytes = addClamped(mulClamped(2, output.bytes()), indexBytes);
  return {{std::move(output)}, 0, bytes};
}

Answer index(Tensor self, MaybeTensors indices) {
  const auto result = indexedShape(self, indices);
  if (const auto* misuse = std::get_if<Misuse>(&result)) return *misuse;
  const auto& indexed = std::get<Indexed>(result);
  if (!indexed.shape) return Unknown{"indices"};
  return gathered(self, *indexed.shape, indexed.indexBytes);
}

Answer indexSelect(Tensor self, Int dim, Tensor index) {
  if (index.rank() > 1) return Misuse{"index_select(): Index is supposed to be a vector"};
  if (index.dtype != DType::Int64 && index.dtype != DType::Int32) return Misuse{"index_select(): Expected dtype int32 or int64 for index"};
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  Shape shape = self.shape;
  if (self.shape.empty() && index.elements() != 1)
    return Misuse{"index_select(): Index to scalar can have only 1 value, got " + std::to_string(index.elements()) + " value(s)"};
  if (sizeAt(self, dim) == 0 && index.elements() != 0) return Misuse{"index_select(): self indexing axis dim should be positive"};
  if (!shape.empty()) shape[static_cast<std::size_t>(dim)] = index.elements();
  return gathered(self, std::move(shape), index.bytes());
}

Answer gather(Tensor self, Int dim, Tensor index) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (auto misuse = gatherMisuse("gather", self, dim, index, "input")) return *misuse;
  return gathered(self, index.shape, index.bytes());
}

Answer takeAlongDim(Tensor self, Tensor indices, MaybeInt dim) {
  if (indices.dtype != DType::Int64)
    return Misuse{"torch.take_along_dim(): dtype of indices should be Long but got " + messageName(indices.dtype)};
  if (!dim) return gathered(self, {indices.elements()}, indices.bytes());
  if (self.rank() != indices.rank())
    return Misuse{"torch.take_along_dim(): input and indices should have the same number of dimensions, but got " +
                  std::to_string(self.rank()) + " dimensions for input, and " + std::to_string(indices.rank()) + " dimensions for indices"};
  if (auto misuse = wrapDim(*dim, self.rank())) return *misuse;
  if (sizeAt(self, *dim) == 0 && indices.elements() != 0)
    return Misuse{"torch.take_along_dim(): index 0 is out of bounds for dimension " + std::to_string(*dim) + " with size 0"};
  // All dimensions but the one that is indexed broadcast.
  Shape mine = self.shape;
  if (!mine.empty()) mine[static_cast<std::size_t>(*dim)] = indices.shape[static_cast<std::size_t>(*dim)];
  auto shape = broadcast(mine, indices.shape);
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *misuse;
  if (!mine.empty()) std::get<Shape>(shape)[static_cast<std::size_t>(*dim)] = indices.shape[static_cast<std::size_t>(*dim)];
  return gathered(self, std::get<Shape>(std::move(shape)), indices.bytes());
}

/// A value that leaves the tensor: no output.
Answer number(std::string_view what, Tensor self) {
  if (self.elements() == 1) return Effect{{}, 0};
  return Misuse{std::string(what)};
}

Answer item(Tensor self) {
  return number("a Tensor with " + std::to_string(self.elements()) + " elements cannot be converted to Scalar", self);
}

constexpr auto entries =
    family(op(
               "aten::index.Tensor(Tensor self, Tensor?[] indices) -> Tensor",
               [](Tensor self, MaybeTensors indices) -> Answer { return index(self, indices); },
               "self: [4..64, 4..64, 4..64]  indices: [i64[1..16]] | [None, i64[1..8, 1..8]] | [i64[A:1..16], None, "
               "i64[A]] | "
               "[i64[B:1..8, 1], i64[1..8]]"),
           op(
               "aten::index_select(Tensor self, int dim, Tensor index) -> Tensor",
               [](Tensor self, Int dim, Tensor index) -> Answer { return indexSelect(self, dim, index); },
               "self: [4..64, 4..256, 4..64]  dim: -3..2  index: i64[1..32]"),
           op(
               "aten::gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor",
               [](Tensor self, Int dim, Tensor index, Bool) -> Answer { return gather(self, dim, index); },
               "self: [A:4..64, B:4..256]  dim: 0|1|-1  index: i64[1..4, 1..4] | i64[A, 1..4]"),
           op(
               "aten::take(Tensor self, Tensor index) -> Tensor",
               [](Tensor self, Tensor index) -> Answer {
                 if (index.dtype != DType::Int64)
                   return Misuse{"take(): Expected a long tensor for index, but got " + messageName(index.dtype)};
                 if (self.elements() == 0 && index.elements() != 0) return Misuse{"take(): tried to take from an empty tensor"};
                 return gathered(self, index.shape, index.bytes());
               },
               "self: [4..64, 4..256]  index: i64[1..64] | i64[1..16, 1..16]"),
           op(
               "aten::take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor",
               [](Tensor self, Tensor indices, MaybeInt dim) -> Answer { return takeAlongDim(self, indices, dim); },
               "self: [A:4..64, B:4..256]  indices: i64[A, 1..4] | i64[1, 1..4]  dim: 1|-1"),
           // How many elements are chosen is only known at run time.
           op(
               "aten::masked_select(Tensor self, Tensor mask) -> Tensor",
               [](Tensor self, Tensor mask) -> Answer {
                 if (mask.dtype != DType::Bool) return Misuse{"masked_select: expected BoolTensor for mask"};
                 auto shape = broadcast(self.shape, mask.shape);
                 if (auto* misuse = std::get_if<Misuse>(&shape)) return *misuse;
                 return Unknown{"mask"};
               },
               ""),
           op(
               "aten::nonzero(Tensor self) -> Tensor", [](Tensor) -> Answer { return Unknown{"self"}; }, ""),
           op(
               "aten::item(Tensor self) -> Scalar", [](Tensor self) -> Answer { return item(self); }, "self: [] | [1] | i64[]"),
           // Takes the first element, however many there are.
           op(
               "aten::_local_scalar_dense(Tensor self) -> Scalar",
               [](Tensor self) -> Answer {
                 if (self.elements() == 0) return Misuse{"_local_scalar_dense: Empty tensor not supported"};
                 return Effect{{}, 0};
               },
               "self: [] | [1] | i64[]"),
           op(
               "aten::is_nonzero(Tensor self) -> bool",
               [](Tensor self) -> Answer {
                 return number(self.elements() == 0 ? "Boolean value of Tensor with no values is ambiguous"
                                                    : "Boolean value of Tensor with more than one value is ambiguous",
                               self);
               },
               "self: [] | [1] | i64[]"));

} // namespace

constinit const Family families::indexing = {"indexing", entries};

} // namespace cobra::ops
