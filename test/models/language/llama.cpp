#include <torch/torch.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

// LLaMA 2 in the reference style: complex rotary embeddings, grouped-query attention, preallocated caches.

namespace llama {

struct ModelArgs {
  int dim = 4096;
  int n_layers = 32;
  int n_heads = 32;
  std::optional<int> n_kv_heads;
  int vocab_size = -1;
  int multiple_of = 256;
  std::optional<float> ffn_dim_multiplier;
  float norm_eps = 1e-5;
  int max_batch_size = 32;
  int max_seq_len = 2048;
};

class RMSNorm : public torch::nn::Module {
 public:
  RMSNorm(int dim, float eps = 1e-6) : eps(eps) { weight = register_parameter("weight", torch::ones(dim)); }
  torch::Tensor norm(const torch::Tensor& x) { return x * torch::rsqrt(x.pow(2).mean(-1, true) + eps); }
  torch::Tensor forward(const torch::Tensor& x) {
    auto output = norm(x.to(torch::kFloat)).type_as(x);
    return output * weight;
  }

 private:
  float eps;
  torch::Tensor weight;
};

torch::Tensor precompute_freqs_cis(int dim, int end, float theta = 10000.0) {
  auto freqs = 1.0 / torch::pow(theta, torch::arange(0, dim, 2).slice(0, 0, dim / 2).to(torch::kFloat) / dim);
  auto t = torch::arange(end, freqs.device());
  freqs = torch::outer(t, freqs).to(torch::kFloat);
  return torch::polar(torch::ones_like(freqs), freqs);
}

torch::Tensor reshape_for_broadcast(const torch::Tensor& freqs_cis, const torch::Tensor& x) {
  auto ndim = x.dim();
  assert(0 <= 1 && 1 < ndim);
  std::vector<int64_t> shape;
  for (int i = 0; i < ndim; i++) shape.push_back(i == 1 || i == ndim - 1 ? x.size(i) : 1);
  return freqs_cis.view(shape);
}

std::pair<torch::Tensor, torch::Tensor> apply_rotary_emb(const torch::Tensor& xq, const torch::Tensor& xk, const torch::Tensor& freqs_cis) {
  auto complexify = [](const torch::Tensor& x) {
    auto sizes = x.sizes().vec();
    sizes.back() = -1;
    sizes.push_back(2);
    return torch::view_as_complex(x.to(torch::kFloat).reshape(sizes));
  };
  auto xq_ = complexify(xq);
  auto xk_ = complexify(xk);
  auto f = reshape_for_broadcast(freqs_cis, xq_);
  auto xq_out = torch::view_as_real(xq_ * f).flatten(3);
  auto xk_out = torch::view_as_real(xk_ * f).flatten(3);
  return {xq_out.type_as(xq), xk_out.type_as(xk)};
}

torch::Tensor repeat_kv(torch::Tensor x, int n_rep) {
  if (n_rep == 1) return x;
  int64_t bs = x.size(0), slen = x.size(1), n_kv_heads = x.size(2), head_dim = x.size(3);
  return x.unsqueeze(3).expand({bs, slen, n_kv_heads, n_rep, head_dim}).reshape({bs, slen, n_kv_heads * n_rep, head_dim});
}

class Attention : public torch::nn::Module {
 public:
  explicit Attention(const ModelArgs& args) {
    n_kv_heads = args.n_kv_heads.value_or(args.n_heads);
    n_local_heads = args.n_heads;
    n_rep = n_local_heads / n_kv_heads;
    head_dim = args.dim / args.n_heads;
    auto linear = [](int in, int out) { return torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(false)); };
    wq = register_module("wq", linear(args.dim, args.n_heads * head_dim));
    wk = register_module("wk", linear(args.dim, n_kv_heads * head_dim));
    wv = register_module("wv", linear(args.dim, n_kv_heads * head_dim));
    wo = register_module("wo", linear(args.n_heads * head_dim, args.dim));
    cache_k = torch::zeros({args.max_batch_size, args.max_seq_len, n_kv_heads, head_dim});
    cache_v = torch::zeros({args.max_batch_size, args.max_seq_len, n_kv_heads, head_dim});
  }

  torch::Tensor forward(torch::Tensor x, int64_t start_pos, torch::Tensor freqs_cis, std::optional<torch::Tensor> mask) {
    using torch::indexing::Slice;
    const auto bsz = x.size(0), seqlen = x.size(1);
    auto xq = wq->forward(x).view({bsz, seqlen, n_local_heads, head_dim});
    auto xk = wk->forward(x).view({bsz, seqlen, n_kv_heads, head_dim});
    auto xv = wv->forward(x).view({bsz, seqlen, n_kv_heads, head_dim});
    std::tie(xq, xk) = apply_rotary_emb(xq, xk, freqs_cis);

    cache_k = cache_k.to(xq.device());
    cache_v = cache_v.to(xq.device());
    cache_k.index_put_({Slice(0, bsz), Slice(start_pos, start_pos + seqlen)}, xk);
    cache_v.index_put_({Slice(0, bsz), Slice(start_pos, start_pos + seqlen)}, xv);
    auto keys = cache_k.index({Slice(0, bsz), Slice(0, start_pos + seqlen)});
    auto values = cache_v.index({Slice(0, bsz), Slice(0, start_pos + seqlen)});

    keys = repeat_kv(keys, n_rep);
    values = repeat_kv(values, n_rep);
    xq = xq.transpose(1, 2);
    keys = keys.transpose(1, 2);
    values = values.transpose(1, 2);
    auto scores = torch::matmul(xq, keys.transpose(2, 3)) / std::sqrt(head_dim);
    if (mask) scores = scores + *mask;
    scores = torch::softmax(scores.to(torch::kFloat), -1).type_as(xq);
    auto output = torch::matmul(scores, values);
    output = output.transpose(1, 2).contiguous().view({bsz, seqlen, -1});
    return wo->forward(output);
  }

