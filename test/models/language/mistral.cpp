// A Mistral-like decoder: cos/sin rotary tables, repeat_interleave for grouped queries, sliding window mask, half precision weights optional.
#include <torch/torch.h>

#include <iostream>
#include <map>

using torch::Tensor;
namespace nn = torch::nn;

#define REGISTER_LINEAR(name, in, out) name = register_module(#name, nn::Linear(nn::LinearOptions((in), (out)).bias(false)))

struct Config {
  int64_t hidden_size{64};
  int64_t intermediate_size{112};
  int64_t num_hidden_layers{2};
  int64_t num_attention_heads{8};
  int64_t num_key_value_heads{2};
  int64_t vocab_size{128};
  int64_t sliding_window{4};
  double rms_norm_eps{1e-5};
  double rope_theta{10000.};
  torch::ScalarType dtype{torch::kFloat32};
};

class RotaryEmbeddingImpl : public nn::Module {
public:
  RotaryEmbeddingImpl(int64_t dim, double base) {
    inv_freq_ = 1.0 / (torch::pow(base, torch::arange(0, dim, 2, torch::kFloat32) / dim));
    register_buffer("inv_freq", inv_freq_);
  }
  std::tuple<Tensor, Tensor> forward(const Tensor& x, const Tensor& position_ids) {
    auto inv = inv_freq_.unsqueeze(0).unsqueeze(-1).to(torch::kFloat32).expand({position_ids.size(0), -1, 1});
    auto pos = position_ids.unsqueeze(1).to(torch::kFloat32);
    auto freqs = torch::matmul(inv, pos).transpose(1, 2);
    auto emb = torch::cat({freqs, freqs}, -1);
    return {emb.cos().to(x.dtype()), emb.sin().to(x.dtype())};
  }

private:
  Tensor inv_freq_;
};
TORCH_MODULE(RotaryEmbedding);

static inline Tensor rotate_half(const Tensor& x) {
  auto x1 = x.slice(-1, 0, x.size(-1) / 2);
  auto x2 = x.slice(-1, x.size(-1) / 2);
  return torch::cat({-x2, x1}, -1);
}

class RmsNormImpl : public nn::Cloneable<RmsNormImpl> {
public:
  RmsNormImpl(int64_t n, double eps) : n_(n), eps_(eps) { reset(); }
  void reset() override { weight = register_parameter("weight", torch::ones({n_})); }
  Tensor forward(Tensor h) {
    const auto dtype = h.dtype();
    h = h.to(torch::kFloat32);
    auto variance = h.square().mean({-1}, /*keepdim=*/true);
    h = h.mul(torch::rsqrt(variance + eps_));
    return weight * h.to(dtype);
  }
  Tensor weight;

private:
  int64_t n_;
  double eps_;
};
TORCH_MODULE(RmsNorm);

class SelfAttentionImpl : public nn::Module {
public:
  SelfAttentionImpl(const Config& c, int64_t layer)
      : heads(c.num_attention_heads), kv_heads(c.num_key_value_heads), head_dim(c.hidden_size / c.num_attention_heads), layer_(layer) {
    REGISTER_LINEAR(q_proj, c.hidden_size, heads * head_dim);
    REGISTER_LINEAR(k_proj, c.hidden_size, kv_heads * head_dim);
    REGISTER_LINEAR(v_proj, c.hidden_size, kv_heads * head_dim);
    REGISTER_LINEAR(o_proj, heads * head_dim, c.hidden_size);
  }

  Tensor forward(const Tensor& x, const Tensor& cos, const Tensor& sin, const Tensor& mask, std::map<int64_t, std::array<Tensor, 2>>& cache) {
    const auto B = x.size(0), T = x.size(1);
    auto q = q_proj(x).view({B, T, heads, head_dim}).transpose(1, 2);
    auto k = k_proj(x).view({B, T, kv_heads, head_dim}).transpose(1, 2);
    auto v = v_proj(x).view({B, T, kv_heads, head_dim}).transpose(1, 2);
    auto c = cos.unsqueeze(1), s = sin.unsqueeze(1);
    q = (q * c) + (rotate_half(q) * s);
    k = (k * c) + (rotate_half(k) * s);
    if (auto found = cache.find(layer_); found != cache.end()) {
      k = torch::cat({found->second[0], k}, 2);
      v = torch::cat({found->second[1], v}, 2);
    }
    cache[layer_] = {k, v};
    k = k.repeat_interleave(heads / kv_heads, 1);
    v = v.repeat_interleave(heads / kv_heads, 1);
    auto w = torch::matmul(q, k.transpose(2, 3)).div_(std::sqrt(double(head_dim)));
    if (mask.numel() > 0) w = w + mask;
    w = nn::functional::softmax(w, nn::functional::SoftmaxFuncOptions(-1).dtype(torch::kFloat32)).to(q.dtype());
    auto out = torch::matmul(w, v).transpose(1, 2).contiguous();
    return o_proj(out.reshape({B, T, heads * head_dim}));
  }

private:
  int64_t heads, kv_heads, head_dim, layer_;
  nn::Linear q_proj{nullptr}, k_proj{nullptr}, v_proj{nullptr}, o_proj{nullptr};
};
TORCH_MODULE(SelfAttention);

