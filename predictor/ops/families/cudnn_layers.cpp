// cuDNN's pooling, activations, softmax, normalization and dropout. All tensors [N, C, ...].
#include "predictor/ops/families.h"
#include "predictor/ops/families/cudnn.h"

#include <algorithm>

namespace cobra::ops {
namespace {

using cudnn::badParam;
using cudnn::number;

std::variant<Shape, Misuse> pooled(const Shape& input, IntList window, IntList padding, IntList stride) {
  if (input.size() < 3 || window.size() != input.size() - 2 || padding.size() != window.size() || stride.size() != window.size())
    return badParam("the pooling descriptor has " + number(static_cast<Int>(window.size())) + " dimensions, the input is " + text(input));
  Shape output = {input[0], input[1]};
  for (std::size_t i = 0; i < window.size(); ++i) {
    if (window[i] < 1) return badParam("the pooling window " + text(window) + " is not positive");
    if (stride[i] < 1) return badParam("the pooling stride " + text(stride) + " is not positive");
    if (padding[i] < 0 || padding[i] >= window[i])
      return badParam("the pooling padding " + text(padding) + " has to be smaller than the window " + text(window));
    output.push_back(cudnn::slid(input[2 + i], window[i], padding[i], stride[i], 1));
  }
  if (std::ranges::any_of(output, [](std::int64_t size) { return size < 1; }))
    return badParam("the pooling window " + text(window) + " is larger than the padded input " + text(input));
  return output;
}

std::int64_t looks(const Shape& output, IntList window) {
  std::int64_t count = TensorType{DType::Float32, output}.elements();
  for (const std::int64_t size : window) count = mulClamped(count, size);
  return count;
}

/// A gradient has the sizes of what it is the gradient of.
std::optional<Misuse> unlike(std::string_view what, Tensor tensor, const Shape& wanted) {
  if (tensor.shape == wanted) return std::nullopt;
  return badParam(std::string(what) + " is " + text(tensor.shape) + " and has to be " + text(wanted));
}

Answer backwardPointwise(Tensor output, Tensor gradient, Tensor input, std::int64_t flops) {
  if (auto misuse = unlike("the output", output, input.shape)) return *std::move(misuse);
  if (auto misuse = unlike("the gradient of the output", gradient, input.shape)) return *std::move(misuse);
  return pointwise(input, flops);
}

/// [1, C, 1, ...] spatially, else [1, C, ...] per activation (cudnnDeriveBNTensorDescriptor).
Shape statisticsOf(const Shape& input, String mode) {
  Shape shape = input;
  shape[0] = 1;
  if (mode != "per_activation") std::fill(shape.begin() + 2, shape.end(), 1);
  return shape;
}

Answer normalized(Tensor input, std::initializer_list<MaybeTensor> parameters, String mode, std::int64_t flops) {
  if (input.rank() < 2) return badParam("batch normalization needs channels, the input is " + text(input.shape));
  const Shape wanted = statisticsOf(input.shape, mode);
  for (MaybeTensor parameter : parameters)
    if (auto misuse = unlike("a scale, bias, mean or variance", *parameter, wanted)) return *std::move(misuse);
  return pointwise(input, flops);
}

std::int64_t activationCost(String mode) { return mode == "relu" || mode == "clipped_relu" || mode == "identity" ? 1 : 3; }

constexpr std::string_view any = "input: [1..64, 1..512, 1..64, 1..64]";

constexpr auto entries = family(
    op(
        "cudnn::pooling_forward(Tensor input, str mode, int[] window, int[] padding, int[] stride) -> Tensor",
        [](Tensor input, Openable<String>, IntList window, IntList padding, IntList stride) -> Answer {
          auto output = pooled(input.shape, window, padding, stride);
          if (auto* misuse = std::get_if<Misuse>(&output)) return *std::move(misuse);
          const Shape& shape = std::get<Shape>(output);
          return Effect{{{input.dtype, shape}}, looks(shape, window)};
        },
        "input: [1..32, 1..512, 4..64, 4..64]  mode: 'max'|'average_include_padding'  window: [K:2|3, K]  "
        "padding: [P:0|0|1, P]  "
        "stride: [S:1|2, S]"),
    op(
        "cudnn::pooling_backward(Tensor output, Tensor grad_output, Tensor input, str mode, int[] window, "
        "int[] padding, int[] stride) "
        "-> Tensor",
        [](Tensor output, Tensor gradient, Tensor input, Openable<String>, IntList window, IntList padding, IntList stride) -> Answer {
          auto sized = pooled(input.shape, window, padding, stride);
          if (auto* misuse = std::get_if<Misuse>(&sized)) return *std::move(misuse);
          const Shape& shape = std::get<Shape>(sized);
          if (auto misuse = unlike("the output", output, shape)) return *std::move(misuse);
          if (auto misuse = unlike("the gradient of the output", gradient, shape)) return *std::move(misuse);
          return Effect{{input}, looks(shape, window)};
        },
        ""),
    op(
        "cudnn::activation_forward(Tensor input, str mode, Scalar coef=0) -> Tensor",
        [](Tensor input, String mode, Openable<Scalar>) -> Answer { return pointwise(input, activationCost(mode)); },
        "input: [1..64, 1..512, 1..64, 1..64]  mode: 'relu'|'relu'|'sigmoid'|'tanh'"),
    op(
        "cudnn::activation_backward(Tensor output, Tensor grad_output, Tensor input, str mode, Scalar "
        "coef=0) -> Tensor",
        [](Tensor output, Tensor gradient, Tensor input, String mode, Openable<Scalar>) -> Answer {
          return backwardPointwise(output, gradient, input, activationCost(mode) + 1);
        },
        ""),
    op(
        "cudnn::softmax_forward(Tensor input, str algorithm=\"accurate\", str mode=\"instance\") -> Tensor",
        [](Tensor input, Openable<String>, Openable<String>) -> Answer { return pointwise(input, 5); }, any),
    op(
        "cudnn::softmax_backward(Tensor output, Tensor grad_output, str algorithm=\"accurate\", str "
        "mode=\"instance\") -> Tensor",
        [](Tensor output, Tensor gradient, Openable<String>, Openable<String>) -> Answer {
          return backwardPointwise(output, gradient, output, 4);
        },
        ""),
    op(
        "cudnn::lrn_cross_channel_forward(Tensor input, int n, Scalar alpha=0.0001, Scalar beta=0.75, Scalar "
        "k=2) -> Tensor",
        [](Tensor input, Int n, Openable<Scalar>, Openable<Scalar>, Openable<Scalar>) -> Answer {
          if (n < 1 || n > 16) return badParam("the LRN window " + number(n) + " is not between 1 and 16");
          return pointwise(input, addClamped(mulClamped(2, n), 3));
        },
        "input: [1..32, 1..512, 1..64, 1..64]  n: 5"),
    op(
        "cudnn::lrn_cross_channel_backward(Tensor output, Tensor grad_output, Tensor input, int n, Scalar "
        "alpha=0.0001, "
        "Scalar beta=0.75, Scalar k=2) -> Tensor",
        [](Tensor output, Tensor gradient, Tensor input, Int n, Openable<Scalar>, Openable<Scalar>, Openable<Scalar>) -> Answer {
          if (n < 1 || n > 16) return badParam("the LRN window " + number(n) + " is not between 1 and 16");
          return backwardPointwise(output, gradient, input, addClamped(mulClamped(4, n), 6));
        },
        ""),
    op(
        "cudnn::batch_normalization_forward_inference(Tensor input, Tensor weight, Tensor bias, Tensor "
        "running_mean, "
        "Tensor running_var, str mode=\"spatial\", float epsilon=1e-05) -> Tensor",
        [](Tensor input, Tensor weight, Tensor bias, Tensor mean, Tensor variance, String mode, Openable<Float>) -> Answer {
          return normalized(input, {&weight, &bias, &mean, &variance}, mode, 4);
        },
        "input: [1..64, C:1..512, 1..64, 1..64]  weight: [1, C, 1, 1]  bias: [1, C, 1, 1]  running_mean: [1, "
        "C, 1, 1]  "
        "running_var: [1, C, 1, 1]"),
    op(
        "cudnn::batch_normalization_forward_training(Tensor input, Tensor weight, Tensor bias, str "
        "mode=\"spatial\", "
        "float epsilon=1e-05) -> Tensor",
        [](Tensor input, Tensor weight, Tensor bias, String mode, Openable<Float>) -> Answer {
          return normalized(input, {&weight, &bias}, mode, 8);
        },
        "input: [1..64, C:1..512, 1..64, 1..64]  weight: [1, C, 1, 1]  bias: [1, C, 1, 1]"),
    op(
        "cudnn::batch_normalization_backward(Tensor input, Tensor grad_output, Tensor weight, str "
        "mode=\"spatial\", "
        "float epsilon=1e-05) -> (Tensor, Tensor, Tensor)",
        [](Tensor input, Tensor gradient, Tensor weight, String mode, Openable<Float>) -> Answer {
          if (auto misuse = unlike("the gradient of the output", gradient, input.shape)) return *std::move(misuse);
          Answer answer = normalized(input, {&weight}, mode, 11);
          if (auto* effect = std::get_if<Effect>(&answer)) {
            effect->outputs.push_back(weight);
            effect->outputs.push_back(weight);
          }
          return answer;
        },
        ""),
    op(
        "cudnn::dropout_forward(Tensor input, float p) -> Tensor",
        [](Tensor input, Openable<Float>) -> Answer { return pointwise(input, 2); }, "input: [1..64, 1..512, 1..64, 1..64]  p: 0.1..0.9"),
    op(
        "cudnn::dropout_backward(Tensor grad_output, float p) -> Tensor",
        [](Tensor gradient, Openable<Float>) -> Answer { return pointwise(gradient, 1); },
        "grad_output: [1..64, 1..512, 1..64, 1..64]  p: 0.1..0.9"));

} // namespace

constinit const Family families::cudnnLayers = {"cudnn layers", entries};

} // namespace cobra::ops
