// The dataflow graph of one forward pass: the waist of the tool. Everything before it knows Clang and nothing
// of latency, everything after it knows latency and nothing of Clang. File form: docs/graph.md
// ("cobra.graph/1").
//
// Plain data; a Graph may be read from many threads at once.
#pragma once

#include "predictor/encode/snippet.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cobra {

/// A place in a source file. Lines and columns count from 1; 0 is "not known".
struct SourceRange {
  std::string file;
  unsigned line = 0, column = 0, endLine = 0, endColumn = 0;
  bool operator==(const SourceRange&) const = default;
};

/// One user function on the way to an operator, outermost first.
struct CallSite {
  std::string function; // "ResNetImpl::forward"
  std::string file;
  unsigned line = 0; // of the call inside that function
  bool operator==(const CallSite&) const = default;
};

struct Node {
  int id = 0; // its index
  Call call;
  std::vector<TensorType> outputs;
  SourceRange at; // the innermost expression in the user's own code
  std::vector<CallSite> calls;
  std::string module;                  // "layer1.0.conv1", empty where no registered module runs it
  std::optional<SourceRange> declared; // where that module is built
  std::int64_t flops = 0;
  std::int64_t bytes = 0;
  std::int64_t parameters = 0;     // learned numbers this node reads
  std::optional<double> latencyMs; // measured graphs only
};

struct GraphInput {
  std::string name;
  TensorType type;
  std::string from; // "entry", "comment", "annotation", "main", "assumed"
};

/// Something that could not be told; while there is any, a total is withheld.
struct OpenPoint {
  SourceRange at;
  std::string why;                  // one sentence
  std::vector<std::string> because; // the reasons behind it, nearest first
  bool wrong = false;               // true: LibTorch would throw here
};

struct ModelInfo {
  std::string name;  // "ResNet"
  std::string entry; // "ResNetImpl::forward"
  std::string file;
  unsigned line = 0, column = 0; // of that function
};

struct Measurement {
  double totalMs = 0, p10Ms = 0, p90Ms = 0;
  int count = 0;
  std::string device;
  std::string versions;
};

struct Graph {
  ModelInfo model;
  std::vector<GraphInput> inputs;
  std::vector<Node> nodes;                // in execution order
  std::vector<std::pair<int, int>> edges; // from lower to higher index, sorted, no repeats
  std::vector<OpenPoint> open;
  std::int64_t parameters = 0; // learned numbers of the whole model
  bool executed = false;       // the executed view: one node per operator LibTorch's dispatcher sees
  std::optional<Measurement> measured;

  bool complete() const { return open.empty(); }
};

/// One sentence, with the place inside the document ("graphs[0].nodes[3].inputs[1]: ...").
struct GraphError {
  std::string sentence;
};

/// {"schema":"cobra.graphs/1","graphs":[...]}: two spaces a level, values that fit on a line on one line,
/// keys always in the order of docs/graph.md.
std::string writeJson(const std::vector<Graph>& graphs);
/// Reads a "cobra.graph/1" or "cobra.graphs/1" document and checks all of it: ids, order of edges, snippets,
/// shapes against the registry's rules. Never throws.
std::variant<std::vector<Graph>, GraphError> readJson(std::string_view text);
/// Graphviz.
std::string writeDot(const Graph& graph);
/// The binary upper triangular adjacency matrix, one row a line, "0 1 0".
std::string writeMatrix(const Graph& graph);

} // namespace cobra
