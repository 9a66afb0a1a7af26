// Activations that look at more than one number, and dropout (ATen/native/SoftMax.cpp, Dropout.cpp,
// Activation.cpp).
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
#include "predictor/ops/families/pointwise.h"

namespace cobra::ops {
namespace {

/// Largest, subtract, exp, sum, divide; the logarithm's form ends in a subtraction.
Answer softmax(Tensor self, Int dim, MaybeScalarType dtype) {
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  return pointwise({dtype.value_or(self.dtype), self.shape}, 5);
}

Answer glu(Tensor self, Int dim) {
  if (self.rank() == 0) return Misuse{"glu does not support 0-dimensional tensors"};
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  TensorType output = self;
  std::int64_t& size = output.shape[static_cast<std::size_t>(dim)];
  if (size % 2 != 0)
    return Misuse{"Halving dimension must be even, but dimension " + std::to_string(dim) + " is size " + std::to_string(size)};
  size /= 2;
  return pointwise(output, 5);
}

/// weight [C] or one number; C is the input's second dimension.
Answer prelu(Tensor self, Tensor weight) {
  if (self.dtype != weight.dtype)
    return Misuse{"prelu: Type promoting not supported. Got " + messageName(self.dtype) + " and " + messageName(weight.dtype)};
  if (weight.elements() != 1) {
    if (self.rank() == 0) return Misuse{"Not allow zero-dim input tensor."};
    const std::int64_t channels = self.rank() > 1 ? self.shape[1] : 1;
    if (channels != weight.elements())
      return Misuse{"Mismatch of parameter numbers and input channel size. Found parameter numbers = " + std::to_string(weight.elements()) +
                    " and channel size = " + std::to_string(channels) + "."};
  }
  if (weight.rank() > 1)
    return Misuse{"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = " + std::to_string(weight.rank())};
  return pointwise(self, 2);
}

/// In training a random mask is drawn and multiplied in; else the input comes back as it is.
Answer dropout(Tensor input, Float p, Bool train, bool features = false) {
  if (!(p >= 0 && p <= 1)) return Misuse{"dropout probability has to be between 0 and 1, but got " + std::to_string(p)};
  if (p == 0 || !train || input.elements() == 0) return viewOf(input.dtype, input.shape);
  if (features && input.rank() < 2) return Misuse{"Feature dropout requires at least 2 dimensions in the input"};
  if (p < 1 && !isFloating(input.dtype) && !isComplex(input.dtype))
    return Misuse{"result type Float can't be cast to the desired output type " + messageName(input.dtype)};
  return pointwise(input, 3);
}
Answer featureDropout(Tensor input, Float p, Bool train) { return dropout(input, p, train, true); }

constexpr std::string_view logits = "self: [1..256, 1..4096] | [1..16, 1..16, 1..512, 1..512] | [1..8, 2..32, 1..128, 1..128]  "
                                    "dim: axis(self)";
constexpr std::string_view dropped = "input: [1..128, 1..4096] | [1..32, 1..256, 1..64, 1..64]  p: 0.1|0.2|0.5  train: False";
constexpr std::string_view droppedInPlace = "self: [1..128, 1..4096] | [1..32, 1..256, 1..64, 1..64]  p: 0.1|0.2|0.5  train: False";

constexpr auto entries = family(
    op(
        "aten::softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
        [](Tensor self, Int dim, MaybeScalarType dtype) -> Answer { return softmax(self, dim, dtype); }, logits),
    op(
        "aten::log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
        [](Tensor self, Int dim, MaybeScalarType dtype) -> Answer { return softmax(self, dim, dtype); }, logits),
    op(
        "aten::glu(Tensor self, int dim=-1) -> Tensor", [](Tensor self, Int dim) -> Answer { return glu(self, dim); },
        "self: [1..16, 2*(1..256), 1..512] | [1..256, 1..2048, 2*(1..64)] | [1..64, 2*(1..2048)]  dim: "
        "axis(self)"),
    op(
        "aten::prelu(Tensor self, Tensor weight) -> Tensor", [](Tensor self, Tensor weight) -> Answer { return prelu(self, weight); },
        "self: [1..32, C:1..512, 1..64, 1..64] | [1..128, C:1..2048]  weight: [1] | [C]"),
    op(
        "aten::dropout(Tensor input, float p, bool train) -> Tensor",
        [](Tensor input, Float p, Bool train) -> Answer { return dropout(input, p, train); }, dropped),
    op(
        "aten::dropout_(Tensor(a!) self, float p, bool train) -> Tensor(a!)",
        [](Tensor self, Float p, Bool train) -> Answer { return dropout(self, p, train); }, droppedInPlace),
    op(
        "aten::feature_dropout(Tensor input, float p, bool train) -> Tensor",
        [](Tensor input, Float p, Bool train) -> Answer { return featureDropout(input, p, train); }, dropped),
    op(
        "aten::feature_dropout_(Tensor(a!) self, float p, bool train) -> Tensor(a!)",
        [](Tensor self, Float p, Bool train) -> Answer { return featureDropout(self, p, train); }, droppedInPlace),
    op(
        "aten::alpha_dropout(Tensor input, float p, bool train) -> Tensor",
        [](Tensor input, Float p, Bool train) -> Answer { return dropout(input, p, train); }, dropped),
    op(
        "aten::alpha_dropout_(Tensor(a!) self, float p, bool train) -> Tensor(a!)",
        [](Tensor self, Float p, Bool train) -> Answer { return dropout(self, p, train); }, droppedInPlace),
    op(
        "aten::feature_alpha_dropout(Tensor input, float p, bool train) -> Tensor",
        [](Tensor input, Float p, Bool train) -> Answer { return featureDropout(input, p, train); }, dropped),
    op(
        "aten::feature_alpha_dropout_(Tensor(a!) self, float p, bool train) -> Tensor(a!)",
        [](Tensor self, Float p, Bool train) -> Answer { return featureDropout(self, p, train); }, droppedInPlace));

} // namespace

constinit const Family families::gating = {"gating", entries};

} // namespace cobra::ops
