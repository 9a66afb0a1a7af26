// Other dtypes, other places, copies; and images as columns.
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
#include "predictor/ops/families/pointwise.h"

namespace cobra::ops {
namespace {

/// LibTorch hands the same tensor back where nothing changes; otherwise every element is read and written.
Answer converted(Tensor self, DType dtype, bool copy) {
  if (dtype == self.dtype && !copy) return viewOf(dtype, self.shape);
  return Effect{{{dtype, self.shape}}, 0, addClamped(self.bytes(), TensorType{dtype, self.shape}.bytes())};
}

/// Patches of an image (ATen/native/im2col_shape_check.h).
struct Patches {
  Ints<2> kernel, dilation, padding, stride;

  std::optional<Misuse> misuse() const {
    const auto check = [](const Ints<2>& values, std::int64_t least,
                          std::string_view name) -> std::optional<Misuse> {
      if (values[0] >= least && values[1] >= least) return std::nullopt;
      return Misuse{
          std::string(name) +
          (least > 0 ? " should be greater than zero, but got " : " should be non-negative, but got ") +
          name.data() + "_height: " + std::to_string(values[0]) + " " + name.data() +
          "_width: " + std::to_string(values[1])};
    };
    for (auto found : {check(kernel, 1, "kernel"), check(dilation, 1, "dilation"),
                       check(padding, 0, "padding"), check(stride, 1, "stride")})
      if (found) return found;
    return std::nullopt;
  }
  /// How many patches fit along a dimension; not positive where none does.
  std::int64_t along(std::size_t dim, std::int64_t size) const {
    const std::int64_t room = addClamped(size, mulClamped(2, padding[dim]));
    const std::int64_t reach = addClamped(mulClamped(dilation[dim], kernel[dim] - 1), 1);
    return room < reach ? 0 : (room - reach) / stride[dim] + 1;
  }
  std::int64_t area() const { return mulClamped(kernel[0], kernel[1]); }
};

/// x [N, C, H, W] or [C, H, W]  ->  [N, C kH kW, L] or [C kH kW, L]
Answer imageToColumns(Tensor self, const Patches& patches) {
  if (auto misuse = patches.misuse()) return *misuse;
  const bool batched = self.rank() == 4;
  const std::size_t channel = batched ? 1 : 0;
  const bool filled = (batched || self.rank() == 3) && self.shape[channel] != 0 &&
                      self.shape[channel + 1] != 0 && self.shape[channel + 2] != 0;
  if (!filled)
    return Misuse{"Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero "
                  "dimensions for input, "
                  "but got: " +
                  text(self.shape)};
  const std::int64_t rows = patches.along(0, self.shape[channel + 1]),
                     columns = patches.along(1, self.shape[channel + 2]);
  if (rows < 1 || columns < 1)
    return Misuse{"Given input with spatial size (" + std::to_string(self.shape[channel + 1]) + ", " +
                  std::to_string(self.shape[channel + 2]) + "), kernel_size=(" +
                  std::to_string(patches.kernel[0]) + ", " + std::to_string(patches.kernel[1]) +
                  "), calculated shape of the array of sliding blocks as (" + std::to_string(rows) + ", " +
                  std::to_string(columns) + "), but its components must be at least one."};
  Shape shape = {mulClamped(self.shape[channel], patches.area()), mulClamped(rows, columns)};
  if (batched) shape.insert(shape.begin(), self.shape[0]);
  return Effect{{{self.dtype, std::move(shape)}}, 0};
}

/// x [N, C kH kW, L] or [C kH kW, L]  ->  [N, C, H, W] or [C, H, W]; overlapping patches add up.
Answer columnsToImage(Tensor self, Ints<2> size, const Patches& patches) {
  if (auto misuse = patches.misuse()) return *misuse;
  const bool batched = self.rank() == 3;
  const std::size_t plane = batched ? 1 : 0;
  if ((!batched && self.rank() != 2) || self.shape[plane] == 0 || self.shape[plane + 1] == 0)
    return Misuse{"Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero "
                  "dimensions for "
                  "input, but got: " +
                  text(self.shape)};
  if (self.shape[plane] % patches.area() != 0)
    return Misuse{
        "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
        "input.size(1)=" +
        std::to_string(self.shape[plane]) + " and kernel_size=(" + std::to_string(patches.kernel[0]) + ", " +
        std::to_string(patches.kernel[1]) + ")."};
  const std::int64_t blocks = mulClamped(patches.along(0, size[0]), patches.along(1, size[1]));
  if (blocks != self.shape[plane + 1] || blocks < 1)
    return Misuse{
        "Given output_size=(" + std::to_string(size[0]) + ", " + std::to_string(size[1]) +
        "), expected size of input's dimension 2 to match the calculated number of sliding blocks " +
        std::to_string(blocks) + ", but got input.size(2)=" + std::to_string(self.shape[plane + 1]) + "."};
  if (size[0] < 1 || size[1] < 1)
    return Misuse{"Expected output spatial size to be positive, but got: output_size=(" +
                  std::to_string(size[0]) + ", " + std::to_string(size[1]) + ")."};
  Shape shape = {self.shape[plane] / patches.area(), size[0], size[1]};
  if (batched) shape.insert(shape.begin(), self.shape[0]);
  return Effect{{{self.dtype, std::move(shape)}}, self.elements()};
}

constexpr std::string_view any = "self: [1..32, 1..256, 1..64, 1..64]";
constexpr std::string_view toDType =
    "self: [1..32, 1..256, 1..64]  dtype: float16|float32|float64|int64  copy: False|True";

constexpr auto entries = family(
    op(
        "aten::to.dtype(Tensor(a) self, ScalarType dtype, bool non_blocking=False, bool copy=False, "
        "MemoryFormat? memory_format=None) -> Tensor(a)",
        [](Tensor self, ScalarType dtype, Bool, Bool copy, MaybeMemoryFormat) -> Answer {
          return converted(self, dtype, copy);
        },
        toDType),
    op(
        "aten::to.device(Tensor(a) self, Device device, ScalarType dtype, bool non_blocking=False, bool "
        "copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
        [](Tensor self, Device, ScalarType dtype, Bool, Bool copy, MaybeMemoryFormat) -> Answer {
          return converted(self, dtype, copy);
        },
        "self: [1..32, 1..256, 1..64]  device: 'cpu'  dtype: float16|float32|float64|int64"),
    op(
        "aten::to.dtype_layout(Tensor(a) self, *, ScalarType? dtype=None, Layout? layout=None, Device? "
        "device=None, bool? pin_memory=None, bool non_blocking=False, bool copy=False, MemoryFormat? "
        "memory_format=None) -> Tensor(a)",
        [](Tensor self, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool, Bool, Bool copy,
           MaybeMemoryFormat) -> Answer { return converted(self, dtype.value_or(self.dtype), copy); },
        "self: [1..32, 1..256, 1..64]  dtype: None|float16|float64|int64"),
    op(
        "aten::to.other(Tensor(a) self, Tensor other, bool non_blocking=False, bool copy=False, "
        "MemoryFormat? memory_format=None) -> Tensor(a)",
        [](Tensor self, Tensor other, Bool, Bool copy, MaybeMemoryFormat) -> Answer {
          return converted(self, other.dtype, copy);
        },
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
        [](Tensor self, MaybeMemoryFormat) -> Answer { return converted(self, self.dtype, true); }, any),
    op(
        "aten::im2col(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> "
        "Tensor",
        [](Tensor self, Ints<2> kernel, Ints<2> dilation, Ints<2> padding, Ints<2> stride) -> Answer {
          return imageToColumns(self, {kernel, dilation, padding, stride});
        },
        "self: [1..8, 1..64, 8..64, 8..64]  kernel_size: [K:1|2|3, K]  dilation: [1..2, 1]  padding: "
        "[P:0..2, P]  stride: [S:1..3, S]"),
    op(
        "aten::col2im(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] "
        "padding, int[2] stride) -> Tensor",
        [](Tensor self, Ints<2> size, Ints<2> kernel, Ints<2> dilation, Ints<2> padding, Ints<2> stride)
            -> Answer { return columnsToImage(self, size, {kernel, dilation, padding, stride}); },
        "self: [1..8, (1..32)*(K:1|2|4)*K, (H:1..16)*(W:1..16)]  output_size: [H*K, W*K]  kernel_size: [K, "
        "K]  dilation: [1, 1]  "
        "padding: [0, 0]  stride: [K, K]"));

} // namespace

constinit const Family families::conversion = {"conversion", entries};

} // namespace cobra::ops
