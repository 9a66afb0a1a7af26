// What the graph networks read of a node besides the encoder's output: the inputs of BRP-NAS (Dudziak et al. 2020) on layers.
#pragma once

#include "predictor/train/paper/data.h"

#include <ATen/ATen.h>

#include <map>

namespace cobra::train::paper {

struct NodeFeatures {
  bool parameters = true; // all integers of the call beside its one-hot type
  bool latency = false;   // the measured time of the node
};

/// One tensor for each network, [nodes, features]: one-hot type; log(1 + v) of every integer of the call, a column for each place in each
/// operator's arguments; the latency in units of the training networks' mean node. Columns other than the latency are divided by their
/// deviation over the training networks, at least 0.2; types and places that occur only in other networks have no column.
class FeatureMaker {
public:
  FeatureMaker(const PaperData& data, NodeFeatures wanted);
  std::vector<at::Tensor> of(const std::vector<MeasuredNetwork>& networks) const;
  std::int64_t width() const { return static_cast<std::int64_t>(columns_.size()); }

private:
  at::Tensor raw(const MeasuredNetwork& network) const;

  NodeFeatures wanted_;
  std::map<std::string, std::int64_t> columns_;
  std::vector<std::vector<std::pair<std::string, float>>> values_; // of each snippet
  at::Tensor scale_;
  double latencyUnit_ = 1;
};

/// Numbers of a whole network for the plain baselines: nodes, GFLOP and MB of all, and of each operator, scaled by nothing.
class NetworkNumbers {
public:
  explicit NetworkNumbers(const PaperData& data);
  std::vector<float> of(const MeasuredNetwork& network) const;

private:
  struct Cost {
    std::size_t column = 0;
    float gflop = 0, megabytes = 0;
  };
  std::vector<Cost> costs_; // of each snippet
  std::size_t operators_ = 0;
};

} // namespace cobra::train::paper
