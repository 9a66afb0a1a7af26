#include "runtime-probe/trace/read.h"

#include "runtime-probe/trace/symbols.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <map>
#include <tuple>

namespace cobra::probe::trace {
namespace {

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(by, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}
template <class T> T number(const std::string& text, int base = 10) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

struct Frame {
  int object = 0;
  std::uint64_t address = 0;
  auto operator<=>(const Frame&) const = default;
};
struct Operator {
  std::string snippet, name, why, outputs;
  double ms = 0;
  std::vector<std::int64_t> from;
  std::vector<Frame> frames;
};
struct Trace {
  std::map<int, std::string> objects;
  std::vector<Operator> operators;
  std::int64_t beyond = 0;
  bool ended = false;
};

std::vector<std::string> listed(const std::string& text) { return text.empty() ? std::vector<std::string>() : split(text, ','); }

Trace parse(std::istream& in) {
  Trace trace;
  for (std::string line; std::getline(in, line);) {
    if (in.eof()) break; // no end of line: cut off
    const std::vector<std::string> fields = split(line, '\t');
    if (fields[0] == "object" && fields.size() == 4) trace.objects[number<int>(fields[1])] = fields[3];
    if (fields[0] == "end" && fields.size() == 2) {
      trace.beyond = number<std::int64_t>(fields[1]);
      trace.ended = true;
    }
    if (fields[0] != "op" || fields.size() != 8) continue;
    Operator op{fields[1], fields[2], fields[3], fields[6], static_cast<double>(number<std::int64_t>(fields[4])) / 1e6, {}, {}};
    for (const std::string& from : listed(fields[5])) op.from.push_back(number<std::int64_t>(from));
    for (const std::string& frame : listed(fields[7])) {
      const std::size_t colon = std::min(frame.find(':'), frame.size() - 1);
      op.frames.push_back({number<int>(frame.substr(0, colon)), number<std::uint64_t>(frame.substr(colon + 1), 16)});
    }
    trace.operators.push_back(std::move(op));
  }
  return trace;
}

/// Lines of all frames, innermost first; LibTorch's headers left out.
class Places {
public:
  explicit Places(const Trace& trace) {
    std::map<int, std::set<std::uint64_t>> wanted;
    for (const Operator& op : trace.operators)
      for (const Frame& frame : op.frames) wanted[frame.object].insert(frame.address);
    for (const auto& [object, addresses] : wanted)
      if (auto path = trace.objects.find(object); path != trace.objects.end()) lines_[object] = linesOf(path->second, addresses);
  }
  std::vector<SourceLine> of(const Operator& op) const {
    std::vector<SourceLine> all;
    for (const Frame& frame : op.frames) {
      auto object = lines_.find(frame.object);
      if (object == lines_.end()) continue;
      auto lines = object->second.find(frame.address);
      if (lines == object->second.end()) continue;
      for (const SourceLine& line : lines->second)
        if (isUsersFile(line.file)) all.push_back(line);
    }
    return all;
  }

private:
  std::map<int, std::map<std::uint64_t, std::vector<SourceLine>>> lines_;
};

SourceRange rangeOf(const std::vector<SourceLine>& lines) {
  if (lines.empty()) return {};
  return {lines[0].file, lines[0].line, 0, 0, 0};
}

/// The tensors that LibTorch returned, read as a list of a snippet.
std::vector<TensorType> typesOf(const std::string& outputs) {
  std::vector<TensorType> types;
  auto call = parseSnippet("aten::cat(tensors=[" + outputs + "],dim=0)");
  if (auto* parsed = std::get_if<Call>(&call))
    for (const auto& type : std::get<TensorList>(parsed->arguments[0])) types.push_back(*type);
  return types;
}

/// A node for an operator, or the sentence why there is none.
std::variant<Node, std::string> nodeOf(const Operator& op) {
  if (!op.why.empty()) return op.why;
  auto call = parseSnippet(op.snippet);
  if (auto* error = std::get_if<SnippetError>(&call)) return op.name + ": " + error->sentence;
  Node node;
  node.call = std::move(std::get<Call>(call));
  ops::Answer answer = ops::evaluate(*node.call.op, node.call.arguments);
  if (auto* misuse = std::get_if<ops::Misuse>(&answer))
    return op.name + " ran, though the registry says that it cannot: " + misuse->sentence;
  node.outputs = typesOf(op.outputs);
  if (auto* effect = std::get_if<ops::Effect>(&answer)) {
    node.outputs = std::move(effect->outputs);
    node.flops = effect->flops;
    node.bytes = effect->bytes;
  }
  node.latencyMs = op.ms;
  return node;
}

} // namespace

std::variant<Graph, TraceError> readTrace(const std::filesystem::path& file, const std::string& program) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return TraceError{file.string() + " cannot be read"};
  const Trace trace = parse(in);
  const Places places(trace);
  Graph graph;
  graph.model.name = graph.model.entry = program;
  graph.executed = true;
  graph.measured = Measurement{};
  std::vector<int> ids; // of the nodes, by operator; -1: none
  for (const Operator& op : trace.operators) {
    const std::vector<SourceLine> lines = places.of(op);
    auto made = nodeOf(op);
    ids.push_back(-1);
    if (auto* why = std::get_if<std::string>(&made)) {
      graph.open.push_back({rangeOf(lines), *why, {}, false});
      continue;
    }
    Node& node = std::get<Node>(made);
    node.id = ids.back() = static_cast<int>(graph.nodes.size());
    node.at = rangeOf(lines);
    for (std::size_t i = lines.size(); i > 0; --i)
      node.calls.push_back({lines[i - 1].function.substr(0, lines[i - 1].function.find('(')), lines[i - 1].file, lines[i - 1].line});
    for (std::int64_t from : op.from)
      if (from >= 0 && static_cast<std::size_t>(from) + 1 < ids.size() && ids[static_cast<std::size_t>(from)] >= 0)
        graph.edges.emplace_back(ids[static_cast<std::size_t>(from)], node.id);
    graph.measured->totalMs += op.ms;
    graph.nodes.push_back(std::move(node));
  }
  std::ranges::sort(graph.edges);
  graph.measured->count = 1;
  graph.measured->p10Ms = graph.measured->p90Ms = graph.measured->totalMs;
  if (trace.beyond > 0)
    graph.open.push_back({{}, "recording ended after " + std::to_string(trace.operators.size()) + " operators", {}, false});
  if (!trace.ended) graph.open.push_back({{}, "the program did not end by itself, its last operators may be missing", {}, false});
  return graph;
}

