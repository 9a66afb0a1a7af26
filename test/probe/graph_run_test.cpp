// Whole graphs: which output goes where, and that they run.

#include "runtime-probe/graph_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace cobra::probe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A graph from snippets and edges; outputs come from the registry's rules.
Graph graphOf(std::vector<std::string> snippets, std::vector<std::pair<int, int>> edges) {
  Graph graph;
  for (const std::string& snippet : snippets) {
    auto parsed = parseSnippet(snippet);
    EXPECT_TRUE(std::holds_alternative<Call>(parsed)) << snippet;
    Node node;
    node.id = static_cast<int>(graph.nodes.size());
    node.call = std::get<Call>(parsed);
    auto answer = ops::evaluate(*node.call.op, node.call.arguments);
    if (auto* effect = std::get_if<ops::Effect>(&answer)) node.outputs = effect->outputs;
    graph.nodes.push_back(std::move(node));
  }
  graph.edges = std::move(edges);
  return graph;
}

Graph mlp() {
  return graphOf({"aten::linear(input=f32[8,16],weight=f32[32,16],bias=f32[32])", "aten::relu(self=f32[8,32])",
                  "aten::linear(input=f32[8,32],weight=f32[16,32],bias=f32[16])",
                  "aten::add.Tensor(self=f32[8,16],other=f32[8,16],alpha=1)"},
                 {{0, 1}, {1, 2}, {2, 3}});
}

TEST(GraphRun, FeedsEachEdgeIntoTheFirstArgumentItFits) {
  EXPECT_THAT(wires(mlp()), ElementsAre(Wire{0, 0, 1, 0, 0}, Wire{1, 0, 2, 0, 0}, Wire{2, 0, 3, 0, 0}));
}

TEST(GraphRun, FeedsTwoProducersIntoTwoArguments) {
  Graph graph = graphOf({"aten::relu(self=f32[4])", "aten::neg(self=f32[4])", "aten::add.Tensor(self=f32[4],other=f32[4],alpha=1)"},
                        {{0, 2}, {1, 2}});
  EXPECT_THAT(wires(graph), ElementsAre(Wire{0, 0, 2, 0, 0}, Wire{1, 0, 2, 1, 0}));
}

TEST(GraphRun, MeasuresTheWholeAndItsParts) {
  MeasureSetting setting = defaultSetting(c10::kCPU);
  setting.stop.seconds = 30; // on a busy machine most samples can be disturbed; it stops when the median is known
  auto result = measureGraph(mlp(), setting);
  ASSERT_TRUE(std::holds_alternative<GraphTiming>(result)) << std::get<CallFailure>(result).sentence;
  const GraphTiming& timing = std::get<GraphTiming>(result);
  ASSERT_EQ(timing.nodes.size(), 4u);
  double sum = 0;
  for (const Summary& node : timing.nodes) {
    EXPECT_GT(node.median, 0);
    sum += node.median;
  }
  EXPECT_GT(timing.total.seconds.median, 0);
  EXPECT_LT(timing.total.seconds.median, 5 * sum);
}

TEST(GraphRun, NamesTheNodeThatFails) {
  Graph graph = mlp();
  graph.nodes[2].call.arguments[1] = TensorType{DType::Float32, {16, 31}};
  auto result = measureGraph(graph, defaultSetting(c10::kCPU));
  ASSERT_TRUE(std::holds_alternative<CallFailure>(result));
  EXPECT_THAT(std::get<CallFailure>(result).sentence, HasSubstr("node 2 (aten::linear): "));
}

TEST(GraphRun, DoesNotBeginWhatDoesNotFit) {
  MeasureSetting setting = defaultSetting(c10::kCPU);
  setting.call.memoryLimit = 4096; // each node alone fits
  auto result = measureGraph(mlp(), setting);
  ASSERT_TRUE(std::holds_alternative<CallFailure>(result));
  EXPECT_EQ(std::get<CallFailure>(result).kind, CallFailure::Kind::Memory);
}

TEST(GraphRun, OfNothingIsRefused) { EXPECT_TRUE(std::holds_alternative<CallFailure>(measureGraph({}, defaultSetting(c10::kCPU)))); }

} // namespace
} // namespace cobra::probe
