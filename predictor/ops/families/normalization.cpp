// Normalization layers (ATen/native/Normalization.cpp, layer_norm.cpp, group_norm.cpp). FLOPs per number: 4
// for the statistics (sum; subtract, square, add), 2 to apply them, 1 each for a weight and a bias.
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

#include <algorithm>

namespace cobra::ops {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

std::int64_t perNumber(bool statistics, MaybeTensor weight, MaybeTensor bias) {
  return (statistics ? 4 : 0) + 2 + (weight ? 1 : 0) + (bias ? 1 : 0);
}

std::optional<Misuse> wrongCount(std::string_view name, MaybeTensor tensor, std::int64_t features) {
  if (tensor == nullptr || tensor->elements() == features) return std::nullopt;
  return Misuse{std::string(name) + " should contain " + number(features) + " elements not " + number(tensor->elements())};
}

/// Learned numbers have the input's dtype; halves also take float32.
std::optional<Misuse> wrongTypes(Tensor input, std::initializer_list<MaybeTensor> parameters) {
  const bool half = input.dtype == DType::Float16 || input.dtype == DType::BFloat16;
  for (MaybeTensor parameter : parameters)
    if (parameter != nullptr && parameter->dtype != input.dtype && !(half && parameter->dtype == DType::Float32))
      return Misuse{"mixed dtype (CPU): all inputs must share same datatype. Expected scalar type " + messageName(input.dtype) +
                    " but found " + messageName(parameter->dtype)};
  return std::nullopt;
}

struct ChannelNorm {
  Tensor input;
  MaybeTensor weight, bias, mean, variance;
  bool fromInput; // the statistics come from the input, not from mean and variance
};

/// input [N, C, ...], everything else [C].
Answer channelNorm(const ChannelNorm& call) {
  const std::int64_t features = call.input.shape[1];
  if (!call.fromInput && (call.mean == nullptr || call.variance == nullptr))
    return Misuse{std::string(call.mean == nullptr ? "running_mean" : "running_var") + " must be defined in evaluation mode"};
  const auto wrong = {wrongCount("running_mean", call.mean, features), wrongCount("running_var", call.variance, features),
                      wrongCount("weight", call.weight, features), wrongCount("bias", call.bias, features)};
  for (const auto& misuse : wrong)
    if (misuse) return *misuse;
  for (MaybeTensor running : {call.mean, call.variance})
    if (running != nullptr && running->rank() != 1)
      return Misuse{"TensorAccessor expected 1 dims but tensor has " + number(running->rank())};
  if (auto misuse = wrongTypes(call.input, {call.weight, call.bias, call.mean, call.variance})) return *std::move(misuse);
  return pointwise(call.input, perNumber(call.fromInput, call.weight, call.bias));
}

Answer batchNorm(const ChannelNorm& call) {
  if (call.input.rank() < 2)
    return Misuse{"Dimension out of range (expected to be in range of [-" + number(call.input.rank()) + ", " +
                  number(call.input.rank() - 1) + "], but got 1)"};
  // Nothing is computed, and the parameters are hardly looked at.
  if (call.input.elements() == 0) return pointwise(call.input, 0);
  return channelNorm(call);
}

/// Instance norm is batch norm of [1, N * C, ...].
Answer instanceNorm(const ChannelNorm& call) {
  if (!call.fromInput && (call.mean == nullptr || call.variance == nullptr))
    return Misuse{"Expected running_mean and running_var to be defined when use_input_stats is false"};
  if (call.input.rank() > 0 && call.input.shape[0] == 0 && (call.weight != nullptr || call.bias != nullptr))
    return Misuse{"select(): index 0 out of range for tensor of size [0] at dimension 0"};
  return batchNorm(call);
}

/// input [*, normalized...], weight and bias [normalized...].
Answer layerNorm(Tensor input, IntList normalized, MaybeTensor weight, MaybeTensor bias, bool centered) {
  if (normalized.empty())
    return Misuse{"Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
                  "element, but got "
                  "normalized_shape = " +
                  text(normalized)};
  struct Affine {
    std::string_view name;
    MaybeTensor tensor;
  };
  for (const auto& [name, tensor] : {Affine{"weight", weight}, Affine{"bias", bias}})
    if (tensor != nullptr && !std::ranges::equal(tensor->shape, normalized))
      return Misuse{"Expected " + std::string(name) + " to be of same shape as normalized_shape, but got " + std::string(name) +
                    " of shape " + text(tensor->shape) + " and normalized_shape = " + text(normalized)};
  if (input.shape.size() < normalized.size() || !std::ranges::equal(IntList(input.shape).last(normalized.size()), normalized)) {
    const std::string inner = text(normalized);
    return Misuse{"Given normalized_shape=" + inner + ", expected input with shape [*, " + inner.substr(1) + ", but got input of size" +
                  text(input.shape)};
  }
  // rms_norm converts its weight.
  if (centered)
    if (auto misuse = wrongTypes(input, {weight, bias})) return *std::move(misuse);
  return pointwise(input, perNumber(centered, weight, bias) + (centered ? 0 : 1));
}

/// input [N, C, ...], weight and bias [C]; C is a multiple of the groups.
Answer groupNorm(Tensor input, Int groups, MaybeTensor weight, MaybeTensor bias) {
  if (input.rank() < 2) return Misuse{"Expected at least 2 dimensions for input tensor but received " + number(input.rank())};
  if (groups <= 0) return Misuse{"Expected num groups to be greater than 0, got " + number(groups)};
  if (input.shape[1] % groups != 0)
    return Misuse{"Expected number of channels in input to be divisible by num_groups, but got input of shape " + text(input.shape) +
                  " and num_groups=" + number(groups)};
  struct Affine {
    std::string_view name;
    MaybeTensor tensor;
  };
  for (const auto& [name, tensor] : {Affine{"weight", weight}, Affine{"bias", bias}})
    if (tensor != nullptr && (tensor->rank() != 1 || tensor->elements() != input.shape[1]))
      return Misuse{"Expected " + std::string(name) + " to be a vector of size equal to the number of channels in input, but got " +
                    std::string(name) + " of shape " + text(tensor->shape) + " and input of shape " + text(input.shape)};
  if (auto misuse = wrongTypes(input, {weight, bias})) return *std::move(misuse);
  return pointwise(input, perNumber(true, weight, bias));
}

constexpr auto entries = family(
    op(
        "aten::batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? "
        "running_var, bool training, "
        "float momentum, float eps, bool cudnn_enabled) -> Tensor",
        [](Tensor input, MaybeTensor weight, MaybeTensor bias, MaybeTensor mean, MaybeTensor variance, Bool training, Openable<Float>,
           Openable<Float>, Openable<Bool>) -> Answer { return batchNorm({input, weight, bias, mean, variance, training}); },
        "input: [1..32, C:1..1024, S:1..128, S] | [1..256, C:1..2048] | [1..32, C:1..512, 1..1024]  "
        "weight: [C]  bias: [C]  "
        "running_mean: [C]  running_var: [C]  training: False  momentum: 0.1  eps: 0.00001  "
        "cudnn_enabled: True"),
    op(
        "aten::instance_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, "
        "Tensor? running_var, bool "
        "use_input_stats, float momentum, float eps, bool cudnn_enabled) -> Tensor",
        [](Tensor input, MaybeTensor weight, MaybeTensor bias, MaybeTensor mean, MaybeTensor variance, Bool fromInput, Openable<Float>,
           Openable<Float>, Openable<Bool>) -> Answer { return instanceNorm({input, weight, bias, mean, variance, fromInput}); },
        "input: [1..16, C:1..512, S:2..128, S] | [1..16, C:1..512, 2..1024]  weight: None|[C]  bias: "
        "weight  running_mean: None  "
        "running_var: None  use_input_stats: True  momentum: 0.1  eps: 0.00001  cudnn_enabled: True"),
    op(
        "aten::layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, Tensor? "
        "bias=None, float "
        "eps=1.0000000000000001e-05, bool cudnn_enable=True) -> Tensor",
        [](Tensor input, IntList normalized, MaybeTensor weight, MaybeTensor bias, Openable<Float>, Openable<Bool>) -> Answer {
          return layerNorm(input, normalized, weight, bias, true);
        },
        "input: [1..32, 1..512, C:1..2048] | [1..1024, C:1..4096]  normalized_shape: [C]  weight: "
        "None|[C]|[C]  bias: weight"),
    op(
        "aten::rms_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, float? "
        "eps=None) -> Tensor",
        [](Tensor input, IntList normalized, MaybeTensor weight, Openable<MaybeFloat>) -> Answer {
          return layerNorm(input, normalized, weight, nullptr, false);
        },
        "input: [1..32, 1..512, C:1..2048] | [1..1024, C:1..4096]  normalized_shape: [C]  weight: "
        "None|[C]|[C]"),
    op(
        "aten::group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float "
        "eps=1.0000000000000001e-05, bool cudnn_enabled=True) -> Tensor",
        [](Tensor input, Int groups, MaybeTensor weight, MaybeTensor bias, Openable<Float>, Openable<Bool>) -> Answer {
          return groupNorm(input, groups, weight, bias);
        },
        "num_groups: G:1|2|4|8|32  input: [1..16, C:G*(1..32), S:1..128, S]  weight: None|[C]|[C]  "
        "bias: weight"));

} // namespace

constinit const Family families::normalization = {"normalization", entries};

} // namespace cobra::ops
