// Variances, norms, running sums, and everything that sorts.
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
#include "predictor/ops/families/pointwise.h"

#include <algorithm>

namespace cobra::ops {
namespace {

bool hasFractions(DType dtype) { return isFloating(dtype) || isComplex(dtype); }

/// One or two outputs of the reduced shape. The mean, then difference, square and sum of each element: 4
/// operations.
Answer variance(std::string_view name, Tensor self, MaybeIntList dims, Bool keepdim, bool withMean) {
  if (!hasFractions(self.dtype)) return Misuse{std::string(name) + " only support floating point and complex dtypes"};
  const auto mask = dimMask(dims, self.rank());
  if (const auto* misuse = std::get_if<Misuse>(&mask)) return *misuse;
  const Shape shape = reducedShape(self.shape, std::get<DimMask>(mask), keepdim);
  Effect effect{{{realType(self.dtype), shape}}, mulClamped(4, self.elements())};
  if (withMean) effect.outputs.push_back({self.dtype, shape});
  return effect;
}

/// A square and a sum for each element.
Answer norm(Tensor self, MaybeIntList dims, Bool keepdim, MaybeScalarType asked) {
  const DType dtype = asked.value_or(self.dtype);
  if (!hasFractions(dtype) || !hasFractions(self.dtype))
    return Misuse{"linalg.vector_norm: Expected a floating point or complex tensor as input. Got " + messageName(self.dtype)};
  if (promote(self.dtype, dtype) != dtype)
    return Misuse{"linalg.vector_norm: the dtype of the input (" + messageName(self.dtype) +
                  ") should be convertible without narrowing to the specified dtype (" + messageName(dtype) + ")"};
  const auto mask = dimMask(dims, self.rank());
  if (const auto* misuse = std::get_if<Misuse>(&mask)) return *misuse;
  return Effect{{{realType(dtype), reducedShape(self.shape, std::get<DimMask>(mask), keepdim)}}, mulClamped(2, self.elements())};
}

/// A running sum or product along a dimension.
Answer running(Tensor self, Int dim, MaybeScalarType asked) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  const bool whole = isIntegral(self.dtype) || self.dtype == DType::Bool;
  return Effect{{{asked.value_or(whole ? DType::Int64 : self.dtype), self.shape}}, self.elements()};
}

/// Comparisons of a sort of n: n log2 n, rounded up.
std::int64_t sortCost(std::int64_t elements, std::int64_t along) {
  std::int64_t levels = 1;
  while (levels < 62 && (std::int64_t{1} << levels) < along) ++levels;
  return mulClamped(elements, levels);
}

/// Values and positions, the first output left out where `values` is false.
Answer sorted(Tensor self, Int dim, bool values) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (isComplex(self.dtype)) return Misuse{"Sort currently does not support complex dtypes"};
  Effect effect{{}, sortCost(self.elements(), sizeAt(self, dim))};
  if (values) effect.outputs.push_back(self);
  effect.outputs.push_back({DType::Int64, self.shape});
  return effect;
}

/// Values and positions of the k largest or smallest.
Answer topk(Tensor self, Int k, Int dim) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (isComplex(self.dtype) || self.dtype == DType::Bool) return notImplemented("topk", self.dtype);
  if (k < 0 || k > sizeAt(self, dim)) return Misuse{"selected index k out of range"};
  Shape shape = self.shape;
  if (!shape.empty()) shape[static_cast<std::size_t>(dim)] = k;
  return Effect{{{self.dtype, shape}, {DType::Int64, shape}}, self.elements()};
}

/// One element of each line by rank: median, mode, kthvalue.
Answer ranked(std::string_view name, Tensor self, Int dim, Bool keepdim) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (isComplex(self.dtype)) return notImplemented(name, self.dtype);
  if (sizeAt(self, dim) == 0)
    return Misuse{std::string(name) + "(): Expected reduction dim " + std::to_string(dim) + " to have non-zero size."};
  const Shape shape = withoutDim(self.shape, dim, keepdim);
  return Effect{{{self.dtype, shape}, {DType::Int64, shape}}, self.elements()};
}

constexpr std::string_view any = "self: [2..64, 1..256, 2..64]";
constexpr std::string_view dimList = "self: [2..64, 2..256, 2..64, 2..64]  dim: [2, 3] | [-1] | [1] | [0]  keepdim: False|True";
constexpr std::string_view oneDim = "self: [1..64, 1..256, 1..64]  dim: -1..2";
constexpr std::string_view kept = "self: [1..64, 1..256, 1..64]  dim: -1..2  keepdim: False|True";

