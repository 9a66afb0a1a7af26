#pragma once
// A decoder whose feed-forward layers are mixtures of experts; rotary, ALiBi or learned positions, grouped heads, a cache with a window.
#include <torch/torch.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace acme::llm {

using torch::Tensor;
namespace F = torch::nn::functional;

enum class NormKind : uint8_t { kLayerNorm, kRmsNorm };
enum class PositionKind { kRotary, kAlibi, kLearned };

struct RopeConfig {
  double base = 10000.0;
  std::optional<double> scaling_factor;
};

struct ModelConfig final {
  std::size_t vocab_size{256};
  int64_t hidden_size{64};
  int64_t num_layers{3};
  int64_t num_heads{8};
  int64_t num_kv_heads{2};
  int64_t num_experts{4};
  int64_t top_k{2};
  int64_t intermediate{96};
  int64_t window{0};
  NormKind norm{NormKind::kRmsNorm};
  PositionKind position{PositionKind::kRotary};
  RopeConfig rope{};
  bool tie_embeddings{true};
  std::vector<int64_t> moe_layers{1};

  [[nodiscard]] int64_t head_dim() const noexcept { return hidden_size / num_heads; }
  [[nodiscard]] bool is_moe(int64_t layer) const { return std::find(moe_layers.cbegin(), moe_layers.cend(), layer) != moe_layers.cend(); }
};

class RmsNormImpl : public torch::nn::Module {
 public:
  explicit RmsNormImpl(int64_t dim, double eps = 1e-6) : eps_{eps} { weight_ = register_parameter("weight", torch::ones({dim})); }
  [[nodiscard]] Tensor forward(const Tensor& x) const {
    const auto input_dtype = x.scalar_type();
    auto h = x.to(torch::kFloat32);
    const auto variance = h.square().mean({-1}, /*keepdim=*/true);
    h.mul_(torch::rsqrt(variance + eps_));
    return weight_ * h.to(input_dtype);
  }

 private:
  double eps_;
  Tensor weight_;
};
TORCH_MODULE(RmsNorm);

using NormFn = std::function<Tensor(const Tensor&)>;

template <typename Parent>
NormFn make_norm(Parent& parent, const std::string& name, const ModelConfig& cfg) {
  switch (cfg.norm) {
    case NormKind::kLayerNorm: {
      auto ln = parent.register_module(name, torch::nn::LayerNorm(torch::nn::LayerNormOptions({cfg.hidden_size})));
      return [ln](const Tensor& x) mutable { return ln->forward(x); };
    }
    case NormKind::kRmsNorm: {
      auto rms = parent.register_module(name, RmsNorm(cfg.hidden_size));
      return [rms](const Tensor& x) { return rms->forward(x); };
    }
  }
  throw std::logic_error("norm");
}

class RotaryCache {
 public:
  RotaryCache() = default;
  RotaryCache(int64_t dim, const RopeConfig& cfg, int64_t max_len) {
    auto inv = 1.0 / torch::pow(cfg.base, torch::arange(0, dim, 2, torch::kFloat32) / static_cast<double>(dim));
    auto pos = torch::arange(max_len, torch::kFloat32);
    if (const auto s = cfg.scaling_factor; s) pos = pos / *s;
    const auto freqs = torch::outer(pos, inv);
    const auto emb = torch::cat({freqs, freqs}, -1);
    cos_ = emb.cos();
    sin_ = emb.sin();
  }
  [[nodiscard]] std::pair<Tensor, Tensor> apply(const Tensor& q, const Tensor& k, int64_t offset) const {
    const auto n = q.size(-2);
    const auto c = cos_.narrow(0, offset, n), s = sin_.narrow(0, offset, n);
    auto rot = [&](const Tensor& t) { return t * c + rotate_half(t) * s; };
    return {rot(q), rot(k)};
  }
  [[nodiscard]] bool ready() const { return cos_.defined(); }

 private:
  static Tensor rotate_half(const Tensor& x) {
    const auto halves = x.chunk(2, -1);
    return torch::cat({-halves.back(), halves.front()}, -1);
  }
  Tensor cos_, sin_;
};

