#include "swin.h"

#include <cmath>

namespace F = torch::nn::functional;
using torch::indexing::None;
using torch::indexing::Slice;

namespace swin {

torch::Tensor windowPartition(const torch::Tensor& x, int64_t window) {
  const auto B = x.size(0), H = x.size(1), W = x.size(2), C = x.size(3);
  auto t = x.view({B, H / window, window, W / window, window, C});
  return t.permute({0, 1, 3, 2, 4, 5}).contiguous().view({-1, window, window, C});
}

torch::Tensor windowReverse(const torch::Tensor& windows, int64_t window, int64_t h, int64_t w) {
  const int64_t B = static_cast<int64_t>(windows.size(0) / (h * w / window / window));
  auto x = windows.view({B, h / window, w / window, window, window, -1});
  return x.permute({0, 1, 3, 2, 4, 5}).contiguous().view({B, h, w, -1});
}

torch::Tensor dropPath(const torch::Tensor& x, float p, bool training) {
  if (p == 0.f || !training) return x;
  const float keep = 1.f - p;
  std::vector<int64_t> shape(x.dim(), 1);
  shape[0] = x.size(0);
  auto mask = torch::rand(shape, x.options()).add_(keep).floor_();
  return x.div(keep) * mask;
}

WindowAttentionImpl::WindowAttentionImpl(int64_t dim, int64_t window, int64_t heads)
    : window_(window), heads_(heads), scale_(1.f / std::sqrt(static_cast<float>(dim / heads))) {
  bias_table_ = register_parameter("relative_position_bias_table",
                                   torch::zeros({(2 * window - 1) * (2 * window - 1), heads}));
  torch::nn::init::normal_(bias_table_, 0.0, 0.02);
  auto coords_h = torch::arange(window);
  auto coords_w = torch::arange(window);
  auto coords = torch::stack(torch::meshgrid({coords_h, coords_w}, "ij"));
  auto flat = torch::flatten(coords, 1);
  auto relative = flat.index({Slice(), Slice(), None}) - flat.index({Slice(), None, Slice()});
  relative = relative.permute({1, 2, 0}).contiguous();
  relative.index({Slice(), Slice(), 0}) += window - 1;
  relative.index({Slice(), Slice(), 1}) += window - 1;
  relative.index({Slice(), Slice(), 0}) *= 2 * window - 1;
  relative_index_ = register_buffer("relative_position_index", relative.sum(-1));

  qkv_ = register_module("qkv", torch::nn::Linear(dim, dim * 3));
  proj_ = register_module("proj", torch::nn::Linear(dim, dim));
}

torch::Tensor WindowAttentionImpl::forward(torch::Tensor x, torch::Tensor mask) {
  const int64_t B = x.size(0), N = x.size(1), C = x.size(2);
  auto qkv = qkv_(x).reshape({B, N, 3, heads_, C / heads_}).permute({2, 0, 3, 1, 4});
  auto q = qkv[0] * scale_;
  auto k = qkv[1];
  auto v = qkv[2];
  auto attn = q.matmul(k.transpose(-2, -1));
  auto bias = bias_table_.index({relative_index_.view(-1)}).view({N, N, -1}).permute({2, 0, 1}).contiguous();
  attn = attn + bias.unsqueeze(0);
  if (mask.defined()) {
    const int64_t windows = mask.size(0);
    attn = attn.view({B / windows, windows, heads_, N, N}) + mask.unsqueeze(1).unsqueeze(0);
    attn = attn.view({-1, heads_, N, N});
  }
  attn = F::softmax(attn, F::SoftmaxFuncOptions(-1));
  x = attn.matmul(v).transpose(1, 2).reshape({B, N, C});
  return proj_(x);
}

MlpImpl::MlpImpl(int64_t in, int64_t hidden) : fc1(in, hidden), fc2(hidden, in) {
  register_module("fc1", fc1);
  register_module("fc2", fc2);
}
torch::Tensor MlpImpl::forward(torch::Tensor x) { return fc2(F::gelu(fc1(x))); }

BlockImpl::BlockImpl(int64_t dim, std::pair<int64_t, int64_t> resolution, int64_t heads, int64_t window, int64_t shift,
                     float mlp_ratio, float drop_path)
    : dim_(dim), h_(resolution.first), w_(resolution.second), window_(window), shift_(shift), drop_path_(drop_path) {
  if (std::min(h_, w_) <= window_) {
    shift_ = 0;
    window_ = std::min(h_, w_);
  }
  norm1_ = register_module("norm1", torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim})));
  attn_ = register_module("attn", WindowAttention(dim, window_, heads));
  norm2_ = register_module("norm2", torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim})));
  mlp_ = register_module("mlp", Mlp(dim, int64_t(dim * mlp_ratio)));

  if (shift_ > 0) {
    auto img_mask = torch::zeros({1, h_, w_, 1});
    const std::array<Slice, 3> slices = {Slice(0, -window_), Slice(-window_, -shift_), Slice(-shift_, None)};
    int cnt = 0;
    for (const auto& h : slices)
      for (const auto& w : slices) img_mask.index_put_({Slice(), h, w, Slice()}, cnt++);
    auto mask_windows = windowPartition(img_mask, window_).view({-1, window_ * window_});
    auto attn_mask = mask_windows.unsqueeze(1) - mask_windows.unsqueeze(2);
    attn_mask = attn_mask.masked_fill(attn_mask != 0, -100.0).masked_fill(attn_mask == 0, 0.0);
    mask_ = register_buffer("attn_mask", attn_mask);
  }
}

