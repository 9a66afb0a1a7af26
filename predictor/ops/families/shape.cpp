// Other shapes for the same elements: nothing is read or written. Tensors are contiguous.
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
#include "predictor/ops/families/pointwise.h"

#include <algorithm>

namespace cobra::ops {
namespace {

/// Fills in a size of -1 (ATen/InferSize.h).
std::variant<Shape, Misuse> inferSizes(IntList size, std::int64_t elements) {
  Shape shape(size.begin(), size.end());
  std::int64_t rest = 1;
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] < -1) return Misuse{"invalid shape dimension " + std::to_string(shape[i])};
    if (shape[i] >= 0)
      rest = mulClamped(rest, shape[i]);
    else if (open)
      return Misuse{"only one dimension can be inferred"};
    else
      open = i;
  }
  const bool fits = open ? rest > 0 && elements % rest == 0 : rest == elements;
  if (!fits && open && rest == 0 && elements == 0)
    return Misuse{"cannot reshape tensor of 0 elements into shape " + text(size) +
                  " because the unspecified dimension size -1 can be any value and is ambiguous"};
  if (!fits) return Misuse{"shape '" + text(size) + "' is invalid for input of size " + std::to_string(elements)};
  if (open) shape[*open] = elements / rest;
  return shape;
}

Answer reshaped(Tensor self, IntList size) {
  auto shape = inferSizes(size, self.elements());
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *misuse;
  return viewOf(self.dtype, std::get<Shape>(std::move(shape)));
}

Answer same(Tensor self) { return viewOf(self.dtype, self.shape); }

Answer flatten(Tensor self, Int start, Int end) {
  if (auto misuse = wrapDim(start, self.rank())) return *misuse;
  if (auto misuse = wrapDim(end, self.rank())) return *misuse;
  if (start > end) return Misuse{"flatten() has invalid args: start_dim cannot come after end_dim"};
  if (self.shape.empty()) return viewOf(self.dtype, {1});
  Shape shape(self.shape.begin(), self.shape.begin() + start);
  shape.push_back(TensorType{self.dtype, Shape(self.shape.begin() + start, self.shape.begin() + end + 1)}.elements());
  shape.insert(shape.end(), self.shape.begin() + end + 1, self.shape.end());
  return viewOf(self.dtype, std::move(shape));
}

Answer unflatten(Tensor self, Int dim, IntList sizes) {
  if (self.shape.empty()) return Misuse{"Dimension specified as " + std::to_string(dim) + " but tensor has no dimensions"};
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (sizes.empty()) return Misuse{"unflatten: sizes must be non-empty"};
  auto inner = inferSizes(sizes, sizeAt(self, dim));
  if (std::holds_alternative<Misuse>(inner))
    return Misuse{"unflatten: Provided sizes " + text(sizes) + " don't multiply up to the size of dim " + std::to_string(dim) + " (" +
                  std::to_string(sizeAt(self, dim)) + ") in the input tensor"};
  Shape shape = self.shape;
  shape.erase(shape.begin() + dim);
  const Shape& parts = std::get<Shape>(inner);
  shape.insert(shape.begin() + dim, parts.begin(), parts.end());
  return viewOf(self.dtype, std::move(shape));
}

Answer squeeze(Tensor self) {
  Shape shape = self.shape;
  std::erase(shape, 1);
  return viewOf(self.dtype, std::move(shape));
}

Answer squeezeDim(Tensor self, Int dim) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  return viewOf(self.dtype, sizeAt(self, dim) == 1 ? withoutDim(self.shape, dim) : self.shape);
}

Answer squeezeDims(Tensor self, IntList dims) {
  if (dims.empty()) return same(self);
  auto mask = dimMask(dims, self.rank());
  if (auto* misuse = std::get_if<Misuse>(&mask)) return *misuse;
  Shape shape;
  for (std::size_t i = 0; i < self.shape.size(); ++i)
    if (!std::get<DimMask>(mask)[i] || self.shape[i] != 1) shape.push_back(self.shape[i]);
  return viewOf(self.dtype, std::move(shape));
}

Answer unsqueeze(Tensor self, Int dim) {
  if (auto misuse = wrapDim(dim, self.rank() + 1)) return *misuse;
  Shape shape = self.shape;
  shape.insert(shape.begin() + dim, 1);
  return viewOf(self.dtype, std::move(shape));
}

