// Activation functions: one number in, one number out (ATen/native/Activation.cpp). FLOPs count additions,
// multiplications, comparisons and each exp, tanh, log or erf as 1.
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

#include <algorithm>

namespace cobra::ops {
namespace {

Answer relu(Tensor self) {
  if (self.dtype == DType::Bool) return Misuse{"Boolean inputs not supported for relu"};
  if (isComplex(self.dtype)) return Misuse{"clamp is not supported for complex types"};
  return pointwise(self, 1);
}

Answer hardtanh(Tensor self, Scalar low, Scalar high) {
  if (self.dtype == DType::Bool) return Misuse{"Bool inputs not supported for hardtanh"};
  if (isComplex(self.dtype)) return Misuse{"clamp is not supported for complex types"};
  if (self.dtype == DType::UInt8 && (low.asDouble() < 0 || high.asDouble() < 0))
    return Misuse{"cannot do hardtanh on an unsigned type with negative limits"};
  return pointwise(self, 2);
}

Answer relu6(Tensor self) {
  if (self.dtype == DType::Bool) return Misuse{"Bool inputs not supported for hardtanh"};
  return hardtanh(self, Scalar{std::int64_t{0}}, Scalar{std::int64_t{6}});
}

Answer celu(Tensor self, Scalar alpha) {
  if (alpha.asDouble() == 0) return Misuse{"ZeroDivisionError: alpha cannot be 0 for CELU"};
  return pointwise(self, 5);
}

Answer gelu(Tensor self, String approximate) {
  if (approximate == "none") return pointwise(self, 5); // x/2 (1 + erf(x / sqrt 2))
  if (approximate == "tanh") return pointwise(self, 9); // x/2 (1 + tanh(a (x + b x^3)))
  return Misuse{"approximate argument must be either none or tanh."};
}

/// exp, sigmoid, tanh: integers become the default float.
Answer sigmoid(Tensor self) { return pointwise({self}, Gives::Floating, 4); }
Answer tanh(Tensor self) { return pointwise({self}, Gives::Floating, 1); }

Answer softshrink(Tensor self, Scalar lambda) {
  if (lambda.asDouble() < 0)
    return Misuse{"lambda must be greater or equal to 0, but found to be " + std::to_string(lambda.asDouble()) + "."};
  return pointwise(self, 3);
}

Answer rrelu(Tensor self, Scalar lower, Scalar upper, Bool training) {
  if (lower.asDouble() > upper.asDouble()) return Misuse{"Lower bound should be less than or equal to the upper bound"};
  return pointwise(self, training ? 3 : 2);
}

constexpr std::string_view any = "self: [1..64, 1..512, 1..64, 1..64] | [1..256, 1..4096] | [1..32, 1..512, 1..1024]";

constexpr auto entries = family(
    op(
        "aten::relu(Tensor self) -> Tensor", [](Tensor self) -> Answer { return relu(self); }, any),
    op(
        "aten::relu_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return relu(self); }, any),
    op(
        "aten::relu6(Tensor self) -> Tensor", [](Tensor self) -> Answer { return relu6(self); }, any),
    op(
        "aten::relu6_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return relu6(self); }, any),
    op(
        "aten::leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor",
        [](Tensor self, Openable<Scalar>) -> Answer { return pointwise(self, 2); }, any),
    op(
        "aten::leaky_relu_(Tensor(a!) self, Scalar negative_slope=0.01) -> Tensor(a!)",
        [](Tensor self, Openable<Scalar>) -> Answer { return pointwise(self, 2); }, any),
    op(
        "aten::elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor",
        [](Tensor self, Openable<Scalar>, Openable<Scalar>, Openable<Scalar>) -> Answer { return pointwise(self, 5); }, any),
    op(
        "aten::elu_(Tensor(a!) self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor(a!)",
        [](Tensor self, Openable<Scalar>, Openable<Scalar>, Openable<Scalar>) -> Answer { return pointwise(self, 5); }, any),
    op(
        "aten::selu(Tensor self) -> Tensor", [](Tensor self) -> Answer { return pointwise(self, 5); }, any),
    op(
        "aten::selu_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return pointwise(self, 5); }, any),
    op(
        "aten::celu(Tensor self, Scalar alpha=1.) -> Tensor", [](Tensor self, Scalar alpha) -> Answer { return celu(self, alpha); }, any),
    op(
        "aten::celu_(Tensor(a!) self, Scalar alpha=1.) -> Tensor(a!)",
        [](Tensor self, Scalar alpha) -> Answer { return celu(self, alpha); }, any),
    op(
        "aten::gelu(Tensor self, *, str approximate=\"none\") -> Tensor",
        [](Tensor self, String approximate) -> Answer { return gelu(self, approximate); },
        "self: [1..32, 1..512, 1..4096] | [1..64, 1..512, 1..64, 1..64]  approximate: 'none'|'tanh'"),
    op(
        "aten::gelu_(Tensor(a!) self, *, str approximate=\"none\") -> Tensor(a!)",
        [](Tensor self, String approximate) -> Answer { return gelu(self, approximate); },
        "self: [1..32, 1..512, 1..4096] | [1..64, 1..512, 1..64, 1..64]  approximate: 'none'|'tanh'"),
    op(
        "aten::silu(Tensor self) -> Tensor", [](Tensor self) -> Answer { return pointwise(self, 5); }, any),
    op(
        "aten::silu_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return pointwise(self, 5); }, any),
    op(
        "aten::mish(Tensor self) -> Tensor", [](Tensor self) -> Answer { return pointwise(self, 5); }, any),
    op("aten::mish_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return pointwise(self, 5); }, any));

constexpr auto bounded =
    family(op(
               "aten::sigmoid(Tensor self) -> Tensor", [](Tensor self) -> Answer { return sigmoid(self); }, any),
           op(
               "aten::sigmoid_(Tensor(a!) self) -> Tensor(a!)",
               [](Tensor self) -> Answer { return pointwiseInPlace({self}, Gives::Floating, 4); }, any),
           op(
               "aten::tanh(Tensor self) -> Tensor", [](Tensor self) -> Answer { return tanh(self); }, any),
           op(
               "aten::tanh_(Tensor(a!) self) -> Tensor(a!)",
               [](Tensor self) -> Answer { return pointwiseInPlace({self}, Gives::Floating, 1); }, any),
           op(
               "aten::hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor",
               [](Tensor self, Scalar low, Scalar high) -> Answer { return hardtanh(self, low, high); }, any),
           op(
               "aten::hardtanh_(Tensor(a!) self, Scalar min_val=-1, Scalar max_val=1) -> Tensor(a!)",
               [](Tensor self, Scalar low, Scalar high) -> Answer { return hardtanh(self, low, high); }, any),
           op(
               "aten::hardswish(Tensor self) -> Tensor", [](Tensor self) -> Answer { return pointwise(self, 5); }, any),
           op(
               "aten::hardswish_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return pointwise(self, 5); }, any),
           op(
               "aten::hardsigmoid(Tensor self) -> Tensor", [](Tensor self) -> Answer { return pointwise(self, 4); }, any),
           op(
               "aten::hardsigmoid_(Tensor(a!) self) -> Tensor(a!)", [](Tensor self) -> Answer { return pointwise(self, 4); }, any),
           op(
               "aten::softplus(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor",
               [](Tensor self, Openable<Scalar>, Openable<Scalar>) -> Answer { return pointwise(self, 6); }, any),
           op(
               "aten::softshrink(Tensor self, Scalar lambd=0.5) -> Tensor",
               [](Tensor self, Scalar lambda) -> Answer { return softshrink(self, lambda); }, any),
           op(
               "aten::hardshrink(Tensor self, Scalar lambd=0.5) -> Tensor",
               [](Tensor self, Openable<Scalar>) -> Answer { return pointwise(self, 2); }, any),
           op(
               "aten::threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor",
               [](Tensor self, Openable<Scalar>, Openable<Scalar>) -> Answer { return pointwise(self, 1); },
               "self: [1..64, 1..512, 1..64, 1..64] | [1..256, 1..4096]  threshold: 0|0.1|1.0  value: 0|20.0"),
           op(
               "aten::threshold_(Tensor(a!) self, Scalar threshold, Scalar value) -> Tensor(a!)",
               [](Tensor self, Openable<Scalar>, Openable<Scalar>) -> Answer { return pointwise(self, 1); },
               "self: [1..64, 1..512, 1..64, 1..64] | [1..256, 1..4096]  threshold: 0|0.1|1.0  value: 0|20.0"),
           op(
               "aten::rrelu(Tensor self, Scalar lower=0.125, Scalar upper=0.33333333333333331, bool training=False, "
               "Generator? "
               "generator=None) -> Tensor",
               [](Tensor self, Scalar lower, Scalar upper, Bool training, MaybeGenerator) -> Answer {
                 return rrelu(self, lower, upper, training);
               },
               any),
           op(
               "aten::rrelu_(Tensor(a!) self, Scalar lower=0.125, Scalar upper=0.33333333333333331, bool "
               "training=False, Generator? "
               "generator=None) -> Tensor(a!)",
               [](Tensor self, Scalar lower, Scalar upper, Bool training, MaybeGenerator) -> Answer {
                 return rrelu(self, lower, upper, training);
               },
               any),
           op("aten::log_sigmoid(Tensor self) -> Tensor", [](Tensor self) -> Answer { return pointwise(self, 5); }, any));

} // namespace

constinit const Family families::activation = {"activation", entries};
constinit const Family families::squashing = {"squashing", bounded};

} // namespace cobra::ops
