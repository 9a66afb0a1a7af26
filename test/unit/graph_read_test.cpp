// Reading gives back what was written; what breaks a rule is one sentence with its place.
#include "predictor/graph/check.h"
#include "test/unit/support/sample_graphs.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

namespace cobra {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string sentenceFor(std::string_view text) {
  const auto result = readJson(text);
  const auto* error = std::get_if<GraphError>(&result);
  return error ? error->sentence : "accepted";
}

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(GraphRead, givesBackWhatWasWritten) {
  const std::vector<Graph> graphs = {test::residualBlock(), test::measuredBlock(), test::openGraph(),
                                     test::executedGraph(), test::deepGraph(200),  Graph{}};
  const std::string text = writeJson(graphs);
  const auto read = readJson(text);
  const auto* error = std::get_if<GraphError>(&read);
  ASSERT_FALSE(error) << error->sentence;
  EXPECT_EQ(writeJson(std::get<std::vector<Graph>>(read)), text);

  const Graph& block = std::get<std::vector<Graph>>(read).at(1);
  const Graph expected = test::measuredBlock();
  ASSERT_EQ(block.nodes.size(), 5u);
  EXPECT_EQ(block.nodes[1].call, expected.nodes[1].call);
  EXPECT_EQ(block.nodes[1].outputs, expected.nodes[1].outputs);
  EXPECT_EQ(block.nodes[3].at, expected.nodes[3].at);
  EXPECT_EQ(block.nodes[3].calls, expected.nodes[3].calls);
  EXPECT_EQ(block.nodes[3].declared, expected.nodes[3].declared);
  EXPECT_EQ(block.nodes[3].module, "conv2");
  EXPECT_EQ(block.nodes[3].latencyMs, 0.5);
  EXPECT_EQ(block.edges, expected.edges);
  EXPECT_EQ(block.measured->device, "cpu");
  EXPECT_EQ(block.parameters, 73856);
  EXPECT_TRUE(std::get<std::vector<Graph>>(read).at(2).open.at(1).wrong);
  EXPECT_TRUE(std::get<std::vector<Graph>>(read).at(3).executed);
}

TEST(GraphRead, takesASingleGraph) {
  const std::string text = json::parse(writeJson({test::residualBlock()}))["graphs"][0].dump();
  const auto read = readJson(text);
  ASSERT_TRUE(std::holds_alternative<std::vector<Graph>>(read)) << sentenceFor(text);
  EXPECT_EQ(writeJson(std::get<std::vector<Graph>>(read)), writeJson({test::residualBlock()}));
}

TEST(GraphRead, fillsInWhatMayBeLeftOut) {
  json graph = json::parse(writeJson({test::residualBlock()}))["graphs"][0];
  for (const char* key : {"executed", "parameters", "open"}) graph.erase(key);
  json& node = graph["nodes"][0];
  for (const char* key : {"calls", "module", "parameters"}) node.erase(key);
  node["at"].erase("file");
  const auto read = readJson(graph.dump());
  ASSERT_TRUE(std::holds_alternative<std::vector<Graph>>(read)) << sentenceFor(graph.dump());
  const Node& first = std::get<std::vector<Graph>>(read)[0].nodes[0];
  EXPECT_EQ(first.at.file, "net.cpp") << "a place without a file is in the file of the model";
  EXPECT_EQ(first.parameters, 0);
  EXPECT_TRUE(first.calls.empty());
}

// One change to a good document each.
TEST(GraphRead, namesThePlaceOfEachMistake) {
  const json good = json::parse(writeJson({test::measuredBlock()}));
  const struct {
    const char* pointer;
    json value;
    std::string sentence;
  } table[] = {
      {"/schema", "cobra.graphs/2", "schema: is 'cobra.graphs/2', not 'cobra.graphs/1'"},
      {"/schema", 1, "schema: is not a string"},
      {"/notes", 1, "the document: has the unknown key 'notes'"},
      {"/graphs", json::object(), "graphs: is not an array"},
      {"/graphs/0", 1, "graphs[0]: is not an object"},
      {"/graphs/0/schema", "cobra.graphs/1", "graphs[0].schema: is 'cobra.graphs/1', not 'cobra.graph/1'"},
      {"/graphs/0/model/line", -1, "graphs[0].model.line: is negative"},
      {"/graphs/0/model/line", 4294967296, "graphs[0].model.line: is no line or column"},
      {"/graphs/0/model/name", "a\tb", "graphs[0].model.name: has a control character"},
      {"/graphs/0/model/name", std::string(4097, 'x'), "graphs[0].model.name: is a string of more than 4096 bytes"},
      {"/graphs/0/executed", "yes", "graphs[0].executed: is neither true nor false"},
      {"/graphs/0/parameters", 1e20, "graphs[0].parameters: is not an integer"},
      {"/graphs/0/parameters", 18446744073709551615u, "graphs[0].parameters: does not fit into 63 bits"},
      {"/graphs/0/inputs/0/dtype", "f32", "graphs[0].inputs[0].dtype: 'f32' is no dtype such as float32"},
      {"/graphs/0/inputs/0/shape/1", -64, "graphs[0].inputs[0].shape[1]: is negative"},
      {"/graphs/0/inputs/0/shape", json(std::vector<int>(65, 1)), "graphs[0].inputs[0].shape: has more than 64 dimensions"},
      {"/graphs/0/nodes/1/id", 7, "graphs[0].nodes[1].id: is 7, but the id of a node is its index, 1"},
      {"/graphs/0/nodes/1/op", "aten::relu", "graphs[0].nodes[1].op: is 'aten::relu', but the snippet calls aten::batch_norm"},
      {"/graphs/0/nodes/2/snippet", "aten::relu(self=f32[1,-1])",
       "graphs[0].nodes[2].snippet: the size -1 of a tensor is negative, at byte 22"},
      {"/graphs/0/nodes/2/inputs/0/shape/1", 65,
       "graphs[0].nodes[2].inputs[0]: is f32[1,65,56,56], but the snippet has self=f32[1,64,56,56]"},
      {"/graphs/0/nodes/2/inputs/0", nullptr, "graphs[0].nodes[2].inputs[0]: is None, but the snippet has self=f32[1,64,56,56]"},
      {"/graphs/0/nodes/2/inputs/0", 5, "graphs[0].nodes[2].inputs[0]: is neither a tensor nor a list of them, null or '?'"},
      {"/graphs/0/nodes/2/inputs", json::array(), "graphs[0].nodes[2].inputs: has 0 entries, but aten::relu takes 1 tensors"},
      {"/graphs/0/nodes/2/outputs/0/dtype", "float16",
       "graphs[0].nodes[2].outputs: are [f16[1,64,56,56]], but the rule of aten::relu gives "
       "[f32[1,64,56,56]]"},
      {"/graphs/0/nodes/2/outputs", json::array(),
       "graphs[0].nodes[2].outputs: are [], but the rule of aten::relu gives [f32[1,64,56,56]]"},
      {"/graphs/0/nodes/2/bytes", 5, "graphs[0].nodes[2].bytes: is 5, but the rule of aten::relu gives 1605632"},
      {"/graphs/0/nodes/0/flops", 5, "graphs[0].nodes[0].flops: is 5, but the rule of aten::conv2d gives 231211008"},
      {"/graphs/0/nodes/0/at/endline", 5, "graphs[0].nodes[0].at: has the unknown key 'endline'"},
      {"/graphs/0/nodes/0/calls/0/line", 1.5, "graphs[0].nodes[0].calls[0].line: is not an integer"},
      {"/graphs/0/nodes/0/latency_ms", -1, "graphs[0].nodes[0].latency_ms: is not a time"},
      {"/graphs/0/nodes/0/latency_ms", "1", "graphs[0].nodes[0].latency_ms: is not a number"},
      {"/graphs/0/measured/p10_ms", 50, "graphs[0].measured: has a p10_ms above its p90_ms"},
      {"/graphs/0/measured/count", 0, "graphs[0].measured: has a count of 0 runs"},
      {"/graphs/0/edges/0", {0, 1, 2}, "graphs[0].edges[0]: is not a pair of nodes"},
      {"/graphs/0/edges/0", {0, 5}, "graphs[0].edges[0]: 0 to 5 leaves the graph, which has 5 nodes"},
      {"/graphs/0/edges/0", {0, 2147483648}, "graphs[0].edges[0][1]: is too large"},
      {"/graphs/0/edges/0", {1, 0}, "graphs[0].edges[0]: 1 to 0 does not run forward, so the graph may have a cycle"},
      {"/graphs/0/edges/0", {1, 1}, "graphs[0].edges[0]: 1 to 1 does not run forward, so the graph may have a cycle"},
      {"/graphs/0/edges/0", {1, 2}, "graphs[0].edges[1]: 1 to 2 stands twice"},
      {"/graphs/0/edges/0", {1, 4}, "graphs[0].edges[1]: 1 to 2 is out of order: edges are sorted"},
      {"/graphs/0/open", {{{"because", json::array()}}}, "graphs[0].open[0]: has no 'why'"},
      {"/graphs/0/open", {{{"why", "so"}, {"wrong", 1}}}, "graphs[0].open[0].wrong: is neither true nor false"},
  };
  ASSERT_EQ(sentenceFor(good.dump()), "accepted");
  for (const auto& [pointer, value, sentence] : table) {
    json spoilt = good;
    spoilt[json::json_pointer(pointer)] = value;
    EXPECT_EQ(sentenceFor(spoilt.dump()), sentence) << pointer;
  }
}

TEST(GraphRead, namesWhatIsMissing) {
  const json good = json::parse(writeJson({test::residualBlock()}))["graphs"][0];
  for (const char* key : {"schema", "model", "inputs", "nodes", "edges"}) {
    json spoilt = good;
    spoilt.erase(key);
    EXPECT_EQ(sentenceFor(spoilt.dump()), "the document: has no '" + std::string(key) + "'");
  }
  for (const char* key : {"id", "op", "snippet", "inputs", "outputs", "flops", "bytes"}) {
    json spoilt = good;
    spoilt["nodes"][2].erase(key);
    EXPECT_EQ(sentenceFor(spoilt.dump()), "nodes[2]: has no '" + std::string(key) + "'");
  }
  json unmeasured = json::parse(writeJson({test::measuredBlock()}))["graphs"][0];
  unmeasured.erase("measured");
  EXPECT_EQ(sentenceFor(unmeasured.dump()), "nodes[0].latency_ms: stands in a graph without 'measured'");
}

TEST(GraphRead, boundsDepthAndSize) {
  EXPECT_EQ(sentenceFor(std::string(2'000'000, '[')), "the document: is nested more than 16 deep");
  EXPECT_EQ(sentenceFor(std::string((std::size_t{64} << 20) + 1, ' ')), "the document: is 67108865 bytes long, at most 67108864 are read");
}

// Every prefix of a file is what a full disk or a broken copy leaves behind.
TEST(GraphRead, refusesEveryTruncation) {
  const std::string whole = json::parse(writeJson({test::executedGraph()}))["graphs"][0].dump();
  ASSERT_EQ(sentenceFor(whole), "accepted");
  for (std::size_t length = 0; length < whole.size(); ++length)
    ASSERT_EQ(sentenceFor(whole.substr(0, length)), "the document: ends too early to be JSON") << length;
}

// test/golden/bad-graphs: NAME.json is refused with the one sentence in NAME.expected.
TEST(GraphRead, refusesTheBadGraphs) {
  const fs::path folder = COBRA_SOURCE_DIR "/test/golden/bad-graphs";
  int files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    ++files;
    fs::path expected = entry.path();
    expected.replace_extension(".expected");
    EXPECT_EQ(sentenceFor(contents(entry.path())) + "\n", contents(expected)) << entry.path().filename();
  }
  EXPECT_GE(files, 25);
}

TEST(GraphCheck, agreesWithGraphsThatWereNeverWritten) {
  const struct {
    const char* what;
    std::function<void(Graph&)> spoil;
    std::string sentence;
  } table[] = {
      {"sound", [](Graph&) {}, "sound"},
      {"edge", [](Graph& g) { g.edges.emplace_back(4, 2); }, "edges[5]: 4 to 2 does not run forward, so the graph may have a cycle"},
      {"negative edge", [](Graph& g) { g.edges.insert(g.edges.begin(), {-1, 2}); },
       "edges[0]: -1 to 2 leaves the graph, which has 5 nodes"},
      {"no operator", [](Graph& g) { g.nodes[3].call.op = nullptr; }, "nodes[3]: has no operator"},
      {"time", [](Graph& g) { g.nodes[3].latencyMs = 1; }, "nodes[3].latency_ms: stands in a graph without 'measured'"},
  };
  for (const auto& [what, spoil, sentence] : table) {
    Graph graph = test::residualBlock();
    spoil(graph);
    EXPECT_EQ(checkGraph(graph).value_or(GraphError{"sound"}).sentence, sentence) << what;
  }
}

} // namespace
} // namespace cobra
