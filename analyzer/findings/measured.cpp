#include "analyzer/findings/measured.h"

#include "analyzer/findings/wording.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

namespace cobra {
namespace {

namespace fs = std::filesystem;
using Place = std::pair<std::string, unsigned>; // file, line

/// How many names at the end of two paths are the same.
int commonEnd(const fs::path& a, const fs::path& b) {
  auto i = a.end(), j = b.end();
  int common = 0;
  while (i != a.begin() && j != b.begin() && *--i == *--j) ++common;
  return common;
}

/// The one of `files` that the trace means: programs are often built elsewhere, under another folder. Empty: none, or several are as
/// likely.
std::string sameFile(const std::string& traced, const std::set<std::string>& files) {
  if (files.contains(traced)) return traced;
  std::string best;
  int most = 0;
  for (const std::string& file : files) {
    const int common = commonEnd(fs::path(traced).lexically_normal(), fs::path(file).lexically_normal());
    if (common > most)
      most = common, best = file;
    else if (common == most)
      best.clear();
  }
  return best;
}

/// Calls of one line, by what they are.
struct Calls {
  struct Kind {
    const Node* node = nullptr;
    std::vector<double> ms;
  };
  std::map<std::string, Kind> kinds; // by snippet
  unsigned last = 0;                 // line on which the last of their expressions ends
  int count = 0;

  void add(const Node& node, double ms) {
    Kind& kind = kinds[node.call.op ? printSnippet(node.call) : std::string("?")];
    kind.node = &node;
    kind.ms.push_back(ms);
    last = std::max({last, node.at.line, node.at.endLine});
    ++count;
  }
  double sum() const {
    double total = 0;
    for (const auto& [snippet, kind] : kinds)
      for (double ms : kind.ms) total += ms;
    return total;
  }
  /// The first calls of a program are cold: each call takes what the median of its repeats takes.
  double warmSum() const {
    double total = 0;
    for (const auto& [snippet, kind] : kinds) {
      std::vector<double> sorted = kind.ms;
      std::ranges::sort(sorted);
      total += sorted[sorted.size() / 2] * static_cast<double>(sorted.size());
    }
    return total;
  }
  std::string describe() const {
    const Kind* largest = nullptr;
    double most = -1;
    for (const auto& [snippet, kind] : kinds) {
      double total = 0;
      for (double ms : kind.ms) total += ms;
      if (total > most) most = total, largest = &kind;
    }
    if (!largest || !largest->node->call.op) return "an operator";
    std::string text = describeCall(largest->node->call, largest->node->outputs);
    if (kinds.size() > 1) text += " and " + std::to_string(kinds.size() - 1) + (kinds.size() == 2 ? " other call" : " other calls");
    return text;
  }
};
using Lines = std::map<Place, Calls>;

/// The line of the source that a line of the trace belongs to: compilers name any line of a longer expression.
Lines::const_iterator lineOf(const Lines& lines, const Place& at) {
  auto it = lines.upper_bound(at);
  while (it != lines.begin()) {
    --it;
    if (it->first.first != at.first) break;
    if (it->first.second == at.second || it->second.last >= at.second) return it;
  }
  return lines.end();
}

} // namespace

std::variant<std::vector<Graph>, std::string> readMeasured(const std::string& file) {
  std::error_code none;
  std::ifstream in(file, std::ios::binary);
  if (!in || fs::is_directory(file, none)) return file + " cannot be read: " + (in ? "it is a folder" : std::strerror(errno));
  std::ostringstream text;
  text << in.rdbuf();
  auto read = readJson(text.str());
  if (auto* error = std::get_if<GraphError>(&read)) return file + ": " + error->sentence;
  std::vector<Graph>& graphs = std::get<std::vector<Graph>>(read);
  std::erase_if(graphs, [](const Graph& graph) {
    return !graph.measured || std::ranges::none_of(graph.nodes, [](const Node& node) { return node.latencyMs.has_value(); });
  });
  if (graphs.empty()) return file + " holds no measured operator; `cobra-probe trace --out FILE -- ./program` writes such files";
  return std::move(graphs);
}

std::string MeasuredComparison::device() const {
  for (const Graph& graph : measured_)
    if (!graph.measured->device.empty()) return graph.measured->device;
  return "";
}

void MeasuredComparison::add(const Graph& executed, const GraphLatency* latency) {
  Predicted& one = predicted_.emplace_back(Predicted{executed, {}});
  if (!latency || latency->nodes.size() != executed.nodes.size()) return;
  for (const Latency& node : latency->nodes) one.ms.push_back(node.ms);
}

Comparison MeasuredComparison::result() const {
  Comparison result;
  result.measuredOn = device();
  Lines predicted;
  bool times = !predicted_.empty();
  for (const Predicted& one : predicted_) {
    result.complete &= one.graph.complete();
    times &= !one.ms.empty() || one.graph.nodes.empty();
    for (const Node& node : one.graph.nodes)
      predicted[{node.at.file, node.at.line}].add(node, one.ms.empty() ? 0 : one.ms[static_cast<std::size_t>(node.id)]);
  }
  std::set<std::string> files;
  for (const auto& [place, calls] : predicted)
    if (place.second) files.insert(place.first);

  Lines both, alone; // what was measured, on the graph's lines and on others
  std::map<std::string, std::string> known;
  std::set<std::string> notes;
  for (const Graph& graph : measured_) {
    for (const Node& node : graph.nodes) {
      if (!node.latencyMs) continue;
      auto [file, isNew] = known.try_emplace(node.at.file);
      if (isNew) file->second = sameFile(node.at.file, files);
      const auto line = node.at.line ? lineOf(predicted, {file->second, node.at.line}) : predicted.end();
      (line == predicted.end() ? alone[{node.at.file, node.at.line}] : both[line->first]).add(node, *node.latencyMs);
    }
    for (const OpenPoint& point : graph.open)
      if (notes.insert(point.why).second) result.notes.push_back(point.why);
  }

  for (const auto& [place, calls] : predicted) {
    LineTimes& line = result.lines.emplace_back(LineTimes{place.first, place.second, calls.describe(), {}, {}, calls.count, 0});
    if (times) line.predictedMs = calls.sum();
    const auto found = both.find(place);
    if (found == both.end()) continue;
    line.measuredCalls = found->second.count;
    line.measuredMs = found->second.warmSum() * calls.count / found->second.count;
    result.predictedMs += line.predictedMs.value_or(0);
    result.measuredMs += *line.measuredMs;
    result.predictedCalls += line.predictedCalls;
    result.measuredCalls += line.measuredCalls;
  }
  for (const auto& [place, calls] : alone)
    result.lines.push_back({place.first, place.second, calls.describe(), {}, calls.warmSum(), 0, calls.count});
  std::ranges::sort(result.lines, [](const LineTimes& a, const LineTimes& b) {
    const double x = std::max(a.predictedMs.value_or(0), a.measuredMs.value_or(0));
    const double y = std::max(b.predictedMs.value_or(0), b.measuredMs.value_or(0));
    return x != y ? x > y : std::tie(a.file, a.line) < std::tie(b.file, b.line);
  });
  return result;
}

} // namespace cobra
