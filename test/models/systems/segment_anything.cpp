// A promptable segmenter: prompts become tokens, tokens and image attend to each other, masks come from a product of both.
#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <optional>
#include <vector>

namespace F = torch::nn::functional;

struct DecoderConfig {
  int64_t dim = 64;
  int64_t heads = 4;
  int64_t depth = 2;
  int64_t mlp_dim = 128;
  int64_t num_multimask_outputs = 3;
  int64_t image_size = 256;
  int64_t grid() const { return image_size / 16; }
};

class LayerNorm2dImpl : public torch::nn::Module {
 public:
  explicit LayerNorm2dImpl(int64_t channels, double eps = 1e-6) : eps_(eps) {
    weight = register_parameter("weight", torch::ones(channels));
    bias = register_parameter("bias", torch::zeros(channels));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    auto u = x.mean(1, /*keepdim=*/true);
    auto s = (x - u).pow(2).mean(1, true);
    auto y = (x - u) / torch::sqrt(s + eps_);
    return weight.index({torch::indexing::Slice(), torch::indexing::None, torch::indexing::None}) * y + bias.unsqueeze(-1).unsqueeze(-1);
  }

 private:
  double eps_;
  torch::Tensor weight, bias;
};
TORCH_MODULE(LayerNorm2d);

// Random Fourier features of points in [0, 1].
class PositionEmbeddingRandomImpl : public torch::nn::Module {
 public:
  explicit PositionEmbeddingRandomImpl(int64_t num_pos_feats) {
    gaussian = register_buffer("positional_encoding_gaussian_matrix", torch::randn({2, num_pos_feats}));
  }
  torch::Tensor encode(torch::Tensor coords) {
    coords = 2 * coords - 1;
    coords = coords.matmul(gaussian) * (2 * M_PI);
    return torch::cat({coords.sin(), coords.cos()}, -1);
  }
  torch::Tensor dense(int64_t h, int64_t w) {
    auto grid = torch::ones({h, w});
    auto y = (grid.cumsum(0) - 0.5) / h;
    auto x = (grid.cumsum(1) - 0.5) / w;
    return encode(torch::stack({x, y}, -1)).permute({2, 0, 1});
  }
  torch::Tensor points(torch::Tensor coords, int64_t size) {
    auto c = coords.clone();
    c.index_put_({"...", 0}, c.index({"...", 0}) / size);
    c.index_put_({"...", 1}, c.index({"...", 1}) / size);
    return encode(c.to(torch::kFloat));
  }

 private:
  torch::Tensor gaussian;
};
TORCH_MODULE(PositionEmbeddingRandom);

class AttentionImpl : public torch::nn::Module {
 public:
  AttentionImpl(int64_t dim, int64_t heads, int64_t downsample = 1) : heads_(heads), inner_(dim / downsample) {
    TORCH_CHECK(inner_ % heads == 0, "num_heads must divide embedding_dim.");
    q = register_module("q_proj", torch::nn::Linear(dim, inner_));
    k = register_module("k_proj", torch::nn::Linear(dim, inner_));
    v = register_module("v_proj", torch::nn::Linear(dim, inner_));
    out = register_module("out_proj", torch::nn::Linear(inner_, dim));
  }
  torch::Tensor forward(torch::Tensor query, torch::Tensor key, torch::Tensor value) {
    auto split = [this](torch::Tensor x) {
      const auto b = x.size(0), n = x.size(1), c = x.size(2);
      return x.reshape({b, n, heads_, c / heads_}).transpose(1, 2);
    };
    query = split(q(query)), key = split(k(key)), value = split(v(value));
    auto attn = query.matmul(key.permute({0, 1, 3, 2})) / std::sqrt(double(query.size(3)));
    attn = torch::softmax(attn, -1);
    auto merged = attn.matmul(value).transpose(1, 2);
    return out(merged.reshape({merged.size(0), merged.size(1), inner_}));
  }

 private:
  int64_t heads_, inner_;
  torch::nn::Linear q{nullptr}, k{nullptr}, v{nullptr}, out{nullptr};
};
TORCH_MODULE(Attention);

