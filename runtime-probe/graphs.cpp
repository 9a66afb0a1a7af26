// cobra-probe run and graph: single calls onto the terminal, whole graphs into measured graphs.

#include "runtime-probe/child.h"
#include "runtime-probe/commands.h"
#include "runtime-probe/graph_run.h"
#include "runtime-probe/session.h"

#include "predictor/format/text_file.h"

#include <cstdio>
#include <fstream>
#include <iterator>

namespace cobra::probe {
namespace {

void write(Graph& graph, const GraphTiming& timing, const RecordHeader& header) {
  Measurement measurement;
  measurement.totalMs = timing.total.seconds.median * 1e3;
  measurement.p10Ms = timing.total.seconds.p10 * 1e3;
  measurement.p90Ms = timing.total.seconds.p90 * 1e3;
  measurement.count = static_cast<int>(timing.total.seconds.count);
  measurement.device = header.device;
  measurement.versions = header.versions;
  graph.measured = measurement;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    graph.nodes[i].latencyMs = timing.nodes[i].median * 1e3;
}

int measureSnippets(const Options& options) {
  std::vector<Call> calls;
  for (const std::string& snippet : options.operands) {
    auto call = parseSnippet(snippet);
    if (auto* error = std::get_if<SnippetError>(&call))
      return complain("'" + snippet + "', byte " + std::to_string(error->offset) + ": " + error->sentence, 2);
    calls.push_back(std::move(std::get<Call>(call)));
  }
  auto begun = begin(options);
  if (auto* error = std::get_if<MachineError>(&begun)) return complain(error->sentence, 2);
  const Session& session = std::get<Session>(begun);
  int code = 0;
  for (const Call& call : calls) {
    Record record = measure(call, session.setting);
    if (!record.measured()) code = 1;
    std::printf("%s  %s\n", describe(record).c_str(), record.snippet.c_str());
  }
  return code;
}

int measureGraphs(const Options& options) {
  const std::string& path = options.operands[0];
  std::ifstream in(path, std::ios::binary);
  if (!in) return complain(path + " cannot be read");
  std::string text{std::istreambuf_iterator<char>(in), {}};
  auto read = readJson(text);
  if (auto* error = std::get_if<GraphError>(&read)) return complain(path + ": " + error->sentence);
  auto& all = std::get<std::vector<Graph>>(read);

  auto begun = begin(options);
  if (auto* error = std::get_if<MachineError>(&begun)) return complain(error->sentence, 2);
  Session& session = std::get<Session>(begun);
  int code = 0;
  for (Graph& graph : all) {
    auto timing = measureGraph(graph, session.setting);
    if (auto* failure = std::get_if<CallFailure>(&timing)) {
      code = complain(path + ": " + graph.model.name + ": " + failure->sentence);
      continue;
    }
    write(graph, std::get<GraphTiming>(timing), session.header);
    const Measurement& measured = *graph.measured;
    std::fprintf(stderr, "%s: %.5g ms (p10 %.5g, p90 %.5g; %d samples) for %zu nodes on %s\n",
                 graph.model.name.c_str(), measured.totalMs, measured.p10Ms, measured.p90Ms, measured.count,
                 graph.nodes.size(), measured.device.c_str());
  }
  std::string json = writeJson(all);
  if (options.out.empty()) {
    std::printf("%s\n", json.c_str());
  } else if (auto error = replaceText(options.out, json)) {
    return complain(error->sentence);
  }
  return code;
}

/// A crash inside LibTorch is a sentence.
int guarded(int (*command)(const Options&), const Options& options) {
  ChildEnd end = inChild([&] { return command(options); });
  return end.crashed() ? complain(end.sentence()) : end.code;
}

} // namespace

int runSnippets(const Options& options) { return guarded(measureSnippets, options); }
int graphs(const Options& options) { return guarded(measureGraphs, options); }

} // namespace cobra::probe