class GatedMlpImpl : public nn::Module {
public:
  explicit GatedMlpImpl(const Config& c) {
    REGISTER_LINEAR(gate_proj, c.hidden_size, c.intermediate_size);
    REGISTER_LINEAR(up_proj, c.hidden_size, c.intermediate_size);
    REGISTER_LINEAR(down_proj, c.intermediate_size, c.hidden_size);
    act = register_module("act", nn::SiLU());
  }
  Tensor forward(const Tensor& x) { return down_proj(act(gate_proj(x)) * up_proj(x)); }

private:
  nn::Linear gate_proj{nullptr}, up_proj{nullptr}, down_proj{nullptr};
  nn::SiLU act{nullptr};
};
TORCH_MODULE(GatedMlp);

class DecoderLayerImpl : public nn::Module {
public:
  DecoderLayerImpl(const Config& c, int64_t i)
      : self_attn(c, i), mlp(c), input_layernorm(c.hidden_size, c.rms_norm_eps), post_attention_layernorm(c.hidden_size, c.rms_norm_eps) {
    register_module("self_attn", self_attn);
    register_module("mlp", mlp);
    register_module("input_layernorm", input_layernorm);
    register_module("post_attention_layernorm", post_attention_layernorm);
  }
  template <class... Rest> Tensor forward(Tensor x, Rest&&... rest) {
    auto residual = x;
    x = residual + self_attn->forward(input_layernorm(x), std::forward<Rest>(rest)...);
    residual = x;
    return residual + mlp(post_attention_layernorm(x));
  }

private:
  SelfAttention self_attn;
  GatedMlp mlp;
  RmsNorm input_layernorm, post_attention_layernorm;
};
TORCH_MODULE(DecoderLayer);

class MistralImpl : public nn::Module {
public:
  explicit MistralImpl(const Config& c) : config(c), embed_tokens(c.vocab_size, c.hidden_size), rotary(c.hidden_size / c.num_attention_heads, c.rope_theta), norm(c.hidden_size, c.rms_norm_eps) {
    register_module("embed_tokens", embed_tokens);
    register_module("rotary", rotary);
    register_module("norm", norm);
    for (auto i = 0; i < c.num_hidden_layers; ++i) {
      layers->push_back(DecoderLayer(c, i));
    }
    register_module("layers", layers);
    REGISTER_LINEAR(lm_head, c.hidden_size, c.vocab_size);
    this->to(c.dtype);
  }

  Tensor make_mask(int64_t q_len, int64_t kv_len, torch::Dtype dtype) const {
    if (q_len == 1) return torch::empty({0});
    auto mask = torch::ones({q_len, kv_len}, torch::kBool).tril_(kv_len - q_len);
    mask.triu_(kv_len - q_len - config.sliding_window + 1);
    auto out = torch::zeros({q_len, kv_len}, dtype);
    out.masked_fill_(mask.logical_not(), -1e9);
    return out.unsqueeze(0).unsqueeze(0);
  }

  Tensor forward(const Tensor& input_ids, int64_t past = 0) {
    const auto T = input_ids.size(1);
    auto h = embed_tokens(input_ids);
    auto position_ids = torch::arange(past, past + T, torch::dtype(torch::kLong).device(input_ids.device())).unsqueeze(0);
    auto [cos, sin] = rotary->forward(h, position_ids);
    auto mask = make_mask(T, past + T, c10::typeMetaToScalarType(h.dtype()));
    for (size_t i = 0; i < layers->size(); ++i)
      h = layers->ptr<DecoderLayerImpl>(i)->forward(h, cos, sin, mask, cache);
    return lm_head(norm(h));
  }

  Config config;
  nn::Embedding embed_tokens;
  RotaryEmbedding rotary;
  RmsNorm norm;
  nn::ModuleList layers;
  nn::Linear lm_head{nullptr};
  std::map<int64_t, std::array<Tensor, 2>> cache;
};
TORCH_MODULE(Mistral);

int main() {
  Config config;
  Mistral model(config);
  model->eval();
  torch::InferenceMode mode;
  auto prompt = torch::randint(0, config.vocab_size, {1, 7}, torch::kInt64);
  auto logits = model->forward(prompt);
  for (int step = 0; step < 3; ++step) {
    auto next = logits.select(1, -1).argmax(-1).unsqueeze(1);
    logits = model->forward(next, 7 + step);
  }
  std::cout << logits.sizes() << "\n";
  return 0;
}

// cobra: Config config; Mistral model(config); model->eval(); auto prompt = torch::randint(0, 128, {1, 7}, torch::kInt64); model->forward(prompt);
