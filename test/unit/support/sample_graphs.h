// Small graphs built from snippets; outputs and cost come from the registry's rules.
#pragma once

#include "predictor/graph/graph.h"

#include <initializer_list>
#include <stdexcept>
#include <string_view>

namespace cobra::test {

/// A graph in the making. Throws std::runtime_error where a snippet or its rule is wrong: that is a mistake
/// in the test.
class GraphMaker {
public:
  explicit GraphMaker(std::string name);
  /// Adds a call that reads what the nodes `from` wrote; its index.
  int add(std::string_view snippet, std::initializer_list<int> from = {});
  Node& operator[](int node) { return graph_.nodes.at(static_cast<std::size_t>(node)); }
  Graph& graph() { return graph_; }
  /// With the edges in order.
  Graph take();

private:
  Graph graph_;
};

/// conv, batch norm, relu, conv, add: with places, calls, modules and an input.
Graph residualBlock();
/// residualBlock() with times, as the probe writes it.
Graph measuredBlock();
/// A lone embedding lookup, an open point with reasons and one that LibTorch would refuse.
Graph openGraph();
/// A tensor list, an absent tensor and an open argument, in the executed view.
Graph executedGraph();
/// Residual blocks until there are `nodes` nodes.
Graph deepGraph(int nodes);

} // namespace cobra::test
