#include "runtime-probe/networks/builder.h"

#include <algorithm>

namespace cobra::probe {
namespace {

using Sizes = std::vector<std::int64_t>;

std::string braced(const Sizes& sizes) {
  std::string text = "{";
  for (std::int64_t size : sizes) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "}";
}
std::string text(std::int64_t number) { return std::to_string(number); }

} // namespace

Builder::Builder(TensorType input) {
  input_.shape = input.shape;
  network_.input = std::move(input);
}

int Builder::step(std::string_view fullName, std::vector<Named> arguments, const std::vector<const Value*>& read, std::int64_t parameters) {
  const ops::Operator* op = ops::find(fullName);
  Network::Step step;
  step.call.op = op;
  for (const ops::Parameter& parameter : op->parameters())
    step.call.arguments.push_back(parameter.hasDefault ? parameter.defaultValue : Argument(None{}));
  for (auto& [name, value] : arguments) step.call.arguments.at(static_cast<std::size_t>(op->indexOf(std::string(name)))) = std::move(value);
  step.call = normalized(std::move(step.call));
  for (const Value* value : read)
    if (value->step >= 0) step.from.push_back(value->step);
  std::ranges::sort(step.from);
  step.from.erase(std::ranges::unique(step.from).begin(), step.from.end());
  step.parameters = parameters;
  ops::Answer answer = ops::evaluate(*op, step.call.arguments);
  if (auto* effect = std::get_if<ops::Effect>(&answer)) {
    step.outputs = std::move(effect->outputs);
    step.flops = effect->flops;
    step.bytes = effect->bytes;
  } else {
    broken_ = true;
    step.outputs = {{network_.input.dtype, {}}};
  }
  network_.steps.push_back(std::move(step));
  return static_cast<int>(network_.steps.size()) - 1;
}

Builder::Value Builder::variable(int step, const std::string& expression) {
  Value value{step, "v" + std::to_string(step), network_.steps[static_cast<std::size_t>(step)].outputs.at(0).shape};
  network_.statements.push_back("auto " + value.text + " = " + expression + ";");
  return value;
}

std::string Builder::member(const std::string& type, std::string_view prefix, const std::string& arguments, std::int64_t learned) {
  std::string name = std::string(prefix) + text(static_cast<std::int64_t>(network_.members.size()));
  network_.members.push_back({"torch::nn::" + type, name, "torch::nn::" + type + arguments, learned});
  return name;
}

Builder::Value Builder::conv(const Value& x, const ConvShape& s) {
  if (broken_ || x.shape.size() != 4 || s.groups < 1 || x.shape[1] % s.groups != 0) return broken_ = true, x;
  TensorType weight = tensor({s.out, x.shape[1] / s.groups, s.kernel, s.kernel});
  std::int64_t learned = addClamped(weight.elements(), s.bias ? s.out : 0);
  std::string options = text(x.shape[1]) + ", " + text(s.out) + ", " + text(s.kernel) + ")";
  if (s.stride != 1) options += ".stride(" + text(s.stride) + ")";
  if (s.padding != 0) options += ".padding(" + text(s.padding) + ")";
  if (s.groups != 1) options += ".groups(" + text(s.groups) + ")";
  if (!s.bias) options += ".bias(false)";
  std::string name = member("Conv2d", "conv", "(torch::nn::Conv2dOptions(" + options + ")", learned);
  int at = step("aten::conv2d",
                {{"input", type(x)},
                 {"weight", weight},
                 {"bias", s.bias ? Argument(tensor({s.out})) : Argument(None{})},
                 {"stride", Sizes{s.stride, s.stride}},
                 {"padding", Sizes{s.padding, s.padding}},
                 {"groups", s.groups}},
                {&x}, learned);
  return variable(at, name + "(" + x.text + ")");
}

Builder::Value Builder::upConv(const Value& x, std::int64_t out) {
  if (broken_ || x.shape.size() != 4) return broken_ = true, x;
  TensorType weight = tensor({x.shape[1], out, 2, 2});
  std::int64_t learned = addClamped(weight.elements(), out);
  std::string name = member("ConvTranspose2d", "up",
                            "(torch::nn::ConvTranspose2dOptions(" + text(x.shape[1]) + ", " + text(out) + ", 2).stride(2))", learned);
  int at = step("aten::conv_transpose2d.input", {{"input", type(x)}, {"weight", weight}, {"bias", tensor({out})}, {"stride", Sizes{2, 2}}},
                {&x}, learned);
  return variable(at, name + "(" + x.text + ")");
}

Builder::Value Builder::batchNorm(const Value& x) {
  if (broken_ || x.shape.size() != 4) return broken_ = true, x;
  std::int64_t channels = x.shape[1];
  std::string name = member("BatchNorm2d", "norm", "(" + text(channels) + ")", 2 * channels);
  TensorType each = tensor({channels});
  int at = step("aten::batch_norm",
                {{"input", type(x)},
                 {"weight", each},
                 {"bias", each},
                 {"running_mean", each},
                 {"running_var", each},
                 {"training", false},
                 {"momentum", 0.1},
                 {"eps", 1e-5},
                 {"cudnn_enabled", true}},
                {&x}, 4 * channels);
  return variable(at, name + "(" + x.text + ")");
}

Builder::Value Builder::layerNorm(const Value& x) {
  if (broken_ || x.shape.empty()) return broken_ = true, x;
  std::int64_t width = x.shape.back();
  std::string name = member("LayerNorm", "norm", "(torch::nn::LayerNormOptions({" + text(width) + "}))", 2 * width);
  int at = step("aten::layer_norm",
                {{"input", type(x)}, {"normalized_shape", Sizes{width}}, {"weight", tensor({width})}, {"bias", tensor({width})}}, {&x},
                2 * width);
  return variable(at, name + "(" + x.text + ")");
}

/// torch::nn::Linear runs addmm on a matrix, else matmul and an addition in place.
Builder::Value Builder::linear(const Value& x, std::int64_t out) {
  if (broken_ || x.shape.empty()) return broken_ = true, x;
  std::int64_t in = x.shape.back();
  std::string name = member("Linear", "linear", "(" + text(in) + ", " + text(out) + ")", in * out + out);
  Value weight{step("aten::t", {{"self", tensor({out, in})}}, {}, in * out), "", {in, out}};
  if (x.shape.size() == 2) {
    int at = step("aten::addmm", {{"self", tensor({out})}, {"mat1", type(x)}, {"mat2", type(weight)}}, {&x, &weight}, out);
    return variable(at, name + "(" + x.text + ")");
  }
  Value product = x;
  product.step = step("aten::matmul", {{"self", type(x)}, {"other", type(weight)}}, {&x, &weight});
  product.shape.back() = out;
  int at = step("aten::add_.Tensor", {{"self", type(product)}, {"other", tensor({out})}}, {&product}, out);
  return variable(at, name + "(" + x.text + ")");
}

Builder::Value Builder::pointwise(std::string_view name, const Value& x) {
  int at = step("aten::" + std::string(name), {{"self", type(x)}}, {&x});
  return variable(at, "torch::" + std::string(name) + "(" + x.text + ")");
}
Builder::Value Builder::add(const Value& a, const Value& b) {
  int at = step("aten::add.Tensor", {{"self", type(a)}, {"other", type(b)}}, {&a, &b});
  return variable(at, a.text + " + " + b.text);
}
Builder::Value Builder::multiply(const Value& a, const Value& b) {
  int at = step("aten::mul.Tensor", {{"self", type(a)}, {"other", type(b)}}, {&a, &b});
  return variable(at, a.text + " * " + b.text);
}
Builder::Value Builder::zero(const Value& x) {
  int at = step("aten::mul.Scalar", {{"self", type(x)}, {"other", 0.0}}, {&x});
  return variable(at, x.text + ".mul(0.0)");
}

Builder::Value Builder::maxPool(const Value& x, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  int at = step(
      "aten::max_pool2d",
      {{"self", type(x)}, {"kernel_size", Sizes{kernel, kernel}}, {"stride", Sizes{stride, stride}}, {"padding", Sizes{padding, padding}}},
      {&x});
  return variable(at, "torch::max_pool2d(" + x.text + ", " + text(kernel) + ", " + text(stride) + ", " + text(padding) + ")");
}
Builder::Value Builder::averagePool(const Value& x, std::int64_t kernel, std::int64_t stride, std::int64_t padding, bool countPadding) {
  int at = step("aten::avg_pool2d",
                {{"self", type(x)},
                 {"kernel_size", Sizes{kernel, kernel}},
                 {"stride", Sizes{stride, stride}},
                 {"padding", Sizes{padding, padding}},
                 {"count_include_pad", countPadding}},
                {&x});
  return variable(at, "torch::avg_pool2d(" + x.text + ", " + text(kernel) + ", " + text(stride) + ", " + text(padding) + ", false, " +
                          (countPadding ? "true" : "false") + ")");
}
Builder::Value Builder::globalPool(const Value& x) {
  int at = step("aten::adaptive_avg_pool2d", {{"self", type(x)}, {"output_size", Sizes{1, 1}}}, {&x});
  return variable(at, "torch::adaptive_avg_pool2d(" + x.text + ", {1, 1})");
}
Builder::Value Builder::flatten(const Value& x, std::int64_t from) {
  int at = step("aten::flatten.using_ints", {{"self", type(x)}, {"start_dim", from}}, {&x});
  return variable(at, x.text + ".flatten(" + text(from) + ")");
}

Builder::Value Builder::cat(const std::vector<Value>& values, std::int64_t dim) {
  TensorList list;
  std::vector<const Value*> read;
  std::string names;
  for (const Value& value : values) {
    list.emplace_back(type(value));
    read.push_back(&value);
    names += (names.empty() ? "" : ", ") + value.text;
  }
  int at = step("aten::cat", {{"tensors", list}, {"dim", dim}}, read);
  return variable(at, "torch::cat({" + names + "}, " + text(dim) + ")");
}

Builder::Value Builder::mean(const Value& x, std::int64_t dim) {
  int at = step("aten::mean.dim", {{"self", type(x)}, {"dim", Sizes{dim}}}, {&x});
  return variable(at, x.text + ".mean(" + text(dim) + ")");
}
Builder::Value Builder::transpose(const Value& x, std::int64_t a, std::int64_t b) {
  int at = step("aten::transpose.int", {{"self", type(x)}, {"dim0", a}, {"dim1", b}}, {&x});
  return variable(at, x.text + ".transpose(" + text(a) + ", " + text(b) + ")");
}
Builder::Value Builder::permute(const Value& x, const std::vector<std::int64_t>& dims) {
  int at = step("aten::permute", {{"self", type(x)}, {"dims", dims}}, {&x});
  return variable(at, x.text + ".permute(" + braced(dims) + ")");
}
Builder::Value Builder::reshape(const Value& x, const Shape& shape) {
  int at = step("aten::reshape", {{"self", type(x)}, {"shape", shape}}, {&x});
  return variable(at, x.text + ".reshape(" + braced(shape) + ")");
}

std::vector<Builder::Value> Builder::unbind(const Value& x, std::int64_t dim) {
  int at = step("aten::unbind.int", {{"self", type(x)}, {"dim", dim}}, {&x});
  Value all = variable(at, x.text + ".unbind(" + text(dim) + ")");
  std::vector<Value> values;
  for (const TensorType& output : network_.steps[static_cast<std::size_t>(at)].outputs)
    values.push_back({at, all.text + "[" + text(static_cast<std::int64_t>(values.size())) + "]", output.shape});
  return values;
}
Builder::Value Builder::attention(const Value& query, const Value& key, const Value& value) {
  int at = step("aten::scaled_dot_product_attention", {{"query", type(query)}, {"key", type(key)}, {"value", type(value)}},
                {&query, &key, &value});
  return variable(at, "torch::scaled_dot_product_attention(" + query.text + ", " + key.text + ", " + value.text + ")");
}

Network Builder::take(std::string name, const Value& output) && {
  network_.name = std::move(name);
  network_.statements.push_back("return " + output.text + ";");
  return std::move(network_);
}

} // namespace cobra::probe
