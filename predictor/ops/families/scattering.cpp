// Writing elements by indices (ATen/native/TensorAdvancedIndexing.cpp).
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
#include "predictor/ops/families/indices.h"
#include "predictor/ops/families/pointwise.h"

#include <algorithm>

namespace cobra::ops {
namespace {

/// In place only the written elements move; otherwise self is copied first.
Effect scattered(Tensor self, std::int64_t written, std::int64_t indexBytes, std::int64_t flops, bool inPlace) {
  std::int64_t bytes = addClamped(indexBytes, mulClamped(2, mulClamped(written, byteSize(self.dtype))));
  if (!inPlace) bytes = addClamped(bytes, mulClamped(2, self.bytes()));
  return {{self}, flops, bytes};
}

Answer indexPut(Tensor self, MaybeTensors indices, Tensor values, bool accumulate, bool inPlace) {
  const auto result = indexedShape(self, indices);
  if (const auto* misuse = std::get_if<Misuse>(&result)) return *misuse;
  if (values.dtype != self.dtype)
    return Misuse{"Index put requires the source and destination dtypes match, got " + messageName(self.dtype) +
                  " for the destination and " + messageName(values.dtype) + " for the source."};
  const auto& indexed = std::get<Indexed>(result);
  // With a mask, how much is written depends on it; the output's shape does not.
  if (!indexed.shape) return Effect{{self}, 0};
  if (!expandable(values.shape, *indexed.shape))
    return Misuse{"shape mismatch: value tensor of shape " + text(values.shape) + " cannot be broadcast to indexing result of shape " +
                  text(*indexed.shape)};
  const std::int64_t written = TensorType{self.dtype, *indexed.shape}.elements();
  return scattered(self, written, indexed.indexBytes, accumulate ? written : 0, inPlace);
}

/// ATen/native/ScatterGatherChecks.h; `source` is null where a number is written.
Answer scatter(std::string_view name, Tensor self, Int dim, Tensor index, MaybeTensor source, bool adds, bool inPlace) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (index.dtype != DType::Int64 && index.dtype != DType::Int32 && index.elements() != 0)
    return Misuse{std::string(name) + "(): Expected dtype int32/int64 for index"};
  if (source != nullptr && source->dtype != self.dtype)
    return Misuse{std::string(name) + "(): Expected self.dtype to be equal to src.dtype"};
  if (auto misuse = gatherMisuse(name, self, dim, index, "self")) return *misuse;
  if (source != nullptr && index.elements() != 0) {
    if (std::max<std::int64_t>(source->rank(), 1) != std::max<std::int64_t>(index.rank(), 1))
      return Misuse{"Index tensor must have the same number of dimensions as src tensor"};
    for (std::size_t i = 0; i < index.shape.size() && i < source->shape.size(); ++i)
      if (index.shape[i] > source->shape[i])
        return Misuse{"Expected index " + text(index.shape) + " to be no larger than self " + text(self.shape) + " apart from dimension " +
                      std::to_string(dim) + " and to be no larger size than src " + text(source->shape)};
  }
  return scattered(self, index.elements(), index.bytes(), adds ? index.elements() : 0, inPlace);
}

/// Rows of a dimension of size 0 do not exist.
std::optional<Misuse> rowMisuse(std::string_view name, Tensor self, Int dim, Tensor index) {
  if (sizeAt(self, dim) != 0 || index.elements() == 0) return std::nullopt;
  return Misuse{std::string(name) + "(): index 0 is out of bounds for dimension " + std::to_string(dim) + " with size 0"};
}

/// index_add, index_copy: rows of `source` go where `index` says.
Answer indexRows(std::string_view name, Tensor self, Int dim, Tensor index, Tensor source, bool adds, bool inPlace) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (index.dtype != DType::Int64 && (!adds || index.dtype != DType::Int32))
    return Misuse{std::string(name) + "(): Expected a long tensor for index, but got " + messageName(index.dtype)};
  if (index.rank() > 1) return Misuse{std::string(name) + "(): Index is supposed to be a vector"};
  if (source.dtype != self.dtype)
    return Misuse{std::string(name) + "(): self and source expected to have the same dtype, but got (self) " + messageName(self.dtype) +
                  " and (source) " + messageName(source.dtype)};
  if (source.rank() != 0 && self.rank() != 0 && source.rank() != self.rank())
    return Misuse{std::string(name) +
                  "(): When source and destination are not scalars, their dimensionality must match. "
                  "Source dimensionality (" +
                  std::to_string(source.rank()) + "), destination dimensionality (" + std::to_string(self.rank()) + ")"};
  if (index.elements() != sizeAt(source, dim))
    return Misuse{std::string(name) + "(): Number of indices (" + std::to_string(index.elements()) +
                  ") should be equal to source.size(dim): (" + std::to_string(sizeAt(source, dim)) + "), for dim: " + std::to_string(dim)};
  if (withoutDim(self.shape, dim) != withoutDim(source.shape, dim))
    return Misuse{"source tensor shape must match self tensor shape, excluding the specified dimension. Got "
                  "self.shape = " +
                  text(self.shape) + " source.shape = " + text(source.shape)};
  if (!adds)
    if (auto misuse = rowMisuse(name, self, dim, index)) return *misuse;
  return scattered(self, source.elements(), index.bytes(), adds ? source.elements() : 0, inPlace);
}

