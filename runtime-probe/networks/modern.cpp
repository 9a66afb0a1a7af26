#include "runtime-probe/networks/modern.h"

#include "runtime-probe/networks/builder.h"

#include <algorithm>

namespace cobra::probe::modern {
namespace {

using Value = Builder::Value;

TensorType picture(std::int64_t batch, std::int64_t image) { return {DType::Float32, {batch, 3, image, image}}; }

std::optional<Network> finished(Builder&& builder, const Value& output) {
  if (builder.broken()) return std::nullopt;
  return std::move(builder).take("", output);
}

/// Linear, GELU, linear: the feed-forward half of a block.
Value feedForward(Builder& b, const Value& x, std::int64_t hidden) {
  const std::int64_t width = x.shape.back();
  return b.linear(b.pointwise("gelu", b.linear(x, hidden)), width);
}

Value selfAttention(Builder& b, const Value& x, std::int64_t heads) {
  const std::int64_t batch = x.shape[0], tokens = x.shape[1], width = x.shape[2];
  Value split = b.reshape(b.linear(x, 3 * width), {batch, tokens, 3, heads, width / heads});
  std::vector<Value> parts = b.unbind(b.permute(split, {2, 0, 3, 1, 4}), 0);
  if (b.broken()) return x;
  Value mixed = b.attention(parts[0], parts[1], parts[2]);
  return b.linear(b.reshape(b.transpose(mixed, 1, 2), {batch, tokens, width}), width);
}

/// [batch, tokens, width] from square patches.
Value patches(Builder& b, const Value& x, std::int64_t size, std::int64_t width) {
  return b.transpose(b.flatten(b.conv(x, {.out = width, .kernel = size, .stride = size, .bias = true}), 2), 1, 2);
}

std::optional<Network> transformer(Random& random, std::int64_t batch, std::int64_t image) {
  Builder b(picture(batch, image));
  const std::int64_t heads = random.pick({2, 3, 4, 6, 8, 12}), each = random.pick({16, 32, 64});
  Value x = patches(b, b.input(), random.pick({4, 8, 16}), heads * each);
  const std::int64_t depth = random.between(1, 8), ratio = random.pick({2, 3, 4});
  const bool first = random.chance(0.7); // norm before or after each half
  for (std::int64_t i = 0; i < depth && !b.broken(); ++i) {
    Value attended = selfAttention(b, first ? b.layerNorm(x) : x, heads);
    x = first ? b.add(x, attended) : b.layerNorm(b.add(x, attended));
    Value fed = feedForward(b, first ? b.layerNorm(x) : x, ratio * heads * each);
    x = first ? b.add(x, fed) : b.layerNorm(b.add(x, fed));
  }
  return finished(std::move(b), b.linear(b.mean(x, 1), random.pick({10, 100, 1000})));
}

std::optional<Network> mixer(Random& random, std::int64_t batch, std::int64_t image) {
  Builder b(picture(batch, image));
  const std::int64_t width = random.pick({64, 96, 128, 192, 256, 384});
  Value x = patches(b, b.input(), random.pick({4, 8, 16}), width);
  const std::int64_t depth = random.between(1, 8), tokens = random.pick({32, 64, 128, 256});
  const std::int64_t channels = width * random.pick({2, 4});
  for (std::int64_t i = 0; i < depth && !b.broken(); ++i) {
    Value across = b.transpose(feedForward(b, b.transpose(b.layerNorm(x), 1, 2), tokens), 1, 2);
    x = b.add(x, across);
    x = b.add(x, feedForward(b, b.layerNorm(x), channels));
  }
  return finished(std::move(b), b.linear(b.mean(b.layerNorm(x), 1), random.pick({10, 100, 1000})));
}

/// Scales each channel by what a small network says of all of them.
Value squeezed(Builder& b, const Value& x, std::int64_t ratio) {
  const std::int64_t channels = x.shape[1], inner = std::max<std::int64_t>(8, channels / ratio);
  Value scale = b.relu(b.conv(b.globalPool(x), {.out = inner, .bias = true}));
  return b.multiply(x, b.pointwise("hardsigmoid", b.conv(scale, {.out = channels, .bias = true})));
}

Value invertedResidual(Builder& b, Random& random, const Value& x, std::string_view activation) {
  const std::int64_t in = x.shape[1], middle = in * random.pick({1, 2, 3, 4, 6});
  const std::int64_t out = random.chance(0.5) ? in : 8 * random.between(in / 8, in / 4);
  const std::int64_t stride = x.shape[2] >= 8 && out != in ? random.pick({1, 2}) : 1;
  const std::int64_t kernel = random.pick({3, 5});
  Value y = b.pointwise(activation, b.convNorm(x, {.out = middle}));
  y = b.pointwise(activation, b.convNorm(y, {.out = middle, .kernel = kernel, .stride = stride, .padding = kernel / 2, .groups = middle}));
  if (random.chance(0.4)) y = squeezed(b, y, 4);
  y = b.convNorm(y, {.out = out});
  return in == out && stride == 1 ? b.add(x, y) : y;
}

std::optional<Network> mobile(Random& random, std::int64_t batch, std::int64_t image) {
  Builder b(picture(batch, image));
  const std::string_view activation = random.chance(0.5) ? "hardswish" : random.chance(0.5) ? "silu" : "relu";
  const std::int64_t width = 8 * random.between(2, 5);
  Value x = b.pointwise(activation, b.convNorm(b.input(), {.out = width, .kernel = 3, .stride = 2, .padding = 1}));
  const std::int64_t depth = random.between(3, 14);
  for (std::int64_t i = 0; i < depth && !b.broken(); ++i) x = invertedResidual(b, random, x, activation);
  return finished(std::move(b), b.linear(b.flatten(b.globalPool(x), 1), random.pick({10, 100, 1000})));
}

Value convNextBlock(Builder& b, const Value& x) {
  const std::int64_t width = x.shape[1];
  Value y = b.conv(x, {.out = width, .kernel = 7, .padding = 3, .groups = width, .bias = true});
  y = feedForward(b, b.layerNorm(b.permute(y, {0, 2, 3, 1})), 4 * width);
  return b.add(x, b.permute(y, {0, 3, 1, 2}));
}

std::optional<Network> convNext(Random& random, std::int64_t batch, std::int64_t image) {
  Builder b(picture(batch, image));
  Value x = b.conv(b.input(), {.out = 8 * random.between(4, 12), .kernel = 4, .stride = 4, .bias = true});
  const std::int64_t stages = random.between(1, 3);
  for (std::int64_t stage = 0; stage < stages && !b.broken(); ++stage) {
    if (stage > 0) x = b.conv(b.batchNorm(x), {.out = 2 * x.shape[1], .kernel = 2, .stride = 2, .bias = true});
    for (std::int64_t i = random.between(1, 3); i > 0 && !b.broken(); --i) x = convNextBlock(b, x);
  }
  return finished(std::move(b), b.linear(b.flatten(b.globalPool(x), 1), random.pick({10, 100, 1000})));
}

Value twice(Builder& b, const Value& x, std::int64_t out) {
  const ConvShape shape{.out = out, .kernel = 3, .padding = 1};
  return b.convNormRelu(b.convNormRelu(x, shape), shape);
}

std::optional<Network> uNet(Random& random, std::int64_t batch, std::int64_t image) {
  Builder b(picture(batch, image));
  const std::int64_t width = 8 * random.between(1, 6), depth = random.between(1, 4);
  if (image % (std::int64_t(1) << depth) != 0) return std::nullopt;
  std::vector<Value> skips;
  Value x = b.input();
  for (std::int64_t level = 0; level < depth && !b.broken(); ++level) {
    skips.push_back(twice(b, x, width << level));
    x = b.maxPool(skips.back(), 2, 2);
  }
  x = twice(b, x, width << depth);
  for (std::int64_t level = depth - 1; level >= 0 && !b.broken(); --level)
    x = twice(b, b.cat({b.upConv(x, width << level), skips[static_cast<std::size_t>(level)]}, 1), width << level);
  return finished(std::move(b), b.conv(x, {.out = random.between(1, 21), .bias = true}));
}

} // namespace

const std::array<Style, 5> styles = {
    {{"transformer", transformer}, {"mixer", mixer}, {"inverted residuals", mobile}, {"convnext", convNext}, {"u-net", uNet}}};

} // namespace cobra::probe::modern