 private:
  int n_kv_heads, n_local_heads, n_rep, head_dim;
  torch::nn::Linear wq{nullptr}, wk{nullptr}, wv{nullptr}, wo{nullptr};
  torch::Tensor cache_k, cache_v;
};

class FeedForward : public torch::nn::Module {
 public:
  FeedForward(int dim, int hidden_dim, int multiple_of, std::optional<float> ffn_dim_multiplier) {
    hidden_dim = int(2 * hidden_dim / 3);
    if (ffn_dim_multiplier.has_value()) hidden_dim = int(*ffn_dim_multiplier * hidden_dim);
    hidden_dim = multiple_of * ((hidden_dim + multiple_of - 1) / multiple_of);
    w1 = register_module("w1", torch::nn::Linear(torch::nn::LinearOptions(dim, hidden_dim).bias(false)));
    w2 = register_module("w2", torch::nn::Linear(torch::nn::LinearOptions(hidden_dim, dim).bias(false)));
    w3 = register_module("w3", torch::nn::Linear(torch::nn::LinearOptions(dim, hidden_dim).bias(false)));
  }
  torch::Tensor forward(torch::Tensor x) { return w2(torch::silu(w1(x)) * w3(x)); }

 private:
  torch::nn::Linear w1{nullptr}, w2{nullptr}, w3{nullptr};
};

class TransformerBlock : public torch::nn::Module {
 public:
  TransformerBlock(int layer_id, const ModelArgs& args) : layer_id(layer_id) {
    attention = register_module("attention", std::make_shared<Attention>(args));
    feed_forward = register_module("feed_forward", std::make_shared<FeedForward>(args.dim, 4 * args.dim, args.multiple_of, args.ffn_dim_multiplier));
    attention_norm = register_module("attention_norm", std::make_shared<RMSNorm>(args.dim, args.norm_eps));
    ffn_norm = register_module("ffn_norm", std::make_shared<RMSNorm>(args.dim, args.norm_eps));
  }
  torch::Tensor forward(torch::Tensor x, int64_t start_pos, torch::Tensor freqs_cis, std::optional<torch::Tensor> mask) {
    auto h = x + attention->forward(attention_norm->forward(x), start_pos, freqs_cis, mask);
    return h + feed_forward->forward(ffn_norm->forward(h));
  }

 private:
  int layer_id;
  std::shared_ptr<Attention> attention;
  std::shared_ptr<FeedForward> feed_forward;
  std::shared_ptr<RMSNorm> attention_norm, ffn_norm;
};

class Transformer : public torch::nn::Module {
 public:
  explicit Transformer(const ModelArgs& args) : params(args) {
    tok_embeddings = register_module("tok_embeddings", torch::nn::Embedding(args.vocab_size, args.dim));
    layers.reserve(args.n_layers);
    for (int i = 0; i < args.n_layers; ++i) {
      layers.emplace_back(std::make_shared<TransformerBlock>(i, args));
      register_module("layers_" + std::to_string(i), layers[i]);
    }
    norm = register_module("norm", std::make_shared<RMSNorm>(args.dim, args.norm_eps));
    output = register_module("output", torch::nn::Linear(torch::nn::LinearOptions(args.dim, args.vocab_size).bias(false)));
    freqs_cis = precompute_freqs_cis(params.dim / params.n_heads, params.max_seq_len * 2);
  }

  torch::Tensor forward(torch::Tensor tokens, int64_t start_pos) {
    c10::InferenceMode guard;
    const auto seqlen = tokens.size(1);
    auto h = tok_embeddings(tokens);
    freqs_cis = freqs_cis.to(h.device());
    auto f = freqs_cis.slice(0, start_pos, start_pos + seqlen);
    std::optional<torch::Tensor> mask;
    if (seqlen > 1) {
      auto m = torch::full({seqlen, seqlen}, -INFINITY, tokens.device());
      m = torch::triu(m, 1);
      mask = torch::hstack({torch::zeros({seqlen, start_pos}, tokens.device()), m}).type_as(h);
    }
    for (const auto& layer : layers) h = layer->forward(h, start_pos, f, mask);
    h = norm->forward(h);
    return output(h).to(torch::kFloat);
  }

 private:
  ModelArgs params;
  torch::nn::Embedding tok_embeddings{nullptr};
  std::vector<std::shared_ptr<TransformerBlock>> layers;
  std::shared_ptr<RMSNorm> norm;
  torch::nn::Linear output{nullptr};
  torch::Tensor freqs_cis;
};

}  // namespace llama

// cobra: llama::ModelArgs a; a.dim = 32; a.n_layers = 2; a.n_heads = 4; a.n_kv_heads = 2; a.vocab_size = 50; a.multiple_of = 16; a.max_batch_size = 2; a.max_seq_len = 16; llama::Transformer net(a); net.eval(); auto tokens = torch::randint(0, 50, {2, 5}, torch::kLong); net.forward(tokens, 0);
