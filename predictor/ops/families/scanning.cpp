// What runs along a dimension, searches it or cuts it at a rank.
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
#include "predictor/ops/families/pointwise.h"

namespace cobra::ops {
namespace {

/// The extreme so far and where it was.
Answer runningExtreme(std::string_view name, Tensor self, Int dim) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (isComplex(self.dtype)) return notImplemented(name, self.dtype);
  return Effect{{self, {DType::Int64, self.shape}}, self.elements()};
}

Answer logSums(Tensor self, Int dim) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (isIntegral(self.dtype) || self.dtype == DType::Bool) return notImplemented("logcumsumexp_out_cpu", self.dtype);
  return pointwise(self, 4);
}

/// A running sum or product written into self, computed in its dtype.
Answer runningInPlace(Tensor self, Int dim, MaybeScalarType asked) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (asked && *asked != self.dtype) return Misuse{"Bad in-place call: input tensor dtype and output tensor dtype should match"};
  return pointwise(self, 1);
}

/// One shorter for each difference taken.
Answer differences(Tensor self, Int n, Int dim, MaybeTensor before, MaybeTensor after) {
  if (n < 0) return Misuse{"order must be non-negative but got " + std::to_string(n)};
  if (self.rank() < 1) return Misuse{"diff expects input to be at least one-dimensional"};
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  Shape shape = self.shape;
  std::int64_t& size = shape[static_cast<std::size_t>(dim)];
  ResultType type;
  type.add(self);
  for (MaybeTensor more : {before, after}) {
    if (more == nullptr) continue;
    if (more->rank() != self.rank()) return Misuse{"diff expects prepend or append to be the same dimension as input"};
    for (std::size_t i = 0; i < shape.size(); ++i)
      if (static_cast<Int>(i) != dim && more->shape[i] != self.shape[i])
        return Misuse{"diff expects the shape of tensor to prepend or append to match that of input except "
                      "along the differencing dimension"};
    if (n > 0) size = addClamped(size, sizeAt(*more, dim));
    type.add(*more);
  }
  size = std::max<std::int64_t>(size - n, 0);
  return pointwise({n == 0 ? self.dtype : type.get(), std::move(shape)}, n);
}

/// Positions in a sorted sequence, each found by halving it.
Answer positions(const TensorType& wanted, Tensor sequence, bool narrow) {
  if (sequence.rank() == 0) return Misuse{"boundaries tensor should have positive dimension"};
  if (isComplex(sequence.dtype) || isComplex(wanted.dtype)) return notImplemented("searchsorted_out_cpu", DType::Complex64);
  if (sequence.rank() > 1 &&
      (sequence.rank() != wanted.rank() || !std::equal(sequence.shape.begin(), sequence.shape.end() - 1, wanted.shape.begin())))
    return Misuse{"boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor "
                  "and input value tensor must match"};
  return pointwise({narrow ? DType::Int32 : DType::Int64, wanted.shape}, 8);
}

/// A number that is looked up makes a tensor without dimensions, for which the sequence must be
/// one-dimensional.
Answer positionOfNumber(Tensor sequence, bool narrow) {
  if (sequence.rank() != 1) return Misuse{"input value can be a scalar only when boundaries tensor dimension is 1"};
  return positions({sequence.dtype, {}}, sequence, narrow);
}

/// q [] or [n] -> [n, what is left of self]
Answer quantile(Tensor self, const TensorType& q, MaybeInt dim, Bool keepdim, std::string_view interpolation) {
  if (self.elements() == 0) return Misuse{"quantile() input tensor must be non-empty"};
  if (q.rank() > 1) return Misuse{"quantile() q must be a scalar or 1D tensor"};
  if (self.dtype != DType::Float32 && self.dtype != DType::Float64)
    return Misuse{"quantile() input tensor must be either float or double dtype"};
  if (q.dtype != self.dtype) return Misuse{"quantile() q tensor must be same dtype as the input tensor"};
  bool known = false;
  for (std::string_view name : {"linear", "lower", "higher", "midpoint", "nearest"}) known = known || interpolation == name;
  if (!known) return Misuse{"quantile() interpolation must be one of linear, lower, higher, midpoint or nearest"};
  Shape shape;
  if (dim) {
    if (auto misuse = wrapDim(*dim, self.rank())) return *misuse;
    shape = withoutDim(self.shape, *dim, keepdim);
  } else if (keepdim) {
    shape.assign(self.shape.size(), 1);
  }
  if (q.rank() == 1) shape.insert(shape.begin(), q.shape[0]);
  return Effect{{{self.dtype, std::move(shape)}}, mulClamped(self.elements(), 8)};
}

