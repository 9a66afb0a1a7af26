// What a traced run of a program took beside what is predicted for its source, line by line. Knows nothing of Clang.
#pragma once

#include "predictor/graph/graph.h"
#include "predictor/infer/predictor.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cobra {

/// The measured graphs of a file such as `cobra-probe trace --out` writes; or one sentence.
std::variant<std::vector<Graph>, std::string> readMeasured(const std::string& file);

/// All calls that one line of source makes.
struct LineTimes {
  std::string file; // as the source was read; the trace's name for it where only the trace has the line
  unsigned line = 0;
  std::string what; // the costliest call, and how many others
  std::optional<double> predictedMs;
  /// Each call with the median of its repeats. Where the graph has the line too, of as many calls as the graph has there: a program
  /// that calls a model five times is compared with one call.
  std::optional<double> measuredMs;
  int predictedCalls = 0, measuredCalls = 0;
};

struct Comparison {
  std::vector<LineTimes> lines;           // largest first
  double predictedMs = 0, measuredMs = 0; // of the lines that both sides have
  int predictedCalls = 0, measuredCalls = 0;
  bool complete = true;           // no graph has open points
  std::string measuredOn;         // the device of the trace
  std::vector<std::string> notes; // what the trace says of itself, each once
};

/// Collects graphs of the executed view and compares them with one trace. One thread.
class MeasuredComparison {
public:
  explicit MeasuredComparison(std::vector<Graph> measured) : measured_(std::move(measured)) {}

  /// The device that the trace names; may be empty.
  std::string device() const;
  /// `latency`: null where nothing is predicted.
  void add(const Graph& executed, const GraphLatency* latency);
  Comparison result() const;

private:
  struct Predicted {
    Graph graph;
    std::vector<double> ms; // of its nodes, or empty
  };
  std::vector<Graph> measured_;
  std::vector<Predicted> predicted_;
};

} // namespace cobra
