// Sums, means, extremes and truth over all or some dimensions (ATen/native/ReduceOps.cpp).
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
#include "predictor/ops/families/pointwise.h"

#include <algorithm>

namespace cobra::ops {
namespace {

/// One output, each element of the input read once.
Answer reduce(Tensor self, MaybeIntList dims, Bool keepdim, DType dtype) {
  const auto mask = dimMask(dims, self.rank());
  if (const auto* misuse = std::get_if<Misuse>(&mask)) return *misuse;
  return Effect{{{dtype, reducedShape(self.shape, std::get<DimMask>(mask), keepdim)}}, self.elements()};
}

/// Integers and booleans add up in int64.
DType sumType(Tensor self, MaybeScalarType asked) {
  if (asked) return *asked;
  return isIntegral(self.dtype) || self.dtype == DType::Bool ? DType::Int64 : self.dtype;
}

Answer sum(Tensor self, MaybeIntList dims, Bool keepdim, MaybeScalarType dtype) {
  return reduce(self, dims, keepdim, sumType(self, dtype));
}

Answer mean(Tensor self, MaybeIntList dims, Bool keepdim, MaybeScalarType asked) {
  const DType dtype = asked.value_or(self.dtype);
  if (!isFloating(dtype) && !isComplex(dtype))
    return Misuse{"mean(): could not infer output dtype. " + std::string(asked ? "Optional" : "Input") +
                  " dtype must be either a floating point or complex dtype. Got: " + messageName(dtype)};
  return reduce(self, dims, keepdim, dtype);
}

Misuse noIdentity(std::string_view name, std::int64_t dim) {
  return {std::string(name) + "(): Expected reduction dim " + std::to_string(dim) + " to have non-zero size."};
}

/// A reduction that has no value for nothing at all. Complex numbers have no order.
Answer extreme(std::string_view name, Tensor self, IntList dims, Bool keepdim) {
  if (isComplex(self.dtype)) return notImplemented(name, self.dtype);
  if (self.elements() == 0 && dims.empty())
    return Misuse{std::string(name) + "(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
                                      "reduction dim with the 'dim' argument."};
  for (Int dim : dims) {
    if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
    if (sizeAt(self, dim) == 0) return noIdentity(name, dim);
  }
  return reduce(self, dims, keepdim, self.dtype);
}

/// The extreme of everything.
Answer extremeOfAll(std::string_view name, Tensor self) { return extreme(name, self, {}, false); }

/// Values and their positions along one dimension.
Answer extremeAlong(std::string_view name, Tensor self, Int dim, Bool keepdim) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (isComplex(self.dtype)) return notImplemented(name, self.dtype);
  if (sizeAt(self, dim) == 0) return noIdentity(name, dim);
  const Shape shape = withoutDim(self.shape, dim, keepdim);
  return Effect{{{self.dtype, shape}, {DType::Int64, shape}}, self.elements()};
}

Answer position(std::string_view name, Tensor self, MaybeInt dim, Bool keepdim) {
  if (isComplex(self.dtype) || self.dtype == DType::Bool) return notImplemented(name, self.dtype);
  if (!dim && self.elements() == 0)
    return Misuse{std::string(name) + "(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
                                      "reduction dim with the 'dim' argument."};
  if (!dim) return reduce(self, std::nullopt, keepdim, DType::Int64);
  if (auto misuse = wrapDim(*dim, self.rank())) return *misuse;
  if (sizeAt(self, *dim) == 0) return noIdentity(name, *dim);
  return reduce(self, IntList{&*dim, 1}, keepdim, DType::Int64);
}

/// any and all give bool, but for uint8 they give uint8.
DType truthType(Tensor self) { return self.dtype == DType::UInt8 ? DType::UInt8 : DType::Bool; }

/// Unlike elsewhere, an empty list names no dimension: each element is tested by itself.
Answer truth(Tensor self, MaybeIntList dims, Bool keepdim) {
  if (dims && dims->empty()) return Effect{{{truthType(self), self.shape}}, self.elements()};
  return reduce(self, dims, keepdim, truthType(self));
}

constexpr std::string_view any = "self: [1..64, 1..256, 1..64, 1..64]";
constexpr std::string_view integers = "self: [1..64, 1..256, 1..64] | i64[1..64, 1..256, 1..64] | b8[1..64, 1..256, 1..64]";
constexpr std::string_view dimList = "self: [1..64, 1..256, 1..64, 1..64]  dim: [2, 3] | [-1] | [1] | [0] | [0, 2, 3]  keepdim: False|True";
constexpr std::string_view oneDim = "self: [1..64, 1..256, 1..64, 1..64]  dim: -1..3  keepdim: False|True";

constexpr auto entries = family(
    op(
        "aten::sum(Tensor self, *, ScalarType? dtype=None) -> Tensor",
        [](Tensor self, MaybeScalarType dtype) -> Answer { return sum(self, std::nullopt, false, dtype); }, integers),
    op(
        "aten::sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> "
        "Tensor",
        [](Tensor self, MaybeIntList dim, Bool keepdim, MaybeScalarType dtype) -> Answer { return sum(self, dim, keepdim, dtype); },
        dimList),
    op(
        "aten::nansum(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> "
        "Tensor",
        [](Tensor self, MaybeIntList dim, Bool keepdim, MaybeScalarType dtype) -> Answer {
          if (isComplex(self.dtype)) return Misuse{"nansum does not support complex inputs"};
          return sum(self, dim, keepdim, dtype);
        },
        dimList),
    op(
        "aten::mean(Tensor self, *, ScalarType? dtype=None) -> Tensor",
        [](Tensor self, MaybeScalarType dtype) -> Answer { return mean(self, std::nullopt, false, dtype); }, any),
    op(
        "aten::mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        [](Tensor self, MaybeIntList dim, Bool keepdim, MaybeScalarType dtype) -> Answer { return mean(self, dim, keepdim, dtype); },
        dimList),
    op(
        "aten::prod(Tensor self, *, ScalarType? dtype=None) -> Tensor",
        [](Tensor self, MaybeScalarType dtype) -> Answer { return sum(self, std::nullopt, false, dtype); }, integers),
    op(
        "aten::prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        [](Tensor self, Int dim, Bool keepdim, MaybeScalarType dtype) -> Answer { return sum(self, IntList{&dim, 1}, keepdim, dtype); },
        oneDim),
    op(
        "aten::amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
        [](Tensor self, IntList dim, Bool keepdim) -> Answer { return extreme("amax", self, dim, keepdim); }, dimList),
    op(
        "aten::amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
        [](Tensor self, IntList dim, Bool keepdim) -> Answer { return extreme("amin", self, dim, keepdim); }, dimList),
    op(
        "aten::aminmax(Tensor self, *, int? dim=None, bool keepdim=False) -> (Tensor min, Tensor max)",
        [](Tensor self, MaybeInt dim, Bool keepdim) -> Answer {
          Answer one = extreme("aminmax", self, dim ? IntList{&*dim, 1} : IntList{}, keepdim);
          if (auto* effect = std::get_if<Effect>(&one)) {
            effect->outputs.push_back(effect->outputs.front());
            effect->flops = mulClamped(effect->flops, 2);
          }
          return one;
        },
        oneDim),
    op(
        "aten::max(Tensor self) -> Tensor", [](Tensor self) -> Answer { return extremeOfAll("max", self); }, any),
    op(
        "aten::min(Tensor self) -> Tensor", [](Tensor self) -> Answer { return extremeOfAll("min", self); }, any),
    op(
        "aten::max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        [](Tensor self, Int dim, Bool keepdim) -> Answer { return extremeAlong("max", self, dim, keepdim); }, oneDim),
    op(
        "aten::min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        [](Tensor self, Int dim, Bool keepdim) -> Answer { return extremeAlong("min", self, dim, keepdim); }, oneDim),
    op(
        "aten::argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
        [](Tensor self, MaybeInt dim, Bool keepdim) -> Answer { return position("argmax", self, dim, keepdim); }, oneDim),
    op(
        "aten::argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
        [](Tensor self, MaybeInt dim, Bool keepdim) -> Answer { return position("argmin", self, dim, keepdim); }, oneDim),
    op(
        "aten::any(Tensor self) -> Tensor", [](Tensor self) -> Answer { return reduce(self, std::nullopt, false, truthType(self)); },
        integers),
    op(
        "aten::any.dim(Tensor self, int dim, bool keepdim=False) -> Tensor",
        [](Tensor self, Int dim, Bool keepdim) -> Answer { return reduce(self, IntList{&dim, 1}, keepdim, truthType(self)); }, oneDim),
    op(
        "aten::any.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor",
        [](Tensor self, MaybeIntList dim, Bool keepdim) -> Answer { return truth(self, dim, keepdim); }, dimList),
    op(
        "aten::all(Tensor self) -> Tensor", [](Tensor self) -> Answer { return reduce(self, std::nullopt, false, truthType(self)); },
        integers),
    op(
        "aten::all.dim(Tensor self, int dim, bool keepdim=False) -> Tensor",
        [](Tensor self, Int dim, Bool keepdim) -> Answer { return reduce(self, IntList{&dim, 1}, keepdim, truthType(self)); }, oneDim),
    op(
        "aten::all.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor",
        [](Tensor self, MaybeIntList dim, Bool keepdim) -> Answer { return truth(self, dim, keepdim); }, dimList),
    op(
        "aten::count_nonzero(Tensor self, int? dim=None) -> Tensor",
        [](Tensor self, MaybeInt dim) -> Answer {
          return reduce(self, dim ? MaybeIntList(IntList{&*dim, 1}) : std::nullopt, false, DType::Int64);
        },
        "self: [1..64, 1..256, 1..64]  dim: None | 0..2"),
    op(
        "aten::count_nonzero.dim_IntList(Tensor self, int[] dim) -> Tensor",
        [](Tensor self, IntList dim) -> Answer { return reduce(self, dim, false, DType::Int64); },
        "self: [1..64, 1..256, 1..64]  dim: [0, 1] | [2]"));

} // namespace

constinit const Family families::reduction = {"reduction", entries};

} // namespace cobra::ops
