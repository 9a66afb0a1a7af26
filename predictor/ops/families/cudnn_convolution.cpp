// cuDNN's convolutions, both ways. input [N, C, ...], weight [K, C / groups, ...]; sizes as the descriptors
// have them, whatever the layout in memory. Each costs one multiply-add for every number of the output and of
// a filter.
#include "predictor/ops/families.h"
#include "predictor/ops/families/cudnn.h"

#include <algorithm>

namespace cobra::ops {
namespace {

using cudnn::badParam;
using cudnn::number;

struct Window {
  IntList padding, stride, dilation;
  Int groups;
};

std::optional<Misuse> refused(const Shape& input, const Shape& weight, const Window& window) {
  if (input.size() != weight.size())
    return badParam("the input " + text(input) + " and the filter " + text(weight) + " have different numbers of dimensions");
  if (input.size() < 3) return badParam("a convolution needs tensors of at least 3 dimensions, the input is " + text(input));
  const std::size_t spatial = input.size() - 2;
  if (window.padding.size() != spatial || window.stride.size() != spatial || window.dilation.size() != spatial)
    return badParam("the convolution descriptor has " + number(static_cast<Int>(window.padding.size())) +
                    " spatial dimensions, the input " + text(input) + " has " + number(static_cast<Int>(spatial)));
  const auto below = [](std::int64_t limit) { return [limit](std::int64_t value) { return value < limit; }; };
  if (std::ranges::any_of(window.padding, below(0))) return badParam("the padding " + text(window.padding) + " is negative");
  if (std::ranges::any_of(window.stride, below(1))) return badParam("the stride " + text(window.stride) + " is not positive");
  if (std::ranges::any_of(window.dilation, below(1))) return badParam("the dilation " + text(window.dilation) + " is not positive");
  if (std::ranges::any_of(input, below(1)) || std::ranges::any_of(weight, below(1)))
    return badParam("a size is not positive: input " + text(input) + ", filter " + text(weight));
  if (window.groups < 1) return badParam("the group count " + number(window.groups) + " is not positive");
  const std::int64_t channels = mulClamped(weight[1], window.groups);
  if (input[1] != channels)
    return badParam("the input " + text(input) + " has " + number(input[1]) + " channels, the filter " + text(weight) + " expects " +
                    number(channels) + (window.groups > 1 ? " (" + number(window.groups) + " groups)" : ""));
  if (weight[0] % window.groups != 0)
    return badParam("the " + number(weight[0]) + " outputs of the filter cannot be divided into " + number(window.groups) + " groups");
  return std::nullopt;
}

Shape outputOf(const Shape& input, const Shape& weight, const Window& window) {
  Shape output = {input[0], weight[0]};
  for (std::size_t i = 0; i + 2 < input.size(); ++i)
    output.push_back(cudnn::slid(input[2 + i], weight[2 + i], window.padding[i], window.stride[i], window.dilation[i]));
  return output;
}

std::int64_t cost(const Shape& output, const Shape& weight) {
  std::int64_t flops = mulClamped(2, TensorType{DType::Float32, output}.elements());
  for (std::size_t i = 1; i < weight.size(); ++i) flops = mulClamped(flops, weight[i]);
  return flops;
}

/// The checked output sizes, or what is wrong.
std::variant<Shape, Misuse> sized(const Shape& input, const Shape& weight, const Window& window) {
  if (auto misuse = refused(input, weight, window)) return *std::move(misuse);
  Shape output = outputOf(input, weight, window);
  if (std::ranges::any_of(output, [](std::int64_t size) { return size < 1; }))
    return badParam("the filter " + text(weight) + " is larger than the padded input " + text(input) + ": the output would be " +
                    text(output));
  return output;
}

Answer forward(Tensor input, Tensor weight, const Window& window, std::int64_t perNumber) {
  auto output = sized(input.shape, weight.shape, window);
  if (auto* misuse = std::get_if<Misuse>(&output)) return *std::move(misuse);
  TensorType result{input.dtype, std::get<Shape>(std::move(output))};
  const std::int64_t flops = addClamped(cost(result.shape, weight.shape), mulClamped(perNumber, result.elements()));
  return Effect{{std::move(result)}, flops};
}

Answer backward(DType dtype, const Shape& input, const Shape& weight, const Shape& gradient, const Window& window, const Shape& gives) {
  auto output = sized(input, weight, window);
  if (auto* misuse = std::get_if<Misuse>(&output)) return *std::move(misuse);
  if (std::get<Shape>(output) != gradient)
    return badParam("the gradient of the output is " + text(gradient) + ", but the output of the forward convolution is " +
                    text(std::get<Shape>(output)));
  return Effect{{{dtype, gives}}, cost(gradient, weight)};
}

Shape owned(IntList sizes) { return {sizes.begin(), sizes.end()}; }

constexpr std::string_view planes = "input: [1..32, C:1..256, 7..64, 7..64]  weight: [1..256, C, K:1|3|5, K] "
                                    " padding: [P:0..2, P]  stride: [S:1|2, S]  "
                                    "dilation: [1, 1]";

constexpr auto entries =
    family(op(
               "cudnn::convolution_forward(Tensor input, Tensor weight, int[] padding, int[] stride, int[] "
               "dilation, int groups=1, "
               "str mode=\"cross_correlation\") -> Tensor",
               [](Tensor input, Tensor weight, IntList padding, IntList stride, IntList dilation, Int groups, Openable<String>) -> Answer {
                 return forward(input, weight, {padding, stride, dilation, groups}, 0);
               },
               planes),
           op(
               "cudnn::convolution_bias_activation_forward(Tensor input, Tensor weight, Tensor? other, Tensor bias, "
               "int[] padding, "
               "int[] stride, int[] dilation, int groups=1, str activation=\"relu\") -> Tensor",
               [](Tensor input, Tensor weight, MaybeTensor other, Tensor bias, IntList padding, IntList stride, IntList dilation,
                  Int groups, Openable<String>) -> Answer {
                 Answer answer = forward(input, weight, {padding, stride, dilation, groups}, other ? 3 : 2);
                 const auto* effect = std::get_if<Effect>(&answer);
                 if (!effect) return answer;
                 const Shape& output = effect->outputs[0].shape;
                 Shape wanted(output.size(), 1);
                 wanted[1] = output[1];
                 if (bias.shape != wanted) return badParam("the bias is " + text(bias.shape) + " and has to be " + text(wanted));
                 if (other && other->shape != output)
                   return badParam("the tensor z is " + text(other->shape) + " and has to be the output's " + text(output));
                 return answer;
               },
               "input: [1..32, C:1..256, 7..64, 7..64]  weight: [O:1..256, C, K:1|3|5, K]  bias: [1, O, 1, 1]  "
               "padding: [P:0..2, P]  "
               "stride: [S:1|2, S]  dilation: [1, 1]"),
           op(
               "cudnn::convolution_backward_data(Tensor grad_output, Tensor weight, int[] input_size, int[] "
               "padding, int[] stride, "
               "int[] dilation, int groups=1) -> Tensor",
               [](Tensor gradient, Tensor weight, IntList input, IntList padding, IntList stride, IntList dilation, Int groups) -> Answer {
                 const Shape sizes = owned(input);
                 return backward(gradient.dtype, sizes, weight.shape, gradient.shape, {padding, stride, dilation, groups}, sizes);
               },
               ""),
           op(
               "cudnn::convolution_backward_filter(Tensor input, Tensor grad_output, int[] weight_size, int[] "
               "padding, int[] stride, "
               "int[] dilation, int groups=1) -> Tensor",
               [](Tensor input, Tensor gradient, IntList weight, IntList padding, IntList stride, IntList dilation, Int groups) -> Answer {
                 const Shape sizes = owned(weight);
                 return backward(gradient.dtype, input.shape, sizes, gradient.shape, {padding, stride, dilation, groups}, sizes);
               },
               ""),
           op(
               "cudnn::convolution_backward_bias(Tensor grad_output) -> Tensor",
               [](Tensor gradient) -> Answer {
                 if (gradient.rank() < 2) return badParam("the gradient of a bias needs channels, its tensor is " + text(gradient.shape));
                 Shape bias(gradient.shape.size(), 1);
                 bias[1] = gradient.shape[1];
                 return Effect{{{gradient.dtype, std::move(bias)}}, gradient.elements()};
               },
               "grad_output: [1..64, 1..512, 1..64, 1..64]"));

} // namespace

constinit const Family families::cudnnConvolution = {"cudnn convolution", entries};

} // namespace cobra::ops
