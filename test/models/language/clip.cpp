/* CLIP: a visual tower and a text tower with contrastive logits. */
#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <limits>
#include <optional>

struct TowerConfig { int64_t width, layers, heads; };

struct ClipConfig {
  int64_t embedDim = 512;
  int64_t imageResolution = 224;
  int64_t patchSize = 32;
  TowerConfig vision = {768, 12, 12};
  int64_t contextLength = 77;
  int64_t vocabSize = 49408;
  TowerConfig text{512, 12, 8};
};

struct QuickGELUImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) { return x * torch::sigmoid(1.702 * x); }
};
TORCH_MODULE(QuickGELU);

struct ResidualAttentionBlockImpl : torch::nn::Module {
  ResidualAttentionBlockImpl(int64_t width, int64_t heads, std::optional<torch::Tensor> mask = std::nullopt)
      : attn(torch::nn::MultiheadAttentionOptions(width, heads)),
        ln1(torch::nn::LayerNormOptions({width})),
        ln2(torch::nn::LayerNormOptions({width})) {
    register_module("attn", attn);
    register_module("ln_1", ln1);
    register_module("ln_2", ln2);
    torch::OrderedDict<std::string, torch::nn::AnyModule> dict;
    mlp = register_module("mlp", torch::nn::Sequential(torch::nn::Linear(width, width * 4), QuickGELU(),
                                                       torch::nn::Linear(width * 4, width)));
    if (mask.has_value()) attn_mask = *mask;
  }

  torch::Tensor attention(const torch::Tensor& x) {
    if (attn_mask.defined()) attn_mask = attn_mask.to(x.device(), x.scalar_type());
    auto [out, weights] = attn->forward(x, x, x, /*key_padding_mask=*/{}, /*need_weights=*/false, attn_mask);
    return out;
  }

  torch::Tensor forward(torch::Tensor x) {
    x = x + attention(ln1->forward(x));
    x = x + mlp->forward(ln2->forward(x));
    return x;
  }

  torch::nn::MultiheadAttention attn;
  torch::nn::LayerNorm ln1, ln2;
  torch::nn::Sequential mlp{nullptr};
  torch::Tensor attn_mask;
};
TORCH_MODULE(ResidualAttentionBlock);

struct TransformerTowerImpl : torch::nn::Module {
  TransformerTowerImpl(const TowerConfig& c, std::optional<torch::Tensor> mask = std::nullopt) {
    for (int64_t i = 0; i < c.layers; i++) resblocks->push_back(ResidualAttentionBlock(c.width, c.heads, mask));
    register_module("resblocks", resblocks);
  }
  torch::Tensor forward(torch::Tensor x) { return resblocks->forward(x); }
  torch::nn::Sequential resblocks;
};
TORCH_MODULE(TransformerTower);

struct VisualImpl : torch::nn::Module {
  VisualImpl(const ClipConfig& c) : grid(c.imageResolution / c.patchSize) {
    conv1 = register_module("conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, c.vision.width, c.patchSize).stride(c.patchSize).bias(false)));
    const double scale = std::pow(static_cast<double>(c.vision.width), -0.5);
    class_embedding = register_parameter("class_embedding", scale * torch::randn(c.vision.width));
    positional_embedding = register_parameter("positional_embedding", scale * torch::randn({grid * grid + 1, c.vision.width}));
    ln_pre = register_module("ln_pre", torch::nn::LayerNorm(torch::nn::LayerNormOptions({c.vision.width})));
    transformer = register_module("transformer", TransformerTower(c.vision));
    ln_post = register_module("ln_post", torch::nn::LayerNorm(torch::nn::LayerNormOptions({c.vision.width})));
    proj = register_parameter("proj", scale * torch::randn({c.vision.width, c.embedDim}));
  }
  torch::Tensor forward(torch::Tensor x) {
    x = conv1->forward(x);
    x = x.reshape({x.size(0), x.size(1), -1}).permute({0, 2, 1});
    auto zero = torch::zeros({x.size(0), 1, x.size(-1)}, torch::TensorOptions().dtype(x.dtype()).device(x.device()));
    x = torch::cat({class_embedding.to(x.dtype()) + zero, x}, 1);
    x = x + positional_embedding.to(x.dtype());
    x = ln_pre->forward(x);
    x = x.permute({1, 0, 2});
    x = transformer->forward(x);
    x = x.permute({1, 0, 2});
    x = ln_post->forward(x.index({torch::indexing::Slice(), 0, torch::indexing::Slice()}));
    return torch::matmul(x, proj);
  }
  int64_t grid;
  torch::nn::Conv2d conv1{nullptr};
  torch::nn::LayerNorm ln_pre{nullptr}, ln_post{nullptr};
  TransformerTower transformer{nullptr};
  torch::Tensor class_embedding, positional_embedding, proj;
};
TORCH_MODULE(Visual);

struct ClipImpl : torch::nn::Module {
  struct Output {
    torch::Tensor logits_per_image, logits_per_text, image_embeds, text_embeds;
  };

