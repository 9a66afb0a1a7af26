// Latencies back onto source lines: what every front shows. Knows nothing of Clang.
//
// Plain data and pure functions; any thread.
#pragma once

#include "analyzer/interp/analysis.h"
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
  std::string text;                  // one line, without the place
  std::string model;                 // "ResNet"
  std::string device;                // of the latency
  std::optional<Latency> latency;    // none: withheld or unknown
  std::optional<double> share;       // of the model's total, 0..1; none while the total is withheld
  bool lowerBound = false;           // the graph is open, and the caller asked for what is known
  int calls = 0;                     // operator calls
  std::vector<FindingCall> snippets; // largest first
  std::vector<std::string> notes;    // reasons, nearest first
};

/// Everything there is to say of one unit: of each run the expressions by place, then the model; then what
/// belongs to no run. `predictor` may be null (no profile): then texts carry no times. With `lowerBound` an
/// open graph gets the sum of what is known as its total.
std::vector<Finding> findingsOf(const AnalysisResult& analysis, Predictor* predictor, const std::string& device, bool lowerBound);

} // namespace cobra
