#include "predictor/encode/literal.h"
#include "predictor/graph/check.h"
#include "predictor/graph/graph.h"
#include "predictor/graph/json_item.h"

#include <limits>
#include <new>

namespace cobra {
namespace {

constexpr std::string_view graphSchema = "cobra.graph/1", graphsSchema = "cobra.graphs/1";

template <typename T, typename Read> std::vector<T> readList(const Item& list, Read read) {
  std::vector<T> items; // grows as it is read: a hostile file names no size in advance
  for (std::size_t i = 0; i < list.size(); ++i) items.push_back(read(list[i]));
  return items;
}

/// An optional member, or `otherwise`.
template <typename T, typename Read> T readOr(const Item& object, std::string_view key, T otherwise, Read read) {
  const auto item = object.find(key);
  return item ? read(*item) : otherwise;
}

std::string readText(const Item& item) { return item.text(); }
std::int64_t readCount(const Item& item) { return item.count(); }
unsigned readPosition(const Item& item) { return item.position(); }

int readInt(const Item& item) {
  const std::int64_t value = item.count();
  if (value > std::numeric_limits<int>::max()) item.refuse("is too large");
  return static_cast<int>(value);
}

TensorType readTensorMembers(const Item& item) {
  TensorType tensor;
  const Item shape = item.at("shape"), dtype = item.at("dtype");
  if (shape.size() > maxSnippetRank) shape.refuse("has more than " + std::to_string(maxSnippetRank) + " dimensions");
  tensor.shape = readList<std::int64_t>(shape, readCount);
  const auto known = dtypeFromName(dtype.text());
  if (!known || longName(*known) != dtype.text()) dtype.refuse(literal::shown(dtype.text()) + " is no dtype such as float32");
  tensor.dtype = *known;
  return tensor;
}

TensorType readTensor(const Item& item) {
  item.onlyKeys({"shape", "dtype"});
  return readTensorMembers(item);
}

/// Places without a file are in the file of the model.
SourceRange readRange(const Item& item, const std::string& modelFile) {
  item.onlyKeys({"file", "line", "column", "end_line", "end_column"});
  return {readOr(item, "file", modelFile, readText), readOr(item, "line", 0u, readPosition), readOr(item, "column", 0u, readPosition),
          readOr(item, "end_line", 0u, readPosition), readOr(item, "end_column", 0u, readPosition)};
}

CallSite readCallSite(const Item& item, const std::string& modelFile) {
  item.onlyKeys({"function", "file", "line"});
  return {item.at("function").text(), readOr(item, "file", modelFile, readText), readOr(item, "line", 0u, readPosition)};
}

Call readCall(const Item& node) {
  const Item op = node.at("op"), snippet = node.at("snippet");
  auto parsed = parseSnippet(snippet.text(maxSnippetBytes));
  if (const auto* error = std::get_if<SnippetError>(&parsed))
    snippet.refuse(error->sentence + ", at byte " + std::to_string(error->offset));
  Call call = std::get<Call>(std::move(parsed));
  if (op.text() != call.op->name())
    op.refuse("is " + literal::shown(op.text()) + ", but the snippet calls " + std::string(call.op->name()));
  return call;
}

/// null, "?", a tensor, or a list of tensors and nulls.
Argument readInput(const Item& item) {
  if (item.json().is_null()) return None{};
  if (item.json().is_string() && item.text() == "?") return Open{};
  if (item.json().is_object()) return readTensor(item);
  if (!item.json().is_array()) item.refuse("is neither a tensor nor a list of them, null or '?'");
  return readList<std::optional<TensorType>>(
      item, [](const Item& entry) { return entry.json().is_null() ? std::optional<TensorType>() : readTensor(entry); });
}

/// A node's "inputs" repeat the tensors of its snippet for readers that do not parse snippets.
void checkInputs(const Item& inputs, const Call& call) {
  std::size_t index = 0;
  const std::size_t stated = inputs.size();
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    if (call.op->parameters()[i].kind != ops::Kind::Tensor) continue;
    if (index < stated) {
      const Item input = inputs[index];
      const Argument tensor = readInput(input);
      if (tensor != call.arguments[i])
        input.refuse("is " + printArgument(tensor) + ", but the snippet has " + call.op->parameters()[i].name + "=" +
                     printArgument(call.arguments[i]));
    }
    ++index;
  }
  if (index != stated)
    inputs.refuse("has " + std::to_string(stated) + " entries, but " + std::string(call.op->fullName()) + " takes " +
                  std::to_string(index) + " tensors");
}

Node readNode(const Item& item, const std::string& modelFile) {
  item.onlyKeys(
      {"id", "op", "snippet", "inputs", "outputs", "at", "calls", "module", "declared", "flops", "bytes", "parameters", "latency_ms"});
  const auto range = [&](const Item& place) { return readRange(place, modelFile); };
  Node node;
  node.id = readInt(item.at("id"));
  node.call = readCall(item);
  checkInputs(item.at("inputs"), node.call);
  node.outputs = readList<TensorType>(item.at("outputs"), readTensor);
  node.at = readOr(item, "at", SourceRange{}, range);
  if (const auto calls = item.find("calls"))
    node.calls = readList<CallSite>(*calls, [&](const Item& site) { return readCallSite(site, modelFile); });
  node.module = readOr(item, "module", std::string(), readText);
  if (const auto declared = item.find("declared")) node.declared = range(*declared);
  node.flops = item.at("flops").count();
  node.bytes = item.at("bytes").count();
  node.parameters = readOr(item, "parameters", std::int64_t{0}, readCount);
  if (const auto latency = item.find("latency_ms")) node.latencyMs = latency->milliseconds();
  return node;
}

std::pair<int, int> readEdge(const Item& item) {
  if (item.size() != 2) item.refuse("is not a pair of nodes");
  return {readInt(item[0]), readInt(item[1])};
}

GraphInput readGraphInput(const Item& item) {
  item.onlyKeys({"name", "shape", "dtype", "from"});
  return {item.at("name").text(), readTensorMembers(item), item.at("from").text()};
}

OpenPoint readOpenPoint(const Item& item, const std::string& modelFile) {
  item.onlyKeys({"at", "why", "because", "wrong"});
  OpenPoint point;
  point.at = readOr(item, "at", SourceRange{}, [&](const Item& at) { return readRange(at, modelFile); });
  point.why = item.at("why").text();
  if (const auto because = item.find("because")) point.because = readList<std::string>(*because, readText);
  point.wrong = readOr(item, "wrong", false, [](const Item& wrong) { return wrong.flag(); });
  return point;
}

ModelInfo readModel(const Item& item) {
  item.onlyKeys({"name", "entry", "file", "line", "column"});
  return {item.at("name").text(), item.at("entry").text(), item.at("file").text(), readOr(item, "line", 0u, readPosition),
          readOr(item, "column", 0u, readPosition)};
}

Measurement readMeasurement(const Item& item) {
  item.onlyKeys({"latency_ms", "p10_ms", "p90_ms", "count", "device", "versions"});
  Measurement measured{item.at("latency_ms").milliseconds(),
                       item.at("p10_ms").milliseconds(),
                       item.at("p90_ms").milliseconds(),
                       readInt(item.at("count")),
                       item.at("device").text(),
                       item.at("versions").text()};
  if (measured.p10Ms > measured.p90Ms) item.refuse("has a p10_ms above its p90_ms");
  if (measured.count < 1) item.refuse("has a count of 0 runs");
  return measured;
}

void checkSchema(const Item& object, std::string_view wanted) {
  const Item schema = object.at("schema");
  if (schema.text() != wanted) schema.refuse("is " + literal::shown(schema.text()) + ", not '" + std::string(wanted) + "'");
}

Graph readGraph(const Item& item) {
  checkSchema(item, graphSchema);
  item.onlyKeys({"schema", "model", "executed", "parameters", "inputs", "nodes", "edges", "open", "measured"});
  Graph graph;
  graph.model = readModel(item.at("model"));
  const std::string& file = graph.model.file;
  graph.executed = readOr(item, "executed", false, [](const Item& executed) { return executed.flag(); });
  graph.parameters = readOr(item, "parameters", std::int64_t{0}, readCount);
  graph.inputs = readList<GraphInput>(item.at("inputs"), readGraphInput);
  graph.nodes = readList<Node>(item.at("nodes"), [&](const Item& node) { return readNode(node, file); });
  graph.edges = readList<std::pair<int, int>>(item.at("edges"), readEdge);
  if (const auto open = item.find("open"))
    graph.open = readList<OpenPoint>(*open, [&](const Item& point) { return readOpenPoint(point, file); });
  if (const auto measured = item.find("measured")) graph.measured = readMeasurement(*measured);
  if (const auto finding = checkGraph(graph)) {
    const std::string place = item.place();
    throw Refusal{(place == "the document" ? "" : place + ".") + finding->sentence};
  }
  return graph;
}

std::vector<Graph> readDocument(std::string_view text) {
  const nlohmann::json json = parseDocument(text);
  const Item document(json);
  const Item schema = document.at("schema");
  if (schema.text() == graphSchema) return {readGraph(document)};
  checkSchema(document, graphsSchema);
  document.onlyKeys({"schema", "graphs"});
  return readList<Graph>(document.at("graphs"), readGraph);
}

} // namespace

std::variant<std::vector<Graph>, GraphError> readJson(std::string_view text) {
  try {
    return readDocument(text);
  } catch (const Refusal& refusal) {
    return GraphError{refusal.sentence};
  } catch (const std::bad_alloc&) {
    return GraphError{"the document: does not fit into memory"};
  }
}

} // namespace cobra
