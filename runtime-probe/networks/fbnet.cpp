#include "runtime-probe/networks/fbnet.h"

#include "runtime-probe/networks/builder.h"

#include <charconv>

namespace cobra::probe::fbnet {
namespace {

using Value = Builder::Value;

struct Kind {
  std::int64_t kernel, expansion, groups;
  bool skip = false;
};
constexpr std::array<Kind, 9> kinds = {
    {{3, 1, 1}, {3, 1, 2}, {3, 3, 1}, {3, 6, 1}, {5, 1, 1}, {5, 1, 2}, {5, 3, 1}, {5, 6, 1}, {0, 0, 0, true}}};

struct Place {
  std::int64_t channels, stride;
};
constexpr std::array<Place, 22> places = {{{16, 1},  {24, 2},  {24, 1},  {24, 1},  {24, 1},  {32, 2},  {32, 1},  {32, 1},
                                           {32, 1},  {64, 2},  {64, 1},  {64, 1},  {64, 1},  {112, 1}, {112, 1}, {112, 1},
                                           {112, 1}, {184, 2}, {184, 1}, {184, 1}, {184, 1}, {352, 1}}};

/// Lets the groups of a convolution see each other's channels.
Value shuffled(Builder& builder, const Value& x, std::int64_t groups) {
  const Shape s = x.shape;
  Value split = builder.reshape(x, {s[0], groups, s[1] / groups, s[2], s[3]});
  return builder.reshape(builder.permute(split, {0, 2, 1, 3, 4}), s);
}

Value block(Builder& builder, const Kind& kind, const Place& place, const Value& x) {
  const std::int64_t in = x.shape[1];
  const bool same = in == place.channels && place.stride == 1;
  if (kind.skip) return same ? x : builder.convNormRelu(x, {.out = place.channels, .stride = place.stride});
  const std::int64_t middle = in * kind.expansion;
  // As in the authors' code, and in their counts of FLOPs: nothing is expanded by a factor of 1.
  Value y = kind.expansion == 1 ? x : builder.convNormRelu(x, {.out = middle});
  if (kind.groups > 1) y = shuffled(builder, y, kind.groups);
  y = builder.convNormRelu(y, {.out = middle, .kernel = kind.kernel, .stride = place.stride, .padding = kind.kernel / 2, .groups = middle});
  y = builder.convNorm(y, {.out = place.channels, .groups = kind.groups});
  return same ? builder.add(y, x) : y;
}

} // namespace

std::string print(const Blocks& blocks) {
  std::string text;
  for (int kind : blocks) text += (text.empty() ? "" : " ") + std::to_string(kind);
  return text;
}

std::optional<Blocks> parse(std::string_view text) {
  Blocks blocks{};
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), blocks[i]);
    if (code != std::errc() || blocks[i] < 0 || blocks[i] >= static_cast<int>(kinds.size())) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    bool last = i + 1 == blocks.size();
    if (last ? !text.empty() : !text.starts_with(' ')) return std::nullopt;
    if (!last) text.remove_prefix(1);
  }
  return blocks;
}

Network build(const Blocks& blocks, std::int64_t batch, std::int64_t image, std::int64_t head) {
  Builder builder({DType::Float32, {batch, 3, image, image}});
  Value x = builder.convNormRelu(builder.input(), {.out = 16, .kernel = 3, .stride = 2, .padding = 1});
  for (std::size_t i = 0; i < blocks.size(); ++i) x = block(builder, kinds[static_cast<std::size_t>(blocks[i])], places[i], x);
  x = builder.convNormRelu(x, {.out = head});
  x = builder.linear(builder.flatten(builder.globalPool(x), 1), 1000);
  return std::move(builder).take(print(blocks), x);
}

} // namespace cobra::probe::fbnet