  explicit ClipImpl(ClipConfig config = {}) : c(std::move(config)) {
    visual = register_module("visual", Visual(c));
    transformer = register_module("transformer", TransformerTower(c.text, buildMask()));
    token_embedding = register_module("token_embedding", torch::nn::Embedding(c.vocabSize, c.text.width));
    positional_embedding = register_parameter("positional_embedding", torch::empty({c.contextLength, c.text.width}));
    ln_final = register_module("ln_final", torch::nn::LayerNorm(torch::nn::LayerNormOptions({c.text.width})));
    text_projection = register_parameter("text_projection", torch::empty({c.text.width, c.embedDim}));
    logit_scale = register_parameter("logit_scale", torch::ones({}) * std::log(1 / 0.07));
    torch::nn::init::normal_(token_embedding->weight, 0, 0.02);
    torch::nn::init::normal_(positional_embedding, 0, 0.01);
    torch::nn::init::normal_(text_projection, 0, std::pow(c.text.width, -0.5));
  }

  torch::Tensor buildMask() const {
    auto mask = torch::empty({c.contextLength, c.contextLength});
    mask.fill_(-std::numeric_limits<float>::infinity());
    mask.triu_(1);
    return mask;
  }

  torch::Tensor encodeImage(torch::Tensor image) { return visual->forward(image); }

  torch::Tensor encodeText(torch::Tensor text) {
    auto x = token_embedding->forward(text);
    x = x + positional_embedding;
    x = x.permute({1, 0, 2});
    x = transformer->forward(x);
    x = x.permute({1, 0, 2});
    x = ln_final->forward(x);
    // features of the end-of-text token, which has the highest number
    x = torch::matmul(x.index({torch::arange(x.size(0)), text.argmax(-1)}), text_projection);
    return x;
  }

  Output forward(torch::Tensor image, torch::Tensor text) {
    Output out;
    out.image_embeds = encodeImage(image);
    out.text_embeds = encodeText(text);
    out.image_embeds = out.image_embeds / out.image_embeds.norm(2, {1}, true);
    out.text_embeds = out.text_embeds / out.text_embeds.norm(2, {1}, true);
    auto scale = logit_scale.exp();
    out.logits_per_image = scale * torch::mm(out.image_embeds, out.text_embeds.t());
    out.logits_per_text = out.logits_per_image.t();
    return out;
  }

  ClipConfig c;
  Visual visual{nullptr};
  TransformerTower transformer{nullptr};
  torch::nn::Embedding token_embedding{nullptr};
  torch::nn::LayerNorm ln_final{nullptr};
  torch::Tensor positional_embedding, text_projection, logit_scale;
};
TORCH_MODULE(Clip);

torch::Tensor clip_loss(const ClipImpl::Output& out) {
  auto labels = torch::arange(out.logits_per_image.size(0), torch::kLong);
  auto i = torch::nn::functional::cross_entropy(out.logits_per_image, labels);
  auto t = torch::nn::functional::cross_entropy(out.logits_per_text, labels);
  return (i + t) / 2;
}

int main() {
  Clip clip;
  clip->eval();
  auto out = clip->forward(torch::randn({4, 3, 224, 224}), torch::randint(0, 49408, {4, 77}, torch::kLong));
  std::cout << out.logits_per_image.sizes() << ' ' << clip_loss(out).item<float>() << '\n';
}

// cobra: ClipConfig c; c.embedDim = 16; c.imageResolution = 32; c.patchSize = 8; c.vision = {32, 2, 4}; c.contextLength = 12; c.vocabSize = 100; c.text = {24, 2, 4}; Clip clip(c); clip->eval(); auto image = torch::randn({3, 3, 32, 32}); auto text = torch::randint(0, 100, {3, 12}, torch::kLong); clip->forward(image, text);
