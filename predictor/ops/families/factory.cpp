// New tensors (ATen/native/TensorFactories.cpp, RangeFactories.cpp). Their bytes are what is written.
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

#include <algorithm>
#include <cmath>

namespace cobra::ops {
namespace {

Answer made(IntList size, MaybeScalarType dtype, DType otherwise = DType::Float32) {
  return Effect{{{dtype.value_or(otherwise), Shape(size.begin(), size.end())}}, 0};
}

/// Memory that nothing is written to.
Answer unwritten(IntList size, DType dtype) { return viewOf(dtype, Shape(size.begin(), size.end())); }

/// Of the size of another, which is not read.
Answer like(Tensor self, MaybeScalarType dtype) {
  TensorType output{dtype.value_or(self.dtype), self.shape};
  const std::int64_t bytes = output.bytes();
  return Effect{{std::move(output)}, 0, bytes};
}

/// A tensor filled with a number takes the number's type.
DType typeOf(Scalar value) { return ResultType().add(value).get(); }

/// How many numbers lie in [start, end) in steps of `step`.
std::variant<std::int64_t, Misuse> rangeLength(Scalar start, Scalar end, Scalar step, DType dtype) {
  const double by = step.asDouble(), span = end.asDouble() - start.asDouble();
  if (by == 0) return Misuse{"step must be nonzero"};
  if (!std::isfinite(span)) return Misuse{"unsupported range: a limit is not finite"};
  if ((by > 0 && span < 0) || (by < 0 && span > 0)) return Misuse{"upper bound and lower bound inconsistent with step sign"};
  // Integers are counted in integers: their limits lose their fractions first.
  const double length = dtype == DType::Int64 ? std::ceil((std::trunc(end.asDouble()) - std::trunc(start.asDouble())) / std::trunc(by))
                                              : std::ceil(span / by);
  if (!(length >= 0 && length <= 9.2e18)) return Misuse{"invalid size, possible overflow?"};
  return static_cast<std::int64_t>(length);
}

Answer arange(Scalar start, Scalar end, Scalar step, MaybeScalarType asked) {
  const bool fractions = start.isFloat() || end.isFloat() || step.isFloat();
  const DType dtype = asked.value_or(fractions ? DType::Float32 : DType::Int64);
  const auto length = rangeLength(start, end, step, dtype);
  if (const auto* misuse = std::get_if<Misuse>(&length)) return *misuse;
  return Effect{{{dtype, {std::get<std::int64_t>(length)}}}, 0};
}

Answer eye(Int rows, Int columns, MaybeScalarType dtype) {
  for (const Int size : {rows, columns})
    if (size < 0) return Misuse{"n must be greater or equal to 0, got " + std::to_string(size)};
  return made(Ints<2>{rows, columns}, dtype);
}

/// Elements on and below a diagonal of a matrix (ATen/native/TensorFactories.h, get_tril_size).
std::int64_t lowerTriangle(std::int64_t rows, std::int64_t columns, std::int64_t offset) {
  std::int64_t sum = 0;
  // Row r has min(columns, r + 1 + offset) of them, not below 0: a ramp between two constant parts.
  const std::int64_t firstOfRamp = std::clamp<std::int64_t>(-offset, 0, rows);
  const std::int64_t firstFull = std::clamp<std::int64_t>(columns - 1 - offset, firstOfRamp, rows);
  const std::int64_t low = firstOfRamp + 1 + offset, count = firstFull - firstOfRamp;
  sum = addClamped(mulClamped(low, count), mulClamped(count, count - 1) / 2);
  return addClamped(sum, mulClamped(rows - firstFull, columns));
}

Answer triangleIndices(Int rows, Int columns, Int offset, MaybeScalarType dtype, bool upper) {
  if (rows < 0) return Misuse{"row must be non-negative, got" + std::to_string(rows)};
  if (columns < 0) return Misuse{"col must be non-negative, got" + std::to_string(columns)};
  const DType type = dtype.value_or(DType::Int64);
  if (type != DType::Int64 && type != DType::Int32) return notImplemented(upper ? "triu_indices" : "tril_indices", type);
  const std::int64_t below = lowerTriangle(rows, columns, upper ? addClamped(offset, -1) : offset);
  return made(Ints<2>{2, upper ? mulClamped(rows, columns) - below : below}, type);
}

constexpr std::string_view sized = "size: [1..64, 1..512] | [1..16, 1..64, 1..64, 1..64]  dtype: None|float32|int64|bool";
constexpr std::string_view sizedSelf = "self: [1..4] | i64[1..4]  size: [1..64, 1..512]  dtype: None|float32|int64";
constexpr std::string_view shaped = "self: [1..64, 1..512] | i64[1..64, 1..64]  dtype: None|float32|int64|bool";

constexpr auto entries =
    family(op(
               "aten::empty.memory_format(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? "
               "device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
               [](IntList size, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool, MaybeMemoryFormat) -> Answer {
                 return unwritten(size, dtype.value_or(DType::Float32));
               },
               sized),
           op(
               "aten::zeros(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
               "bool? pin_memory=None) -> Tensor",
               [](IntList size, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer { return made(size, dtype); }, sized),
           op(
               "aten::ones(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
               "bool? pin_memory=None) -> Tensor",
               [](IntList size, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer { return made(size, dtype); }, sized),
           op(
               "aten::full(SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, "
               "Device? device=None, bool? pin_memory=None) -> Tensor",
               [](IntList size, Openable<Scalar> value, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
                 if (!value && !dtype) return Unknown{"fill_value"};
                 return made(size, dtype, value ? typeOf(*value) : DType::Float32);
               },
               "size: [1..64, 1..512]  fill_value: 0|1.5|True  dtype: None|float32|int64"),
           op(
               "aten::arange(Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? "
               "pin_memory=None) -> Tensor",
               [](Scalar end, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
                 return arange(Scalar{std::int64_t{0}}, end, Scalar{std::int64_t{1}}, dtype);
               },
               "end: 0..4096 | 0.0..100.0  dtype: None|float32|int64"),
           op(
               "aten::arange.start(Scalar start, Scalar end, *, ScalarType? dtype=None, Layout? layout=None, "
               "Device? device=None, bool? pin_memory=None) -> Tensor",
               [](Scalar start, Scalar end, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
                 return arange(start, end, Scalar{std::int64_t{1}}, dtype);
               },
               "start: -16..16 | 0.5  end: 16..4096 | 20.0..100.0  dtype: None|float32|int64"),
           op(
               "aten::arange.start_step(Scalar start, Scalar end, Scalar step=1, *, ScalarType? dtype=None, Layout? "
               "layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
               [](Scalar start, Scalar end, Scalar step, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
                 return arange(start, end, step, dtype);
               },
               "start: -16..16 | 0.5  end: 16..4096 | 20.0..100.0  step: 1..5 | 2.5  dtype: None|float32|int64"),
           op(
               "aten::linspace(Scalar start, Scalar end, int steps, *, ScalarType? dtype=None, Layout? layout=None, "
               "Device? device=None, bool? pin_memory=None) -> Tensor",
               [](Openable<Scalar>, Openable<Scalar>, Int steps, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
                 if (steps < 0) return Misuse{"number of steps must be non-negative"};
                 return made(Ints<1>{steps}, dtype);
               },
               "start: 0|-1.0  end: 1|2.5  steps: 0..1000  dtype: None|float64"),
           op(
               "aten::eye(SymInt n, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? "
               "pin_memory=None) -> Tensor",
               [](Int n, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer { return eye(n, n, dtype); },
               "n: 1..512  dtype: None|int64"),
           op(
               "aten::eye.m(SymInt n, SymInt m, *, ScalarType? dtype=None, Layout? layout=None, Device? "
               "device=None, bool? pin_memory=None) -> Tensor",
               [](Int n, Int m, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer { return eye(n, m, dtype); },
               "n: 1..512  m: 1..512  dtype: None|int64"),
           op(
               "aten::scalar_tensor(Scalar s, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
               "bool? pin_memory=None) -> Tensor",
               [](Openable<Scalar>, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer { return made({}, dtype); },
               "s: 1|0.5  dtype: None|int64|float64"),
           op(
               "aten::tril_indices(int row, int col, int offset=0, *, ScalarType? dtype=4, Layout? layout=None, "
               "Device? device=None, bool? pin_memory=None) -> Tensor",
               [](Int row, Int col, Int offset, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
                 return triangleIndices(row, col, offset, dtype, false);
               },
               "row: 0..64  col: 0..64  offset: -8..8"),
           op(
               "aten::triu_indices(int row, int col, int offset=0, *, ScalarType? dtype=4, Layout? layout=None, "
               "Device? device=None, bool? pin_memory=None) -> Tensor",
               [](Int row, Int col, Int offset, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
                 return triangleIndices(row, col, offset, dtype, true);
               },
               "row: 0..64  col: 0..64  offset: -8..8"));

constexpr auto likeEntries =
    family(op(
               "aten::empty_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
               "bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
               [](Tensor self, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool, MaybeMemoryFormat) -> Answer {
                 return unwritten(self.shape, dtype.value_or(self.dtype));
               },
               shaped),
           op(
               "aten::zeros_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
               "bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
               [](Tensor self, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool, MaybeMemoryFormat) -> Answer {
                 return like(self, dtype);
               },
               shaped),
           op(
               "aten::ones_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
               "bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
               [](Tensor self, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool, MaybeMemoryFormat) -> Answer {
                 return like(self, dtype);
               },
               shaped),
           op(
               "aten::full_like(Tensor self, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, "
               "Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
               [](Tensor self, Openable<Scalar>, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool, MaybeMemoryFormat) -> Answer {
                 return like(self, dtype);
               },
               "self: [1..64, 1..512] | i64[1..64, 1..64]  fill_value: 0|1  dtype: None|float32|int64"),
           op(
               "aten::new_empty(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? "
               "device=None, bool? pin_memory=None) -> Tensor",
               [](Tensor self, IntList size, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
                 return unwritten(size, dtype.value_or(self.dtype));
               },
               sizedSelf),
           op(
               "aten::new_zeros(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? "
               "device=None, bool? pin_memory=None) -> Tensor",
               [](Tensor self, IntList size, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
                 return like({self.dtype, Shape(size.begin(), size.end())}, dtype);
               },
               sizedSelf),
           op(
               "aten::new_ones(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? "
               "device=None, bool? pin_memory=None) -> Tensor",
               [](Tensor self, IntList size, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
                 return like({self.dtype, Shape(size.begin(), size.end())}, dtype);
               },
               sizedSelf),
           op(
               "aten::new_full(Tensor self, SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? "
               "layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
               [](Tensor self, IntList size, Openable<Scalar>, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
                 return like({self.dtype, Shape(size.begin(), size.end())}, dtype);
               },
               "self: [1..4] | i64[1..4]  size: [1..64, 1..512]  fill_value: 0|1  dtype: None|float32|int64"));

} // namespace

constinit const Family families::factory = {"factory", entries};
constinit const Family families::likeFactory = {"like factory", likeEntries};

} // namespace cobra::ops
