#include "windows.h"

#include <algorithm>
#include <cmath>

using torch::Tensor;
using torch::indexing::None;
using torch::indexing::Slice;

namespace windows {

Tensor cut(const Tensor& map, int64_t side) {
  const auto n = map.size(0), h = map.size(1) / side, w = map.size(2) / side, c = map.size(3);
  return map.view({n, h, side, w, side, c}).transpose(2, 3).reshape({n * h * w, side * side, c});
}

Tensor joined(const Tensor& pieces, int64_t side, Extent extent) {
  const auto [h, w] = extent;
  const auto n = pieces.size(0) / (h / side * (w / side));
  return pieces.view({n, h / side, w / side, side, side, -1}).transpose(2, 3).contiguous().view({n, h, w, -1});
}

LookInsideImpl::LookInsideImpl(int64_t width, int64_t side, int64_t heads) : area_(side * side), heads_(heads) {
  const auto reach = 2 * side - 1;
  by_offset_ = register_parameter("by_offset", torch::zeros({reach * reach, heads}));
  torch::nn::init::normal_(by_offset_, 0., .02);
  auto line = torch::arange(side);
  auto row = line.repeat_interleave(side), column = line.repeat({side});
  auto apart = [&](const Tensor& x) { return x.unsqueeze(1) - x.unsqueeze(0) + (side - 1); };
  offset_ = register_buffer("offset", apart(row) * reach + apart(column));
  in_ = register_module("in", torch::nn::Linear(width, width * 3));
  out_ = register_module("out", torch::nn::Linear(width, width));
}

Tensor LookInsideImpl::forward(Tensor x, Tensor apart) {
  const auto n = x.size(0), width = x.size(2);
  auto parts = in_(x).reshape({n, area_, 3, heads_, width / heads_}).permute({2, 0, 3, 1, 4}).unbind();
  auto fits = torch::matmul(parts[0] * std::sqrt(float(heads_) / width), parts[1].transpose(-2, -1));
  auto bias = by_offset_.index({offset_.view(-1)}).view({area_, area_, -1}).permute({2, 0, 1});
  fits = fits + bias.contiguous().unsqueeze(0);
  if (apart.defined()) {
    const auto kinds = apart.size(0);
    fits = (fits.view({n / kinds, kinds, heads_, area_, area_}) + apart.unsqueeze(1).unsqueeze(0)).view({-1, heads_, area_, area_});
  }
  return out_(torch::matmul(torch::softmax(fits, -1), parts[2]).transpose(1, 2).reshape({n, area_, width}));
}

LayerImpl::LayerImpl(const Options& o, int64_t width, Extent extent, int64_t heads, bool shifted, float skipped)
    : extent_(extent), side_(std::min({o.side, extent.first, extent.second})), shift_(shifted && side_ == o.side && side_ < extent.first ? side_ / 2 : 0), skipped_(skipped) {
  before_look_ = register_module("before_look", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})));
  look_ = register_module("look", LookInside(width, side_, heads));
  before_think_ = register_module("before_think", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})));
  think_->push_back(torch::nn::Linear(width, int64_t(width * o.wider)));
  think_->push_back(torch::nn::GELU());
  think_->push_back(torch::nn::Linear(int64_t(width * o.wider), width));
  register_module("think", think_);
  if (shift_ == 0) return;
  // A shifted window holds pieces from opposite edges of the map: these must not look at each other.
  auto regions = torch::zeros({1, extent.first, extent.second, 1});
  const std::array<Slice, 3> stretches{Slice(None, -side_), Slice(-side_, -shift_), Slice(-shift_, None)};
  for (int k = 0; k < 9; ++k) regions.index_put_({Slice(), stretches[k / 3], stretches[k % 3], Slice()}, k);
  auto pieces = cut(regions, side_).squeeze(-1);
  auto other = pieces.unsqueeze(1).ne(pieces.unsqueeze(2));
  apart_ = register_buffer("apart", torch::zeros(other.sizes()).masked_fill(other, -100.));
}

Tensor LayerImpl::maybe(const Tensor& x) const {
  if (skipped_ == 0 || !is_training()) return x;
  return x * torch::rand({x.size(0), 1, 1}, x.options()).ge(skipped_).to(x.dtype()) / (1 - skipped_);
}

Tensor LayerImpl::forward(Tensor x) {
  const auto n = x.size(0), width = x.size(2);
  const auto& [h, w] = extent_;
  TORCH_CHECK(x.size(1) == h * w, "a map of ", h, " x ", w, " has not ", x.size(1), " places");
  auto map = before_look_(x).view({n, h, w, width});
  if (shift_ > 0) map = torch::roll(map, {-shift_, -shift_}, {1, 2});
  map = joined(look_(cut(map, side_), apart_), side_, extent_);
  if (shift_ > 0) map = torch::roll(map, {shift_, shift_}, {1, 2});
  x = x + maybe(map.view({n, h * w, width}));
  return x + maybe(think_->forward(before_think_(x)));
}

HalveImpl::HalveImpl(int64_t width, Extent extent) : extent_(extent) {
  level_ = register_module("level", torch::nn::LayerNorm(torch::nn::LayerNormOptions({4 * width})));
  mix_ = register_module("mix", torch::nn::Linear(torch::nn::LinearOptions(4 * width, 2 * width).bias(false)));
}

Tensor HalveImpl::forward(Tensor x) {
  auto map = x.view({x.size(0), extent_.first, extent_.second, x.size(2)});
  std::vector<Tensor> quarters;
  for (int64_t column : {0, 1})
    for (int64_t row : {0, 1}) quarters.push_back(map.index({Slice(), Slice(row, None, 2), Slice(column, None, 2), Slice()}));
  return mix_(level_(torch::cat(quarters, -1).flatten(1, 2)));
}

WindowNetImpl::WindowNetImpl(const Options& o) {
  patches_ = register_module("patches", torch::nn::Conv2d(torch::nn::Conv2dOptions(o.colours, o.width, o.patch).stride(o.patch)));
  first_ = register_module("first", torch::nn::LayerNorm(torch::nn::LayerNormOptions({o.width})));
  int64_t all = 0;
  for (auto n : o.layers) all += n;
  auto skipped = torch::linspace(0, o.skipped, all);
  int64_t side = o.pixels / o.patch, width = o.width, made = 0;
  for (std::size_t i = 0; i < o.layers.size(); ++i) {
    torch::nn::Sequential level;
    for (int64_t k = 0; k < o.layers[i]; ++k, ++made) level->push_back(Layer(o, width, Extent(side, side), o.heads.at(i), k % 2 == 1, skipped[made].item<float>()));
    if (i + 1 < o.layers.size()) {
      level->push_back(Halve(width, std::make_pair(side, side)));
      side /= 2;
      width *= 2;
    }
    levels_->push_back(level);
  }
  register_module("levels", levels_);
  last_ = register_module("last", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})));
  mean_ = register_module("mean", torch::nn::AdaptiveAvgPool1d(1));
  kinds_ = register_module("kinds", torch::nn::Linear(width, o.kinds));
}

Tensor WindowNetImpl::describe(Tensor pictures) {
  auto x = first_(patches_(pictures).flatten(2).transpose(1, 2));
  for (const auto& level : *levels_) x = level->as<torch::nn::Sequential>()->forward(x);
  return mean_(last_(x).transpose(1, 2)).flatten(1);
}

Tensor WindowNetImpl::forward(Tensor pictures) { return kinds_(describe(std::move(pictures))); }

}  // namespace windows