constexpr std::string_view along = "self: [1..64, 1..256, 1..64]  dim: -1..2";
constexpr std::string_view cut = "self: [1..64, 1..256]  q: 0.5|0.9  dim: None|0|-1  keepdim: True|False";

constexpr auto entries = family(
    op(
        "aten::cummax(Tensor self, int dim) -> (Tensor values, Tensor indices)",
        [](Tensor self, Int dim) -> Answer { return runningExtreme("cummax_cpu", self, dim); }, along),
    op(
        "aten::cummin(Tensor self, int dim) -> (Tensor values, Tensor indices)",
        [](Tensor self, Int dim) -> Answer { return runningExtreme("cummin_cpu", self, dim); }, along),
    op(
        "aten::logcumsumexp(Tensor self, int dim) -> Tensor", [](Tensor self, Int dim) -> Answer { return logSums(self, dim); }, along),
    op(
        "aten::cumsum_(Tensor(a!) self, int dim, *, ScalarType? dtype=None) -> Tensor(a!)",
        [](Tensor self, Int dim, MaybeScalarType dtype) -> Answer { return runningInPlace(self, dim, dtype); }, along),
    op(
        "aten::cumprod_(Tensor(a!) self, int dim, *, ScalarType? dtype=None) -> Tensor(a!)",
        [](Tensor self, Int dim, MaybeScalarType dtype) -> Answer { return runningInPlace(self, dim, dtype); }, along),
    op(
        "aten::diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor",
        [](Tensor self, Int n, Int dim, MaybeTensor prepend, MaybeTensor append) -> Answer {
          return differences(self, n, dim, prepend, append);
        },
        "self: [4..64, C:4..64]  n: 1|2  dim: 0|-2  prepend: None|[2, C]"),
    op(
        "aten::searchsorted.Tensor(Tensor sorted_sequence, Tensor self, *, bool out_int32=False, bool "
        "right=False, str? side=None, "
        "Tensor? sorter=None) -> Tensor",
        [](Tensor sequence, Tensor self, Bool narrow, Bool, MaybeString, MaybeTensor sorter) -> Answer {
          if (sorter != nullptr) return Unknown{"sorter"};
          return positions(self, sequence, narrow);
        },
        "sorted_sequence: [1..256]  self: [1..64, 1..64]  out_int32: False|True  right: False|True"),
    op(
        "aten::searchsorted.Scalar(Tensor sorted_sequence, Scalar self, *, bool out_int32=False, bool "
        "right=False, str? side=None, "
        "Tensor? sorter=None) -> Tensor",
        [](Tensor sequence, Openable<Scalar>, Bool narrow, Bool, MaybeString, MaybeTensor sorter) -> Answer {
          if (sorter != nullptr) return Unknown{"sorter"};
          return positionOfNumber(sequence, narrow);
        },
        "sorted_sequence: [1..256]  self: 0.5  out_int32: False|True"),
    op(
        "aten::bucketize.Tensor(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False) "
        "-> Tensor",
        [](Tensor self, Tensor boundaries, Bool narrow, Bool) -> Answer {
          if (boundaries.rank() != 1)
            return Misuse{"boundaries tensor must be 1 dimension, but got dim(" + std::to_string(boundaries.rank()) + ")"};
          return positions(self, boundaries, narrow);
        },
        "boundaries: [1..256]  self: [1..64, 1..64]  out_int32: False|True"),
    op(
        "aten::quantile.scalar(Tensor self, float q, int? dim=None, bool keepdim=False, *, str "
        "interpolation=\"linear\") -> Tensor",
        [](Tensor self, Openable<Float> q, MaybeInt dim, Bool keepdim, String interpolation) -> Answer {
          if (q && !(*q >= 0 && *q <= 1)) return Misuse{"quantile() q must be in the range [0, 1] but got " + std::to_string(*q)};
          return quantile(self, {self.dtype, {}}, dim, keepdim, interpolation);
        },
        cut),
    op(
        "aten::msort(Tensor self) -> Tensor",
        [](Tensor self) -> Answer {
          if (isComplex(self.dtype)) return Misuse{"Sort currently does not support complex dtypes"};
          return pointwise(self, 8);
        },
        "self: [1..64, 1..64]"));

} // namespace

constinit const Family families::scanning = {"scanning", entries};

} // namespace cobra::ops
