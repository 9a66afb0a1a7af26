// A trained model: what the model file holds, checked and ready to run. docs/model-format.md describes the
// file.
#pragma once

#include "predictor/format/safetensors.h"
#include "predictor/infer/number.h"
#include "predictor/infer/vocabulary.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cobra::infer {

inline constexpr int kModelFormat = 4; // 1: a single member; 2: several; 3: devices that follow from others; 4: calls inside networks
inline constexpr std::string_view kVariant = "cobra-numbers-1";

struct Architecture {
  int width = 64, layers = 3, heads = 4, inner = 128, hidden = 128;
  bool operator==(const Architecture&) const = default;
};

/// Trained range of one operator on one device.
struct Range {
  double low = 0, high = 0;
  bool holds(double value) const { return low <= value && value <= high; }
  void widen(double value) {
    low = value < low ? value : low;
    high = value > high ? value : high;
  }
};

/// Where 90 % of the measured / predicted ratios lie, for predictions up to `upToMs`.
struct Band {
  double upToMs = 0, low = 1, high = 1;
};

/// Times that follow from those of trained devices of the same model: log ms = offset + sum of weight x log ms there.
struct Transfer {
  double offset = 0;
  std::vector<std::pair<int, double>> devices = {}; // index, weight
};

/// What one device knows of one operator.
struct OperatorCoverage {
  int op = 0;
  int rows = 0;                                 // trained on; 0: seen only as part of a longer sequence
  Range flops = {}, bytes = {};                 // of the call
  std::vector<std::vector<Range>> numbers = {}; // for each token of the operator, for each integer
  std::vector<Band> bands = {};                 // by size, last one without limit; empty: not calibrated
  std::vector<Band> bandsInside = {};           // the same of calls inside networks; empty: as `bands`
  double spread = 0;                            // usual disagreement of the members (Estimate::spread); 0: not known
  std::optional<Transfer> transfer = {};        // the device was not trained for this operator

  const std::vector<Band>& bandsFor(bool inside) const { return inside && !bandsInside.empty() ? bandsInside : bands; }
};

/// t = launch + FLOPs x perFlop + bytes x perByte, for operators that were never measured.
struct Analytic {
  double launchMs = 0.01, msPerFlop = 0, msPerByte = 0;
  double low = 0.2, high = 5; // measured / estimated, 90 % of rows with operators balanced
};

/// How the errors of the calls of one network add up, from measured networks that were not trained on.
struct TotalErrors {
  int networks = 0;  // that `shared` was fitted on
  double shared = 0; // correlation of the errors of different calls, for bands of totals
};

struct DeviceEntryInfo {
  std::string name = {}, title = {}, source = {}, versions = {};
  bool basis = false; // there for others to follow from: no profile lists it
  DeviceSpec spec = {};
  Analytic analytic = {};
  std::vector<OperatorCoverage> coverage = {}; // sorted by op
  std::optional<TotalErrors> totals = {};
  const OperatorCoverage* find(int op) const;
};

/// A line of the error table that the trainer measured on unseen rows.
struct ErrorLine {
  std::string op = {}, device = {};
  int rows = 0;
  double mape = 0, within1 = 0, within5 = 0, within10 = 0; // percent
  double covered = 0;                                      // percent of rows inside their band
  double floor = -1;                                       // percent; negative: not known
};

struct Model {
  std::string title = {}, date = {}, registry = {}; // registry: the LibTorch version whose schemas it was trained with
  Architecture architecture;
  Vocabulary vocabulary;
  std::vector<DeviceEntryInfo> devices = {};
  std::vector<ErrorLine> errors = {};
  int members = 1;           // networks that answer together, trained from different seeds
  int context = 0;           // how many numbers of what surrounds a call it reads (context.h); 0: it knows calls alone
  std::string training = {}; // how it was trained, JSON text for people and the model card; inference does not read it
  double shared = 0.5;       // TotalErrors::shared of devices that say nothing of their own
  std::map<std::string, format::Tensor> tensors;

  int deviceIndex(std::string_view name) const;
};

/// Name of a tensor of one member in the file; the statistics of the facts are common to all.
std::string memberTensor(int member, const std::string& name);
/// Name and shape of every tensor that one member of this architecture and vocabulary has.
std::vector<std::pair<std::string, std::vector<std::int64_t>>> tensorShapes(const Model& model);

/// Metadata and tensors of the file; weights are stored as float16, statistics as float32.
std::string printModel(const Model& model);
/// Checks everything: a model that comes back can be run on any call.
std::variant<Model, std::string> readModel(format::Document document, std::string_view name);

} // namespace cobra::infer
