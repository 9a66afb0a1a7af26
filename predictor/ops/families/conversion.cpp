// Other dtypes, other places, and copies.
#include "predictor/ops/families.h"
#include "predictor/ops/rules.h"

namespace cobra::ops {
namespace {

/// LibTorch hands the same tensor back where nothing changes; otherwise every element is read and written.
Answer converted(Tensor self, DType dtype, bool copy) {
  if (dtype == self.dtype && !copy) return viewOf(dtype, self.shape);
  return Effect{{{dtype, self.shape}}, 0, addClamped(self.bytes(), TensorType{dtype, self.shape}.bytes())};
}

constexpr std::string_view any = "self: [1..32, 1..256, 1..64, 1..64]";
constexpr std::string_view toDType = "self: [1..32, 1..256, 1..64]  dtype: float16|float32|float64|int64  copy: False|True";

constexpr auto entries = family(
    op(
        "aten::to.dtype(Tensor(a) self, ScalarType dtype, bool non_blocking=False, bool copy=False, "
        "MemoryFormat? memory_format=None) -> Tensor(a)",
        [](Tensor self, ScalarType dtype, Bool, Bool copy, MaybeMemoryFormat) -> Answer { return converted(self, dtype, copy); }, toDType),
    op(
        "aten::to.device(Tensor(a) self, Device device, ScalarType dtype, bool non_blocking=False, bool "
        "copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
        [](Tensor self, Device, ScalarType dtype, Bool, Bool copy, MaybeMemoryFormat) -> Answer { return converted(self, dtype, copy); },
        "self: [1..32, 1..256, 1..64]  device: 'cpu'  dtype: float16|float32|float64|int64"),
    op(
        "aten::to.dtype_layout(Tensor(a) self, *, ScalarType? dtype=None, Layout? layout=None, Device? "
        "device=None, bool? pin_memory=None, bool non_blocking=False, bool copy=False, MemoryFormat? "
        "memory_format=None) -> Tensor(a)",
        [](Tensor self, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool, Bool, Bool copy, MaybeMemoryFormat) -> Answer {
          return converted(self, dtype.value_or(self.dtype), copy);
        },
        "self: [1..32, 1..256, 1..64]  dtype: None|float16|float64|int64"),
    op(
        "aten::to.other(Tensor(a) self, Tensor other, bool non_blocking=False, bool copy=False, "
        "MemoryFormat? memory_format=None) -> Tensor(a)",
        [](Tensor self, Tensor other, Bool, Bool copy, MaybeMemoryFormat) -> Answer { return converted(self, other.dtype, copy); },
        "self: [1..32, 1..256, 1..64]  other: f16[1..4] | [1..4] | i64[1..4]"),
    op(
        "aten::type_as(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return converted(self, other.dtype, false); },
        "self: [1..32, 1..256, 1..64]  other: f16[1..4] | [1..4] | i64[1..4]"),
    op(
        "aten::contiguous(Tensor(a) self, *, MemoryFormat memory_format=0) -> Tensor(a)",
        [](Tensor self, MemoryFormat) -> Answer { return viewOf(self.dtype, self.shape); }, any),
    op(
        "aten::clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor",
        [](Tensor self, MaybeMemoryFormat) -> Answer { return converted(self, self.dtype, true); }, any));

} // namespace

constinit const Family families::conversion = {"conversion", entries};

} // namespace cobra::ops
