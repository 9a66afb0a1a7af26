// Layers that run more than one operator, or one that depends on their options: as the headers under torch/nn/functional compose them.
#include "analyzer/models/torch_layer.h"

namespace cobra::interp::torch_model {

namespace {
std::string sizesText(const Shape& shape) {
  std::string s = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) s += (i ? ", " : "") + std::to_string(shape[i]);
  return s + "]";
}

Value identity(const Layer& l) { return l.input(); }
Value linearLayer(const Layer& l) { return linear(l.ev, l.at, l.input(), l.value("weight"), l.value("bias")); }

// ---- convolutions
template <std::size_t n> Value convolution(const Layer& l) {
  const std::string op = "aten::conv" + std::to_string(n) + "d", same = l.enumerator("padding");
  Value input = l.input(), weight = l.value("weight"), bias = l.tensor("bias");
  Value stride = l.spread("stride", n), dilation = l.spread("dilation", n), groups = l.value("groups");
  const std::string mode = l.module ? l.enumerator("padding_mode") : "";
  if (!mode.empty() && mode != "Zeros") {
    // ConvNdImpl::_reversed_padding_repeated_twice: last dimension first, each size twice.
    std::optional<Ints> padding = l.ints("padding", n), kernel = l.ints("kernel_size", n), spaced = l.ints("dilation", n);
    Ints around;
    for (std::size_t i = 0; i < n && kernel && spaced; ++i) {
      std::size_t d = n - 1 - i;
      std::int64_t total = (*spaced)[d] * ((*kernel)[d] - 1);
      if (same == "Valid")
        around.insert(around.end(), {0, 0});
      else if (same == "Same")
        around.insert(around.end(), {total / 2, total - total / 2});
      else if (padding)
        around.insert(around.end(), {(*padding)[d], (*padding)[d]});
    }
    if (around.size() != 2 * n) return l.ev.unknown(l.at, "the padding of this convolution is not known");
    Value padded = pad(l.ev, l.at, input, list(l.ev, around), mode, integerValue(0));
    return l.run(op, {padded, weight, bias, stride, list(l.ev, Ints(n, 0)), dilation, groups});
  }
  if (same == "Same" || same == "Valid")
    return l.run(op + ".padding", {input, weight, bias, stride, Text(same == "Same" ? "same" : "valid"), dilation, groups});
  return l.run(op, {input, weight, bias, stride, l.spread("padding", n), dilation, groups});
}

/// ConvTransposeNdImpl::_output_padding: what makes the output as large as asked for.
template <std::size_t n> Value transposed(const Layer& l) {
  const std::string op = n == 1 ? "aten::conv_transpose1d" : "aten::conv_transpose" + std::to_string(n) + "d.input";
  Value outputPadding = l.spread("output_padding", n);
  std::optional<Ints> wanted = l.module ? l.ev.integers(l.input(1)) : std::nullopt;
  Tensor* input = tensorOf(l.input());
  if (wanted && input && wanted->size() >= n) {
    std::optional<Ints> stride = l.ints("stride", n), padding = l.ints("padding", n), kernel = l.ints("kernel_size", n);
    if (stride && padding && kernel && input->type.rank() >= static_cast<std::int64_t>(n)) {
      Ints missing;
      for (std::size_t d = 0; d < n; ++d) {
        std::int64_t size = input->type.shape[input->type.shape.size() - n + d];
        std::int64_t least = (size - 1) * (*stride)[d] - 2 * (*padding)[d] + (*kernel)[d];
        missing.push_back((*wanted)[wanted->size() - n + d] - least);
      }
      outputPadding = list(l.ev, missing);
    }
  }
  return l.run(op, {l.input(), l.value("weight"), l.tensor("bias"), l.spread("stride", n), l.spread("padding", n), outputPadding,
                    l.value("groups"), l.spread("dilation", n)});
}

// ---- normalization
/// BatchNorm2dImpl::_check_input_dim and its sisters; `least` and `most` are the ranks that the class takes.
void checkRank(const Layer& l, std::int64_t least, std::int64_t most) {
  std::int64_t rank = rankOf(l.input());
  if (rank < 0 || (rank >= least && rank <= most)) return;
  std::string expected = least == most ? std::to_string(least) + "D" : std::to_string(least) + "D or " + std::to_string(most) + "D";
  l.ev.raise(l.at, "expected " + expected + " input (got " + std::to_string(rank) + "D input)");
}
struct Ranks {
  const char* module;
  std::int64_t least, most;
};
void checkClass(const Layer& l, llvm::ArrayRef<Ranks> classes) {
  for (const clang::CXXRecordDecl* r = l.module ? l.module->record : nullptr; r && r->hasDefinition();) {
    for (const Ranks& c : classes)
      if (r->getName() == c.module) return checkRank(l, c.least, c.most);
    const clang::CXXRecordDecl* next = nullptr;
    for (const clang::CXXBaseSpecifier& b : r->getDefinition()->bases()) next = b.getType()->getAsCXXRecordDecl();
    r = next;
  }
}
Value batchNorm(const Layer& l) {
  constexpr Ranks ranks[] = {{"BatchNorm1dImpl", 2, 3}, {"BatchNorm2dImpl", 4, 4}, {"BatchNorm3dImpl", 5, 5}};
  checkClass(l, ranks);
  Value momentum = l.value("momentum");
  if (std::holds_alternative<NullOpt>(momentum)) momentum = 0.0;
  Value useInput = l.training();
  if (l.module) {
    const bool training = l.module->module->training, track = l.isSet("track_running_stats");
    if (training && track && isDefined(l.value("num_batches_tracked")))
      l.run("aten::add_.Scalar", {l.value("num_batches_tracked"), integerValue(1)});
    useInput = boolean(training || !track);
  }
  if (Tensor* t = tensorOf(l.input()); t && l.ev.integer(useInput).value_or(0)) {
    if (t->type.rank() < 2) l.ev.raise(l.at, "Expected at least 2 input dimensions, but got " + std::to_string(t->type.rank()));
    std::int64_t values = t->type.shape[0];
    for (std::size_t i = 2; i < t->type.shape.size(); ++i) values = mulClamped(values, t->type.shape[i]);
    if (values == 1) l.ev.raise(l.at, "Expected more than 1 value per channel when training, got input size " + sizesText(t->type.shape));
  }
  return l.run("aten::batch_norm", {l.input(), l.tensor("weight"), l.tensor("bias"), l.tensor("running_mean"), l.tensor("running_var"),
                                    useInput, momentum, l.value("eps"), boolean(true)});
}
Value instanceNorm(const Layer& l) {
  constexpr Ranks ranks[] = {{"InstanceNorm1dImpl", 2, 3}, {"InstanceNorm2dImpl", 3, 4}, {"InstanceNorm3dImpl", 4, 5}};
  checkClass(l, ranks);
  Value useInput = l.module ? boolean(l.module->module->training || !l.isSet("track_running_stats")) : l.value("use_input_stats");
  return l.run("aten::instance_norm", {l.input(), l.tensor("weight"), l.tensor("bias"), l.tensor("running_mean"), l.tensor("running_var"),
                                       useInput, l.value("momentum"), l.value("eps"), boolean(true)});
}
Value localResponseNorm(const Layer& l) {
  const Value x = l.input();
  std::optional<std::int64_t> size = l.integer("size");
  Tensor* t = tensorOf(x);
  if (!size || !t) return l.ev.unknown(l.at, "the input of local_response_norm is not known", reason(x));
  if (t->type.rank() < 3)
    l.ev.raise(l.at, "Expected 3D or higher dimensionality input (got " + std::to_string(t->type.rank()) + " dimensions)");
  const Shape shape = t->type.shape;
  const bool flat = shape.size() == 3;
  Value squares = l.run("aten::unsqueeze", {l.run("aten::mul.Tensor", {x, x}), integerValue(1)});
  Ints around = {0, 0, *size / 2, (*size - 1) / 2}, kernel = {*size, 1};
  if (!flat) {
    squares = l.run("aten::view", {squares, list(l.ev, {shape[0], 1, shape[1], shape[2], -1})});
    around.insert(around.begin(), {0, 0});
    kernel.push_back(1);
  }
  squares = pad(l.ev, l.at, squares, list(l.ev, around), "Constant", 0.0);
  squares =
      l.run(flat ? "aten::avg_pool2d" : "aten::avg_pool3d", {squares, list(l.ev, kernel), list(l.ev, Ints(kernel.size(), 1)),
                                                             list(l.ev, Ints(kernel.size(), 0)), boolean(false), boolean(true), none()});
  squares = l.run("aten::squeeze.dim", {squares, integerValue(1)});
  if (!flat) squares = l.run("aten::view", {squares, list(l.ev, shape)});
  squares = l.run("aten::mul.Scalar", {squares, l.value("alpha")});
  squares = l.run("aten::add.Scalar", {squares, l.value("k")});
  squares = l.run("aten::pow.Tensor_Scalar", {squares, l.value("beta")});
  return l.run("aten::div.Tensor", {x, squares});
}
Value normalize(const Layer& l) {
  Value norm = l.run("aten::norm.ScalarOpt_dim", {l.input(), l.value("p"), list(l.ev, {l.integer("dim").value_or(1)}), boolean(true)});
  norm = l.run("aten::clamp_min", {norm, l.value("eps")});
  return l.run("aten::div.Tensor", {l.input(), l.run("aten::expand_as", {norm, l.input()})});
}

// ---- pooling
/// Sizes that were left out are those of the input (modules/utils.h, _list_with_default).
Value outputSize(const Layer& l, std::size_t n) {
  Object* asked = asObject(l.spread("output_size", n));
  Tensor* input = tensorOf(l.input());
  if (!asked) return l.value("output_size");
  Values sizes;
  for (std::size_t i = 0; i < asked->items.size(); ++i) {
    Value v = asked->items[i]->value();
    std::size_t back = asked->items.size() - i;
    if (std::holds_alternative<NullOpt>(v) && input && back <= input->type.shape.size())
      v = input->type.shape[input->type.shape.size() - back];
    sizes.push_back(std::move(v));
  }
  return l.ev.heap.sequence(std::move(sizes));
}
template <std::size_t n> Value adaptiveAverage(const Layer& l) {
  return l.run("aten::adaptive_avg_pool" + std::to_string(n) + "d", {l.input(), outputSize(l, n)});
}
template <std::size_t n> Value adaptiveMax(const Layer& l) {
  return l.run("aten::adaptive_max_pool" + std::to_string(n) + "d", {l.input(), outputSize(l, n)});
}
template <std::size_t n> Value maxWithIndices(const Layer& l) {
  return packed(l.ev,
                runAll(l.ev, l.at, "aten::max_pool" + std::to_string(n) + "d_with_indices",
                       {l.input(), l.spread("kernel_size", n), l.spread("stride", n), l.spread("padding", n), l.spread("dilation", n),
                        l.value("ceil_mode")}),
                l.call.resultType);
}
template <std::size_t n> Value adaptiveMaxWithIndices(const Layer& l) {
  return packed(l.ev, runAll(l.ev, l.at, "aten::adaptive_max_pool" + std::to_string(n) + "d", {l.input(), outputSize(l, n)}),
                l.call.resultType);
}
template <std::size_t n> Value powerAverage(const Layer& l) {
  std::optional<Ints> kernel = l.ints("kernel_size", n);
  std::int64_t cells = 1;
  for (std::int64_t k : kernel.value_or(Ints{})) cells = mulClamped(cells, k);
  const double p = l.ev.number(l.value("norm_type")).value_or(2);
  Values pool = {l.run("aten::pow.Tensor_Scalar", {l.input(), l.value("norm_type")}),
                 l.spread("kernel_size", n),
                 l.spread("stride", n),
                 list(l.ev, Ints(n, 0)),
                 l.value("ceil_mode"),
                 boolean(true)};
  Value out = l.run("aten::avg_pool" + std::to_string(n) + "d", std::move(pool));
  Value positive = l.run("aten::relu", {l.run("aten::abs", {out})});
  out = l.run("aten::mul.Tensor", {l.run("aten::sign", {out}), positive});
  return l.run("aten::pow.Tensor_Scalar", {l.run("aten::mul.Scalar", {out, integerValue(cells)}), 1.0 / p});
}
template <std::size_t n> Values fractionalOutputs(const Layer& l) {
  Tensor* t = tensorOf(l.input());
  std::optional<Ints> size = l.ints("output_size", n);
  if (!t || t->type.rank() < static_cast<std::int64_t>(n) + 1)
    return {l.ev.unknown(l.at, "the input of a fractional pooling is not known", reason(l.input()))};
  const Shape& shape = t->type.shape;
  if (!size) { // output_ratio of each size
    Object* ratio = asObject(l.spread("output_ratio", n));
    if (!ratio || ratio->items.size() != n) return {l.ev.unknown(l.at, "the output size of a fractional pooling is not known")};
    size.emplace();
    for (std::size_t i = 0; i < n; ++i)
      size->push_back(
          static_cast<std::int64_t>(static_cast<double>(shape[shape.size() - n + i]) * l.ev.number(ratio->items[i]->value()).value_or(1)));
  }
  Value samples = l.value("_random_samples");
  if (!isDefined(samples)) {
    std::int64_t batch = shape.size() == n + 1 ? 1 : shape[0];
    samples = l.run("aten::rand", {list(l.ev, {batch, shape[shape.size() - n - 1], static_cast<std::int64_t>(n)})});
  }
  return runAll(l.ev, l.at, "aten::fractional_max_pool" + std::to_string(n) + "d",
                {l.input(), l.spread("kernel_size", n), list(l.ev, *size), samples});
}
template <std::size_t n> Value fractional(const Layer& l) { return fractionalOutputs<n>(l)[0]; }
template <std::size_t n> Value maxUnpool(const Layer& l) {
  std::optional<Ints> kernel = l.ints("kernel_size", n), stride = l.ints("stride", n), padding = l.ints("padding", n);
  Value asked = l.value("output_size");
  Tensor* t = tensorOf(l.input());
  std::optional<Ints> size = l.ev.integers(asked);
  if (!size && t && kernel && stride && padding && t->type.rank() >= static_cast<std::int64_t>(n)) {
    size.emplace();
    for (std::size_t d = 0; d < n; ++d)
      size->push_back((t->type.shape[t->type.shape.size() - n + d] - 1) * (*stride)[d] + (*kernel)[d] - 2 * (*padding)[d]);
  }
  if (!size) return l.ev.unknown(l.at, "the output size of a max_unpool is not known", reason(l.input()));
  if (size->size() > n) size->erase(size->begin(), size->end() - n);
  if (n == 3) return l.run("aten::max_unpool3d", {l.input(), l.input(1), list(l.ev, *size), l.spread("stride", n), l.spread("padding", n)});
  if (n == 2) return l.run("aten::max_unpool2d", {l.input(), l.input(1), list(l.ev, *size)});
  size->push_back(1);
  Value deep = l.run("aten::max_unpool2d", {l.run("aten::unsqueeze", {l.input(), integerValue(-1)}),
                                            l.run("aten::unsqueeze", {l.input(1), integerValue(-1)}), list(l.ev, *size)});
  return l.run("aten::squeeze.dim", {deep, integerValue(-1)});
}

// ---- activations
Value softmin(const Layer& l) { return l.run("aten::softmax.int", {l.run("aten::neg", {l.input()}), l.value("dim"), l.value("dtype")}); }
Value softmax2d(const Layer& l) {
  if (std::int64_t rank = rankOf(l.input()); rank >= 0 && rank != 4 && rank != 3)
    l.ev.raise(l.at, "Softmax2d requires a 3D or 4D tensor as input");
  return l.run("aten::softmax.int", {l.input(), integerValue(-3)});
}
Value softsign(const Layer& l) {
  Value divisor = l.run("aten::add.Scalar", {l.run("aten::abs", {l.input()}), integerValue(1)});
  return l.run("aten::div.Tensor", {l.input(), divisor});
}
Value tanhshrink(const Layer& l) { return l.run("aten::sub.Tensor", {l.input(), l.run("aten::tanh", {l.input()})}); }
Value gumbelSoftmax(const Layer& l) {
  const Value logits = l.input();
  Value noise = l.run("aten::exponential_", {l.run("aten::empty_like", {logits})});
  noise = l.run("aten::neg", {l.run("aten::log", {noise})});
  noise = l.run("aten::div.Scalar", {l.run("aten::add.Tensor", {logits, noise}), l.value("tau")});
  Value soft = l.run("aten::softmax.int", {noise, l.value("dim")});
  if (!l.isSet("hard")) return soft;
  Values best = runAll(l.ev, l.at, "aten::max.dim", {soft, l.value("dim"), boolean(true)});
  Value hard = l.run("aten::scatter_.value", {l.run("aten::zeros_like", {logits}), l.value("dim"), best.back(), 1.0});
  Value difference = l.run("aten::sub.Tensor", {hard, l.run("aten::detach", {soft})});
  return l.run("aten::add.Tensor", {difference, soft});
}

// ---- embedding
Value renormalized(const Layer& l, Value weight, Value input) {
  if (Value norm = l.value("max_norm"); !std::holds_alternative<NullOpt>(norm) && !isNothing(norm))
    l.run("aten::embedding_renorm_", {weight, input, norm, l.value("norm_type")});
  return input;
}
Value embedding(const Layer& l) {
  const Value weight = l.value("weight");
  std::int64_t padding = l.integer("padding_idx").value_or(-1);
  if (l.integer("padding_idx") && padding < 0) padding += sizeOf(weight, 0).value_or(0);
  Value input = renormalized(l, weight, l.input());
  return l.run("aten::embedding", {weight, input, integerValue(padding), l.value("scale_grad_by_freq"), l.value("sparse")});
}
Value embeddingBag(const Layer& l) {
  const Value weight = l.value("weight");
  Value input = l.input(), offsets = l.tensor("offsets"), weights = l.tensor("per_sample_weights");
  if (Tensor* t = tensorOf(input); t && t->type.rank() == 2) {
    if (isDefined(offsets))
      l.ev.raise(l.at,
                 "If input is 2D, then offsets has to be null, as input is treated is a mini-batch of fixed length sequences. However, "
                 "found offsets of type Tensor");
    offsets = l.run("aten::arange.start_step",
                    {integerValue(0), integerValue(t->type.elements()), integerValue(t->type.shape[1]), integerValue(4)});
    input = l.run("aten::reshape", {input, list(l.ev, {-1})});
    if (isDefined(weights)) weights = l.run("aten::reshape", {weights, list(l.ev, {-1})});
  }
  const std::string mode = l.enumerator("mode");
  renormalized(l, weight, input);
  Values arguments = {weight,
                      input,
                      offsets,
                      l.value("scale_grad_by_freq"),
                      integerValue(mode == "Sum"   ? 0
                                   : mode == "Max" ? 2
                                                   : 1),
                      l.value("sparse"),
                      weights,
                      l.value("include_last_offset")};
  if (!l.integer("padding_idx")) return l.run("aten::embedding_bag", std::move(arguments));
  arguments.push_back(l.value("padding_idx"));
  return l.run("aten::embedding_bag.padding_idx", std::move(arguments));
}

// ---- padding
template <int mode> Value padLayer(const Layer& l) {
  constexpr const char* modes[] = {"Constant", "Reflect", "Replicate"};
  Value value = l.value("value");
  return pad(l.ev, l.at, l.input(), l.value("padding"), modes[mode], isNothing(value) ? Value(0.0) : value);
}
Value padFunction(const Layer& l) { return pad(l.ev, l.at, l.input(), l.value("pad"), l.enumerator("mode"), l.value("value")); }

constexpr LayerCase cases[] = {
    {"Identity", nullptr, identity},
    {"Linear", "linear", linearLayer},
    {"Conv1d", "conv1d", convolution<1>},
    {"Conv2d", "conv2d", convolution<2>},
    {"Conv3d", "conv3d", convolution<3>},
    {"ConvTranspose1d", "conv_transpose1d", transposed<1>},
    {"ConvTranspose2d", "conv_transpose2d", transposed<2>},
    {"ConvTranspose3d", "conv_transpose3d", transposed<3>},
    {"BatchNormImplBase::forward", "batch_norm", batchNorm},
    {"InstanceNormImpl::forward", "instance_norm", instanceNorm},
    {"LocalResponseNorm", "local_response_norm", localResponseNorm},
    {nullptr, "normalize", normalize},
    {"AdaptiveAvgPool1d", "adaptive_avg_pool1d", adaptiveAverage<1>},
    {"AdaptiveAvgPool2d", "adaptive_avg_pool2d", adaptiveAverage<2>},
    {"AdaptiveAvgPool3d", "adaptive_avg_pool3d", adaptiveAverage<3>},
    {"AdaptiveMaxPool1d", "adaptive_max_pool1d", adaptiveMax<1>},
    {"AdaptiveMaxPool2d", "adaptive_max_pool2d", adaptiveMax<2>},
    {"AdaptiveMaxPool3d", "adaptive_max_pool3d", adaptiveMax<3>},
    {"MaxPool1dImpl::forward_with_indices", "max_pool1d_with_indices", maxWithIndices<1>},
    {"MaxPool2dImpl::forward_with_indices", "max_pool2d_with_indices", maxWithIndices<2>},
    {"MaxPool3dImpl::forward_with_indices", "max_pool3d_with_indices", maxWithIndices<3>},
    {"AdaptiveMaxPool1dImpl::forward_with_indices", "adaptive_max_pool1d_with_indices", adaptiveMaxWithIndices<1>},
    {"AdaptiveMaxPool2dImpl::forward_with_indices", "adaptive_max_pool2d_with_indices", adaptiveMaxWithIndices<2>},
    {"AdaptiveMaxPool3dImpl::forward_with_indices", "adaptive_max_pool3d_with_indices", adaptiveMaxWithIndices<3>},
    {"LPPool1d", "lp_pool1d", powerAverage<1>},
    {"LPPool2d", "lp_pool2d", powerAverage<2>},
    {"LPPool3d", "lp_pool3d", powerAverage<3>},
    {"FractionalMaxPool2d", "fractional_max_pool2d", fractional<2>},
    {"FractionalMaxPool3d", "fractional_max_pool3d", fractional<3>},
    {"MaxUnpool1d", "max_unpool1d", maxUnpool<1>},
    {"MaxUnpool2d", "max_unpool2d", maxUnpool<2>},
    {"MaxUnpool3d", "max_unpool3d", maxUnpool<3>},
    {"Softmin", "softmin", softmin},
    {"Softmax2d", nullptr, softmax2d},
    {"Softsign", "softsign", softsign},
    {"Tanhshrink", "tanhshrink", tanhshrink},
    {nullptr, "gumbel_softmax", gumbelSoftmax},
    {"Embedding", "embedding", embedding},
    {"EmbeddingBag", "embedding_bag", embeddingBag},
    {"ZeroPadImpl::forward", nullptr, padLayer<0>},
    {"ConstantPadImpl::forward", nullptr, padLayer<0>},
    {"ReflectionPadImpl::forward", nullptr, padLayer<1>},
    {"ReplicationPadImpl::forward", nullptr, padLayer<2>},
    {"ZeroPad2d", nullptr, padLayer<0>},
    {nullptr, "pad", padFunction}};
} // namespace

llvm::ArrayRef<LayerCase> layerCases() { return cases; }

} // namespace cobra::interp::torch_model