/// The same bytes as elements of another size: the last dimension shrinks or grows.
Answer reinterpreted(Tensor self, DType dtype) {
  Shape shape = self.shape;
  const std::int64_t from = byteSize(self.dtype), to = byteSize(dtype);
  if (from == to) return viewOf(dtype, std::move(shape));
  const std::string as = " to view " + messageName(self.dtype) + " as " + messageName(dtype);
  if (shape.empty()) return Misuse{"self.dim() cannot be 0" + as + " (different element sizes)"};
  const std::int64_t bytes = mulClamped(shape.back(), from);
  if (bytes % to != 0) return Misuse{"self.size(-1) must be divisible by " + std::to_string(to / from) + as};
  // A dimension of size 0 leaves the ones before it a stride of 1.
  if (to > from && shape.size() > 1 && shape.back() == 0)
    return Misuse{"self.stride(0) must be divisible by " + std::to_string(to / from) + as + " (different element sizes), but got 1"};
  shape.back() = bytes / to;
  return viewOf(dtype, std::move(shape));
}

Answer viewAsComplex(Tensor self) {
  if (self.dtype != DType::Float32 && self.dtype != DType::Float64)
    return Misuse{"view_as_complex is only supported for half, float and double tensors, but got a tensor of "
                  "scalar type: " +
                  messageName(self.dtype)};
  if (self.shape.empty()) return Misuse{"Input tensor must have one or more dimensions"};
  if (self.shape.back() != 2) return Misuse{"Tensor must have a last dimension of size 2"};
  Shape shape = self.shape;
  shape.pop_back();
  return viewOf(self.dtype == DType::Float32 ? DType::Complex64 : DType::Complex128, std::move(shape));
}

/// Sizes and strides must name elements that exist.
Answer asStrided(Tensor self, IntList size, IntList stride, MaybeInt offset) {
  if (size.size() != stride.size()) return Misuse{"mismatch in length of strides and shape"};
  std::int64_t last = offset.value_or(0);
  if (last < 0) return Misuse{"Tensor: invalid storage offset " + std::to_string(last)};
  bool empty = false;
  for (std::size_t i = 0; i < size.size(); ++i) {
    if (size[i] < 0) return Misuse{"Trying to create tensor with negative dimension " + std::to_string(size[i]) + ": " + text(size)};
    if (stride[i] < 0) return Misuse{"as_strided: Negative strides are not supported at the moment, got strides: " + text(stride)};
    empty = empty || size[i] == 0;
    last = addClamped(last, mulClamped(size[i] - 1, stride[i]));
  }
  if (!empty && last >= self.elements())
    return Misuse{"setStorage: sizes " + text(size) + ", strides " + text(stride) + ", storage offset " +
                  std::to_string(offset.value_or(0)) + ", and itemsize " + std::to_string(byteSize(self.dtype)) +
                  " requiring a storage size of " + std::to_string(mulClamped(addClamped(last, 1), byteSize(self.dtype))) +
                  " are out of bounds for storage of size " + std::to_string(self.bytes())};
  return viewOf(self.dtype, Shape(size.begin(), size.end()));
}

constexpr std::string_view any = "self: [1..64, 1..512, 1..64, 1..64]";
constexpr std::string_view ones = "self: [1..64, 1, 1..64, 1]";
constexpr std::string_view axisOf = "self: [1|2, 1|16, 1..64, 1..64]  dim: -4..3";

