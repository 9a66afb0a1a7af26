// A whole graph as one forward pass: its nodes in order, data flowing along the edges, weights and inputs
// made beforehand.
//
// An edge says that a node uses another one's output, not which argument takes it: each edge feeds the first
// free tensor argument whose type is that of an output. Where two would fit, the time does not depend on the
// choice.
#pragma once

#include "predictor/graph/graph.h"
#include "runtime-probe/measure.h"

namespace cobra::probe {

/// One producer's output that becomes one argument of a later node.
struct Wire {
  std::size_t from = 0, output = 0; // node, place among its outputs
  std::size_t to = 0;               // node
  std::size_t parameter = 0, item = 0;
  bool operator==(const Wire&) const = default;
};
/// In order of `to`.
std::vector<Wire> wires(const Graph& graph);

struct GraphTiming {
  Timing total;               // one forward pass
  std::vector<Summary> nodes; // each node's share of it, in seconds; of a replayed pass without samples: it has no parts
};
/// A network as a record: its total time and each node's share. Never throws. Adds to `spent` the seconds of warm-up
/// and samples.
Record measureNetwork(const std::string& network, const Graph& graph, const MeasureSetting& setting, double* spent = nullptr);

/// Runs and measures a graph. The sentence of a failure names the node.
std::variant<GraphTiming, CallFailure> measureGraph(const Graph& graph, const MeasureSetting& setting);

} // namespace cobra::probe
