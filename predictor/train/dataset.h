// Rows turned into what the network reads: features of every distinct call, a vocabulary, a split.
#pragma once

#include "predictor/infer/context.h"
#include "predictor/infer/model.h"
#include "predictor/train/rows.h"
#include "predictor/train/split.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cobra::train {

struct DatasetRow {
  std::vector<int> calls = {}; // into Dataset::calls
  int main = 0;                // the heaviest of them
  int device = 0;
  double ms = 0;
  double floor = 0;              // NaN: not known
  std::optional<double> at = {}; // as in Row
  infer::Context context = {};   // all zero: the calls ran alone
  double weight = 1;             // how much the row counts in training
  bool inside() const { return context != infer::Context{}; }
  Part part = Part::Train;
};

struct Dataset {
  std::vector<DeviceSource> devices = {};
  std::vector<infer::CallFeatures> calls = {};
  std::vector<std::string> snippets = {}; // of each call
  std::vector<DatasetRow> rows = {};
  std::vector<std::string> notes = {}; // what was left out and why

  /// Full name of the operator a row is about.
  std::string kindOf(const DatasetRow& row) const { return std::string(calls[static_cast<std::size_t>(row.main)].op->fullName()); }
};

/// What the lines of a table stand for.
enum class GroupBy : std::uint8_t { Operator, Family, Device };
/// "aten::conv2d", "convolution", "all".
std::string groupOf(const Dataset& data, const DatasetRow& row, GroupBy by);

/// Rows whose snippets this registry can't read are left out and counted in the notes; nothing left is an
/// error.
std::variant<Dataset, RowError> makeDataset(const RowTable& table, const SplitRule& rule);

/// What the model has to know of the training rows. Arguments that never change get no token.
infer::Vocabulary makeVocabulary(const Dataset& data);

/// Trained ranges of every operator on every device, bands still empty.
std::vector<infer::DeviceEntryInfo> makeDevices(const Dataset& data, const infer::Vocabulary& vocabulary);

} // namespace cobra::train
