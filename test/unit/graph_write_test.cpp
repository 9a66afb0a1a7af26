// What is written: the JSON of a known graph letter for letter, the schema, Graphviz and the matrix.
#include "test/unit/support/json_schema.h"
#include "test/unit/support/sample_graphs.h"

#include <gmock/gmock.h>

#include <fstream>
#include <limits>
#include <sstream>

namespace cobra {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string contents(const std::string& path) {
  std::ifstream in(COBRA_SOURCE_DIR "/" + path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

const struct {
  const char* name;
  Graph (*make)();
} samples[] = {
    {"residual", test::residualBlock}, {"measured", test::measuredBlock}, {"open", test::openGraph}, {"executed", test::executedGraph}};

TEST(GraphJson, isTheSameLetterForLetter) {
  for (const auto& [name, make] : samples)
    EXPECT_EQ(writeJson({make()}), contents("test/golden/graphs/" + std::string(name) + ".json")) << name;
}

TEST(GraphJson, fitsTheSchema) {
  const json schema = json::parse(contents("docs/graph.schema.json"));
  std::vector<Graph> graphs;
  for (const auto& [name, make] : samples) graphs.push_back(make());
  const json document = json::parse(writeJson(graphs));
  EXPECT_EQ(test::schemaViolation(schema, document), std::nullopt);
  EXPECT_EQ(test::schemaViolation(schema, json::parse(writeJson({}))), std::nullopt);
  for (const json& graph : document["graphs"]) // each is a document of its own
    EXPECT_EQ(test::schemaViolation(schema, graph), std::nullopt);
}

TEST(GraphJson, breaksTheSchemaWhenSpoilt) {
  const json schema = json::parse(contents("docs/graph.schema.json"));
  const json good = json::parse(writeJson({test::measuredBlock()}))["graphs"][0];
  const json graphSchema = {{"$ref", "#/$defs/graph"}, {"$defs", schema["$defs"]}};
  const struct {
    const char* pointer;
    json value;
    const char* violation;
  } table[] = {
      {"/schema", "cobra.graph/2", R"($.schema: is not "cobra.graph/1")"},
      {"/colour", "red", "$.colour: is not allowed"},
      {"/nodes/0/id", -1, "$.nodes[0].id: is below 0"},
      {"/nodes/0/flops", 1.5, "$.nodes[0].flops: is no integer"},
      {"/nodes/0/op", "conv2d", "$.nodes[0].op: does not match"},
      {"/nodes/0/outputs/0/shape/0", -1, "$.nodes[0].outputs[0].shape[0]: is below 0"},
      {"/nodes/0/inputs/2", "x", "$.nodes[0].inputs[2]: fits 0 of the choices, not one"},
      {"/nodes/0/at/file", "a\nb", "$.nodes[0].at.file: does not match"},
      {"/edges/0/2", 3, "$.edges[0]: has too many items"},
      {"/measured", json::object(), "$.measured: has no \"latency_ms\""},
      {"/measured/count", 0, "$.measured.count: is below 1"},
      {"/nodes/1/latency_ms", -0.5, "$.nodes[1].latency_ms: is below 0"},
  };
  ASSERT_EQ(test::schemaViolation(graphSchema, good), std::nullopt);
  for (const auto& [pointer, value, violation] : table) {
    json spoilt = good;
    spoilt[json::json_pointer(pointer)] = value;
    EXPECT_EQ(test::schemaViolation(graphSchema, spoilt).value_or("fits"), violation) << pointer;
  }
}

TEST(GraphJson, holdsNoControlCharactersAndNoBrokenText) {
  Graph graph = test::residualBlock();
  graph.model.file = "a\x1b[31mb\nc.cpp";
  graph.nodes[0].module = "layer\xff";
  graph.nodes[0].latencyMs = std::numeric_limits<double>::quiet_NaN();
  const std::string text = writeJson({graph});
  EXPECT_THAT(text, HasSubstr("\"a [31mb c.cpp\""));
  EXPECT_THAT(text, HasSubstr("\"layer\xef\xbf\xbd\""));
  EXPECT_THAT(text, testing::Not(HasSubstr("latency_ms")));
}

TEST(GraphDot, drawsABoxForEachNode) {
  const std::string dot = writeDot(test::measuredBlock());
  EXPECT_THAT(dot, testing::StartsWith("digraph \"Block\" {\n"));
  EXPECT_THAT(dot, HasSubstr("  n0 [label=\"conv2d\\nf32[1,64,56,56]\\nconv1\\n0.125 ms\", tooltip=\"aten::conv2d("));
  EXPECT_THAT(dot, HasSubstr("  n2 -> n4;\n"));
  EXPECT_THAT(dot, testing::EndsWith("  n3 -> n4;\n}\n"));
}

TEST(GraphDot, escapesWhatGraphvizWouldRead) {
  Graph graph = test::openGraph();
  graph.model.name = "a\"b\\";
  graph.nodes[0].module = "say \"hi\"";
  const std::string dot = writeDot(graph);
  EXPECT_THAT(dot, testing::StartsWith("digraph \"a\\\"b\\\\\" {"));
  EXPECT_THAT(dot, HasSubstr("\\nsay \\\"hi\\\"\""));
}

TEST(GraphMatrix, isUpperTriangular) {
  EXPECT_EQ(writeMatrix(test::residualBlock()), "0 1 0 0 0\n"
                                                "0 0 1 0 0\n"
                                                "0 0 0 1 1\n"
                                                "0 0 0 0 1\n"
                                                "0 0 0 0 0\n");
  EXPECT_EQ(writeMatrix(test::openGraph()), "0\n");
  EXPECT_EQ(writeMatrix(Graph{}), "");
}

} // namespace
} // namespace cobra
