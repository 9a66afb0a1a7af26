#include "predictor/graph/graph.h"
#include "predictor/graph/layout.h"

#include <algorithm>
#include <cmath>

namespace cobra {
namespace {

using Json = nlohmann::ordered_json;

/// Control characters become spaces: the reader refuses them, and they would reach somebody's terminal.
std::string clean(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

void addPosition(Json& place, const char* key, unsigned value) {
  if (value > 0) place[key] = value;
}

/// Every noun of the graph as JSON; the order of the keys is the order in the file.
struct ToJson {
  template <typename T> Json operator()(const std::vector<T>& items) const {
    Json list = Json::array();
    for (const auto& item : items) list.push_back((*this)(item));
    return list;
  }
  Json operator()(const std::string& text) const { return clean(text); }
  Json operator()(const TensorType& tensor) const;
  Json operator()(const std::optional<TensorType>& tensor) const;
  Json operator()(const std::pair<int, int>& edge) const;
  Json operator()(const SourceRange& range) const;
  Json operator()(const CallSite& site) const;
  Json operator()(const Node& node) const;
  Json operator()(const GraphInput& input) const;
  Json operator()(const OpenPoint& point) const;
  Json operator()(const ModelInfo& model) const;
  Json operator()(const Measurement& measured) const;
  Json operator()(const Graph& graph) const;
};
constexpr ToJson toJson;

/// One tensor argument: null where there is none, "?" where it is open.
struct InputToJson {
  Json operator()(const TensorType& tensor) const { return toJson(tensor); }
  Json operator()(const TensorList& tensors) const { return toJson(tensors); }
  Json operator()(Open) const { return "?"; }
  template <typename T> Json operator()(const T&) const { return nullptr; }
};

Json inputsOf(const Call& call) {
  Json inputs = Json::array();
  const auto parameters = call.op->parameters();
  for (std::size_t i = 0; i < std::min(parameters.size(), call.arguments.size()); ++i)
    if (parameters[i].kind == ops::Kind::Tensor) inputs.push_back(std::visit(InputToJson{}, call.arguments[i]));
  return inputs;
}

Json ToJson::operator()(const TensorType& tensor) const { return {{"shape", tensor.shape}, {"dtype", longName(tensor.dtype)}}; }

Json ToJson::operator()(const std::optional<TensorType>& tensor) const { return tensor ? (*this)(*tensor) : Json(nullptr); }

Json ToJson::operator()(const std::pair<int, int>& edge) const { return Json::array({edge.first, edge.second}); }

Json ToJson::operator()(const SourceRange& range) const {
  Json json = {{"file", clean(range.file)}};
  addPosition(json, "line", range.line);
  addPosition(json, "column", range.column);
  addPosition(json, "end_line", range.endLine);
  addPosition(json, "end_column", range.endColumn);
  return json;
}

Json ToJson::operator()(const CallSite& site) const {
  Json json = {{"function", clean(site.function)}, {"file", clean(site.file)}};
  addPosition(json, "line", site.line);
  return json;
}

Json ToJson::operator()(const Node& node) const {
  Json json = {{"id", node.id}};
  json["op"] = node.call.op ? node.call.op->name() : std::string_view();
  json["snippet"] = printSnippet(node.call);
  json["inputs"] = node.call.op ? inputsOf(node.call) : Json::array();
  json["outputs"] = (*this)(node.outputs);
  if (node.at != SourceRange{}) json["at"] = (*this)(node.at);
  json["calls"] = (*this)(node.calls);
  if (!node.module.empty()) json["module"] = clean(node.module);
  if (node.declared) json["declared"] = (*this)(*node.declared);
  json["flops"] = node.flops;
  json["bytes"] = node.bytes;
  json["parameters"] = node.parameters;
  if (node.latencyMs && std::isfinite(*node.latencyMs)) json["latency_ms"] = *node.latencyMs;
  return json;
}

Json ToJson::operator()(const GraphInput& input) const {
  Json json = {{"name", clean(input.name)}};
  json.update((*this)(input.type));
  json["from"] = clean(input.from);
  return json;
}

Json ToJson::operator()(const OpenPoint& point) const {
  Json json = Json::object();
  if (point.at != SourceRange{}) json["at"] = (*this)(point.at);
  json["why"] = clean(point.why);
  if (!point.because.empty()) json["because"] = (*this)(point.because);
  if (point.wrong) json["wrong"] = true;
  return json;
}

Json ToJson::operator()(const ModelInfo& model) const {
  Json json = {{"name", clean(model.name)}, {"entry", clean(model.entry)}, {"file", clean(model.file)}};
  addPosition(json, "line", model.line);
  addPosition(json, "column", model.column);
  return json;
}

Json ToJson::operator()(const Measurement& measured) const {
  return {{"latency_ms", measured.totalMs}, {"p10_ms", measured.p10Ms},         {"p90_ms", measured.p90Ms},
          {"count", measured.count},        {"device", clean(measured.device)}, {"versions", clean(measured.versions)}};
}

Json ToJson::operator()(const Graph& graph) const {
  Json json = {{"schema", "cobra.graph/1"}, {"model", (*this)(graph.model)}};
  json["executed"] = graph.executed;
  json["parameters"] = graph.parameters;
  json["inputs"] = (*this)(graph.inputs);
  json["nodes"] = (*this)(graph.nodes);
  json["edges"] = (*this)(graph.edges);
  json["open"] = (*this)(graph.open);
  if (graph.measured) json["measured"] = (*this)(*graph.measured);
  return json;
}

} // namespace

std::string writeJson(const std::vector<Graph>& graphs) {
  const Json document = {{"schema", "cobra.graphs/1"}, {"graphs", toJson(graphs)}};
  std::string text;
  layOut(text, document);
  return text + "\n";
}

} // namespace cobra
