// Snippets and graph files of a network with 200 operators: printing, parsing, writing, reading.
#include "test/unit/support/sample_graphs.h"

#include <benchmark/benchmark.h>

namespace cobra {
namespace {

constexpr int operators = 200;

const Graph& network() {
  static const Graph graph = test::deepGraph(operators);
  return graph;
}

std::vector<std::string> snippets() {
  std::vector<std::string> texts;
  for (const Node& node : network().nodes) texts.push_back(printSnippet(node.call));
  return texts;
}

std::int64_t totalBytes(const std::vector<std::string>& texts) {
  std::int64_t bytes = 0;
  for (const std::string& text : texts) bytes += static_cast<std::int64_t>(text.size());
  return bytes;
}

void printSnippets(benchmark::State& state) {
  for (auto _ : state)
    for (const Node& node : network().nodes) benchmark::DoNotOptimize(printSnippet(node.call));
  state.SetItemsProcessed(state.iterations() * operators);
}
BENCHMARK(printSnippets)->Unit(benchmark::kMicrosecond);

void parseSnippets(benchmark::State& state) {
  const std::vector<std::string> texts = snippets();
  for (auto _ : state)
    for (const std::string& text : texts) {
      auto parsed = parseSnippet(text);
      if (!std::holds_alternative<Call>(parsed)) state.SkipWithError("a snippet was refused");
      benchmark::DoNotOptimize(parsed);
    }
  state.SetItemsProcessed(state.iterations() * operators);
  state.SetBytesProcessed(state.iterations() * totalBytes(texts));
}
BENCHMARK(parseSnippets)->Unit(benchmark::kMicrosecond);

void writeGraph(benchmark::State& state) {
  const std::vector<Graph> graphs = {network()};
  std::size_t bytes = 0;
  for (auto _ : state) bytes = writeJson(graphs).size();
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}
BENCHMARK(writeGraph)->Unit(benchmark::kMicrosecond);

void readGraph(benchmark::State& state) {
  const std::string text = writeJson({network()});
  for (auto _ : state) {
    auto read = readJson(text);
    if (!std::holds_alternative<std::vector<Graph>>(read)) state.SkipWithError("the graph was refused");
    benchmark::DoNotOptimize(read);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(readGraph)->Unit(benchmark::kMicrosecond);

} // namespace
} // namespace cobra

BENCHMARK_MAIN();
