#include "predictor/encode/literal.h"
#include "predictor/graph/graph.h"

#include <cstdio>

namespace cobra {
namespace {

/// Inside double quotes in Graphviz: a quote ends the text, a backslash starts an escape.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

std::string shortOp(const Node& node) {
  if (!node.call.op) return "?";
  const std::string_view name = node.call.op->name();
  const auto colon = name.rfind(':');
  return std::string(colon == std::string_view::npos ? name : name.substr(colon + 1));
}

std::string outputText(const Node& node) {
  std::string out;
  for (const TensorType& tensor : node.outputs) {
    if (!out.empty()) out += ' ';
    literal::append(out, tensor);
  }
  return out;
}

std::string latencyText(double ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g ms", ms);
  return text;
}

std::string label(const Node& node) {
  std::string text = escaped(shortOp(node));
  for (const std::string& line : {outputText(node), node.module, node.latencyMs ? latencyText(*node.latencyMs) : ""})
    if (!line.empty()) text += "\\n" + escaped(line);
  return text;
}

} // namespace

std::string writeDot(const Graph& graph) {
  std::string out = "digraph \"" + escaped(graph.model.name) + "\" {\n  node [shape=box, fontname=\"monospace\"];\n";
  for (const Node& node : graph.nodes)
    out += "  n" + std::to_string(node.id) + " [label=\"" + label(node) + "\", tooltip=\"" + escaped(printSnippet(node.call)) + "\"];\n";
  for (const auto& [from, to] : graph.edges) out += "  n" + std::to_string(from) + " -> n" + std::to_string(to) + ";\n";
  return out + "}\n";
}

std::string writeMatrix(const Graph& graph) {
  const std::size_t count = graph.nodes.size();
  std::string blank;
  for (std::size_t i = 0; i < count; ++i) blank += i + 1 < count ? "0 " : "0\n";
  std::string out;
  out.reserve(blank.size() * count);
  for (std::size_t i = 0; i < count; ++i) out += blank;
  for (const auto& [from, to] : graph.edges)
    if (from >= 0 && from < to && static_cast<std::size_t>(to) < count)
      out[static_cast<std::size_t>(from) * blank.size() + static_cast<std::size_t>(to) * 2] = '1';
  return out;
}

} // namespace cobra