constexpr auto entries = family(
    op(
        "aten::var(Tensor self, bool unbiased=True) -> Tensor",
        [](Tensor self, Openable<Bool>) -> Answer { return variance("std and var", self, std::nullopt, false, false); }, any),
    op(
        "aten::var.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor",
        [](Tensor self, MaybeIntList dim, Openable<Bool>, Bool keepdim) -> Answer {
          return variance("std and var", self, dim, keepdim, false);
        },
        dimList),
    op(
        "aten::var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) "
        "-> Tensor",
        [](Tensor self, MaybeIntList dim, Openable<MaybeScalar>, Bool keepdim) -> Answer {
          return variance("std and var", self, dim, keepdim, false);
        },
        dimList),
    op(
        "aten::std(Tensor self, bool unbiased=True) -> Tensor",
        [](Tensor self, Openable<Bool>) -> Answer { return variance("std and var", self, std::nullopt, false, false); }, any),
    op(
        "aten::std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor",
        [](Tensor self, MaybeIntList dim, Openable<Bool>, Bool keepdim) -> Answer {
          return variance("std and var", self, dim, keepdim, false);
        },
        dimList),
    op(
        "aten::std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) "
        "-> Tensor",
        [](Tensor self, MaybeIntList dim, Openable<MaybeScalar>, Bool keepdim) -> Answer {
          return variance("std and var", self, dim, keepdim, false);
        },
        dimList),
    op(
        "aten::var_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)",
        [](Tensor self, Openable<Bool>) -> Answer { return variance("var_mean", self, std::nullopt, false, true); }, any),
    op(
        "aten::var_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool "
        "keepdim=False) -> (Tensor, Tensor)",
        [](Tensor self, MaybeIntList dim, Openable<MaybeScalar>, Bool keepdim) -> Answer {
          return variance("var_mean", self, dim, keepdim, true);
        },
        dimList),
    op(
        "aten::std_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)",
        [](Tensor self, Openable<Bool>) -> Answer { return variance("std_mean", self, std::nullopt, false, true); }, any),
    op(
        "aten::std_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool "
        "keepdim=False) -> (Tensor, Tensor)",
        [](Tensor self, MaybeIntList dim, Openable<MaybeScalar>, Bool keepdim) -> Answer {
          return variance("std_mean", self, dim, keepdim, true);
        },
        dimList),
    op(
        "aten::norm.Scalar(Tensor self, Scalar p=2) -> Tensor",
        [](Tensor self, Openable<Scalar>) -> Answer { return norm(self, std::nullopt, false, std::nullopt); }, any),
    op(
        "aten::norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor",
        [](Tensor self, Openable<MaybeScalar>, IntList dim, Bool keepdim) -> Answer { return norm(self, dim, keepdim, std::nullopt); },
        "self: [2..64, 2..256, 2..64]  p: None|1|2  dim: [1] | [-1] | [0, 2]  keepdim: False|True"),
    op(
        "aten::norm.ScalarOpt_dim_dtype(Tensor self, Scalar? p, int[1] dim, bool keepdim, *, ScalarType "
        "dtype) -> Tensor",
        [](Tensor self, Openable<MaybeScalar>, IntList dim, Bool keepdim, ScalarType dtype) -> Answer {
          return norm(self, dim, keepdim, dtype);
        },
        "self: [2..64, 2..256, 2..64]  p: 2  dim: [1] | [-1]  keepdim: False|True  dtype: float32|float64"),
    op(
        "aten::norm.ScalarOpt_dtype(Tensor self, Scalar? p, *, ScalarType dtype) -> Tensor",
        [](Tensor self, Openable<MaybeScalar>, ScalarType dtype) -> Answer { return norm(self, std::nullopt, false, dtype); },
        "self: [2..64, 2..256, 2..64]  p: 2  dtype: float32|float64"),
    op(
        "aten::linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, "
        "ScalarType? dtype=None) -> Tensor",
        [](Tensor self, Openable<Scalar>, MaybeIntList dim, Bool keepdim, MaybeScalarType dtype) -> Answer {
          return norm(self, dim, keepdim, dtype);
        },
        dimList),
    op(
        "aten::logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor",
        [](Tensor self, IntList dim, Bool keepdim) -> Answer {
          if (dim.empty() && !keepdim && !self.shape.empty())
            return Misuse{"output with shape [] doesn't match the broadcast shape " + text(Shape(self.shape.size(), 1))};
          const auto mask = dimMask(dim, self.rank());
          if (const auto* misuse = std::get_if<Misuse>(&mask)) return *misuse;
          // The largest, a difference, exp, and the sum.
          return Effect{{{floatingType(self.dtype), reducedShape(self.shape, std::get<DimMask>(mask), keepdim)}},
                        mulClamped(4, self.elements())};
        },
        dimList),
    op(
        "aten::cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
        [](Tensor self, Int dim, MaybeScalarType dtype) -> Answer { return running(self, dim, dtype); }, oneDim),
    op(
        "aten::cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
        [](Tensor self, Int dim, MaybeScalarType dtype) -> Answer { return running(self, dim, dtype); }, oneDim));

