// Complex numbers: made of two real tensors, taken apart, conjugated (ATen/native/ComplexHelper.h,
// UnaryOps.cpp).
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

namespace cobra::ops {
namespace {

/// real, imag -> complex of the broadcast shape. Half precision gives a dtype that the registry does not
/// know.
Answer complexOf(Tensor real, Tensor imag) {
  for (const TensorType* part : {&real, &imag})
    if (part->dtype != DType::Float16 && part->dtype != DType::Float32 && part->dtype != DType::Float64)
      return Misuse{"Expected both inputs to be Half, Float or Double tensors but got " + messageName(real.dtype) + " and " +
                    messageName(imag.dtype)};
  if (real.dtype != imag.dtype)
    return Misuse{"Expected object of scalar type " + messageName(real.dtype) + " but got scalar type " + messageName(imag.dtype) +
                  " for second argument"};
  if (real.dtype == DType::Float16) return Unknown{"real"};
  return pointwise({real, imag}, real.dtype == DType::Float64 ? DType::Complex128 : DType::Complex64, 2);
}

/// A view where the numbers are complex; real tensors are handed back as they are.
Answer sameMemory(Tensor self) { return viewOf(self.dtype, self.shape); }

constexpr std::string_view any = "self: [1..32, 1..256, 1..64] | c64[1..32, 1..256]";
constexpr std::string_view complexOnly = "self: c64[1..32, 1..256, 1..64]";

constexpr auto entries = family(
    op(
        "aten::complex(Tensor real, Tensor imag) -> Tensor", [](Tensor real, Tensor imag) -> Answer { return complexOf(real, imag); },
        "real: [N:1..64, C:1..256]  imag: [N, C] | [1, C]"),
    op(
        "aten::polar(Tensor abs, Tensor angle) -> Tensor", [](Tensor abs, Tensor angle) -> Answer { return complexOf(abs, angle); },
        "abs: [N:1..64, C:1..256]  angle: [N, C] | [1, C]"),
    op(
        "aten::imag(Tensor(a) self) -> Tensor(a)",
        [](Tensor self) -> Answer {
          if (!isComplex(self.dtype)) return Misuse{"imag is not implemented for tensors with non-complex dtypes."};
          return viewOf(realType(self.dtype), self.shape);
        },
        complexOnly),
    op(
        "aten::angle(Tensor self) -> Tensor", [](Tensor self) -> Answer { return pointwise({self}, realType(floatingType(self.dtype))); },
        any),
    op(
        "aten::conj(Tensor(a) self) -> Tensor(a)", [](Tensor self) -> Answer { return sameMemory(self); }, any),
    op(
        "aten::_conj(Tensor(a) self) -> Tensor(a)",
        [](Tensor self) -> Answer {
          if (!isComplex(self.dtype)) return Misuse{"isComplexType(typeMetaToScalarType(dtype())) INTERNAL ASSERT FAILED"};
          return sameMemory(self);
        },
        complexOnly),
    op(
        "aten::resolve_conj(Tensor(a) self) -> Tensor(a)", [](Tensor self) -> Answer { return sameMemory(self); }, any),
    op(
        "aten::resolve_neg(Tensor(a) self) -> Tensor(a)", [](Tensor self) -> Answer { return sameMemory(self); }, any),
    op("aten::conj_physical(Tensor self) -> Tensor", [](Tensor self) -> Answer { return pointwise({self}, self.dtype); }, any));

} // namespace

constinit const Family families::complex = {"complex", entries};

} // namespace cobra::ops