Answer indexFill(Tensor self, Int dim, Tensor index, bool inPlace) {
  if (index.dtype != DType::Int64) return Misuse{"index_fill_(): Expected dtype int64 for index."};
  if (index.rank() > 1) return Misuse{"Index has to be a vector/scalar"};
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (auto misuse = rowMisuse("index_fill_", self, dim, index)) return *misuse;
  const std::int64_t size = sizeAt(self, dim);
  const std::int64_t rows = size == 0 ? 0 : self.elements() / size;
  return scattered(self, mulClamped(rows, index.elements()), index.bytes(), 0, inPlace);
}

constexpr std::string_view put = "self: [4..64, B:4..64, C:4..64]  indices: [i64[A:1..16]] | [None, "
                                 "i64[A:1..8]]  values: [] | [1] | [A, B, C]";
constexpr std::string_view withSource = "self: [A:4..64, 4..256]  dim: 0|1|-1  index: i64[I:1..4, J:1..4]  src: [I, J] | [4, 4]";
constexpr std::string_view withNumber = "self: [A:4..64, 4..256]  dim: 0|1|-1  index: i64[1..4, 1..4]  value: 0|1.5";
constexpr std::string_view rows = "self: [4..64, B:4..256]  dim: 0|-2  index: i64[I:1..16]  source: [I, B]";
constexpr std::string_view filled = "self: [4..64, 4..256]  dim: -2..1  index: i64[1..4]  value: 0|1.5";

constexpr auto entries = family(
    op(
        "aten::index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor",
        [](Tensor self, MaybeTensors indices, Tensor values, Bool accumulate) -> Answer {
          return indexPut(self, indices, values, accumulate, false);
        },
        put),
    op(
        "aten::index_put_(Tensor(a!) self, Tensor?[] indices, Tensor values, bool accumulate=False) -> "
        "Tensor(a!)",
        [](Tensor self, MaybeTensors indices, Tensor values, Bool accumulate) -> Answer {
          return indexPut(self, indices, values, accumulate, true);
        },
        put),
    op(
        "aten::scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
        [](Tensor self, Int dim, Tensor index, Tensor src) -> Answer { return scatter("scatter", self, dim, index, &src, false, false); },
        withSource),
    op(
        "aten::scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
        [](Tensor self, Int dim, Tensor index, Openable<Scalar>) -> Answer {
          return scatter("scatter", self, dim, index, nullptr, false, false);
        },
        withNumber),
    op(
        "aten::scatter_.src(Tensor(a!) self, int dim, Tensor index, Tensor src) -> Tensor(a!)",
        [](Tensor self, Int dim, Tensor index, Tensor src) -> Answer { return scatter("scatter", self, dim, index, &src, false, true); },
        withSource),
    op(
        "aten::scatter_.value(Tensor(a!) self, int dim, Tensor index, Scalar value) -> Tensor(a!)",
        [](Tensor self, Int dim, Tensor index, Openable<Scalar>) -> Answer {
          return scatter("scatter", self, dim, index, nullptr, false, true);
        },
        withNumber),
    op(
        "aten::scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
        [](Tensor self, Int dim, Tensor index, Tensor src) -> Answer {
          return scatter("scatter_add", self, dim, index, &src, true, false);
        },
        withSource),
    op(
        "aten::scatter_add_(Tensor(a!) self, int dim, Tensor index, Tensor src) -> Tensor(a!)",
        [](Tensor self, Int dim, Tensor index, Tensor src) -> Answer { return scatter("scatter_add", self, dim, index, &src, true, true); },
        withSource),
    op(
        "aten::index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor",
        [](Tensor self, Int dim, Tensor index, Tensor source, Openable<Scalar>) -> Answer {
          return indexRows("index_add", self, dim, index, source, true, false);
        },
        rows),
    op(
        "aten::index_add_(Tensor(a!) self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> "
        "Tensor(a!)",
        [](Tensor self, Int dim, Tensor index, Tensor source, Openable<Scalar>) -> Answer {
          return indexRows("index_add", self, dim, index, source, true, true);
        },
        rows),
    op(
        "aten::index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor",
        [](Tensor self, Int dim, Tensor index, Tensor source) -> Answer {
          return indexRows("index_copy", self, dim, index, source, false, false);
        },
        rows),
    op(
        "aten::index_copy_(Tensor(a!) self, int dim, Tensor index, Tensor source) -> Tensor(a!)",
        [](Tensor self, Int dim, Tensor index, Tensor source) -> Answer {
          return indexRows("index_copy", self, dim, index, source, false, true);
        },
        rows),
    op(
        "aten::index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
        [](Tensor self, Int dim, Tensor index, Openable<Scalar>) -> Answer { return indexFill(self, dim, index, false); }, filled),
    op(
        "aten::index_fill_.int_Scalar(Tensor(a!) self, int dim, Tensor index, Scalar value) -> Tensor(a!)",
        [](Tensor self, Int dim, Tensor index, Openable<Scalar>) -> Answer { return indexFill(self, dim, index, true); }, filled));

} // namespace

constinit const Family families::scattering = {"scattering", entries};

} // namespace cobra::ops
