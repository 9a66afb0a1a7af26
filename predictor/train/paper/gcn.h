// The published graph network: X^(l) = ReLU(A X^(l-1) W^(l)), then the mean over the nodes and one linear layer.
#pragma once

#include "predictor/train/paper/weights.h"

#include <span>
#include <utility>

namespace cobra::train::paper {

enum class Adjacency : std::uint8_t {
  Binary,    // a_ij = 1 where node j reads node i, and a_ii = 1: upper triangular
  Laplacian, // D^-1/2 (A + A^T + I) D^-1/2 (Kipf & Welling 2017)
  Identity,  // no graph
};
/// [nodes, nodes]
at::Tensor adjacencyOf(std::int64_t nodes, const std::vector<std::pair<int, int>>& edges, Adjacency kind);

/// Networks run together: their nodes one after the other, one block of the matrix each.
struct GraphBatch {
  at::Tensor features;  // [nodes of all, features]
  at::Tensor adjacency; // [nodes of all, nodes of all]
  at::Tensor readout;   // [networks, nodes of all]: 1 / nodes for the network's own
};
GraphBatch makeGraphBatch(const std::vector<at::Tensor>& features, const std::vector<at::Tensor>& adjacency);

struct GcnSizes {
  std::int64_t features = 512, width = 395;
  int layers = 4;
  double dropout = 2e-4; // after each layer
};

class Gcn {
public:
  Gcn(const GcnSizes& sizes, std::uint64_t seed);

  /// Latency in units of the training networks' median: [networks]. A fresh network answers 1.
  at::Tensor forward(const GraphBatch& batch, bool training) const;
  Weights& weights() { return weights_; }

private:
  GcnSizes sizes_;
  Weights weights_;
};

} // namespace cobra::train::paper
