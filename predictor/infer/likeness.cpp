#include "predictor/infer/likeness.h"

#include <algorithm>
#include <array>

namespace cobra::infer {
namespace {

using Ints = std::vector<std::int64_t>;

/// The arguments of one call, by name.
class Given {
public:
  explicit Given(const Call& call) : call_(call) {}
  const Argument& operator[](std::string_view name) const {
    static const Argument open = Open{};
    const int index = call_.op->indexOf(name);
    return index < 0 ? open : call_.arguments[static_cast<std::size_t>(index)];
  }
  const TensorType* tensor(std::string_view name) const { return std::get_if<TensorType>(&(*this)[name]); }
  const Ints* ints(std::string_view name) const { return std::get_if<Ints>(&(*this)[name]); }
  bool flag(std::string_view name) const {
    const auto* value = std::get_if<bool>(&(*this)[name]);
    return value && *value;
  }
  std::string_view word(std::string_view name) const {
    const auto* text = std::get_if<std::string>(&(*this)[name]);
    return text ? std::string_view(*text) : std::string_view();
  }

private:
  const Call& call_;
};

/// A call with defaults for all that is not named.
std::optional<Call> made(std::string_view fullName, std::initializer_list<std::pair<std::string_view, Argument>> given) {
  Call call;
  call.op = ops::find(fullName);
  if (!call.op) return std::nullopt;
  for (const ops::Parameter& p : call.op->parameters()) call.arguments.push_back(p.hasDefault ? p.defaultValue : Argument(None{}));
  for (const auto& [name, value] : given) {
    const int index = call.op->indexOf(name);
    if (index < 0) return std::nullopt;
    call.arguments[static_cast<std::size_t>(index)] = value;
  }
  return call;
}

std::optional<Call> convolution(const Given& given) {
  const TensorType* input = given.tensor("input");
  const TensorType* weight = given.tensor("weight");
  if (!input || !weight || input->rank() < 3 || input->rank() > 5) return std::nullopt;
  static constexpr std::array<std::string_view, 3> names = {"aten::conv1d", "aten::conv2d", "aten::conv3d"};
  Argument bias = None{};
  if (given.tensor("bias")) bias = TensorType{weight->dtype, {weight->shape[0]}};
  return made(names[static_cast<std::size_t>(input->rank()) - 3], {{"input", *input},
                                                                   {"weight", *weight},
                                                                   {"bias", bias},
                                                                   {"stride", given["stride"]},
                                                                   {"padding", given["padding"]},
                                                                   {"dilation", given["dilation"]},
                                                                   {"groups", given["groups"]}});
}

std::optional<Call> activation(const Given& given) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> names = {
      {{"relu", "aten::relu"}, {"sigmoid", "aten::sigmoid"}, {"tanh", "aten::tanh"}, {"elu", "aten::elu"}, {"swish", "aten::silu"}}};
  const auto found = std::ranges::find(names, given.word("mode"), &std::pair<std::string_view, std::string_view>::first);
  const TensorType* input = given.tensor("input");
  if (found == names.end() || !input) return std::nullopt;
  return made(found->second, {{"self", *input}});
}

std::optional<Call> sum(const Given& given) {
  if (given.word("op") != "" && given.word("op") != "add") return std::nullopt;
  return made("aten::add.Tensor", {{"self", given["self"]}, {"other", given["other"]}});
}

std::optional<Call> pooling(const Given& given) {
  const TensorType* input = given.tensor("input");
  if (!input || input->rank() != 4) return std::nullopt;
  const bool largest = given.word("mode").starts_with("max");
  return made(largest ? "aten::max_pool2d" : "aten::avg_pool2d",
              {{"self", *input}, {"kernel_size", given["window"]}, {"stride", given["stride"]}, {"padding", given["padding"]}});
}

std::optional<Call> softmax(const Given& given) {
  const TensorType* input = given.tensor("input");
  if (!input || input->rank() < 2) return std::nullopt;
  TensorType self = *input;
  if (given.word("mode") == "instance") self.shape = {input->shape[0], input->shape[0] ? input->elements() / input->shape[0] : 0};
  return made("aten::softmax.int", {{"self", self}, {"dim", std::int64_t{1}}});
}

std::optional<Call> normalization(const Given& given) {
  const TensorType* input = given.tensor("input");
  if (!input || input->rank() < 2 || given.word("mode") == "per_activation") return std::nullopt;
  const TensorType channels{DType::Float32, {input->shape[1]}};
  return made("aten::batch_norm", {{"input", *input},
                                   {"weight", channels},
                                   {"bias", channels},
                                   {"running_mean", channels},
                                   {"running_var", channels},
                                   {"training", !given.tensor("running_mean")},
                                   {"momentum", 0.1},
                                   {"eps", 1e-5},
                                   {"cudnn_enabled", true}});
}

/// Columns of cuBLAS are rows of LibTorch: [m, k] x [k, n] is a linear layer of n rows from k to m.
std::optional<Call> product(const Given& given) {
  const TensorType *a = given.tensor("self"), *b = given.tensor("mat2");
  if (!a || !b || a->rank() != 2 || b->rank() != 2) return std::nullopt;
  const bool transa = given.flag("transa"), transb = given.flag("transb");
  const std::int64_t m = a->shape[transa ? 1 : 0], k = a->shape[transa ? 0 : 1], n = b->shape[transb ? 0 : 1];
  return made("aten::linear", {{"input", TensorType{a->dtype, {n, k}}}, {"weight", TensorType{a->dtype, {m, k}}}});
}

std::optional<Call> batched(const Given& given) {
  const TensorType *a = given.tensor("self"), *b = given.tensor("mat2");
  if (!a || !b || a->rank() != 3 || b->rank() != 3 || a->shape[0] != b->shape[0]) return std::nullopt;
  TensorType left = *a, right = *b;
  if (given.flag("transa")) std::swap(left.shape[1], left.shape[2]);
  if (given.flag("transb")) std::swap(right.shape[1], right.shape[2]);
  return made("aten::bmm", {{"self", left}, {"mat2", right}});
}

struct Entry {
  std::string_view name;
  std::optional<Call> (*make)(const Given&);
};
constexpr std::array<Entry, 11> entries = {{{"cudnn::convolution_forward", convolution},
                                            {"cudnn::convolution_bias_activation_forward", convolution},
                                            {"cudnn::activation_forward", activation},
                                            {"cudnn::add_tensor", sum},
                                            {"cudnn::op_tensor", sum},
                                            {"cudnn::pooling_forward", pooling},
                                            {"cudnn::softmax_forward", softmax},
                                            {"cudnn::batch_normalization_forward_inference", normalization},
                                            {"cudnn::matmul", batched},
                                            {"cublas::gemm", product},
                                            {"cublas::gemm_batched", batched}}};

} // namespace

std::optional<Call> likeness(const Call& call) {
  if (!call.op) return std::nullopt;
  const auto found = std::ranges::find(entries, call.op->fullName(), &Entry::name);
  return found == entries.end() ? std::nullopt : found->make(Given(call));
}

} // namespace cobra::infer
