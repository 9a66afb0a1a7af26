#include "predictor/ops/convolution.h"

#include "predictor/ops/rules.h"

#include <algorithm>
#include <optional>

namespace cobra::ops {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

/// The checks of ATen/native/Convolution.cpp, check_shape_forward.
std::optional<Misuse> refused(const Convolution& call, bool transposed, std::size_t spatial) {
  const Shape& weight = call.weight.shape;
  const Shape& input = call.input.shape;
  const auto negative = [](std::int64_t value) { return value < 0; };
  const auto notPositive = [](std::int64_t value) { return value <= 0; };
  const std::string name = std::string("conv") + (transposed ? "_transpose" : "") + number(static_cast<int>(spatial)) + "d";
  if (weight.size() != spatial + 2)
    return Misuse{"Expected " + number(static_cast<int>(spatial) + 2) + "-dimensional weight for " + name + ", but got " +
                  number(call.weight.rank()) + "-dimensional weight of size " + text(weight) + " instead"};
  if (input.size() != spatial + 2 && input.size() != spatial + 1)
    return Misuse{"Expected " + number(static_cast<int>(spatial) + 1) + "D (unbatched) or " + number(static_cast<int>(spatial) + 2) +
                  "D (batched) input to " + name + ", but got input of size: " + text(input)};
  if (std::ranges::any_of(call.padding, negative)) return Misuse{"negative padding is not supported"};
  if (std::ranges::any_of(call.stride, notPositive)) return Misuse{"non-positive stride is not supported"};
  if (std::ranges::any_of(call.dilation, notPositive)) return Misuse{"dilation should be greater than zero"};
  if (call.groups <= 0) return Misuse{"expected groups to be greater than 0, but got groups=" + number(call.groups)};
  if (std::ranges::find(input.end() - static_cast<std::ptrdiff_t>(spatial), input.end(), 0) != input.end())
    return Misuse{"Only zero batch or zero channel inputs are supported, but got input shape: " + text(input)};
  if (std::ranges::find(weight.begin() + 2, weight.end(), 0) != weight.end())
    return Misuse{"kernel size should be greater than zero, but got weight of size " + text(weight)};
  if (transposed && weight[1] == 0) return Misuse{"non-empty 2D or 4D weight tensor expected, but got: " + text(weight)};
  const std::int64_t channels = input[input.size() - spatial - 1];
  const std::string given = "Given groups=" + number(call.groups) + ", ";
  if (weight[0] < call.groups)
    return Misuse{given + "expected weight to be at least " + number(call.groups) + " at dimension 0, but got weight of size " +
                  text(weight) + " instead"};
  if (weight[0] % call.groups != 0)
    return Misuse{given + "expected weight to be divisible by " + number(call.groups) + " at dimension 0, but got weight of size " +
                  text(weight) + " instead"};
  const std::string shown = transposed ? "weight of size " : "weight of size ";
  const std::int64_t wanted = transposed ? weight[0] : mulClamped(weight[1], call.groups);
  if (channels != wanted)
    return Misuse{(transposed ? "Given transposed=1, " : given) + shown + text(weight) + ", expected input" + text(input) + " to have " +
                  number(wanted) + " channels, but got " + number(channels) + " channels instead"};
  const std::int64_t outputs = transposed ? mulClamped(weight[1], call.groups) : weight[0];
  if (call.bias && (call.bias->rank() != 1 || call.bias->shape[0] != outputs))
    return Misuse{(transposed ? "Given transposed=1, " : given) + shown + text(weight) + ", expected bias to be 1-dimensional with " +
                  number(outputs) + " elements, but got bias of size " + text(call.bias->shape) + " instead"};
  if (call.input.dtype != call.weight.dtype)
    return Misuse{"Input type (" + std::string(longName(call.input.dtype)) + ") and weight type (" +
                  std::string(longName(call.weight.dtype)) + ") should be the same"};
  if (call.bias && call.bias->dtype != call.input.dtype)
    return Misuse{"Input type (" + std::string(longName(call.input.dtype)) + ") and bias type (" + std::string(longName(call.bias->dtype)) +
                  ") should be the same"};
  return std::nullopt;
}

/// d (k - 1) + 1: what a dilated kernel covers.
std::int64_t covered(std::int64_t kernel, std::int64_t dilation) { return addClamped(mulClamped(dilation, addClamped(kernel, -1)), 1); }

/// A multiply-add for every output (or input, transposed) number and every number of the kernel that it
/// meets, plus the bias.
std::int64_t cost(std::int64_t numbers, const Shape& weight, const TensorType* biased) {
  std::int64_t flops = mulClamped(2, numbers);
  for (std::size_t i = 1; i < weight.size(); ++i) flops = mulClamped(flops, weight[i]);
  return biased ? addClamped(flops, biased->elements()) : flops;
}

} // namespace