constexpr auto sorters = family(
    op(
        "aten::topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor "
        "values, Tensor indices)",
        [](Tensor self, Int k, Int dim, Openable<Bool>, Openable<Bool>) -> Answer { return topk(self, k, dim); },
        "self: [1..64, 1..256, 16..1000]  k: 1..10  dim: -1"),
    op(
        "aten::sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
        [](Tensor self, Int dim, Openable<Bool>) -> Answer { return sorted(self, dim, true); }, oneDim),
    op(
        "aten::sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False) -> (Tensor "
        "values, Tensor indices)",
        [](Tensor self, MaybeBool, Int dim, Openable<Bool>) -> Answer { return sorted(self, dim, true); },
        "self: [1..64, 1..256, 1..64]  stable: True|False  dim: -1..2"),
    op(
        "aten::argsort(Tensor self, int dim=-1, bool descending=False) -> Tensor",
        [](Tensor self, Int dim, Openable<Bool>) -> Answer { return sorted(self, dim, false); }, oneDim),
    op(
        "aten::argsort.stable(Tensor self, *, bool stable, int dim=-1, bool descending=False) -> Tensor",
        [](Tensor self, Bool, Int dim, Openable<Bool>) -> Answer { return sorted(self, dim, false); },
        "self: [1..64, 1..256, 1..64]  stable: True|False  dim: -1..2"),
    op(
        "aten::median(Tensor self) -> Tensor", [](Tensor self) -> Answer { return Effect{{{self.dtype, {}}}, self.elements()}; }, any),
    op(
        "aten::median.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        [](Tensor self, Int dim, Bool keepdim) -> Answer { return ranked("median", self, dim, keepdim); }, kept),
    op(
        "aten::mode(Tensor self, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)",
        [](Tensor self, Int dim, Bool keepdim) -> Answer { return ranked("mode", self, dim, keepdim); }, kept),
    op(
        "aten::kthvalue(Tensor self, SymInt k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor "
        "indices)",
        [](Tensor self, Int k, Int dim, Bool keepdim) -> Answer {
          if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
          if (k < 1 || k > sizeAt(self, dim))
            return Misuse{"kthvalue(): selected number k out of range for dimension " + std::to_string(dim)};
          return ranked("kthvalue", self, dim, keepdim);
        },
        "self: [1..64, 1..256, 8..64]  k: 1..8  dim: -1  keepdim: False|True"),
    // How many different values there are is only known at run time.
    op(
        "aten::_unique2(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False) "
        "-> (Tensor, Tensor, Tensor)",
        [](Tensor, Bool, Bool, Bool) -> Answer { return Unknown{"self"}; }, ""),
    op(
        "aten::unique_dim(Tensor self, int dim, bool sorted=True, bool return_inverse=False, bool "
        "return_counts=False) -> (Tensor, Tensor, Tensor)",
        [](Tensor, Int, Bool, Bool, Bool) -> Answer { return Unknown{"self"}; }, ""),
    op(
        "aten::unique_consecutive(Tensor self, bool return_inverse=False, bool return_counts=False, int? "
        "dim=None) -> (Tensor, Tensor, Tensor)",
        [](Tensor, Bool, Bool, MaybeInt) -> Answer { return Unknown{"self"}; }, ""));

} // namespace

constinit const Family families::statistics = {"statistics", entries};
constinit const Family families::sorting = {"sorting", sorters};

} // namespace cobra::ops