std::string table(const Graph& graph, const std::vector<double>& predicted) {
  struct Line {
    int operators = 0;
    double total = 0, typical = 0, predicted = 0;
    std::map<std::string, int> names;
  };
  // The same call on the same line, again and again: its median is what it takes once everything is warm.
  std::map<std::tuple<std::string, unsigned, std::string>, std::vector<double>> repeats;
  auto keyOf = [](const Node& node) { return std::tuple(node.at.file, node.at.line, printSnippet(node.call)); };
  for (const Node& node : graph.nodes) repeats[keyOf(node)].push_back(node.latencyMs.value_or(0));
  for (auto& [key, times] : repeats) std::ranges::sort(times);

  std::map<std::pair<std::string, unsigned>, Line> lines;
  for (const Node& node : graph.nodes) {
    Line& line = lines[{node.at.file, node.at.line}];
    const std::vector<double>& times = repeats[keyOf(node)];
    ++line.operators;
    line.total += node.latencyMs.value_or(0);
    line.typical += times[times.size() / 2];
    if (!predicted.empty()) line.predicted += predicted.at(static_cast<std::size_t>(node.id));
    ++line.names[std::string(node.call.op->name())];
  }
  std::vector<std::pair<std::pair<std::string, unsigned>, Line>> sorted(lines.begin(), lines.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return a.second.total != b.second.total ? a.second.total > b.second.total : a.first < b.first;
  });
  char row[256];
  std::snprintf(row, sizeof row, "%12s %12s %12s %9s  %s\n", "measured ms", "warm ms", "predicted ms", "operators", "where");
  std::string text = row;
  for (const auto& [where, line] : sorted) {
    char guess[32] = "-";
    if (!predicted.empty()) std::snprintf(guess, sizeof guess, "%.5g", line.predicted);
    std::snprintf(row, sizeof row, "%12.5g %12.5g %12s %9d  ", line.total, line.typical, guess, line.operators);
    text += row;
    text += where.first.empty() ? "(no debug information)" : where.first + ":" + std::to_string(where.second);
    int shown = 0;
    for (const auto& [name, count] : line.names) {
      if (++shown > 3) break;
      text += (shown == 1 ? "  " : ", ") + name + (count > 1 ? " x" + std::to_string(count) : "");
    }
    text += line.names.size() > 3 ? ", ...\n" : "\n";
  }
  return text;
}

} // namespace cobra::probe::trace
