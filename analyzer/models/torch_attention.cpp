// MultiheadAttention: as torch::nn::functional::multi_head_attention_forward composes it (functional/activation.h). LibTorch's C++ has
// no fused path for it.
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_layer.h"
#include "analyzer/models/torch_modules.h"
#include "analyzer/models/torch_options.h"
#include "analyzer/models/torch_strides.h"
#include "analyzer/models/torch_transformer.h"

#include <cmath>
#include <limits>

namespace cobra::interp {

using namespace torch_model;

namespace {
void attentionWeights(Evaluator& ev, Object& self, const LibraryCall& call) {
  Object* options = requireOptions(ev, self, call);
  std::optional<std::int64_t> embed = intOption(ev, options, "embed_dim"), heads = intOption(ev, options, "num_heads");
  if (!embed || !heads || *heads <= 0) {
    ev.unknown(call.at, "the sizes of this attention layer are not known");
    return;
  }
  if (*embed % *heads != 0) ev.raise(call.at, "embed_dim must be divisible by num_heads");
  auto sizeOr = [&](const char* name) { // kdim and vdim are those of the query where they were not given
    std::int64_t n = intOption(ev, options, name).value_or(0);
    if (n == 0) ev.heap.write(ev.fieldCell(*options, std::string(name) + "_"), integerValue(*embed));
    return n == 0 ? *embed : n;
  };
  const std::int64_t keys = sizeOr("kdim"), values = sizeOr("vdim");
  const bool same = keys == *embed && values == *embed, bias = flag(ev, options, "bias"), more = flag(ev, options, "add_bias_kv");
  ev.heap.write(ev.fieldCell(self, "_qkv_same_embed_dim"), boolean(same));
  ev.heap.write(ev.fieldCell(self, "head_dim"), integerValue(*embed / *heads));
  makeParameter(ev, self, "in_proj_weight", {3 * *embed, *embed}, same);
  makeParameter(ev, self, "q_proj_weight", {*embed, *embed}, !same);
  makeParameter(ev, self, "k_proj_weight", {*embed, keys}, !same);
  makeParameter(ev, self, "v_proj_weight", {*embed, values}, !same);
  makeParameter(ev, self, "in_proj_bias", {3 * *embed}, bias);
  makeParameter(ev, self, "bias_k", {1, 1, *embed}, more);
  makeParameter(ev, self, "bias_v", {1, 1, *embed}, more);
  makeChild(ev, self, "out_proj", {{"in_features", integerValue(*embed)}, {"out_features", integerValue(*embed)}, {"bias", boolean(bias)}},
            call.at);
}

class Attention {
public:
  Attention(const Layer& layer, Value heads, Value outWeight, Value outBias)
      : l_(layer), heads_(std::move(heads)), outWeight_(std::move(outWeight)), outBias_(std::move(outBias)) {}