struct KvEntry {
  Tensor k, v;
  void append(const Tensor& nk, const Tensor& nv) {
    if (!k.defined()) {
      k = nk;
      v = nv;
      return;
    }
    k = torch::cat({k, nk}, 2);
    v = torch::cat({v, nv}, 2);
  }
  [[nodiscard]] int64_t length() const { return k.defined() ? k.size(2) : 0; }
  void truncate(int64_t w) {
    if (w > 0 && length() > w) {
      k = k.slice(2, -w);
      v = v.slice(2, -w);
    }
  }
};
using KvCache = std::vector<KvEntry>;

class AttentionImpl : public torch::nn::Module {
 public:
  AttentionImpl(const ModelConfig& cfg, int64_t index) : cfg_(cfg), index_(index) {
    const auto d = cfg.head_dim();
    auto lin = [](int64_t i, int64_t o) { return torch::nn::Linear(torch::nn::LinearOptions(i, o).bias(false)); };
    qkv_ = register_module("qkv", lin(cfg.hidden_size, (cfg.num_heads + 2 * cfg.num_kv_heads) * d));
    out_ = register_module("out", lin(cfg.num_heads * d, cfg.hidden_size));
    if (cfg.position == PositionKind::kRotary) rotary_.emplace(d, cfg.rope, 512);
    else if (cfg.position == PositionKind::kAlibi) slopes_ = register_buffer("slopes", alibi_slopes(cfg.num_heads));
  }
  Tensor forward(const Tensor& x, KvCache* cache) {
    const auto b = x.size(0), t = x.size(1), d = cfg_.head_dim();
    auto parts = qkv_(x).split({cfg_.num_heads * d, cfg_.num_kv_heads * d, cfg_.num_kv_heads * d}, -1);
    auto heads = [&](Tensor y, int64_t n) { return y.reshape({b, t, n, d}).transpose(1, 2); };
    auto q = heads(parts[0], cfg_.num_heads), k = heads(parts[1], cfg_.num_kv_heads), v = heads(parts[2], cfg_.num_kv_heads);
    const int64_t past = cache ? cache->at(static_cast<size_t>(index_)).length() : 0;
    if (rotary_) std::tie(q, k) = rotary_->apply(q, k, past);
    if (cache) {
      auto& e = (*cache)[static_cast<size_t>(index_)];
      e.append(k, v);
      k = e.k;
      v = e.v;
    }
    if (const auto rep = cfg_.num_heads / cfg_.num_kv_heads; rep > 1) {
      k = k.repeat_interleave(rep, 1);
      v = v.repeat_interleave(rep, 1);
    }
    if (!slopes_.defined() && cfg_.window == 0) {
      auto y = at::scaled_dot_product_attention(q, k, v, {}, 0.0, /*is_causal=*/t > 1);
      return out_(y.transpose(1, 2).reshape({b, t, -1}));
    }
    auto scores = torch::einsum("bhqd,bhkd->bhqk", {q, k}) * (1.0 / std::sqrt(static_cast<double>(d)));
    const auto total = k.size(2);
    auto qi = torch::arange(past, past + t).unsqueeze(-1), ki = torch::arange(total).unsqueeze(0);
    auto distance = qi - ki;
    auto allowed = distance >= 0;
    if (cfg_.window > 0) allowed = allowed & (distance < cfg_.window);
    if (slopes_.defined()) scores = scores - slopes_.view({1, -1, 1, 1}) * distance.to(scores.dtype());
    scores = scores.masked_fill(~allowed, -std::numeric_limits<double>::infinity());
    auto y = torch::einsum("bhqk,bhkd->bhqd", {scores.softmax(-1), v});
    return out_(y.transpose(1, 2).contiguous().view({b, t, cfg_.num_heads * d}));
  }

 private:
  static Tensor alibi_slopes(int64_t n) {
    std::vector<float> s;
    s.reserve(n);
    const double start = std::pow(2.0, -8.0 / n);
    double v = 1;
    std::generate_n(std::back_inserter(s), n, [&] { return static_cast<float>(v *= start); });
    return torch::tensor(s);
  }
  ModelConfig cfg_;
  int64_t index_;
  torch::nn::Linear qkv_{nullptr}, out_{nullptr};
  std::optional<RotaryCache> rotary_;
  Tensor slopes_;
};
TORCH_MODULE(Attention);

