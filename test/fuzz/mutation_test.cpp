// Thousands of spoilt snippets and graph files, the same ones in every run.
#include "test/fuzz/properties.h"
#include "test/unit/support/mutation.h"
#include "test/unit/support/random_call.h"
#include "test/unit/support/sample_graphs.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cobra {
namespace {

constexpr int snippetMutations = 8000, graphMutations = 3000;

TEST(Mutation, snippetsKeepTheirProperties) {
  test::Random random(1);
  int accepted = 0;
  for (int i = 0; i < snippetMutations; ++i) {
    const auto& op = ops::all()[random() % ops::all().size()];
    const std::string text = test::mutated(printSnippet(test::randomCall(op, random)), random);
    ASSERT_EQ(test::brokenSnippetProperty(text), "") << text;
    accepted += std::holds_alternative<Call>(parseSnippet(text));
  }
  EXPECT_GT(accepted, snippetMutations / 100) << "the mutations are too rough to reach what comes after parsing";
  EXPECT_LT(accepted, snippetMutations / 2) << "the mutations spoil too little";
}

TEST(Mutation, graphFilesKeepTheirProperties) {
  test::Random random(2);
  std::vector<std::string> seeds;
  for (const Graph& graph : {test::residualBlock(), test::measuredBlock(), test::openGraph(), test::executedGraph()})
    seeds.push_back(nlohmann::json::parse(writeJson({graph})).dump());
  int accepted = 0;
  for (int i = 0; i < graphMutations; ++i) {
    const std::string text = test::mutated(seeds[random() % seeds.size()], random);
    ASSERT_EQ(test::brokenGraphProperty(text), "") << text;
    accepted += std::holds_alternative<std::vector<Graph>>(readJson(text));
  }
  EXPECT_GT(accepted, graphMutations / 100);
  EXPECT_LT(accepted, graphMutations / 2);
}

} // namespace
} // namespace cobra
