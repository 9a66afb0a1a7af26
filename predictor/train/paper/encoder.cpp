#include "predictor/train/paper/encoder.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <optional>

namespace cobra::train::paper {
namespace {

std::string blockName(std::int64_t block) { return "block" + std::to_string(block) + "."; }

std::vector<WeightShape> shapesOf(const EncoderSizes& s) {
  std::vector<WeightShape> shapes{{"token", {s.entries, s.width}, Start::Embedding},
                                  {"position", {static_cast<std::int64_t>(maxTokens), s.width}, Start::Embedding}};
  for (std::int64_t i = 0; i < s.blocks; ++i) {
    const std::string block = blockName(i);
    shapes.insert(shapes.end(), {{block + "norm1.weight", {s.width}, Start::One},
                                 {block + "norm1.bias", {s.width}},
                                 {block + "qkv.weight", {s.width, 3 * s.width}, Start::Matrix},
                                 {block + "qkv.bias", {3 * s.width}},
                                 {block + "out.weight", {s.width, s.width}, Start::Matrix},
                                 {block + "out.bias", {s.width}},
                                 {block + "norm2.weight", {s.width}, Start::One},
                                 {block + "norm2.bias", {s.width}},
                                 {block + "up.weight", {s.width, s.width}, Start::Matrix},
                                 {block + "up.bias", {s.width}},
                                 {block + "down.weight", {s.width, s.width}, Start::Matrix},
                                 {block + "down.bias", {s.width}}});
  }
  shapes.insert(shapes.end(), {{"norm.weight", {s.width}, Start::One},
                               {"norm.bias", {s.width}},
                               {"tokens.weight", {s.width, s.entries}, Start::Matrix},
                               {"tokens.bias", {s.entries}},
                               {"latency.up.weight", {s.width, s.latencyHidden}, Start::Matrix},
                               {"latency.up.bias", {s.latencyHidden}},
                               {"latency.down.weight", {s.latencyHidden, 1}, Start::Zero},
                               {"latency.down.bias", {1}}});
  return shapes;
}

} // namespace

TokenBatch makeTokenBatch(std::span<const std::vector<int>> sequences, int padding) {
  std::size_t length = 1;
  for (const auto& sequence : sequences) length = std::max(length, sequence.size());
  const std::vector<std::int64_t> shape{static_cast<std::int64_t>(sequences.size()), static_cast<std::int64_t>(length)};
  TokenBatch batch{at::full(shape, padding, at::kLong), at::zeros(shape)};
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    std::ranges::copy(sequences[i], batch.ids.data_ptr<std::int64_t>() + i * length);
    std::fill_n(batch.present.data_ptr<float>() + i * length, sequences[i].size(), 1.0F);
  }
  return batch;
}

Encoder::Encoder(const EncoderSizes& sizes, std::uint64_t seed) : sizes_(sizes), weights_(shapesOf(sizes), seed) {}

at::Tensor Encoder::hidden(const TokenBatch& batch, bool training) const {
  const std::int64_t count = batch.ids.size(0), length = batch.ids.size(1), width = sizes_.width, each = width / sizes_.heads;
  const auto drop = [&](const at::Tensor& t) { return training && sizes_.dropout > 0 ? at::dropout(t, sizes_.dropout, true) : t; };
  const Weights& w = weights_;
  std::optional<at::Tensor> hide; // padding gets no attention
  if (at::any(batch.present == 0).item<bool>()) {
    hide = ((1 - batch.present) * -1e9).view({count, 1, 1, length}).expand({count, sizes_.heads, length, length});
  }
  at::Tensor x = drop(w["token"].index_select(0, batch.ids.reshape({-1})).view({count, length, width}) + w["position"].narrow(0, 0, length))
                     .reshape({-1, width});
  for (std::int64_t i = 0; i < sizes_.blocks; ++i) {
    const std::string block = blockName(i);
    const at::Tensor normed = at::layer_norm(x, {width}, w[block + "norm1.weight"], w[block + "norm1.bias"]);
    const at::Tensor qkv = at::addmm(w[block + "qkv.bias"], normed, w[block + "qkv.weight"])
                               .view({count, length, 3, sizes_.heads, each})
                               .permute({2, 0, 3, 1, 4});
    const at::Tensor mixed = at::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], hide).transpose(1, 2).reshape({-1, width});
    x = x + drop(at::addmm(w[block + "out.bias"], mixed, w[block + "out.weight"]));
    const at::Tensor inner = at::gelu(at::addmm(
        w[block + "up.bias"], at::layer_norm(x, {width}, w[block + "norm2.weight"], w[block + "norm2.bias"]), w[block + "up.weight"]));
    x = x + drop(at::addmm(w[block + "down.bias"], inner, w[block + "down.weight"]));
  }
  return at::layer_norm(x, {width}, w["norm.weight"], w["norm.bias"]).view({count, length, width});
}

at::Tensor Encoder::pooled(const at::Tensor& hidden, const TokenBatch& batch) {
  return (hidden * batch.present.unsqueeze(2)).sum(1) / batch.present.sum(1, true);
}

at::Tensor Encoder::tokenScores(const at::Tensor& rows) const {
  return at::addmm(weights_["tokens.bias"], rows, weights_["tokens.weight"]);
}

at::Tensor Encoder::logLatency(const at::Tensor& pooled) const {
  const at::Tensor inner = at::relu(at::addmm(weights_["latency.up.bias"], pooled, weights_["latency.up.weight"]));
  return at::addmm(weights_["latency.down.bias"], inner, weights_["latency.down.weight"]).squeeze(1);
}

void Encoder::startLatencyAt(double logMs) {
  const c10::NoGradGuard noGrad;
  weights_["latency.down.bias"].detach().fill_(logMs);
}

} // namespace cobra::train::paper