Answer convolution(const Convolution& call) {
  const std::size_t spatial = call.stride.size();
  if (auto misuse = refused(call, false, spatial)) return *std::move(misuse);
  TensorType output = call.input;
  const std::size_t first = output.shape.size() - spatial;
  output.shape[first - 1] = call.weight.shape[0];
  Shape padded, kernel;
  for (std::size_t i = 0; i < spatial; ++i) {
    padded.push_back(addClamped(output.shape[first + i], mulClamped(2, call.padding[i])));
    kernel.push_back(covered(call.weight.shape[2 + i], call.dilation[i]));
  }
  if (!std::ranges::equal(padded, kernel, std::ranges::greater_equal()))
    return Misuse{"Calculated padded input size per channel: " + text(padded) + ". Kernel size: " + text(kernel) +
                  ". Kernel size can't be greater than actual input size"};
  for (std::size_t i = 0; i < spatial; ++i) output.shape[first + i] = (padded[i] - kernel[i]) / call.stride[i] + 1;
  const std::int64_t flops = cost(output.elements(), call.weight.shape, call.bias ? &output : nullptr);
  return Effect{{std::move(output)}, flops};
}

Answer transposedConvolution(const Convolution& call, IntList outputPadding) {
  const std::size_t spatial = call.stride.size();
  if (auto misuse = refused(call, true, spatial)) return *std::move(misuse);
  TensorType output = call.input;
  const std::size_t first = output.shape.size() - spatial;
  output.shape[first - 1] = mulClamped(call.weight.shape[1], call.groups);
  for (std::size_t i = 0; i < spatial; ++i) {
    if (outputPadding[i] < 0) return Misuse{"negative output_padding is not supported"};
    if (outputPadding[i] >= call.stride[i] && outputPadding[i] >= call.dilation[i])
      return Misuse{"output padding must be smaller than either stride or dilation"};
    std::int64_t size = mulClamped(addClamped(output.shape[first + i], -1), call.stride[i]);
    size = addClamped(size, mulClamped(-2, call.padding[i]));
    size = addClamped(size, covered(call.weight.shape[2 + i], call.dilation[i]));
    output.shape[first + i] = addClamped(size, outputPadding[i]);
    if (output.shape[first + i] <= 0)
      return Misuse{"Given input size per channel: " + text(IntList(call.input.shape).subspan(first)) +
                    ". Calculated output size per channel: " + text(IntList(output.shape).subspan(first)) + ". Output size is too small"};
  }
  const std::int64_t flops = cost(call.input.elements(), call.weight.shape, call.bias ? &output : nullptr);
  return Effect{{std::move(output)}, flops};
}

Answer namedPaddingConvolution(Convolution call, String padding) {
  const std::size_t spatial = call.stride.size();
  const Shape none(spatial, 0);
  call.padding = none;
  if (padding == "valid") return convolution(call);
  if (padding != "same") return Misuse{"Invalid padding string: '" + std::string(padding) + "'"};
  if (auto misuse = refused(call, false, spatial)) return *std::move(misuse);
  if (!std::ranges::all_of(call.stride, [](std::int64_t s) { return s == 1; }))
    return Misuse{"padding='same' is not supported for strided convolutions"};
  TensorType output = call.input;
  output.shape[output.shape.size() - spatial - 1] = call.weight.shape[0];
  const std::int64_t flops = cost(output.elements(), call.weight.shape, call.bias ? &output : nullptr);
  return Effect{{std::move(output)}, flops};
}

} // namespace cobra::ops