torch::Tensor BlockImpl::forward(torch::Tensor x) {
  const auto B = x.size(0), L = x.size(1), C = x.size(2);
  TORCH_CHECK(L == h_ * w_, "input feature has wrong size: ", L, " vs ", h_ * w_);
  auto shortcut = x;
  x = norm1_(x).view({B, h_, w_, C});
  auto shifted = shift_ > 0 ? torch::roll(x, {-shift_, -shift_}, {1, 2}) : x;
  auto windows = windowPartition(shifted, window_).view({-1, window_ * window_, C});
  windows = attn_(windows, mask_).view({-1, window_, window_, C});
  shifted = windowReverse(windows, window_, h_, w_);
  x = shift_ > 0 ? torch::roll(shifted, {shift_, shift_}, {1, 2}) : shifted;
  x = shortcut + dropPath(x.view({B, h_ * w_, C}), drop_path_, is_training());
  return x + dropPath(mlp_(norm2_(x)), drop_path_, is_training());
}

PatchMergingImpl::PatchMergingImpl(int64_t dim, std::pair<int64_t, int64_t> resolution) : resolution_(resolution) {
  norm_ = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({4 * dim})));
  reduction_ = register_module("reduction", torch::nn::Linear(torch::nn::LinearOptions(4 * dim, 2 * dim).bias(false)));
}

torch::Tensor PatchMergingImpl::forward(torch::Tensor x) {
  const auto& [H, W] = resolution_;
  const auto B = x.size(0), C = x.size(2);
  x = x.view({B, H, W, C});
  auto x0 = x.index({Slice(), Slice(0, None, 2), Slice(0, None, 2), Slice()});
  auto x1 = x.index({Slice(), Slice(1, None, 2), Slice(0, None, 2), Slice()});
  auto x2 = x.index({Slice(), Slice(0, None, 2), Slice(1, None, 2), Slice()});
  auto x3 = x.index({Slice(), Slice(1, None, 2), Slice(1, None, 2), Slice()});
  x = torch::cat({x0, x1, x2, x3}, -1).view({B, -1, 4 * C});
  return reduction_(norm_(x));
}

StageImpl::StageImpl(int64_t dim, std::pair<int64_t, int64_t> resolution, int64_t depth, int64_t heads, int64_t window,
                     float mlp_ratio, const std::vector<float>& rates, bool downsample) {
  for (int64_t i = 0; i < depth; ++i)
    blocks_->push_back(Block(dim, resolution, heads, window, (i % 2 == 0) ? 0 : window / 2, mlp_ratio, rates.at(i)));
  register_module("blocks", blocks_);
  if (downsample) downsample_ = register_module("downsample", PatchMerging(dim, resolution));
}

torch::Tensor StageImpl::forward(torch::Tensor x) {
  for (auto& block : *blocks_) x = block->as<BlockImpl>()->forward(x);
  if (!downsample_.is_empty()) x = downsample_(x);
  return x;
}

SwinTransformerImpl::SwinTransformerImpl(const Options& options) {
  const int64_t layers = static_cast<int64_t>(options.depths.size());
  embed_ = register_module("patch_embed", torch::nn::Conv2d(torch::nn::Conv2dOptions(options.in_channels, options.embed_dim,
                                                                                   options.patch_size)
                                                                .stride(options.patch_size)));
  embed_norm_ = register_module("embed_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({options.embed_dim})));

  int64_t total = 0;
  for (auto d : options.depths) total += d;
  auto dpr = torch::linspace(0, options.drop_path, total);
  std::vector<float> rates(total);
  for (int64_t i = 0; i < total; ++i) rates[i] = dpr[i].item<float>();

  int64_t resolution = options.image_size / options.patch_size;
  int64_t dim = options.embed_dim;
  auto it = rates.begin();
  for (int64_t i = 0; i < layers; ++i) {
    const bool down = i < layers - 1;
    std::vector<float> mine(it, it + options.depths[i]);
    it += options.depths[i];
    stages_->push_back(Stage(dim, std::make_pair(resolution, resolution), options.depths[i], options.num_heads[i],
                             options.window_size, options.mlp_ratio, mine, down));
    if (down) {
      resolution /= 2;
      dim *= 2;
    }
  }
  register_module("stages", stages_);
  norm_ = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim})));
  pool_ = register_module("avgpool", torch::nn::AdaptiveAvgPool1d(1));
  head_ = register_module("head", torch::nn::Linear(dim, options.num_classes));
}

torch::Tensor SwinTransformerImpl::forwardFeatures(torch::Tensor x) {
  x = embed_(x).flatten(2).transpose(1, 2);
  x = embed_norm_(x);
  for (const auto& stage : *stages_) x = stage->as<Stage>()->forward(x);
  x = norm_(x);
  return pool_(x.transpose(1, 2)).flatten(1);
}

torch::Tensor SwinTransformerImpl::forward(torch::Tensor x) { return head_(forwardFeatures(std::move(x))); }

}  // namespace swin