class TwoWayBlockImpl : public torch::nn::Module {
 public:
  TwoWayBlockImpl(const DecoderConfig& c, bool skip_first_layer_pe)
      : self_attn(c.dim, c.heads), to_image(c.dim, c.heads, 2), to_token(c.dim, c.heads, 2), skip(skip_first_layer_pe) {
    register_module("self_attn", self_attn);
    register_module("cross_attn_token_to_image", to_image);
    register_module("cross_attn_image_to_token", to_token);
    for (int i = 0; i < 4; ++i) norms->push_back(torch::nn::LayerNorm(torch::nn::LayerNormOptions({c.dim})));
    register_module("norms", norms);
    mlp = register_module("mlp", torch::nn::Sequential(torch::nn::Linear(c.dim, c.mlp_dim), torch::nn::ReLU(), torch::nn::Linear(c.mlp_dim, c.dim)));
  }
  std::pair<torch::Tensor, torch::Tensor> forward(torch::Tensor queries, torch::Tensor keys, torch::Tensor query_pe, torch::Tensor key_pe) {
    if (skip) {
      queries = self_attn(queries, queries, queries);
    } else {
      auto q = queries + query_pe;
      queries = queries + self_attn(q, q, queries);
    }
    queries = norm(0, queries);
    queries = norm(1, queries + to_image(queries + query_pe, keys + key_pe, keys));
    queries = norm(2, queries + mlp->forward(queries));
    keys = norm(3, keys + to_token(keys + key_pe, queries + query_pe, queries));
    return {queries, keys};
  }

 private:
  torch::Tensor norm(size_t i, torch::Tensor x) { return norms[i]->as<torch::nn::LayerNorm>()->forward(x); }
  Attention self_attn, to_image, to_token;
  bool skip;
  torch::nn::ModuleList norms;
  torch::nn::Sequential mlp{nullptr};
};
TORCH_MODULE(TwoWayBlock);

template <class Act = torch::nn::ReLU> torch::nn::Sequential make_mlp(int64_t in, int64_t hidden, int64_t out, int layers) {
  torch::nn::Sequential net;
  for (int i = 0; i < layers; ++i) {
    const bool last = i == layers - 1;
    net->push_back(torch::nn::Linear(i ? hidden : in, last ? out : hidden));
    if (!last) net->push_back(Act());
  }
  return net;
}

struct Prompt {
  torch::Tensor points; // [B, N, 2] in pixels
  torch::Tensor labels; // [B, N]: 1 foreground, 0 background
  std::optional<torch::Tensor> boxes;
};

class SegmenterImpl : public torch::nn::Module {
 public:
  explicit SegmenterImpl(DecoderConfig config = {}) : c(config) {
    pe = register_module("pe_layer", PositionEmbeddingRandom(c.dim / 2));
    for (int i = 0; i < 4; ++i) point_embeddings.push_back(register_module("point" + std::to_string(i), torch::nn::Embedding(1, c.dim)));
    no_mask = register_module("no_mask_embed", torch::nn::Embedding(1, c.dim));
    iou_token = register_module("iou_token", torch::nn::Embedding(1, c.dim));
    mask_tokens = register_module("mask_tokens", torch::nn::Embedding(c.num_multimask_outputs + 1, c.dim));
    for (int64_t i = 0; i < c.depth; ++i) blocks.emplace_back(register_module("block" + std::to_string(i), TwoWayBlock(c, i == 0)));
    final_attn = register_module("final_attn", Attention(c.dim, c.heads, 2));
    final_norm = register_module("norm_final", torch::nn::LayerNorm(torch::nn::LayerNormOptions({c.dim})));
    using Up = torch::nn::ConvTranspose2dOptions;
    upscaling = register_module("output_upscaling",
                                torch::nn::Sequential(torch::nn::ConvTranspose2d(Up(c.dim, c.dim / 4, 2).stride(2)), LayerNorm2d(c.dim / 4), torch::nn::GELU(),
                                                      torch::nn::ConvTranspose2d(Up(c.dim / 4, c.dim / 8, 2).stride(2)), torch::nn::GELU()));
    for (int64_t i = 0; i <= c.num_multimask_outputs; ++i)
      hyper.push_back(register_module("hyper" + std::to_string(i), make_mlp(c.dim, c.dim, c.dim / 8, 3)));
    iou_head = register_module("iou_prediction_head", make_mlp<torch::nn::SiLU>(c.dim, 128, c.num_multimask_outputs + 1, 3));
  }

