#include "test/fuzz/properties.h"

#include "predictor/graph/graph.h"

#include <algorithm>

namespace cobra::test {
namespace {

bool isOneLine(std::string_view sentence) {
  return !sentence.empty() && std::none_of(sentence.begin(), sentence.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

} // namespace

std::string brokenSnippetProperty(std::string_view text) {
  const auto parsed = parseSnippet(text);
  if (const auto* error = std::get_if<SnippetError>(&parsed)) {
    if (!isOneLine(error->sentence)) return "the sentence is not one line: " + error->sentence;
    return error->offset <= text.size() ? "" : "the offset is outside the text";
  }
  const Call& call = std::get<Call>(parsed);
  if (printSnippet(call) != text) return "prints as " + printSnippet(call);
  ops::evaluate(*call.op, call.arguments); // must come back, whatever it answers
  return "";
}

std::string brokenGraphProperty(std::string_view text) {
  const auto read = readJson(text);
  if (const auto* error = std::get_if<GraphError>(&read))
    return isOneLine(error->sentence) ? "" : "the sentence is not one line: " + error->sentence;
  const auto& graphs = std::get<std::vector<Graph>>(read);
  const std::string written = writeJson(graphs);
  const auto again = readJson(written);
  if (const auto* error = std::get_if<GraphError>(&again)) return "does not read what it wrote: " + error->sentence;
  if (writeJson(std::get<std::vector<Graph>>(again)) != written) return "is written differently the second time";
  for (const Graph& graph : graphs)
    if (writeDot(graph).empty() || writeMatrix(graph).size() != graph.nodes.size() * graph.nodes.size() * 2) return "is not drawn";
  return "";
}

} // namespace cobra::test
