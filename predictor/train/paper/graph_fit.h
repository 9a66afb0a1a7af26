// Training of the graph network on whole networks: mean(|predicted - measured| / measured), Adam, few networks a step.
#pragma once

#include "predictor/train/paper/encoder.h"
#include "predictor/train/paper/gcn.h"

#include <functional>
#include <vector>

namespace cobra::train::paper {

struct GraphSet {
  std::vector<at::Tensor> features, adjacency; // of each network: [nodes, features], [nodes, nodes]
  std::vector<double> ms;
};
struct GraphData {
  GraphSet train, validate, test;
};

struct GraphFitOptions {
  std::int64_t width = 395;
  int layers = 4, epochs = 1500, batch = 2, checks = 50;
  double rate = 1e-3, decay = 1e-6, dropout = 2e-4;
  std::uint64_t seed = 0;
};

struct GraphFitResult {
  std::vector<double> test; // predicted milliseconds
  double validation = 0;    // mean absolute percentage error of the weights that were kept
  int epoch = 0;            // after which they were
};

/// Trains a fresh network. `checks` times in the training its error on the validation networks is measured, and the weights that were best
/// there answer for the test networks.
GraphFitResult fitGraphs(const GraphData& data, const GraphFitOptions& options);

/// Token ids of every snippet, and which snippet each node of each network is.
struct FineTuneData {
  std::vector<std::vector<int>> tokens;
  int padding = 0;
  std::vector<std::vector<int>> train, validate, test; // as in GraphData
};
/// The same with an encoder that learns on: the features of `data` are not read, but computed from the tokens in every step. The encoder is
/// changed. `afterEpoch` is told how many epochs are done.
GraphFitResult fineTune(const GraphData& data, const FineTuneData& text, Encoder& encoder, const GraphFitOptions& options,
                        const std::function<void(int)>& afterEpoch);

} // namespace cobra::train::paper