  torch::Tensor embed(const Prompt& prompt) {
    auto e = pe->points(prompt.points + 0.5, c.image_size);
    auto on = prompt.labels.eq(1).unsqueeze(-1).to(torch::kFloat);
    e = e + on * point_embeddings[1]->weight + (1 - on) * point_embeddings[0]->weight;
    if (!prompt.boxes) return e;
    auto corners = pe->points(prompt.boxes->reshape({-1, 2, 2}) + 0.5, c.image_size);
    corners.select(1, 0) += point_embeddings[2]->weight[0];
    corners.select(1, 1) += point_embeddings[3]->weight[0];
    return torch::cat({e, corners}, 1);
  }

  std::tuple<torch::Tensor, torch::Tensor> forward(torch::Tensor image, const Prompt& prompt, bool multimask = true) {
    auto sparse = embed(prompt);
    const auto b = sparse.size(0), g = c.grid();
    auto dense = no_mask->weight.reshape({1, -1, 1, 1}).expand({b, -1, g, g});
    auto tokens = torch::cat({torch::cat({iou_token->weight, mask_tokens->weight}, 0).unsqueeze(0).expand({b, -1, -1}), sparse}, 1);
    auto src = torch::repeat_interleave(image, b, 0) + dense;
    auto pos = pe->dense(g, g).unsqueeze(0).repeat_interleave(b, 0);

    auto keys = src.flatten(2).permute({0, 2, 1}), key_pe = pos.flatten(2).permute({0, 2, 1}), queries = tokens;
    for (auto& block : blocks) std::tie(queries, keys) = block->forward(queries, keys, tokens, key_pe);
    queries = final_norm(queries + final_attn(queries + tokens, keys + key_pe, keys));

    auto up = upscaling->forward(keys.transpose(1, 2).view({b, c.dim, g, g}));
    std::vector<torch::Tensor> weights;
    for (size_t i = 0; i < hyper.size(); ++i) weights.push_back(hyper[i]->forward(queries.index({torch::indexing::Slice(), int64_t(1 + i)})));
    auto masks = torch::matmul(torch::stack(weights, 1), up.flatten(2)).view({b, -1, up.size(2), up.size(3)});
    auto iou = iou_head->forward(queries.select(1, 0));
    auto range = multimask ? torch::indexing::Slice(1, torch::indexing::None) : torch::indexing::Slice(0, 1);
    masks = masks.index({torch::indexing::Slice(), range});
    masks = F::interpolate(masks, F::InterpolateFuncOptions().size(std::vector<int64_t>{c.image_size, c.image_size}).mode(torch::kBilinear).align_corners(false));
    return {masks, iou.index({torch::indexing::Slice(), range})};
  }

 private:
  DecoderConfig c;
  PositionEmbeddingRandom pe{nullptr};
  std::vector<torch::nn::Embedding> point_embeddings;
  torch::nn::Embedding no_mask{nullptr}, iou_token{nullptr}, mask_tokens{nullptr};
  std::vector<TwoWayBlock> blocks;
  Attention final_attn{nullptr};
  torch::nn::LayerNorm final_norm{nullptr};
  torch::nn::Sequential upscaling{nullptr}, iou_head{nullptr};
  std::vector<torch::nn::Sequential> hyper;
};
TORCH_MODULE(Segmenter);

// cobra: Segmenter net; net->eval(); Prompt p{torch::rand({2, 3, 2}) * 256, torch::ones({2, 3}), std::nullopt}; auto image = torch::randn({1, 64, 16, 16}); net->forward(image, p);
// cobra: Segmenter net; net->eval(); Prompt p{torch::rand({2, 3, 2}) * 256, torch::ones({2, 3}), torch::rand({2, 4})}; auto image = torch::randn({1, 64, 16, 16}); net->forward(image, p, false);

int main() {
  torch::NoGradGuard no_grad;
  Segmenter net(DecoderConfig{});
  net->eval();
  Prompt prompt{torch::rand({1, 1, 2}) * 256, torch::ones({1, 1}), std::nullopt};
  auto [masks, iou] = net->forward(torch::randn({1, 64, 16, 16}), prompt);
  auto best = iou.argmax(1).item<int64_t>();
  std::cout << masks[0][best].gt(0).sum().item<int64_t>() << " pixels\n";
}