struct FeedForward : torch::nn::Module {
  virtual Tensor forward(const Tensor& x) = 0;
};
struct GatedMlp final : FeedForward {
  GatedMlp(int64_t h, int64_t i) : gate(torch::nn::LinearOptions(h, i).bias(false)), up(torch::nn::LinearOptions(h, i).bias(false)), down(torch::nn::LinearOptions(i, h).bias(false)) {
    register_module("gate", gate);
    register_module("up", up);
    register_module("down", down);
  }
  Tensor forward(const Tensor& x) override { return down(F::silu(gate(x)) * up(x)); }
  torch::nn::Linear gate, up, down;
};
/// Dense mixture: every expert runs on every token, weighted by a sparse router.
struct DenseMoe final : FeedForward {
  explicit DenseMoe(const ModelConfig& cfg) : top_k(cfg.top_k), n(cfg.num_experts) {
    router = register_module("router", torch::nn::Linear(torch::nn::LinearOptions(cfg.hidden_size, n).bias(false)));
    for (int64_t e = 0; e < n; ++e) experts.emplace_back(register_module("expert" + std::to_string(e), std::make_shared<GatedMlp>(cfg.hidden_size, cfg.intermediate)));
  }
  Tensor forward(const Tensor& x) override {
    auto flat = x.flatten(0, 1);
    auto probs = torch::softmax(router(flat), -1, torch::kFloat32);
    auto [w, idx] = probs.topk(top_k, -1);
    w = w / w.sum(-1, true);
    auto mask = torch::zeros_like(probs).scatter_(1, idx, w);
    aux_loss = (mask.gt(0).to(torch::kFloat32).mean(0) * probs.mean(0)).sum() * n;
    Tensor out = torch::zeros_like(flat);
    for (auto&& [e, expert] : enumerate(experts)) out = out + expert->forward(flat) * mask.select(1, e).unsqueeze(-1);
    return out.view_as(x);
  }
  template <typename V> static std::vector<std::pair<int64_t, typename V::value_type>> enumerate(V& v) {
    std::vector<std::pair<int64_t, typename V::value_type>> r;
    int64_t i = 0;
    for (auto& x : v) r.emplace_back(i++, x);
    return r;
  }
  int64_t top_k, n;
  torch::nn::Linear router{nullptr};
  std::vector<std::shared_ptr<GatedMlp>> experts;
  Tensor aux_loss;
};
/// Batched experts: weights stacked, tokens gathered by bmm.
struct StackedMoe final : FeedForward {
  explicit StackedMoe(const ModelConfig& cfg) : k(cfg.top_k) {
    w1 = register_parameter("w1", torch::randn({cfg.num_experts, cfg.hidden_size, cfg.intermediate}) * 0.02);
    w2 = register_parameter("w2", torch::randn({cfg.num_experts, cfg.intermediate, cfg.hidden_size}) * 0.02);
    router = register_module("router", torch::nn::Linear(cfg.hidden_size, cfg.num_experts));
  }
  Tensor forward(const Tensor& x) override {
    auto t = x.reshape({-1, x.size(-1)});
    auto [p, i] = router(t).softmax(-1).topk(k);
    auto a = w1.index_select(0, i.flatten()).view({t.size(0), k, w1.size(1), w1.size(2)});
    auto b = w2.index({i});
    auto h = torch::einsum("th,tkhi->tki", {t, a}).relu_();
    auto y = torch::einsum("tki,tkih->tkh", {h, b});
    return (y * p.unsqueeze(-1)).sum(1).reshape(x.sizes());
  }
  int64_t k;
  Tensor w1, w2;
  torch::nn::Linear router{nullptr};
};

class Block : public torch::nn::Module {
 public:
  Block(const ModelConfig& cfg, int64_t i)
      : norm1_{make_norm(*this, "norm1", cfg)}, norm2_{make_norm(*this, "norm2", cfg)}, attn_{register_module("attn", Attention(cfg, i))} {
    if (cfg.is_moe(i)) ffn_ = i % 2 ? std::static_pointer_cast<FeedForward>(std::make_shared<DenseMoe>(cfg)) : std::make_shared<StackedMoe>(cfg);
    else ffn_ = std::make_shared<GatedMlp>(cfg.hidden_size, cfg.intermediate);
    register_module("ffn", ffn_);
  }
  Tensor forward(Tensor x, KvCache* cache) {
    x = x + attn_->forward(norm1_(x), cache);
    return x + ffn_->forward(norm2_(x));
  }

