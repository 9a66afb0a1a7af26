// Random tensors, and filling tensors in place (ATen/native/Distributions.cpp, Fill.cpp, Copy.cpp).
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

#include <array>

namespace cobra::ops {
namespace {

/// Normal and uniform numbers have fractions.
std::optional<Misuse> fractionMisuse(std::string_view kernel, DType dtype) {
  if (isFloating(dtype) || isComplex(dtype)) return std::nullopt;
  return notImplemented(kernel, dtype);
}

/// A new tensor of random numbers.
Answer drawn(std::string_view kernel, IntList size, DType dtype) {
  if (auto misuse = fractionMisuse(kernel, dtype)) return *misuse;
  TensorType output{dtype, Shape(size.begin(), size.end())};
  const std::int64_t bytes = output.bytes();
  return Effect{{std::move(output)}, 0, bytes};
}

/// Self written, not read.
Answer filled(Tensor self) { return Effect{{self}, 0, self.bytes()}; }

/// What the whole numbers of a dtype can be.
struct WholeRange {
  DType dtype;
  std::int64_t least, most;
};
constexpr std::array<WholeRange, 5> wholeRanges = {{{DType::Bool, 0, 1},
                                                    {DType::UInt8, 0, 255},
                                                    {DType::Int8, -128, 127},
                                                    {DType::Int16, -32768, 32767},
                                                    {DType::Int32, -2147483648LL, 2147483647LL}}};

Answer integers(Int low, Int high, IntList size, DType dtype) {
  if (low >= high)
    return Misuse{"random_ expects 'from' to be less than 'to', but got from=" + std::to_string(low) + " >= to=" + std::to_string(high)};
  for (const auto& range : wholeRanges) {
    if (range.dtype != dtype) continue;
    if (low < range.least || low > range.most) return Misuse{"from is out of bounds for " + std::string(longName(dtype))};
    if (high - 1 > range.most) return Misuse{"to - 1 is out of bounds for " + std::string(longName(dtype))};
  }
  TensorType output{dtype, Shape(size.begin(), size.end())};
  const std::int64_t bytes = output.bytes();
  return Effect{{std::move(output)}, 0, bytes};
}

std::optional<Misuse> probabilityMisuse(Openable<Float> p) {
  if (!p || (*p >= 0 && *p <= 1)) return std::nullopt;
  return Misuse{"bernoulli_ expects p to be in [0, 1], but got p=" + std::to_string(*p)};
}

std::optional<Misuse> deviationMisuse(Openable<Float> std) {
  if (!std || *std >= 0) return std::nullopt;
  return Misuse{"normal expects std >= 0.0, but found std " + std::to_string(*std)};
}

/// p [n] or [m, n]  ->  indices [samples] or [m, samples]
Answer multinomial(Tensor self, Int samples, Bool replacement) {
  constexpr std::int64_t mostCategories = 1 << 24;
  if (self.rank() != 1 && self.rank() != 2) return Misuse{"prob_dist must be 1 or 2 dim"};
  if (!isFloating(self.dtype)) return Misuse{"multinomial only supports floating-point dtypes for input, got: " + messageName(self.dtype)};
  if (samples <= 0) return Misuse{"cannot sample n_sample <= 0 samples"};
  if (!replacement && samples > self.shape.back()) return Misuse{"cannot sample n_sample > prob_dist.size(-1) samples without replacement"};
  if (self.shape.back() == 0) return Misuse{"invalid multinomial distribution (sum of probabilities <= 0)"};
  if (self.shape.back() > mostCategories) return Misuse{"number of categories cannot exceed 2^24"};
  Shape shape = self.shape;
  shape.back() = samples;
  return Effect{{{DType::Int64, std::move(shape)}}, self.elements()};
}

Answer randperm(Int n, MaybeScalarType dtype) {
  if (n < 0) return Misuse{"n must be non-negative, got" + std::to_string(n)};
  return Effect{{{dtype.value_or(DType::Int64), {n}}}, 0};
}

/// The source is read once, self only written.
Answer copy(Tensor self, Tensor source) {
  if (!expandable(source.shape, self.shape))
    return Misuse{"The size of tensor a " + text(self.shape) + " must match the existing size of tensor b " + text(source.shape)};
  return Effect{{self}, 0, addClamped(self.bytes(), source.bytes())};
}

Answer fillWithTensor(Tensor self, Tensor value) {
  if (value.rank() == 0) return filled(self);
  return Misuse{"fill_ only supports 0-dimension value tensor but got tensor with " + std::to_string(value.rank()) + " dimensions."};
}

constexpr std::string_view sized = "size: [1..64, 1..512] | [1..16, 1..64, 1..64]  dtype: None|float32|float64|float16";
constexpr std::string_view shaped = "self: [1..64, 1..512] | [1..16, 1..64, 1..64]";
constexpr std::string_view shapedAny = "self: [1..64, 1..512] | i64[1..16, 1..64]";

constexpr auto entries = family(
    op(
        "aten::rand(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
        "bool? pin_memory=None) -> Tensor",
        [](IntList size, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
          return drawn("check_uniform_bounds", size, dtype.value_or(DType::Float32));
        },
        sized),
    op(
        "aten::randn(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
        "bool? pin_memory=None) -> Tensor",
        [](IntList size, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
          return drawn("normal_kernel_cpu", size, dtype.value_or(DType::Float32));
        },
        sized),
    op(
        "aten::rand_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
        "bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        [](Tensor self, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool, MaybeMemoryFormat) -> Answer {
          return drawn("check_uniform_bounds", self.shape, dtype.value_or(self.dtype));
        },
        shaped),
    op(
        "aten::randn_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
        "bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        [](Tensor self, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool, MaybeMemoryFormat) -> Answer {
          return drawn("normal_kernel_cpu", self.shape, dtype.value_or(self.dtype));
        },
        shaped),
    op(
        "aten::randint(SymInt high, SymInt[] size, *, ScalarType? dtype=4, Layout? layout=None, Device? "
        "device=None, bool? pin_memory=None) -> Tensor",
        [](Int high, IntList size, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
          return integers(0, high, size, dtype.value_or(DType::Float32));
        },
        "high: 1..1000  size: [1..64, 1..512]"),
    op(
        "aten::randint.low(SymInt low, SymInt high, SymInt[] size, *, ScalarType? dtype=4, Layout? "
        "layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        [](Int low, Int high, IntList size, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
          return integers(low, high, size, dtype.value_or(DType::Float32));
        },
        "low: -8..0  high: 1..1000  size: [1..64, 1..512]  dtype: int64|float32"),
    op(
        "aten::randint_like(Tensor self, SymInt high, *, ScalarType? dtype=None, Layout? layout=None, "
        "Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        [](Tensor self, Int high, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool, MaybeMemoryFormat) -> Answer {
          return integers(0, high, self.shape, dtype.value_or(self.dtype));
        },
        "self: [1..64, 1..512] | i64[1..16, 1..64]  high: 1..1000"),
    op(
        "aten::randperm(SymInt n, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? "
        "pin_memory=None) -> Tensor",
        [](Int n, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer { return randperm(n, dtype); }, "n: 0..4096"),
    op(
        "aten::normal.float_float(float mean, float std, SymInt[] size, *, Generator? generator=None, "
        "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        [](Openable<Float>, Openable<Float> std, IntList size, MaybeGenerator, MaybeScalarType dtype, MaybeLayout, MaybeDevice,
           MaybeBool) -> Answer {
          if (auto misuse = deviationMisuse(std)) return *misuse;
          return drawn("normal_kernel_cpu", size, dtype.value_or(DType::Float32));
        },
        "mean: 0.0|1.5  std: 1.0|0.02  size: [1..64, 1..512]"),
    op(
        "aten::bernoulli(Tensor self, *, Generator? generator=None) -> Tensor",
        [](Tensor self, MaybeGenerator) -> Answer {
          if (auto misuse = fractionMisuse("bernoulli_tensor_cpu_p_", self.dtype)) return *misuse;
          return Effect{{self}, 0};
        },
        shaped),
    op(
        "aten::bernoulli.p(Tensor self, float p, *, Generator? generator=None) -> Tensor",
        [](Tensor self, Openable<Float> p, MaybeGenerator) -> Answer {
          if (auto misuse = probabilityMisuse(p)) return *misuse;
          return filled(self);
        },
        "self: [1..64, 1..512]  p: 0.1|0.5"),
    op(
        "aten::bernoulli_.float(Tensor(a!) self, float p=0.5, *, Generator? generator=None) -> Tensor(a!)",
        [](Tensor self, Openable<Float> p, MaybeGenerator) -> Answer {
          if (auto misuse = probabilityMisuse(p)) return *misuse;
          return filled(self);
        },
        "self: [1..64, 1..512]  p: 0.1|0.5"),
    op(
        "aten::multinomial(Tensor self, SymInt num_samples, bool replacement=False, *, Generator? "
        "generator=None) -> Tensor",
        [](Tensor self, Int samples, Bool replacement, MaybeGenerator) -> Answer { return multinomial(self, samples, replacement); },
        "self: [1..64, 8..512] | [8..512]  num_samples: 1..8  replacement: False|True"),
    op(
        "aten::normal_(Tensor(a!) self, float mean=0., float std=1., *, Generator? generator=None) -> "
        "Tensor(a!)",
        [](Tensor self, Openable<Float>, Openable<Float> std, MaybeGenerator) -> Answer {
          if (auto misuse = deviationMisuse(std)) return *misuse;
          if (auto misuse = fractionMisuse("normal_kernel_cpu", self.dtype)) return *misuse;
          return filled(self);
        },
        shaped),
    op(
        "aten::uniform_(Tensor(a!) self, float from=0., float to=1., *, Generator? generator=None) -> "
        "Tensor(a!)",
        [](Tensor self, Openable<Float> from, Openable<Float> to, MaybeGenerator) -> Answer {
          if (auto misuse = fractionMisuse("check_uniform_bounds", self.dtype)) return *misuse;
          if (from && to && *from > *to)
            return Misuse{"uniform_ expects to return a [from, to) range, but found from=" + std::to_string(*from) +
                          " > to=" + std::to_string(*to)};
          return filled(self);
        },
        shaped),
    op(
        "aten::exponential_(Tensor(a!) self, float lambd=1., *, Generator? generator=None) -> Tensor(a!)",
        [](Tensor self, Openable<Float> lambda, MaybeGenerator) -> Answer {
          if (lambda && *lambda <= 0) return Misuse{"exponential_ expects lambda > 0.0, but found lambda=" + std::to_string(*lambda)};
          if (!isFloating(self.dtype)) return notImplemented("exponential", self.dtype);
          return filled(self);
        },
        shaped),
    op(
        "aten::fill_.Scalar(Tensor(a!) self, Scalar value) -> Tensor(a!)",
        [](Tensor self, Openable<Scalar>) -> Answer { return filled(self); }, "self: [1..64, 1..512] | i64[1..16, 1..64]  value: 0|1"),
    op(
        "aten::fill_.Tensor(Tensor(a!) self, Tensor value) -> Tensor(a!)",
        [](Tensor self, Tensor value) -> Answer { return fillWithTensor(self, value); },
        "self: [1..64, 1..512] | i64[1..16, 1..64]  value: [] | i64[]"),
    op(
        "aten::zero_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return filled(self); }, shapedAny),
    op(
        "aten::copy_(Tensor(a!) self, Tensor src, bool non_blocking=False) -> Tensor(a!)",
        [](Tensor self, Tensor src, Bool) -> Answer { return copy(self, src); },
        "self: [A:1..64, B:1..512]  src: [A, B] | [B] | i64[A, B] | [1]"));

} // namespace

constinit const Family families::random = {"random", entries};

} // namespace cobra::ops
