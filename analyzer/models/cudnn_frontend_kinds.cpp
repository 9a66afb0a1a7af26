// The operations of cuDNN's graphs and how their tensors and attributes become arguments of the registry.
#include "analyzer/models/cudnn_frontend.h"

#include <array>

namespace cobra::interp::cudnn_graph {

namespace {

using cudnn_model::nameAt;
using cudnn_model::Operation;

constexpr std::array<std::string_view, 49> pointwiseModes = {"not_set",
                                                             "add",
                                                             "mul",
                                                             "div",
                                                             "add_square",
                                                             "exp",
                                                             "sqrt",
                                                             "max",
                                                             "min",
                                                             "mod",
                                                             "rsqrt",
                                                             "sin",
                                                             "cos",
                                                             "tan",
                                                             "pow",
                                                             "sub",
                                                             "log",
                                                             "neg",
                                                             "ceil",
                                                             "floor",
                                                             "abs",
                                                             "erf",
                                                             "reciprocal",
                                                             "identity",
                                                             "relu",
                                                             "tanh",
                                                             "sigmoid",
                                                             "elu",
                                                             "gelu",
                                                             "softplus",
                                                             "swish",
                                                             "gelu_tanh",
                                                             "relu_backward",
                                                             "tanh_backward",
                                                             "sigmoid_backward",
                                                             "elu_backward",
                                                             "gelu_backward",
                                                             "gelu_tanh_backward",
                                                             "softplus_backward",
                                                             "swish_backward",
                                                             "eq",
                                                             "ne",
                                                             "gt",
                                                             "ge",
                                                             "lt",
                                                             "le",
                                                             "logical_and",
                                                             "logical_or",
                                                             "logical_not"};
constexpr std::array<std::string_view, 10> reductions = {"not_set", "add", "mul",   "min",   "max",
                                                         "amax",    "avg", "norm1", "norm2", "mul_no_zeros"};
constexpr std::array<std::string_view, 6> resamplings = {
    "not_set", "average_exclude_padding", "average_include_padding", "bilinear", "nearest", "max"};

Value named(std::span<const std::string_view> names, const Value& v) {
  const std::string_view name = nameAt(names, v);
  return name.empty() ? (isOpen(v) ? v : Value(Text("other"))) : Value(Text(std::string(name)));
}

/// set_padding, or set_pre_padding and set_post_padding, which may differ.
Value paddingOf(Node& node) {
  if (const Value both = node.attribute("padding"); !isNothing(both)) return both;
  const Value before = node.attribute("pre_padding"), after = node.attribute("post_padding");
  const auto a = node.ev.integers(before), b = node.ev.integers(after);
  if (a && b && *a != *b) node.open("a padding that differs before and after is not followed");
  return before;
}

/// padding, stride, dilation and groups; what is not set is refused by cuDNN.
void window(Node& node, std::vector<Value>& arguments, std::optional<std::int64_t> channels, std::optional<std::int64_t> perGroup) {
  const std::pair<const char*, Value> parts[] = {
      {"padding", paddingOf(node)}, {"stride", node.attribute("stride")}, {"dilation", node.attribute("dilation")}};
  for (const auto& [name, value] : parts) {
    if (isNothing(value)) node.wrong("ATTRIBUTE_NOT_SET: its " + std::string(name) + " is not set");
    arguments.push_back(value);
  }
  const bool grouped = channels && perGroup && *perGroup > 0 && *channels % *perGroup == 0;
  arguments.push_back(grouped ? *channels / *perGroup : std::int64_t{1});
}

Value wanted(Node& node, std::size_t output, const char* name) {
  Value sizes = node.wantedSizes(output);
  if (isNothing(sizes))
    node.wrong("ATTRIBUTE_NOT_SET: the sizes of " + std::string(name) + " do not follow from the inputs and have to be set with set_dim()");
  return sizes;
}

std::vector<Value> convolution(Node& node) { // x, w
  std::vector<Value> out = {node.in(0), node.in(1)};
  window(node, out, node.size(0, 1), node.size(1, 1));
  return out;
}
std::vector<Value> convolutionData(Node& node) { // dy, w -> dx
  const Value dx = wanted(node, 0, "dx");
  const auto sizes = node.ev.integers(dx);
  std::vector<Value> out = {node.in(0), node.in(1), dx};
  window(node, out, sizes && sizes->size() > 1 ? std::optional((*sizes)[1]) : std::nullopt, node.size(1, 1));
  return out;
}
std::vector<Value> convolutionFilter(Node& node) { // dy, x -> dw
  const Value dw = wanted(node, 0, "dw");
  const auto sizes = node.ev.integers(dw);
  std::vector<Value> out = {node.in(1), node.in(0), dw};
  window(node, out, node.size(1, 1), sizes && sizes->size() > 1 ? std::optional((*sizes)[1]) : std::nullopt);
  return out;
}

std::vector<Value> matmul(Node& node) { return {node.in(0), node.in(1)}; }

std::vector<Value> pointwise(Node& node) {
  std::vector<Value> tensors;
  for (std::size_t i = 0; i < node.inputCount(); ++i) tensors.push_back(node.in(i));
  const Value mode = node.attribute("mode");
  if (isNothing(mode)) node.wrong("ATTRIBUTE_NOT_SET: its mode is not set");
  return {node.ev.heap.sequence(std::move(tensors)), named(pointwiseModes, mode)};
}

std::vector<Value> reduction(Node& node) {
  Value sizes = node.wantedSizes(0);
  if (isNothing(sizes)) sizes = Operation::listValue(node.ev, node.typeOfInput(0).shape);
  return {node.in(0), sizes, named(reductions, node.attribute("mode"))};
}

std::vector<Value> reshape(Node& node) { return {node.in(0), wanted(node, 0, "its output")}; }

std::vector<Value> resample(Node& node) {
  const Value mode = named(resamplings, node.attribute("resampling_mode"));
  if (mode == Value(Text("bilinear")) || mode == Value(Text("nearest"))) node.open("resampling to a larger size is not followed");
  return {node.in(0), mode, node.attribute("window"), paddingOf(node), node.attribute("stride")};
}

std::vector<Value> genstats(Node& node) { return {node.in(0)}; }

const Text spatial("spatial");
std::vector<Value> batchnorm(Node& node) { return {node.in(0), node.in(1), node.in(2), spatial}; } // x, scale, bias
std::vector<Value> batchnormInference(Node& node) {                                                // x, mean, inverse variance, scale, bias
  return {node.in(0), node.in(3), node.in(4), node.in(1), node.in(2), spatial};
}
std::vector<Value> batchnormBackward(Node& node) { return {node.in(1), node.in(0), node.in(2), spatial}; } // dy, x, scale

constexpr std::int64_t trainingPhase = 2; // NormFwdPhase_t::TRAINING
std::vector<Value> normalization(Node& node, const char* mode) {
  const Value phase = node.attribute("forward_phase");
  if (isNothing(phase)) node.wrong("ATTRIBUTE_NOT_SET: its forward_phase is not set");
  const Value bias = node.inputCount() > 2 ? node.in(2) : Value(NullOpt{});
  return {node.in(0), node.in(1), bias, Text(mode), std::int64_t{phase == Value(trainingPhase)}};
}
std::vector<Value> layernorm(Node& node) { return normalization(node, "layer"); }
std::vector<Value> rmsnorm(Node& node) { return normalization(node, "rms"); }
std::vector<Value> instancenorm(Node& node) { return normalization(node, "instance"); }
std::vector<Value> layernormBackward(Node& node) { return {node.in(0), node.in(1), node.in(2), Text("layer")}; }
std::vector<Value> rmsnormBackward(Node& node) { return {node.in(0), node.in(1), node.in(2), Text("rms")}; }
std::vector<Value> instancenormBackward(Node& node) { return {node.in(0), node.in(1), node.in(2), Text("instance")}; }

Value causal(Node& node) {
  return std::int64_t{node.flag("causal_mask") || node.flag("causal_mask_bottom_right") ||
                      node.attribute("diagonal_band_right_bound") == Value(std::int64_t{0})};
}
std::vector<Value> attention(Node& node) { // q, k, v -> o, stats
  const bool stats = node.output(1) != nullptr;
  return {node.in(0), node.in(1), node.in(2), NullOpt{}, causal(node), std::int64_t{stats}};
}
std::vector<Value> attentionBackward(Node& node) { // q, k, v, o, do, stats
  return {node.in(0), node.in(1), node.in(2), node.in(3), node.in(4), node.in(5), causal(node)};
}

const Kind kinds[] = {{"conv_fprop", "cudnn::convolution_forward", convolution},
                      {"conv_dgrad", "cudnn::convolution_backward_data", convolutionData},
                      {"conv_wgrad", "cudnn::convolution_backward_filter", convolutionFilter},
                      {"matmul", "cudnn::matmul", matmul},
                      {"pointwise", "cudnn::pointwise", pointwise},
                      {"reduction", "cudnn::reduce_tensor", reduction},
                      {"reshape", "cudnn::reshape", reshape},
                      {"resample", "cudnn::pooling_forward", resample},
                      {"genstats", "cudnn::genstats", genstats},
                      {"batchnorm", "cudnn::batch_normalization_forward_training", batchnorm, 1},
                      {"batchnorm_inference", "cudnn::batch_normalization_forward_inference", batchnormInference},
                      {"batchnorm_backward", "cudnn::batch_normalization_backward", batchnormBackward},
                      {"layernorm", "cudnn::normalization_forward", layernorm},
                      {"layernorm_backward", "cudnn::normalization_backward", layernormBackward},
                      {"rmsnorm", "cudnn::normalization_forward", rmsnorm},
                      {"rmsnorm_backward", "cudnn::normalization_backward", rmsnormBackward},
                      {"instancenorm", "cudnn::normalization_forward", instancenorm},
                      {"instancenorm_backward", "cudnn::normalization_backward", instancenormBackward},
                      {"sdpa", "cudnn::scaled_dot_product_attention", attention},
                      {"scaled_dot_product_flash_attention", "cudnn::scaled_dot_product_attention", attention},
                      {"sdpa_backward", "cudnn::scaled_dot_product_attention_backward", attentionBackward},
                      {"scaled_dot_product_flash_attention_backward", "cudnn::scaled_dot_product_attention_backward", attentionBackward}};

} // namespace

const Kind* kindOf(llvm::StringRef method) {
  for (const Kind& kind : kinds)
    if (method == kind.method) return &kind;
  return nullptr;
}

} // namespace cobra::interp::cudnn_graph