constexpr auto entries = family(
    op(
        "aten::view(Tensor(a) self, SymInt[] size) -> Tensor(a)", [](Tensor self, IntList size) -> Answer { return reshaped(self, size); },
        "self: [A:1..64, B:1..512, C:1..64, D:1..64]  size: [A, B*C*D] | [A, -1] | [A*B, C, D] | [-1] | [A, "
        "B, C*D]"),
    op(
        "aten::view.dtype(Tensor(a) self, ScalarType dtype) -> Tensor(a)",
        [](Tensor self, ScalarType dtype) -> Answer { return reinterpreted(self, dtype); },
        "self: [1..64, 2|4|8]  dtype: int32|float64|float16"),
    op(
        "aten::reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)",
        [](Tensor self, IntList shape) -> Answer { return reshaped(self, shape); },
        "self: [A:1..64, B:1..512, C:1..64, D:1..64]  shape: [A, B*C*D] | [A, -1] | [A*B, C, D] | [-1] | [A, "
        "B, C*D]"),
    op(
        "aten::view_as(Tensor(a) self, Tensor other) -> Tensor(a)",
        [](Tensor self, Tensor other) -> Answer { return reshaped(self, other.shape); },
        "self: [A:1..64, B:1..512, C:1..64]  other: [A, B*C] | [A*B, C]"),
    op(
        "aten::reshape_as(Tensor(a) self, Tensor other) -> Tensor(a)",
        [](Tensor self, Tensor other) -> Answer { return reshaped(self, other.shape); },
        "self: [A:1..64, B:1..512, C:1..64]  other: [A, B*C] | [A*B, C]"),
    op(
        "aten::flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)",
        [](Tensor self, Int start, Int end) -> Answer { return flatten(self, start, end); },
        "self: [1..64, 1..512, 1..64, 1..64]  start_dim: 0..2  end_dim: -1|3|2"),
    op(
        "aten::unflatten.int(Tensor(a) self, int dim, SymInt[] sizes) -> Tensor(a)",
        [](Tensor self, Int dim, IntList sizes) -> Answer { return unflatten(self, dim, sizes); },
        "self: [1..64, (A:1..16)*(B:1..32), 1..64]  dim: 1|-2  sizes: [A, B] | [-1, B] | [A, -1]"),
    op(
        "aten::ravel(Tensor(a) self) -> Tensor(a)", [](Tensor self) -> Answer { return viewOf(self.dtype, {self.elements()}); }, any),
    op(
        "aten::squeeze(Tensor(a) self) -> Tensor(a)", [](Tensor self) -> Answer { return squeeze(self); }, ones),
    op(
        "aten::squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)", [](Tensor self, Int dim) -> Answer { return squeezeDim(self, dim); },
        axisOf),
    op(
        "aten::squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)",
        [](Tensor self, IntList dim) -> Answer { return squeezeDims(self, dim); }, "self: [1..64, 1, 1..64, 1]  dim: axes(self)"),
    op(
        "aten::squeeze_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return squeeze(self); }, ones),
    op(
        "aten::squeeze_.dim(Tensor(a!) self, int dim) -> Tensor(a!)", [](Tensor self, Int dim) -> Answer { return squeezeDim(self, dim); },
        axisOf),
    op(
        "aten::unsqueeze(Tensor(a) self, int dim) -> Tensor(a)", [](Tensor self, Int dim) -> Answer { return unsqueeze(self, dim); },
        "self: [1..64, 1..512, 1..64]  dim: -4..3"),
    op(
        "aten::unsqueeze_(Tensor(a!) self, int dim) -> Tensor(a!)", [](Tensor self, Int dim) -> Answer { return unsqueeze(self, dim); },
        "self: [1..64, 1..512, 1..64]  dim: -4..3"),
    op(
        "aten::alias(Tensor(a) self) -> Tensor(a)", [](Tensor self) -> Answer { return same(self); }, any),
    op(
        "aten::detach(Tensor(a) self) -> Tensor(a)", [](Tensor self) -> Answer { return same(self); }, any),
    op(
        "aten::detach_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return same(self); }, any),
    op(
        "aten::lift_fresh(Tensor(a) self) -> Tensor(a)", [](Tensor self) -> Answer { return same(self); }, any),
    op(
        "aten::view_as_real(Tensor(a) self) -> Tensor(a)",
        [](Tensor self) -> Answer {
          if (!isComplex(self.dtype)) return Misuse{"view_as_real is only supported for complex tensors"};
          Shape shape = self.shape;
          shape.push_back(2);
          return viewOf(realType(self.dtype), std::move(shape));
        },
        "self: c64[1..64, 1..512, 1..64]"),
    op(
        "aten::view_as_complex(Tensor(a) self) -> Tensor(a)", [](Tensor self) -> Answer { return viewAsComplex(self); },
        "self: [1..64, 1..512, 2]"),
    op(
        "aten::real(Tensor(a) self) -> Tensor(a)", [](Tensor self) -> Answer { return viewOf(realType(self.dtype), self.shape); },
        "self: c64[1..64, 1..512]"),
    op(
        "aten::as_strided(Tensor(a) self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> "
        "Tensor(a)",
        [](Tensor self, IntList size, IntList stride, MaybeInt offset) -> Answer { return asStrided(self, size, stride, offset); },
        "self: [A:2..64, B:2..64]  size: [A, B] | [B, A] | [A] | [A-1, B-1]  stride: [B, 1] | [1, B] | [B]"));

} // namespace

constinit const Family families::shape = {"shape", entries};

} // namespace cobra::ops
