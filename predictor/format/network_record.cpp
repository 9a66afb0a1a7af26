#include "predictor/format/network_record.h"

#include <algorithm>

namespace cobra {

std::vector<RecordNode> nodesOf(const Graph& graph, const std::vector<double>& milliseconds) {
  std::vector<RecordNode> nodes;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) nodes.push_back({printSnippet(graph.nodes[i].call), milliseconds.at(i), {}});
  for (auto [from, to] : graph.edges) nodes.at(static_cast<std::size_t>(to)).from.push_back(from);
  return nodes;
}

std::variant<Graph, GraphError> graphOf(const Record& record, const RecordHeader& header) {
  Graph graph;
  graph.model.name = record.network;
  graph.executed = true;
  if (record.nodes.empty()) return GraphError{record.network + " has no nodes"};
  for (const RecordNode& measured : record.nodes) {
    Node node;
    node.id = static_cast<int>(graph.nodes.size());
    auto fail = [&](const std::string& what) { return GraphError{record.network + ", node " + std::to_string(node.id) + ": " + what}; };
    auto call = parseSnippet(measured.snippet);
    if (auto* error = std::get_if<SnippetError>(&call)) return fail(error->sentence);
    node.call = std::move(std::get<Call>(call));
    ops::Answer answer = ops::evaluate(*node.call.op, node.call.arguments);
    if (auto* misuse = std::get_if<ops::Misuse>(&answer)) return fail(misuse->sentence);
    auto* effect = std::get_if<ops::Effect>(&answer);
    if (effect == nullptr) return fail("what it returns depends on data");
    node.outputs = std::move(effect->outputs);
    node.flops = effect->flops;
    node.bytes = effect->bytes;
    if (measured.medianMs > 0) node.latencyMs = measured.medianMs;
    for (int from : measured.from) graph.edges.emplace_back(from, node.id);
    graph.nodes.push_back(std::move(node));
  }
  std::ranges::sort(graph.edges);
  graph.measured = Measurement{record.medianMs, record.p10Ms, record.p90Ms, static_cast<int>(record.count), header.device, header.versions};
  return graph;
}

} // namespace cobra
