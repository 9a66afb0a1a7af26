// Attention by hand, by torch::nn and by one operator; masks, einsum, layer norms, rotary embeddings.
#include <torch/torch.h>

#include <cmath>

namespace nn = torch::nn;

struct RotaryImpl : nn::Module {
  RotaryImpl(int64_t dim, int64_t length) {
    auto frequency = 1.0 / torch::pow(10000.0, torch::arange(0, dim, 2).to(torch::kFloat32) / dim);
    auto angles = torch::outer(torch::arange(length).to(torch::kFloat32), frequency);
    cosine = register_buffer("cosine", angles.cos());
    sine = register_buffer("sine", angles.sin());
  }
  torch::Tensor forward(const torch::Tensor& x) {
    auto length = x.size(2);
    auto c = cosine.slice(0, 0, length), s = sine.slice(0, 0, length); // [[7 4]] [[7 4]]
    auto halves = x.chunk(2, -1);
    return torch::cat({halves[0] * c - halves[1] * s, halves[0] * s + halves[1] * c}, -1); // [[2 4 7 8]]
  }
  torch::Tensor cosine, sine;
};
TORCH_MODULE(Rotary);

struct Attention : nn::Module {
  Attention(int64_t dim, int64_t heads)
      : heads(heads), qkv(nn::LinearOptions(dim, 3 * dim).bias(false)), out(dim, dim), rotary(dim / heads, 32),
        norm(nn::LayerNormOptions({dim})), mha(nn::MultiheadAttentionOptions(dim, heads).dropout(0.1)) {
    register_module("qkv", qkv);
    register_module("out", out);
    register_module("rotary", rotary);
    register_module("norm", norm);
    register_module("mha", mha);
  }
  torch::Tensor forward(torch::Tensor x) {
    const auto b = x.size(0), t = x.size(1), d = x.size(2);
    auto parts = qkv(norm(x)).view({b, t, 3, heads, d / heads}).permute({2, 0, 3, 1, 4}).unbind(0);
    auto q = rotary(parts[0]), k = rotary(parts[1]), v = parts[2];
    auto scores = torch::matmul(q, k.transpose(-2, -1)) / std::sqrt(static_cast<double>(d / heads)); // [[2 4 7 7]]
    auto mask = torch::full({t, t}, -std::numeric_limits<float>::infinity()).triu(1);
    auto y = torch::softmax(scores + mask, -1).matmul(v);                 // [[2 4 7 8]]
    y = y + torch::scaled_dot_product_attention(q, k, v, {}, 0.0, true);
    y = out(y.transpose(1, 2).contiguous().view({b, t, d}));
    auto swapped = y.transpose(0, 1);
    auto [z, weights] = mha(swapped, swapped, swapped);
    auto pooled = torch::einsum("btd,de->be", {z.transpose(0, 1), out->weight});
    return pooled + weights.mean() + x.mean(1);                           // [[2 32]]
  }
  int64_t heads;
  nn::Linear qkv, out;
  Rotary rotary;
  nn::LayerNorm norm;
  nn::MultiheadAttention mha;
};

// cobra: Attention net(32, 4); net.eval(); auto x = torch::randn({2, 7, 32}); net.forward(x);
