// cobra-probe run and graph: single calls onto the terminal, whole graphs into measured graphs.

#include "runtime-probe/campaign.h"
#include "runtime-probe/child.h"
#include "runtime-probe/collect.h"
#include "runtime-probe/commands.h"
#include "runtime-probe/graph_run.h"
#include "runtime-probe/networks/sampler.h"

#include "predictor/format/text_file.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace cobra::probe {
namespace {

using Planned = std::variant<std::unique_ptr<Plan>, PlanError>;

std::variant<std::vector<Graph>, PlanError> graphsOf(const std::vector<std::string>& paths) {
  std::vector<Graph> all;
  for (const std::string& path : paths) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return PlanError{path + " cannot be read"};
    std::string text{std::istreambuf_iterator<char>(in), {}};
    auto read = readJson(text);
    if (auto* error = std::get_if<GraphError>(&read)) return PlanError{path + ": " + error->sentence};
    for (Graph& graph : std::get<std::vector<Graph>>(read)) all.push_back(std::move(graph));
  }
  return all;
}

/// Named graphs in order; every one has a number in the sequence, whichever shard measures it.
class NetworkPlan final : public Plan {
public:
  struct Named {
    std::string name;
    Graph graph;
  };
  using Source = std::function<std::optional<Named>()>;

  NetworkPlan(Source source, const Options& options)
      : source_(std::move(source)), shard_{options.shardIndex, options.shardCount}, dtype_(options.dtype) {}

  void add(const Record& record) override {
    if (!record.repeats) there_.insert(record.row);
  }
  bool next() override {
    do {
      auto drawn = source_();
      if (!drawn) return false;
      now_ = *std::move(drawn);
      ++row_;
    } while (row_ % shard_.count != shard_.index || there_.contains(row_));
    if (dtype_ != DType::Float32) now_.graph = withDType(std::move(now_.graph), dtype_);
    return true;
  }
  std::int64_t row() const override { return row_; }
  Record what() const override {
    Record record;
    record.network = now_.name;
    return record;
  }
  Record measure(const MeasureSetting& setting, double& spent) override { return measureNetwork(now_.name, now_.graph, setting, &spent); }

private:
  Source source_;
  Shard shard_;
  DType dtype_;
  std::set<std::int64_t> there_;
  Named now_;
  std::int64_t row_ = -1;
};

Planned drawnNetworks(const Session& session, const Options& options) {
  NetworkSetting wanted;
  wanted.seed = options.seed;
  if (!options.batches.empty()) wanted.batches = options.batches;
  wanted.image = options.image > 0 ? options.image : session.setting.call.device.is_cpu() ? 32 : 224;
  wanted.flopLimit = session.flopLimit;
  NetworkPlan::Source source = [sampler = findNetworkSpace(options.space)->sampler(wanted)]() -> std::optional<NetworkPlan::Named> {
    auto network = sampler();
    if (!network) return std::nullopt;
    return NetworkPlan::Named{network->name, graphOf(*network)};
  };
  return std::make_unique<NetworkPlan>(std::move(source), options);
}

Planned networksOfFiles(const Session&, const Options& options) {
  auto read = graphsOf(options.operands);
  if (auto* error = std::get_if<PlanError>(&read)) return *error;
  NetworkPlan::Source source = [all = std::move(std::get<std::vector<Graph>>(read)),
                                at = std::size_t(0)]() mutable -> std::optional<NetworkPlan::Named> {
    if (at == all.size()) return std::nullopt;
    Graph& graph = all[at++];
    std::string name = graph.model.name;
    if (!graph.inputs.empty()) name += " " + printArgument(graph.inputs[0].type);
    return NetworkPlan::Named{std::move(name), std::move(graph)};
  };
  return std::make_unique<NetworkPlan>(std::move(source), options);
}

void write(Graph& graph, const GraphTiming& timing, const RecordHeader& header) {
  Measurement measurement;
  measurement.totalMs = timing.total.seconds.median * 1e3;
  measurement.p10Ms = timing.total.seconds.p10 * 1e3;
  measurement.p90Ms = timing.total.seconds.p90 * 1e3;
  measurement.count = static_cast<int>(timing.total.seconds.count);
  measurement.device = header.device;
  measurement.versions = header.versions;
  if (header.launch == "replay") measurement.versions += ", replayed as a CUDA graph";
  graph.measured = measurement;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (timing.nodes[i].count > 0) graph.nodes[i].latencyMs = timing.nodes[i].median * 1e3;
}

int measureSnippets(const Options& options) {
  std::vector<Call> calls;
  std::vector<std::string> operators;
  for (const std::string& snippet : options.operands) {
    auto call = parseSnippet(snippet);
    if (auto* error = std::get_if<SnippetError>(&call))
      return complain("'" + snippet + "', byte " + std::to_string(error->offset) + ": " + error->sentence, 2);
    operators.emplace_back(std::get<Call>(call).op->fullName());
    calls.push_back(std::move(std::get<Call>(call)));
  }
  auto begun = begin(options, operators);
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
  auto read = graphsOf(options.operands);
  if (auto* error = std::get_if<PlanError>(&read)) return complain(error->sentence);
  auto& all = std::get<std::vector<Graph>>(read);

  auto begun = begin(options);
  if (auto* error = std::get_if<MachineError>(&begun)) return complain(error->sentence, 2);
  Session& session = std::get<Session>(begun);
  int code = 0;
  for (Graph& graph : all) {
    if (options.dtype != DType::Float32) graph = withDType(std::move(graph), options.dtype);
    auto timing = measureGraph(graph, session.setting);
    if (auto* failure = std::get_if<CallFailure>(&timing)) {
      code = complain(graph.model.name + ": " + failure->sentence);
      continue;
    }
    write(graph, std::get<GraphTiming>(timing), session.header);
    const Measurement& measured = *graph.measured;
    std::fprintf(stderr, "%s: %.5g ms (p10 %.5g, p90 %.5g; %d samples) for %zu nodes on %s\n", graph.model.name.c_str(), measured.totalMs,
                 measured.p10Ms, measured.p90Ms, measured.count, graph.nodes.size(), measured.device.c_str());
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

int graphs(const Options& options) {
  if (!options.operands.empty() && !options.space.empty())
    return complain("graph measures the graphs of files or networks of --space, not both", 2);
  bool records = options.out.ends_with(".jsonl") || options.out.ends_with(".jsonl.gz") || std::filesystem::is_directory(options.out);
  if (!options.operands.empty() && !records) return guarded(measureGraphs, options);
  if (options.out.empty()) return complain("graph needs --out FILE, or GRAPH.json", 2);
  if (!records) return complain("networks go into records: --out takes a folder, .jsonl or .jsonl.gz", 2);
  Options named = options;
  if (!options.operands.empty()) {
    named.space = "files";
    return collect(named, "networks", networksOfFiles);
  }
  if (options.minutes <= 0 && options.rows <= 0) return complain("graph needs --minutes M or --rows N", 2);
  if (named.space.empty()) named.space = "networks";
  if (findNetworkSpace(named.space) == nullptr) return complain(noNetworkSpace(named.space), 2);
  return collect(named, "networks", drawnNetworks);
}

} // namespace cobra::probe
