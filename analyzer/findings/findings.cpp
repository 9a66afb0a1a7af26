#include "analyzer/findings/findings.h"

#include "analyzer/findings/wording.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>

namespace cobra {
namespace {

auto key(const SourceRange& at) { return std::tie(at.file, at.line, at.column, at.endLine, at.endColumn); }
struct ByPlace {
  bool operator()(const SourceRange& a, const SourceRange& b) const { return key(a) < key(b); }
};

/// FNV-1a: stable over platforms and releases of any library.
std::string identity(std::initializer_list<std::string_view> parts) {
  std::uint64_t hash = 14695981039346656037u;
  for (std::string_view part : parts) {
    for (char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    hash = (hash ^ 0xff) * 1099511628211u;
  }
  char buffer[20];
  std::snprintf(buffer, sizeof buffer, "%016llx", static_cast<unsigned long long>(hash));
  return buffer;
}

std::string fileName(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

std::string place(const SourceRange& at) { return fileName(at.file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column); }

/// The band of a sum in which all errors point the same way: what one profile's errors mostly do.
void add(Latency& sum, const Latency& part) {
  sum.ms += part.ms;
  sum.lowMs += part.lowMs;
  sum.highMs += part.highMs;
  sum.extrapolated |= part.extrapolated;
  sum.covered &= part.covered;
}

std::string percent(double share) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, share < 0.0995 ? "%.1f%%" : "%.0f%%", share * 100);
  return buffer;
}

std::string calls(int count) { return std::to_string(count) + (count == 1 ? " call" : " calls"); }

/// All nodes of one expression.
struct Group {
  std::vector<const Node*> nodes;
  std::optional<Latency> latency;
};

/// One phrase for all calls of an expression: what it does, where all do the same kind of thing; otherwise
/// the costliest parts.
std::string describeGroup(const std::vector<FindingCall>& distinct, const std::map<std::string, const Node*>& bySnippet) {
  const Node& first = *bySnippet.at(distinct.front().snippet);
  std::string text = describeCall(first.call, first.outputs);
  if (distinct.size() == 1) return text;
  std::set<std::string_view> names;
  for (const FindingCall& call : distinct)
    if (const ops::Operator* op = bySnippet.at(call.snippet)->call.op) names.insert(op->name());
  const std::size_t others = distinct.size() - 1;
  const char* what = names.size() == 1 ? (others == 1 ? " other shape" : " other shapes") : (others == 1 ? " other call" : " other calls");
  return text + " and " + std::to_string(others) + what;
}

Finding opFinding(const Group& group, const ModelRun& run, const std::string& device, const GraphLatency* latencies, bool shareKnown) {
  const Graph& graph = run.graph;
  Finding finding;
  finding.kind = FindingKind::Op;
  finding.at = group.nodes.front()->at;
  finding.model = graph.model.name;
  finding.device = device;
  finding.calls = static_cast<int>(group.nodes.size());
  finding.latency = group.latency;
  std::map<std::string, const Node*> bySnippet;
  std::map<std::string, std::size_t> index;
  for (const Node* node : group.nodes) {
    std::string snippet = node->call.op ? printSnippet(node->call) : std::string("?");
    auto [it, isNew] = index.try_emplace(snippet, finding.snippets.size());
    if (isNew) {
      finding.snippets.push_back({snippet, 0, {}});
      bySnippet[snippet] = node;
    }
    FindingCall& call = finding.snippets[it->second];
    ++call.count;
    if (latencies) add(call.latency, latencies->nodes[node->id]);
  }
  std::sort(finding.snippets.begin(), finding.snippets.end(), [](const FindingCall& a, const FindingCall& b) {
    return std::tie(b.latency.ms, a.snippet) < std::tie(a.latency.ms, b.snippet);
  });
  finding.text = describeGroup(finding.snippets, bySnippet) + ", " + calls(finding.calls);
  if (finding.latency) {
    finding.text += ": " + describeLatency(*finding.latency);
    if (shareKnown && latencies->total.ms > 0) {
      finding.share = std::min(1.0, finding.latency->ms / latencies->total.ms);
      finding.text += " (" + percent(*finding.share) + " of " + graph.model.name + ")";
    }
  }
  finding.id = identity({"op", place(finding.at), graph.model.name, finding.snippets.front().snippet});
  return finding;
}

std::string inputsText(const Graph& graph) {
  std::string text;
  for (const GraphInput& input : graph.inputs) text += (text.empty() ? "" : ", ") + describeType(input.type);
  return text.empty() ? "no tensor input" : text;
}

std::int64_t totalFlops(const Graph& graph) {
  std::int64_t sum = 0;
  for (const Node& node : graph.nodes) sum = addClamped(sum, node.flops);
  return sum;
}

Finding modelFinding(const ModelRun& run, const std::string& device, const GraphLatency* latencies, bool lowerBound) {
  const Graph& graph = run.graph;
  Finding finding;
  finding.kind = FindingKind::Model;
  finding.at = {graph.model.file, graph.model.line, graph.model.column, graph.model.line, graph.model.column};
  finding.model = graph.model.name;
  finding.device = device;
  finding.calls = static_cast<int>(graph.nodes.size());
  // "ResNetImpl::forward" is the class behind the holder that people name.
  std::string method = graph.model.entry.substr(graph.model.entry.rfind(':') + 1);
  const bool program = graph.model.name == graph.model.entry; // a function of the program's own, not a model's
  std::string text = graph.model.name.empty() || program ? graph.model.entry : graph.model.name + "::" + method;
  if (!program) text += " on " + inputsText(graph) + (run.assumed ? " (assumed)" : "");
  const std::string size = std::to_string(graph.nodes.size()) + (graph.nodes.size() == 1 ? " operator, " : " operators, ") +
                           describeParameters(graph.parameters) + ", " + describeFlops(totalFlops(graph));
  if (latencies && (graph.complete() || lowerBound)) {
    finding.latency = latencies->total;
    finding.lowerBound = !graph.complete();
    text += std::string(": ") + (finding.lowerBound ? "at least " : "") + describeLatency(latencies->total, true) + " on " + device + " (" +
            size + ")";
  } else if (!graph.complete()) {
    text += ": total withheld, " + std::to_string(graph.open.size()) + (graph.open.size() == 1 ? " point is" : " points are") + " open (" +
            size + ")";
  } else {
    text += ": " + size;
  }
  finding.text = text;
  if (run.assumed) finding.notes.push_back("the input shape is a guess; give --entry, --input or a // cobra: comment");
  finding.notes.insert(finding.notes.end(), run.notes.begin(), run.notes.end());
  for (const OpenPoint& point : graph.open) finding.notes.push_back((point.at.file.empty() ? "" : place(point.at) + ": ") + point.why);
  if (latencies) finding.notes.insert(finding.notes.end(), latencies->notes.begin(), latencies->notes.end());
  finding.id = identity({"model", place(finding.at), graph.model.name, inputsText(graph)});
  return finding;
}

/// Who would refuse: libraries that answer with a status are named by it.
std::string_view refusal(std::string_view why) {
  static constexpr std::pair<std::string_view, std::string_view> byStatus[] = {{"CUDNN_STATUS_", "cuDNN would refuse this: "},
                                                                               {"CUBLAS_STATUS_", "cuBLAS would refuse this: "},
                                                                               {"ATTRIBUTE_NOT_SET", "cuDNN would refuse this: "},
                                                                               {"INVALID_VARIANT_PACK", "cuDNN would refuse this: "},
                                                                               {"the program ends here", ""}};
  for (const auto& [status, words] : byStatus)
    if (why.find(status) != std::string_view::npos) return words;
  return "LibTorch would throw here: ";
}

Finding openFinding(const OpenPoint& point, const std::string& model) {
  Finding finding;
  finding.kind = point.wrong ? FindingKind::Wrong : FindingKind::Open;
  finding.at = point.at;
  finding.model = model;
  finding.text = std::string(point.wrong ? refusal(point.why) : "not known: ") + point.why;
  finding.notes = point.because;
  finding.id = identity({name(finding.kind), place(point.at), model, point.why});
  return finding;
}

Finding unrunFinding(const ModelWithoutRun& model) {
  Finding finding;
  finding.kind = FindingKind::Unrun;
  finding.at = model.at;
  finding.model = model.name;
  finding.text = "nothing runs " + model.name + ": " + model.why;
  if (!model.suggestion.empty()) finding.notes.push_back("add a comment such as " + model.suggestion);
  finding.id = identity({"unrun", place(model.at), model.name});
  return finding;
}

std::vector<Finding> findingsOfRun(const ModelRun& run, const GraphLatency* latencies, const std::string& device, bool lowerBound) {
  const Graph& graph = run.graph;
  if (latencies && latencies->nodes.size() != graph.nodes.size()) latencies = nullptr;
  std::map<SourceRange, Group, ByPlace> groups;
  for (const Node& node : graph.nodes) {
    Group& group = groups[node.at];
    group.nodes.push_back(&node);
    if (latencies) {
      if (!group.latency) group.latency.emplace();
      add(*group.latency, latencies->nodes[static_cast<std::size_t>(node.id)]);
    }
  }
  std::vector<Finding> out;
  for (const auto& [at, group] : groups)
    if (at.line) out.push_back(opFinding(group, run, device, latencies, graph.complete()));
  for (const OpenPoint& point : graph.open) out.push_back(openFinding(point, graph.model.name));
  std::sort(out.begin(), out.end(), [](const Finding& a, const Finding& b) {
    return std::tuple(key(a.at), std::tie(a.kind, a.text)) < std::tuple(key(b.at), std::tie(b.kind, b.text));
  });
  out.push_back(modelFinding(run, device, latencies, lowerBound));
  return out;
}

} // namespace

std::string_view name(FindingKind kind) {
  static constexpr std::string_view names[] = {"op", "model", "open", "wrong", "unrun"};
  return names[static_cast<std::size_t>(kind)];
}

std::vector<Finding> findingsOf(const AnalysisResult& analysis, Predictor* predictor, const std::string& device, bool lowerBound) {
  std::vector<Finding> out;
  std::set<std::pair<std::string, std::vector<std::string>>> told;
  for (const ModelRun& run : analysis.runs) {
    std::optional<GraphLatency> latencies;
    if (predictor) latencies = predictor->predict(run.graph);
    std::vector<Finding> findings = findingsOfRun(run, latencies ? &*latencies : nullptr, device, lowerBound);
    // What keeps several runs of a model from being known is said once.
    std::erase_if(findings, [&](const Finding& finding) {
      return (finding.kind == FindingKind::Open || finding.kind == FindingKind::Wrong) && !told.insert({finding.id, finding.notes}).second;
    });
    out.insert(out.end(), std::make_move_iterator(findings.begin()), std::make_move_iterator(findings.end()));
  }
  for (const OpenPoint& point : analysis.open) out.push_back(openFinding(point, ""));
  for (const ModelWithoutRun& model : analysis.without) out.push_back(unrunFinding(model));
  return out;
}

} // namespace cobra
