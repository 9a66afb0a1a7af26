#include "runtime-probe/cudnn/plan.h"

#include "predictor/ops/registry.h"

#include <algorithm>
#include <limits>
#include <map>

namespace cobra::probe::cudnn {
namespace {

/// What is wrong with a call, as one sentence.
struct Refused {
  std::string sentence;
};

int fitted(std::int64_t n) {
  if (n < 0 || n > std::numeric_limits<int>::max()) throw Refused{"cuDNN counts in int, which cannot hold " + std::to_string(n)};
  return static_cast<int>(n);
}

std::vector<int> fitted(const std::vector<std::int64_t>& numbers) {
  std::vector<int> out;
  std::ranges::transform(numbers, std::back_inserter(out), [](std::int64_t n) { return fitted(n); });
  return out;
}

Block blockOf(const TensorType& type, bool channelsLast, bool filter) {
  Block block{type.dtype, fitted(type.shape), {}, filter, channelsLast};
  while (block.sizes.size() < 4) block.sizes.push_back(1);
  block.strides.resize(block.sizes.size());
  std::int64_t stride = 1;
  auto lay = [&](std::size_t dimension) {
    block.strides[dimension] = fitted(stride);
    stride = mulClamped(stride, block.sizes[dimension]);
  };
  if (channelsLast) lay(1);
  for (std::size_t i = block.sizes.size(); i-- > 0;)
    if (i != 1 || !channelsLast) lay(i);
  return block;
}

/// Arguments by name.
class Reader {
public:
  explicit Reader(const Call& call) : call_(call) {}

  template <class T> const T& get(std::string_view name) const {
    const int at = call_.op->indexOf(name);
    if (at < 0) throw Refused{std::string(call_.op->name()) + " has no argument " + std::string(name)};
    const Argument& argument = call_.arguments.at(static_cast<std::size_t>(at));
    if (auto* value = std::get_if<T>(&argument)) return *value;
    throw Refused{"the argument " + std::string(name) + " of " + std::string(call_.op->name()) + " is not known"};
  }
  std::vector<int> ints(std::string_view name) const { return fitted(get<std::vector<std::int64_t>>(name)); }
  /// The constant of cuDNN that a word of the entry stands for: "relu" is CUDNN_ACTIVATION_RELU.
  std::string constant(std::string_view name, std::string_view prefix) const {
    std::string text = std::string(prefix) + get<std::string>(name);
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
  }
  double number(std::string_view name) const {
    const Argument& argument = call_.arguments.at(static_cast<std::size_t>(call_.op->indexOf(name)));
    if (auto* whole = std::get_if<std::int64_t>(&argument)) return static_cast<double>(*whole);
    return get<double>(name);
  }

private:
  const Call& call_;
};

/// Blocks have four sizes at least, and a descriptor a number for all but the first two of them: those of a size 1 change nothing.
std::vector<int> padded(std::vector<int> numbers, int neutral) {
  while (numbers.size() < 2) numbers.push_back(neutral);
  return numbers;
}

Convolution convolutionOf(const Reader& call) {
  return {padded(call.ints("padding"), 0), padded(call.ints("stride"), 1), padded(call.ints("dilation"), 1),
          fitted(call.get<std::int64_t>("groups")), false};
}
void convolutionForward(const Reader& call, Plan& plan) {
  Convolution c = convolutionOf(call);
  c.flipped = call.get<std::string>("mode") == "convolution";
  plan.setting = c;
}
void convolutionBackward(const Reader& call, Plan& plan) { plan.setting = convolutionOf(call); }
void pooling(const Reader& call, Plan& plan) {
  std::string mode = call.constant("mode", "CUDNN_POOLING_");
  if (const auto at = mode.find("AVERAGE_"); at != std::string::npos) mode.replace(at, 8, "AVERAGE_COUNT_"); // ..._INCLUDE_PADDING
  plan.setting = Pooling{mode, padded(call.ints("window"), 1), padded(call.ints("padding"), 0), padded(call.ints("stride"), 1)};
}
void activation(const Reader& call, Plan& plan) {
  plan.setting = Activation{call.constant("mode", "CUDNN_ACTIVATION_"), call.number("coef")};
}
void softmax(const Reader& call, Plan& plan) {
  plan.setting = Softmax{call.constant("algorithm", "CUDNN_SOFTMAX_"), call.constant("mode", "CUDNN_SOFTMAX_MODE_")};
}
void elementwise(const Reader& call, Plan& plan) { plan.setting = Elementwise{call.constant("op", "CUDNN_OP_TENSOR_")}; }
void plain(const Reader&, Plan&) {}

struct Entry {
  const char* function;
  void (*set)(const Reader&, Plan&);
  const char* filter; // the argument that is a filter; null: none
};

const std::map<std::string_view, Entry>& entries() {
  static const std::map<std::string_view, Entry> table{
      {"cudnn::convolution_forward", {"cudnnConvolutionForward", convolutionForward, "weight"}},
      {"cudnn::convolution_backward_data", {"cudnnConvolutionBackwardData", convolutionBackward, "weight"}},
      {"cudnn::convolution_backward_filter", {"cudnnConvolutionBackwardFilter", convolutionBackward, nullptr}},
      {"cudnn::convolution_backward_bias", {"cudnnConvolutionBackwardBias", plain, nullptr}},
      {"cudnn::pooling_forward", {"cudnnPoolingForward", pooling, nullptr}},
      {"cudnn::pooling_backward", {"cudnnPoolingBackward", pooling, nullptr}},
      {"cudnn::activation_forward", {"cudnnActivationForward", activation, nullptr}},
      {"cudnn::activation_backward", {"cudnnActivationBackward", activation, nullptr}},
      {"cudnn::softmax_forward", {"cudnnSoftmaxForward", softmax, nullptr}},
      {"cudnn::softmax_backward", {"cudnnSoftmaxBackward", softmax, nullptr}},
      {"cudnn::add_tensor", {"cudnnAddTensor", plain, nullptr}},
      {"cudnn::op_tensor", {"cudnnOpTensor", elementwise, nullptr}},
  };
  return table;
}

Plan made(const Call& call, const Entry& entry, bool channelsLast) {
  ops::Answer answer = ops::evaluate(*call.op, call.arguments);
  if (auto* misuse = std::get_if<ops::Misuse>(&answer)) throw Refused{misuse->sentence};
  auto* effect = std::get_if<ops::Effect>(&answer);
  if (!effect) throw Refused{"the sizes of this call of " + std::string(call.op->name()) + " are not known"};
  Plan plan;
  plan.function = entry.function;
  const int filter = entry.filter ? call.op->indexOf(entry.filter) : -1;
  for (std::size_t i = 0; i < call.arguments.size(); ++i)
    if (auto* type = std::get_if<TensorType>(&call.arguments[i]))
      plan.inputs.push_back(blockOf(*type, channelsLast, static_cast<int>(i) == filter));
  plan.output = blockOf(effect->outputs.at(0), channelsLast, plan.function == "cudnnConvolutionBackwardFilter");
  entry.set(Reader(call), plan);
  return plan;
}

} // namespace

std::variant<Plan, std::string> planOf(const Call& call, bool channelsLast) {
  if (!call.op) return std::string("there is no operator to plan");
  const auto entry = entries().find(call.op->name());
  if (entry == entries().end()) return "there is no plan for " + std::string(call.op->name());
  try {
    return made(call, entry->second, channelsLast);
  } catch (const Refused& refused) {
    return refused.sentence;
  }
}

bool hasPlan(std::string_view op) { return entries().contains(op); }

} // namespace cobra::probe::cudnn
