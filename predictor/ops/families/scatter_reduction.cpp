// Scattering with an operation, and writing where a mask is true (ATen/native/TensorAdvancedIndexing.cpp).
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
#include "predictor/ops/families/indices.h"
#include "predictor/ops/families/pointwise.h"

#include <algorithm>
#include <array>

namespace cobra::ops {
namespace {

// LibTorch's message does not name the last two, but it takes them.
constexpr std::array<std::string_view, 7> reductions = {"sum", "prod", "mean", "amax", "amin", "max", "min"};
constexpr std::array<std::string_view, 2> operations = {"add", "multiply"};

/// self and source read once, self written
Answer scattered(Tensor self, Int dim, Tensor index, MaybeTensor source) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (index.dtype != DType::Int64 && index.dtype != DType::Int32 && index.elements() != 0)
    return Misuse{"scatter(): Expected dtype int32/int64 for index"};
  if (source != nullptr && source->dtype != self.dtype) return Misuse{"scatter(): Expected self.dtype to be equal to src.dtype"};
  if (auto misuse = gatherMisuse("scatter", self, dim, index, "self")) return *misuse;
  if (source != nullptr && index.elements() != 0) {
    if (std::max<std::int64_t>(source->rank(), 1) != std::max<std::int64_t>(index.rank(), 1))
      return Misuse{"Index tensor must have the same number of dimensions as src tensor"};
    for (std::size_t i = 0; i < index.shape.size() && i < source->shape.size(); ++i)
      if (index.shape[i] > source->shape[i])
        return Misuse{"Expected index " + text(index.shape) + " to be no larger than src " + text(source->shape)};
  }
  return Effect{{self}, index.elements()};
}

Answer reduced(Tensor self, Int dim, Tensor index, Tensor source, std::string_view reduction) {
  if (std::find(reductions.begin(), reductions.end(), reduction) == reductions.end())
    return Misuse{"reduce argument must be either sum, prod, mean, amax or amin, got " + std::string(reduction)};
  if (isComplex(self.dtype) || self.dtype == DType::Bool) return Unknown{"self"};
  return scattered(self, dim, index, &source);
}

Answer operated(Tensor self, Int dim, Tensor index, MaybeTensor source, std::string_view operation) {
  if (std::find(operations.begin(), operations.end(), operation) == operations.end())
    return Misuse{"reduce argument must be either add or multiply."};
  if (isComplex(self.dtype) || self.dtype == DType::Bool) return Unknown{"self"};
  return scattered(self, dim, index, source);
}

Answer maskedScatter(Tensor self, Tensor mask, Tensor source, bool inPlace) {
  if (mask.dtype != DType::Bool)
    return Misuse{"masked_scatter_ only supports boolean masks, but got mask with dtype " + std::string(longName(mask.dtype))};
  if (self.dtype != source.dtype)
    return Misuse{"masked_scatter: expected self and source to have same dtypes but got " + messageName(self.dtype) + " and " +
                  messageName(source.dtype)};
  auto shape = broadcast(self.shape, mask.shape);
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *misuse;
  if (inPlace && std::get<Shape>(shape) != self.shape)
    return Misuse{"output with shape " + text(self.shape) + " doesn't match the broadcast shape " + text(std::get<Shape>(shape))};
  return Effect{{{self.dtype, std::get<Shape>(std::move(shape))}}, 0};
}

constexpr std::string_view reducing = "self: [A:4..64, 4..256]  dim: 0|1|-1  index: i64[I:1..4, J:1..4]  "
                                      "src: [I, J] | [4, 4]  reduce: 'sum'|'mean'|'amax'|'prod'";
constexpr std::string_view operating = "self: [A:4..64, 4..256]  dim: 0|1|-1  index: i64[I:1..4, J:1..4]  "
                                       "src: [I, J] | [4, 4]  reduce: 'add'|'multiply'";
constexpr std::string_view operatingByNumber =
    "self: [A:4..64, 4..256]  dim: 0|1|-1  index: i64[1..4, 1..4]  value: 0|1.5  reduce: 'add'|'multiply'";
constexpr std::string_view masked = "self: [N:4..64, C:4..64]  mask: b8[N, C] | b8[C]  source: [N, C]";

constexpr auto entries = family(
    op(
        "aten::scatter_reduce.two(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool "
        "include_self=True) -> Tensor",
        [](Tensor self, Int dim, Tensor index, Tensor src, String reduce, Bool) -> Answer {
          return reduced(self, dim, index, src, reduce);
        },
        reducing),
    op(
        "aten::scatter_reduce_.two(Tensor(a!) self, int dim, Tensor index, Tensor src, str reduce, *, bool "
        "include_self=True) -> Tensor(a!)",
        [](Tensor self, Int dim, Tensor index, Tensor src, String reduce, Bool) -> Answer {
          return reduced(self, dim, index, src, reduce);
        },
        reducing),
    op(
        "aten::scatter.reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor",
        [](Tensor self, Int dim, Tensor index, Tensor src, String reduce) -> Answer { return operated(self, dim, index, &src, reduce); },
        operating),
    op(
        "aten::scatter_.reduce(Tensor(a!) self, int dim, Tensor index, Tensor src, *, str reduce) -> "
        "Tensor(a!)",
        [](Tensor self, Int dim, Tensor index, Tensor src, String reduce) -> Answer { return operated(self, dim, index, &src, reduce); },
        operating),
    op(
        "aten::scatter_.value_reduce(Tensor(a!) self, int dim, Tensor index, Scalar value, *, str reduce) -> "
        "Tensor(a!)",
        [](Tensor self, Int dim, Tensor index, Openable<Scalar>, String reduce) -> Answer {
          return operated(self, dim, index, nullptr, reduce);
        },
        operatingByNumber),
    op(
        "aten::masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor",
        [](Tensor self, Tensor mask, Tensor source) -> Answer { return maskedScatter(self, mask, source, false); }, masked),
    op(
        "aten::masked_scatter_(Tensor(a!) self, Tensor mask, Tensor source) -> Tensor(a!)",
        [](Tensor self, Tensor mask, Tensor source) -> Answer { return maskedScatter(self, mask, source, true); }, masked),
    // How much they give depends on the data.
    op(
        "aten::repeat_interleave.Tensor(Tensor repeats, *, SymInt? output_size=None) -> Tensor",
        [](Tensor, MaybeInt) -> Answer { return Unknown{"repeats"}; }, ""),
    op(
        "aten::repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, SymInt? "
        "output_size=None) -> Tensor",
        [](Tensor, Tensor, MaybeInt, MaybeInt) -> Answer { return Unknown{"repeats"}; }, ""),
    op(
        "aten::argwhere(Tensor self) -> Tensor", [](Tensor) -> Answer { return Unknown{"self"}; }, ""),
    op(
        "aten::bincount(Tensor self, Tensor? weights=None, SymInt minlength=0) -> Tensor",
        [](Tensor, MaybeTensor, Int) -> Answer { return Unknown{"self"}; }, ""));

} // namespace

constinit const Family families::scatterReduction = {"scatter reduction", entries};

} // namespace cobra::ops
