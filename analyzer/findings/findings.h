// Latencies back onto source lines: what every front shows. Knows nothing of Clang.
//
// Plain data and pure functions; any thread.
#pragma once

#include "predictor/graph/graph.h"
#include "predictor/infer/predictor.h"

#include <optional>
#include <string>
#include <vector>

namespace cobra {

enum class FindingKind {
  Op,    // one expression of the source: all operator calls it makes
  Model, // one run of a model
  Open,  // something could not be told, and why
  Wrong, // LibTorch would throw here
  Unrun  // a model that nothing runs
};
std::string_view name(FindingKind kind);

/// One distinct operator call behind a finding.
struct FindingCall {
  std::string snippet;
  int count = 0;
  Latency latency; // of all `count` calls together
};

struct Finding {
  std::string id; // the same for the same input on every front and in every run
  FindingKind kind = FindingKind::Op;
  SourceRange at;
  std::string text;                 // one line, without the place
  std::string model;                // "ResNet"
  std::string device;               // of the latency
  std::optional<Latency> latency;   // none: withheld or unknown
  std::optional<double> share;      // of the model's total, 0..1; none while the total is withheld
  bool lowerBound = false;          // the graph is open, and the caller asked for what is known
  int calls = 0;                    // operator calls
  std::vector<FindingCall> snippets; // largest first
  std::vector<std::string> notes;   // reasons, nearest first
};

/// One graph of a unit, as the analyzer tells of it.
struct FindingSource {
  const Graph* graph = nullptr;
  std::string from;     // "entry", "comment", ".cobra", "input", "main", "assumed"
  bool assumed = false; // the input shape is a guess
};

/// Sorted by place: all findings of one graph. `latencies` may be null (no profile): then texts carry no times.
/// With `lowerBound` an open graph gets the sum of what is known as its total.
std::vector<Finding> findingsOf(const FindingSource& source, const GraphLatency* latencies, const std::string& device,
                                bool lowerBound);

/// An open point that belongs to no graph.
Finding openFinding(const OpenPoint& point, const std::string& model);

} // namespace cobra