  Value run() {
    const Value query = l_.value("query"), key = l_.value("key"), value = l_.value("value");
    Tensor* q = tensorOf(query);
    std::optional<std::int64_t> heads = l_.ev.integer(heads_);
    if (!q || !tensorOf(key) || !tensorOf(value) || !heads || *heads <= 0)
      return l_.ev.unknown(l_.at, "an input of an attention layer is not known", reason(query));
    if (q->type.rank() != 3)
      l_.ev.raise(l_.at, "MultiheadAttention takes [length, batch, embed_dim], but the query has " + std::to_string(q->type.rank()) +
                             " dimensions");
    if (tensorOf(key)->type.shape != tensorOf(value)->type.shape) l_.ev.raise(l_.at, "key.sizes() == value.sizes() INTERNAL ASSERT FAILED");
    length_ = q->type.shape[0], batch_ = q->type.shape[1], embed_ = q->type.shape[2];
    split_ = *heads, width_ = embed_ / *heads;
    if (width_ * split_ != embed_) l_.ev.raise(l_.at, "embed_dim must be divisible by num_heads");
    project(query, key, value);
    q_ = l_.run("aten::mul.Scalar", {q_, 1 / std::sqrt(static_cast<double>(width_))});
    mask_ = l_.tensor("attn_mask");
    paddingMask_ = l_.tensor("key_padding_mask");
    addBias();
    q_ = byHeads(q_, length_);
    k_ = byHeads(k_, -1);
    v_ = byHeads(v_, -1);
    if (l_.isSet("add_zero_attn")) addZeros();
    return attend();
  }

private:
  Value slice(const Value& from, std::int64_t start, std::optional<std::int64_t> end) {
    return l_.run("aten::slice.Tensor", {from, integerValue(0), integerValue(start), end ? integerValue(*end) : none(), integerValue(1)});
  }
  Value part(const Value& input, const Value& weight, const Value& bias, std::int64_t start, std::optional<std::int64_t> end) {
    Value w = slice(weight, start, end);
    return linear(l_.ev, l_.at, input, w, isDefined(bias) ? slice(bias, start, end) : bias);
  }
  /// LibTorch compares the data; tensors that are not the same one are taken to differ.
  bool same(const Value& a, const Value& b) {
    l_.run("aten::equal", {a, b});
    return tensorOf(a) == tensorOf(b);
  }
  std::vector<Value> chunks(const Value& from, std::int64_t n) {
    Object* o = asObject(l_.run("aten::chunk", {from, integerValue(n), integerValue(-1)}));
    std::vector<Value> out;
    for (std::int64_t i = 0; i < n; ++i)
      out.push_back(o && i < static_cast<std::int64_t>(o->items.size()) ? o->items[static_cast<std::size_t>(i)]->value() : from);
    return out;
  }
  void project(const Value& query, const Value& key, const Value& value) {
    const Value weight = l_.value("in_proj_weight"), bias = l_.value("in_proj_bias");
    const bool separate = l_.module ? l_.integer("_qkv_same_embed_dim") == 0 : l_.isSet("use_separate_proj_weight");
    if (separate) {
      const char* weights[] = {"q_proj_weight", "k_proj_weight", "v_proj_weight"};
      const Value inputs[] = {query, key, value};
      Value* outputs[] = {&q_, &k_, &v_};
      for (std::int64_t i = 0; i < 3; ++i) {
        Value b = !isDefined(bias) ? bias : slice(bias, i * embed_, i == 2 ? std::nullopt : std::optional((i + 1) * embed_));
        *outputs[i] = linear(l_.ev, l_.at, inputs[i], l_.value(weights[i]), b);
      }
    } else if (same(query, key) && same(key, value)) {
      std::vector<Value> parts = chunks(linear(l_.ev, l_.at, query, weight, bias), 3);
      q_ = parts[0], k_ = parts[1], v_ = parts[2];
    } else if (same(key, value)) {
      q_ = part(query, weight, bias, 0, embed_);
      std::vector<Value> parts = chunks(part(key, weight, bias, embed_, std::nullopt), 2);
      k_ = parts[0], v_ = parts[1];
    } else {
      q_ = part(query, weight, bias, 0, embed_);
      k_ = part(key, weight, bias, embed_, 2 * embed_);
      v_ = part(value, weight, bias, 2 * embed_, std::nullopt);
    }
  }
  Value joined(const Value& a, const Value& b, std::int64_t dim) {
    return l_.run("aten::cat", {l_.ev.heap.sequence({a, b}), integerValue(dim)});
  }
  Value zerosLike(const Value& model, Shape shape) {
    Tensor* t = tensorOf(model);
    return l_.run("aten::zeros", {list(l_.ev, shape), integerValue(scalarTypeOf(t ? t->type.dtype : DType::Float32))});
  }
  void widenMasks() {
    for (Value* m : {&mask_, &paddingMask_})
      if (Tensor* t = tensorOf(*m)) *m = joined(*m, zerosLike(*m, {t->type.shape.empty() ? 1 : t->type.shape[0], 1}), 1);
  }
  void addBias() {
    const Value k = l_.value("bias_k"), v = l_.value("bias_v");
    if (!isDefined(k) || !isDefined(v)) return;
    const Value times = list(l_.ev, {1, batch_, 1});
    k_ = joined(k_, l_.run("aten::repeat", {k, times}), 0);
    v_ = joined(v_, l_.run("aten::repeat", {v, times}), 0);
    widenMasks();
  }
  Value contiguous(const Value& v) {
    Tensor* t = tensorOf(v);
    return !t || isContiguous(*t) ? v : l_.run("aten::contiguous", {v});
  }
  Value byHeads(const Value& v, std::int64_t length) {
    Value seen = l_.run("aten::view", {contiguous(v), list(l_.ev, {length, batch_ * split_, width_})});
    return l_.run("aten::transpose.int", {seen, integerValue(0), integerValue(1)});
  }
  void addZeros() {
    for (Value* v : {&k_, &v_})
      if (Tensor* t = tensorOf(*v)) {
        Shape shape = t->type.shape;
        shape[1] = 1;
        *v = joined(*v, zerosLike(*v, shape), 1);
      }
    widenMasks();
  }
  Value attend() {
    const std::int64_t source = sizeOf(k_, 1).value_or(length_);
    Value weights = l_.run("aten::bmm", {q_, l_.run("aten::transpose.int", {k_, integerValue(1), integerValue(2)})});
    if (isDefined(mask_)) l_.run("aten::add_.Tensor", {weights, l_.run("aten::unsqueeze", {mask_, integerValue(0)})});
    if (isDefined(paddingMask_)) {
      weights = l_.run("aten::view", {weights, list(l_.ev, {batch_, split_, length_, source})});
      Value mask = l_.run("aten::unsqueeze", {l_.run("aten::unsqueeze", {paddingMask_, integerValue(1)}), integerValue(2)});
      weights = l_.run("aten::masked_fill.Scalar", {weights, mask, -std::numeric_limits<double>::infinity()});
      weights = l_.run("aten::view", {weights, list(l_.ev, {batch_ * split_, length_, source})});
    }
    weights = l_.run("aten::softmax.int", {weights, integerValue(-1)});
    weights = l_.run("aten::dropout", {weights, l_.value(l_.module ? "dropout" : "dropout_p"), l_.training()});
    Value out = l_.run("aten::transpose.int", {l_.run("aten::bmm", {weights, v_}), integerValue(0), integerValue(1)});
    out = l_.run("aten::view", {contiguous(out), list(l_.ev, {length_, batch_, embed_})});
    out = linear(l_.ev, l_.at, out, outWeight_, outBias_);
    if (!l_.isSet("need_weights")) return l_.ev.heap.tuple({out, TensorHandle{}}, l_.call.resultType);
    weights = l_.run("aten::view", {weights, list(l_.ev, {batch_, split_, length_, source})});
    if (Value average = l_.value("average_attn_weights"); isNothing(average) || l_.ev.integer(average).value_or(1) != 0) {
      weights = l_.run("aten::sum.dim_IntList", {weights, list(l_.ev, {1})});
      weights = l_.run("aten::div.Scalar", {weights, integerValue(split_)});
    }
    return l_.ev.heap.tuple({out, weights}, l_.call.resultType);
  }

  const Layer& l_;
  Value heads_, outWeight_, outBias_, q_, k_, v_, mask_, paddingMask_;
  std::int64_t length_ = 0, batch_ = 0, embed_ = 0, split_ = 1, width_ = 0;
};

Result attentionForward(Evaluator& ev, const LibraryCall& call) {
  Layer l(ev, call);
  Object* out = ev.object(fieldValue(l.module, "out_proj"));
  return Attention(l, l.value("num_heads"), fieldValue(out, "weight"), fieldValue(out, "bias")).run();
}
Result attentionFunction(Evaluator& ev, const LibraryCall& call) {
  Layer l(ev, call);
  return Attention(l, l.value("num_heads"), l.value("out_proj_weight"), l.value("out_proj_bias")).run();
}
} // namespace

void registerTorchAttention(Library& library) {
  library.module("torch::nn::MultiheadAttentionImpl", attentionWeights);
  library.function("torch::nn::MultiheadAttentionImpl::forward", attentionForward);
  library.function("torch::nn::functional::multi_head_attention_forward", attentionFunction);
  registerTransformers(library);
}

} // namespace cobra::interp
