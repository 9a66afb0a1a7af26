#include "predictor/train/paper/gcn.h"

#include <c10/core/GradMode.h>

namespace cobra::train::paper {
namespace {

std::vector<WeightShape> shapesOf(const GcnSizes& s) {
  std::vector<WeightShape> shapes;
  for (int i = 0; i < s.layers; ++i) {
    shapes.push_back({"layer" + std::to_string(i), {i == 0 ? s.features : s.width, s.width}, Start::Matrix});
  }
  shapes.push_back({"out.weight", {s.width, 1}, Start::Zero});
  shapes.push_back({"out.bias", {1}, Start::One});
  return shapes;
}

} // namespace

at::Tensor adjacencyOf(std::int64_t nodes, const std::vector<std::pair<int, int>>& edges, Adjacency kind) {
  at::Tensor a = at::eye(nodes);
  if (kind == Adjacency::Identity) return a;
  float* values = a.data_ptr<float>();
  for (const auto& [from, to] : edges) values[from * nodes + to] = 1;
  if (kind == Adjacency::Binary) return a;
  const at::Tensor both = at::maximum(a, a.t());
  const at::Tensor root = both.sum(1).rsqrt();
  return root.unsqueeze(1) * both * root.unsqueeze(0);
}

GraphBatch makeGraphBatch(const std::vector<at::Tensor>& features, const std::vector<at::Tensor>& adjacency) {
  GraphBatch batch{at::cat(features), at::block_diag(adjacency), {}};
  std::vector<at::Tensor> means;
  for (const at::Tensor& a : adjacency) means.push_back(at::full({1, a.size(0)}, 1.0 / static_cast<double>(a.size(0))));
  batch.readout = at::block_diag(means);
  return batch;
}

Gcn::Gcn(const GcnSizes& sizes, std::uint64_t seed) : sizes_(sizes), weights_(shapesOf(sizes), seed) {}

at::Tensor Gcn::forward(const GraphBatch& batch, bool training) const {
  at::Tensor x = batch.features;
  for (int i = 0; i < sizes_.layers; ++i) {
    x = at::relu(at::mm(batch.adjacency, at::mm(x, weights_["layer" + std::to_string(i)])));
    if (training && sizes_.dropout > 0) x = at::dropout(x, sizes_.dropout, true);
  }
  return at::addmm(weights_["out.bias"], at::mm(batch.readout, x), weights_["out.weight"]).squeeze(1);
}

} // namespace cobra::train::paper
