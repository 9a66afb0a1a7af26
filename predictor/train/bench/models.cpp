#include "predictor/train/bench/models.h"

#include "predictor/format/text_file.h"
#include "predictor/infer/predictor.h"
#include "predictor/train/data_options.h"
#include "predictor/train/evaluate.h"

#include <CLI/CLI.hpp>

#include <cmath>
#include <cstdio>
#include <map>

namespace cobra::train {
namespace {

using Lines = std::map<std::pair<std::string, unsigned>, std::pair<double, double>>; // (file, line) -> measured, predicted ms

class ModelsBench {
public:
  std::vector<std::string> files;
  std::vector<std::filesystem::path> folders;
  std::string device; // empty: the one that the graphs were measured on
  bool byLine = false;

  int run() {
    std::vector<Graph> graphs;
    for (const std::string& file : files) {
      auto text = readText(file);
      if (auto* error = std::get_if<TextFileError>(&text)) return fail(error->sentence);
      auto read = readJson(std::get<TextRead>(text).text);
      if (auto* error = std::get_if<GraphError>(&read)) return fail("'" + file + "': " + error->sentence);
      for (Graph& graph : std::get<std::vector<Graph>>(read)) {
        if (!graph.measured) return fail("'" + file + "' holds " + graph.model.name + ", which was not measured (cobra-probe graph)");
        graphs.push_back(std::move(graph));
      }
    }
    if (graphs.empty()) return fail("there is no measured graph");
    const std::string name = device.empty() ? graphs.front().measured->device : device;
    auto found = findDevice(name, folders);
    if (auto* error = std::get_if<ProfileError>(&found)) return fail(error->sentence);
    Predictor predictor(std::get<std::shared_ptr<const Profile>>(found), name);
    print(graphs, predictor);
    return 0;
  }

private:
  static Lines linesOf(const Graph& graph, const GraphLatency& predicted) {
    Lines lines;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      const Node& node = graph.nodes[i];
      auto& [measuredMs, predictedMs] = lines[{node.at.file, node.at.line}];
      measuredMs += node.latencyMs.value_or(0);
      predictedMs += predicted.nodes[i].ms;
    }
    return lines;
  }

  void print(const std::vector<Graph>& graphs, Predictor& predictor) const {
    std::printf(
        "| model | input | operators | measured ms | predicted ms | error | in band | worst line |\n|---|---|---|---|---|---|---|---|\n");
    ScoreKeeper totals, lines;
    int inside = 0;
    std::string perLine;
    for (const Graph& graph : graphs) {
      const GraphLatency predicted = predictor.predict(graph);
      const double ms = graph.measured->totalMs;
      const bool holds = predicted.total.lowMs <= ms && ms <= predicted.total.highMs;
      totals.add(predicted.total.ms, ms);
      inside += holds ? 1 : 0;
      std::pair<double, std::string> worst{-1, "-"};
      for (const auto& [place, times] : linesOf(graph, predicted)) {
        if (times.first <= 0) continue;
        lines.add(times.second, times.first);
        const double off = std::abs(times.second - times.first);
        char text[256];
        std::snprintf(text, sizeof text, "%s:%u, %.3f ms for %.3f", place.first.c_str(), place.second, times.second, times.first);
        worst = std::max(worst, {off, text});
        std::snprintf(text, sizeof text, "| %s | %s:%u | %.4f | %.4f | %+.1f %% |\n", graph.model.name.c_str(), place.first.c_str(),
                      place.second, times.first, times.second, 100 * (times.second / times.first - 1));
        perLine += text;
      }
      std::printf("| %s | %s | %zu | %.3f | %.3f | %+.1f %% | %s | %s |\n", graph.model.name.c_str(),
                  graph.inputs.empty() ? "-" : printArgument(graph.inputs.front().type).c_str(), graph.nodes.size(), ms, predicted.total.ms,
                  100 * (predicted.total.ms / ms - 1), holds ? "yes" : "NO", worst.second.c_str());
    }
    const Score total = totals.score(), line = lines.score();
    std::printf("\n%d models: MAPE %.1f %%, within 10 %% %.0f %%, %d in their band of 90 %%\n", total.rows, total.mape, total.within10,
                inside);
    std::printf("%d lines: MAPE %.1f %%, within 5 %% %.0f %%, within 10 %% %.0f %%\n", line.rows, line.mape, line.within5, line.within10);
    if (byLine) std::printf("\n| model | line | measured ms | predicted ms | error |\n|---|---|---|---|---|\n%s", perLine.c_str());
  }
};

} // namespace

void addModelsBench(CLI::App& bench, int& status) {
  auto run = std::make_shared<ModelsBench>();
  auto* command =
      bench.add_subcommand("models", "Models read from source: measured by cobra-probe graph against predicted, total and lines");
  command->add_option("graphs", run->files, "Measured graphs (cobra graph --format json, then cobra-probe graph)")->required();
  command->add_option("--device", run->device, "Device to predict for, if another than the one measured");
  command->add_option("--profile-dir", run->folders, "Further folders of profiles");
  command->add_flag("--lines", run->byLine, "Also print every line");
  command->callback([run, &status] { status = run->run(); });
}

} // namespace cobra::train