 private:
  NormFn norm1_, norm2_;
  Attention attn_;
  std::shared_ptr<FeedForward> ffn_;
};

struct Sampler {
  virtual ~Sampler() = default;
  virtual Tensor operator()(const Tensor& logits) = 0;
};
struct Greedy : Sampler {
  Tensor operator()(const Tensor& l) override { return l.argmax(-1, true); }
};
struct TopP : Sampler {
  double p, temperature;
  TopP(double p, double t) : p(p), temperature(t) {}
  Tensor operator()(const Tensor& l) override {
    auto [sorted, idx] = torch::sort(torch::softmax(l / temperature, -1), -1, true);
    auto cum = torch::cumsum(sorted, -1);
    auto drop = (cum - sorted) > p;
    sorted.masked_fill_(drop, 0.0);
    sorted.div_(sorted.sum(-1, true));
    auto next = torch::multinomial(sorted, 1);
    return torch::gather(idx, -1, next);
  }
};

class Gpt : public torch::nn::Module {
 public:
  explicit Gpt(ModelConfig cfg) : cfg_(std::move(cfg)) {
    wte_ = register_module("wte", torch::nn::Embedding(cfg_.vocab_size, cfg_.hidden_size));
    if (cfg_.position == PositionKind::kLearned) wpe_ = register_module("wpe", torch::nn::Embedding(512, cfg_.hidden_size));
    blocks_.reserve(cfg_.num_layers);
    for (int64_t i = 0; i < cfg_.num_layers; ++i) blocks_.push_back(register_module("block_" + std::to_string(i), std::make_shared<Block>(cfg_, i)));
    norm_ = make_norm(*this, "norm", cfg_);
    if (!cfg_.tie_embeddings) head_ = register_module("head", torch::nn::Linear(torch::nn::LinearOptions(cfg_.hidden_size, cfg_.vocab_size).bias(false)));
  }
  Tensor forward(const Tensor& ids, KvCache* cache = nullptr) {
    auto x = wte_(ids);
    if (wpe_) {
      const auto past = cache && !cache->empty() ? cache->front().length() : 0;
      x = x + wpe_(torch::arange(past, past + ids.size(1), ids.options()));
    }
    for (auto& b : blocks_) x = b->forward(x, cache);
    x = norm_(x);
    return head_.is_empty() ? torch::matmul(x, wte_->weight.t()) : head_(x);
  }
  Tensor generate(Tensor ids, int64_t n, Sampler& sampler, std::function<bool(int64_t)> callback = nullptr) {
    c10::InferenceMode guard;
    KvCache cache(cfg_.num_layers);
    auto step = ids;
    for (int64_t i = 0; i < n; ++i) {
      auto logits = forward(step, &cache).select(1, -1);
      step = sampler(logits);
      ids = torch::cat({ids, step}, 1);
      if (callback && !callback(i)) break;
      for (auto& e : cache) e.truncate(cfg_.window);
    }
    return ids;
  }
  const ModelConfig& config() const { return cfg_; }

 private:
  ModelConfig cfg_;
  torch::nn::Embedding wte_{nullptr}, wpe_{nullptr};
  std::vector<std::shared_ptr<Block>> blocks_;
  NormFn norm_;
  torch::nn::Linear head_{nullptr};
};

class ModelConfigBuilder {
 public:
  ModelConfigBuilder& Layers(int64_t n) { return c_.num_layers = n, *this; }
  ModelConfigBuilder& Position(PositionKind k) { c_.position = k; return *this; }
  ModelConfigBuilder& Norm(NormKind k) { c_.norm = k; return *this; }
  ModelConfigBuilder& Window(int64_t w) { c_.window = w; return *this; }
  template <class... I> ModelConfigBuilder& Moe(I... i) { c_.moe_layers = {static_cast<int64_t>(i)...}; return *this; }
  ModelConfigBuilder& Untied() { c_.tie_embeddings = false; return *this; }
  ModelConfig Build() const { return c_; }
  operator ModelConfig() const& { return c_; }

 private:
  ModelConfig c_;
};

}  // namespace acme::llm
