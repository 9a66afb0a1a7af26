// Random numbers whose distribution is itself a tensor, and the rarer distributions
// (ATen/native/Distributions.cpp).
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

namespace cobra::ops {
namespace {

Answer filled(Tensor self) { return Effect{{self}, 0, self.bytes()}; }

std::optional<Misuse> onlyFloating(std::string_view kernel, Tensor self) {
  if (isFloating(self.dtype)) return std::nullopt;
  return notImplemented(kernel, self.dtype);
}

/// Self is read for its shape alone.
Answer drawnInto(std::string_view kernel, Tensor self) {
  if (auto misuse = onlyFloating(kernel, self)) return *misuse;
  return filled(self);
}

Misuse negativeDeviation(double std) { return {"normal expects std >= 0.0, but found std " + std::to_string(std)}; }

constexpr std::string_view shaped = "self: [1..64, 1..512]";

constexpr auto entries =
    family(op(
               "aten::normal.Tensor_Tensor(Tensor mean, Tensor std, *, Generator? generator=None) -> Tensor",
               [](Tensor mean, Tensor std, MaybeGenerator) -> Answer {
                 if (isComplex(std.dtype)) return Misuse{"normal expects standard deviation to be non-complex"};
                 if (!isFloating(mean.dtype)) return notImplemented("normal_kernel_cpu", mean.dtype);
                 if (!canCast(resultType(mean, std), mean.dtype)) return Misuse{"result type can't be cast"};
                 return pointwise({mean, std}, mean.dtype, 2);
               },
               "mean: [N:1..64, C:1..64]  std: [N, C] | [1, C]"),
           op(
               "aten::normal.Tensor_float(Tensor mean, float std=1., *, Generator? generator=None) -> Tensor",
               [](Tensor mean, Openable<Float> std, MaybeGenerator) -> Answer {
                 if (std && *std < 0) return negativeDeviation(*std);
                 if (!isFloating(mean.dtype) && !isComplex(mean.dtype)) return notImplemented("normal_kernel_cpu", mean.dtype);
                 return pointwise(mean, 2);
               },
               "mean: [1..64, 1..64]  std: 1.0|0.1"),
           op(
               "aten::normal.float_Tensor(float mean, Tensor std, *, Generator? generator=None) -> Tensor",
               [](Openable<Float>, Tensor std, MaybeGenerator) -> Answer {
                 if (!isFloating(std.dtype)) return Misuse{"normal expects standard deviation to be a floating tensor"};
                 return pointwise(std, 2);
               },
               "mean: 0.0|1.0  std: [1..64, 1..64]"),
           op(
               "aten::poisson(Tensor self, Generator? generator=None) -> Tensor",
               [](Tensor self, MaybeGenerator) -> Answer {
                 if (auto misuse = onlyFloating("poisson_cpu", self)) return *misuse;
                 return pointwise(self, 4);
               },
               shaped),
           op(
               "aten::log_normal_(Tensor(a!) self, float mean=1., float std=2., *, Generator? generator=None) -> "
               "Tensor(a!)",
               [](Tensor self, Openable<Float>, Openable<Float> std, MaybeGenerator) -> Answer {
                 if (std && *std <= 0) return Misuse{"log_normal_ expects std > 0.0, but found std=" + std::to_string(*std)};
                 return drawnInto("log_normal_cpu", self);
               },
               shaped),
           op(
               "aten::cauchy_(Tensor(a!) self, float median=0., float sigma=1., *, Generator? generator=None) -> "
               "Tensor(a!)",
               [](Tensor self, Openable<Float>, Openable<Float> sigma, MaybeGenerator) -> Answer {
                 if (sigma && *sigma <= 0) return Misuse{"cauchy_ expects sigma > 0.0, but found sigma=" + std::to_string(*sigma)};
                 return drawnInto("cauchy_cpu", self);
               },
               shaped),
           op(
               "aten::random_(Tensor(a!) self, *, Generator? generator=None) -> Tensor(a!)",
               [](Tensor self, MaybeGenerator) -> Answer {
                 if (isComplex(self.dtype)) return notImplemented("random_kernel_cpu", self.dtype);
                 return filled(self);
               },
               shaped),
           op(
               "aten::random_.to(Tensor(a!) self, int to, *, Generator? generator=None) -> Tensor(a!)",
               [](Tensor self, Int to, MaybeGenerator) -> Answer {
                 if (isComplex(self.dtype)) return notImplemented("random_from_to", self.dtype);
                 if (to <= 0) return Misuse{"random_ expects 'from' to be less than 'to', but got from=0 >= to=" + std::to_string(to)};
                 if (!isFloating(self.dtype) && self.dtype != DType::Int64 && self.dtype != DType::Int32) return Unknown{"to"};
                 if (self.dtype == DType::Int32 && to > (std::int64_t{1} << 31)) return Misuse{"to - 1 is out of bounds for int"};
                 return filled(self);
               },
               "self: [1..64, 1..64] | i64[1..64]  to: 1..100"),
           op(
               "aten::random_.from(Tensor(a!) self, int from, int? to, *, Generator? generator=None) -> Tensor(a!)",
               [](Tensor self, Int from, MaybeInt to, MaybeGenerator) -> Answer {
                 if (isComplex(self.dtype)) return notImplemented("random_from_to", self.dtype);
                 if (to && from >= *to)
                   return Misuse{"random_ expects 'from' to be less than 'to', but got from=" + std::to_string(from) +
                                 " >= to=" + std::to_string(*to)};
                 if (!to || (!isFloating(self.dtype) && self.dtype != DType::Int64)) return Unknown{"to"};
                 return filled(self);
               },
               "self: [1..64, 1..64] | i64[1..64]  from: -5..0  to: 1..100"));

} // namespace

constinit const Family families::sampling = {"sampling", entries};

} // namespace cobra::ops
