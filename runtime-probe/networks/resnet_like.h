// The random ResNet-like networks of the published method (Zbinden et al., 2022), step for step:
//
//   1. an upper triangular 0/1 matrix, each edge there with probability 0.4;
//   2. every node is a convolution + batch norm + ReLU, a depthwise separable one, or a 2x2 average or maximum pool;
//   3. dropped if the input node does not reach the output node; nodes that lie on no path between them go;
//   4. dropped if an earlier network is isomorphic (iterative hashing of the labelled graph);
//   5. where tensors of different size meet in a sum, convolution + batch norm + ReLU brings each to the greatest
//      common divisor of the sizes;
//   6. at most 226 layers.
//
// The paper leaves open how many nodes the matrix has, which channel counts stand between 32 and 512, and what the
// input is. Here: nodes uniform in 3..16, channels a power of two, an image of the sampler's size with 3 channels.
#pragma once

#include "runtime-probe/networks/network.h"
#include "runtime-probe/random.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace cobra::probe::resnet {

inline constexpr double edgeProbability = 0.4;
inline constexpr int fewestNodes = 3, mostNodes = 16;
inline constexpr std::size_t mostLayers = 226;

enum class NodeKind : std::uint8_t { Convolution, Separable, AveragePool, MaximumPool };

struct NodeLabel {
  NodeKind kind = NodeKind::Convolution;
  std::int64_t channels = 0, kernel = 0, stride = 0; // of the convolutions
  bool operator==(const NodeLabel&) const = default;
};

struct Architecture {
  std::vector<NodeLabel> nodes;           // the first takes the input, the last gives the output
  std::vector<std::pair<int, int>> edges; // from the lower to the higher node
};

/// Steps 1 and 2.
Architecture drawArchitecture(Random& random);
/// Step 3; nothing if the ends are not connected.
std::optional<Architecture> pruned(const Architecture& drawn);
/// Step 4: equal for isomorphic architectures, whatever the order of their nodes.
std::uint64_t isomorphismHash(const Architecture& architecture);
/// Steps 5 and 6; nothing if it has too many layers, or a pool meets an image of one pixel.
std::optional<Network> build(const Architecture& architecture, const TensorType& input);

} // namespace cobra::probe::resnet
