#include "runtime-probe/networks/resnet_like.h"

#include "runtime-probe/networks/builder.h"

#include <algorithm>
#include <numeric>

namespace cobra::probe::resnet {
namespace {

using Value = Builder::Value;

/// Both ways along the edges: what each node reads, and what reads it.
std::vector<std::vector<int>> neighbours(const Architecture& architecture, bool before) {
  std::vector<std::vector<int>> lists(architecture.nodes.size());
  for (auto [from, to] : architecture.edges) lists[static_cast<std::size_t>(before ? to : from)].push_back(before ? from : to);
  return lists;
}

std::vector<bool> reached(const std::vector<std::vector<int>>& next, int start) {
  std::vector<bool> seen(next.size());
  std::vector<int> open{start};
  while (!open.empty()) {
    auto at = static_cast<std::size_t>(open.back());
    open.pop_back();
    if (seen[at]) continue;
    seen[at] = true;
    open.insert(open.end(), next[at].begin(), next[at].end());
  }
  return seen;
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t with) {
  hash ^= with + 0x9E3779B97F4A7C15ull + (hash << 6) + (hash >> 2);
  hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9ull;
  return hash ^ (hash >> 27);
}
/// Of a multiset: the order does not matter.
std::uint64_t mixed(std::uint64_t hash, const std::vector<int>& nodes, const std::vector<std::uint64_t>& hashes) {
  std::vector<std::uint64_t> all;
  for (int node : nodes) all.push_back(hashes[static_cast<std::size_t>(node)]);
  std::ranges::sort(all);
  for (std::uint64_t each : all) hash = mixed(hash, each);
  return mixed(hash, all.size());
}

/// Convolution + batch norm + ReLU from the value's size to a divisor of it.
Value reduced(Builder& builder, const Value& x, std::int64_t channels, std::int64_t height) {
  if (x.shape[1] == channels && x.shape[2] == height) return x;
  return builder.convNormRelu(x, {.out = channels, .kernel = 1, .stride = x.shape[2] / height});
}

Value sum(Builder& builder, std::vector<Value> values) {
  std::int64_t channels = 0, height = 0;
  for (const Value& value : values) {
    channels = std::gcd(channels, value.shape[1]);
    height = std::gcd(height, value.shape[2]);
  }
  Value total = reduced(builder, values.front(), channels, height);
  for (std::size_t i = 1; i < values.size(); ++i) total = builder.add(total, reduced(builder, values[i], channels, height));
  return total;
}

Value node(Builder& builder, const NodeLabel& label, const Value& x) {
  switch (label.kind) {
  case NodeKind::Convolution:
    return builder.convNormRelu(x, {.out = label.channels, .kernel = label.kernel, .stride = label.stride, .padding = label.kernel / 2});
  case NodeKind::Separable: {
    Value depthwise = builder.conv(
        x, {.out = x.shape[1], .kernel = label.kernel, .stride = label.stride, .padding = label.kernel / 2, .groups = x.shape[1]});
    return builder.convNormRelu(depthwise, {.out = label.channels});
  }
  case NodeKind::AveragePool: return builder.averagePool(x, 2, 2);
  case NodeKind::MaximumPool: return builder.maxPool(x, 2, 2);
  }
  return x;
}

} // namespace

Architecture drawArchitecture(Random& random) {
  Architecture drawn;
  auto count = static_cast<int>(random.between(fewestNodes, mostNodes));
  for (int to = 0; to < count; ++to)
    for (int from = 0; from < to; ++from)
      if (random.chance(edgeProbability)) drawn.edges.emplace_back(from, to);
  std::ranges::sort(drawn.edges);
  for (int i = 0; i < count; ++i) {
    NodeLabel label{static_cast<NodeKind>(random.between(0, 3))};
    if (label.kind == NodeKind::Convolution || label.kind == NodeKind::Separable) {
      label.channels = random.pick({32, 64, 128, 256, 512});
      label.kernel = random.pick({3, 5, 7});
      label.stride = random.pick({1, 2, 4});
    }
    drawn.nodes.push_back(label);
  }
  return drawn;
}

std::optional<Architecture> pruned(const Architecture& drawn) {
  auto last = static_cast<int>(drawn.nodes.size()) - 1;
  std::vector<bool> down = reached(neighbours(drawn, false), 0), up = reached(neighbours(drawn, true), last);
  if (!down[static_cast<std::size_t>(last)]) return std::nullopt;
  Architecture kept;
  std::vector<int> renamed(drawn.nodes.size(), -1);
  for (std::size_t i = 0; i < drawn.nodes.size(); ++i) {
    if (!down[i] || !up[i]) continue;
    renamed[i] = static_cast<int>(kept.nodes.size());
    kept.nodes.push_back(drawn.nodes[i]);
  }
  for (auto [from, to] : drawn.edges) {
    int a = renamed[static_cast<std::size_t>(from)], b = renamed[static_cast<std::size_t>(to)];
    if (a >= 0 && b >= 0) kept.edges.emplace_back(a, b);
  }
  return kept;
}

std::uint64_t isomorphismHash(const Architecture& architecture) {
  std::vector<std::vector<int>> before = neighbours(architecture, true), after = neighbours(architecture, false);
  std::vector<std::uint64_t> hashes;
  for (const NodeLabel& label : architecture.nodes) {
    std::uint64_t hash = mixed(0, static_cast<std::uint64_t>(label.kind));
    for (std::int64_t number : {label.channels, label.kernel, label.stride}) hash = mixed(hash, static_cast<std::uint64_t>(number));
    hashes.push_back(hash);
  }
  // As many rounds as a path can have edges: then every node knows of all others.
  for (std::size_t round = 0; round < architecture.nodes.size(); ++round) {
    std::vector<std::uint64_t> next;
    for (std::size_t i = 0; i < hashes.size(); ++i) next.push_back(mixed(mixed(mixed(1, hashes[i]), before[i], hashes), after[i], hashes));
    hashes = std::move(next);
  }
  std::ranges::sort(hashes);
  std::uint64_t whole = hashes.size();
  for (std::uint64_t hash : hashes) whole = mixed(whole, hash);
  return whole;
}

std::optional<Network> build(const Architecture& architecture, const TensorType& input) {
  std::vector<std::vector<int>> before = neighbours(architecture, true);
  Builder builder(input);
  std::vector<Value> values;
  for (std::size_t i = 0; i < architecture.nodes.size(); ++i) {
    std::vector<Value> read;
    for (int from : before[i]) read.push_back(values[static_cast<std::size_t>(from)]);
    if (read.empty()) read.push_back(builder.input());
    values.push_back(node(builder, architecture.nodes[i], sum(builder, std::move(read))));
    if (builder.broken() || builder.size() > mostLayers) return std::nullopt;
  }
  return std::move(builder).take("", values.back());
}

} // namespace cobra::probe::resnet
