#include "predictor/graph/check.h"

namespace cobra {
namespace {

using Finding = std::optional<GraphError>;

std::string nodePlace(std::size_t index, std::string_view field) {
  return "nodes[" + std::to_string(index) + "]" + std::string(field) + ": ";
}

std::string listed(const std::vector<TensorType>& tensors) { return printArgument(TensorList(tensors.begin(), tensors.end())); }

Finding checkCost(const Node& node, std::size_t index, const ops::Effect& effect) {
  const struct {
    std::string_view field;
    std::int64_t stated, ruled;
  } costs[] = {{".flops", node.flops, effect.flops}, {".bytes", node.bytes, effect.bytes}};
  for (const auto& [field, stated, ruled] : costs)
    if (stated != ruled)
      return GraphError{nodePlace(index, field) + "is " + std::to_string(stated) + ", but the rule of " +
                        std::string(node.call.op->fullName()) + " gives " + std::to_string(ruled)};
  return std::nullopt;
}

Finding checkNode(const Node& node, std::size_t index, bool measured) {
  if (node.id != static_cast<int>(index))
    return GraphError{nodePlace(index, ".id") + "is " + std::to_string(node.id) + ", but the id of a node is its index, " +
                      std::to_string(index)};
  if (node.latencyMs && !measured) return GraphError{nodePlace(index, ".latency_ms") + "stands in a graph without 'measured'"};
  if (!node.call.op) return GraphError{nodePlace(index, "") + "has no operator"};
  const ops::Answer answer = ops::evaluate(*node.call.op, node.call.arguments);
  if (const auto* misuse = std::get_if<ops::Misuse>(&answer))
    return GraphError{nodePlace(index, ".snippet") + "LibTorch would refuse this call: " + misuse->sentence};
  const auto* effect = std::get_if<ops::Effect>(&answer);
  if (!effect) return std::nullopt;
  if (node.outputs != effect->outputs)
    return GraphError{nodePlace(index, ".outputs") + "are " + listed(node.outputs) + ", but the rule of " +
                      std::string(node.call.op->fullName()) + " gives " + listed(effect->outputs)};
  return checkCost(node, index, *effect);
}

Finding checkEdges(const Graph& graph) {
  const auto count = static_cast<int>(graph.nodes.size());
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const auto [from, to] = graph.edges[i];
    const std::string place = "edges[" + std::to_string(i) + "]: ";
    const std::string edge = std::to_string(from) + " to " + std::to_string(to);
    if (from < 0 || to < 0 || from >= count || to >= count)
      return GraphError{place + edge + " leaves the graph, which has " + std::to_string(count) + " nodes"};
    if (from >= to) return GraphError{place + edge + " does not run forward, so the graph may have a cycle"};
    if (i == 0) continue;
    if (graph.edges[i - 1] == graph.edges[i]) return GraphError{place + edge + " stands twice"};
    if (graph.edges[i - 1] > graph.edges[i]) return GraphError{place + edge + " is out of order: edges are sorted"};
  }
  return std::nullopt;
}

} // namespace

Finding checkGraph(const Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (auto finding = checkNode(graph.nodes[i], i, graph.measured.has_value())) return finding;
  return checkEdges(graph);
}

} // namespace cobra
