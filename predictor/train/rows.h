// Measured rows to train on: one or more calls timed together, on one or more devices.
//
// Two kinds of files are read: the probe's records (predictor/format/records.h: one call, one device) and
// tables of rows (JSON lines, gzip), where the same calls were timed on several devices or as one sequence:
//
//   {"schema":"cobra.rows/1","title":"...","source":"public","origin":"...","command":"...","devices":["p4-pytorch21","t4-pytorch21"]}
//   {"calls":["aten::relu(self=f32[4,8])"],"ms":[0.0312,null],"std":[0.001,null],"at":0.25}
//
// A row's time is of all its calls in order. `std` (optional) is the spread of the repeats behind `ms`; `at` (optional) where in the run
// of measurements it was timed, from 0 to 1, in tables whose times drift along the run.
#pragma once

#include "predictor/infer/context.h"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cobra::train {

enum class Part : std::uint8_t {
  Train,
  Calibrate, // held back to calibrate bands
  Test,
  Validate, // held back to follow the training and to choose by
};

struct Row {
  std::vector<std::string> calls = {}; // canonical snippets
  int device = 0;                      // index into RowTable::devices
  double ms = 0;
  double floor = std::numeric_limits<double>::quiet_NaN(); // expected relative error of a perfect predictor,
                                                           // where repeats tell
  std::optional<double> at = {};                           // where in the run of measurements, 0 to 1; known where times drift along it
  infer::Surroundings around = {};                         // the network around the calls; nothing: they ran alone
  double weight = 1;                                       // how much the row counts in training
  std::optional<Part> part = {};                           // where another rule than the split of shapes decides
};

struct DeviceSource {
  std::string name = {};     // "1080ti"
  std::string title = {};    // "GeForce GTX 1080 Ti, ..."
  std::string source = {};   // "public" or "measured"
  std::string versions = {}; // of the libraries, as far as known
  bool operator==(const DeviceSource&) const = default;
};

struct RowTable {
  std::vector<DeviceSource> devices = {};
  std::vector<Row> rows = {};
  std::vector<std::string> notes = {}; // "12 rows of x.jsonl.gz were refused by LibTorch", for the log

  /// Index of a device, added if it is new.
  int device(const DeviceSource& source);
  void append(RowTable other);
};

struct RowError {
  std::string sentence = {};
};

/// NaN, zero and negative times are an error with the line; rows that the probe could not measure and repeats
/// are left out.
std::variant<RowTable, RowError> readRows(const std::filesystem::path& file);

/// Expected |error| / median when a label is the median of five repeats whose standard deviation is `std`
/// (Gaussian noise).
double floorOfMedian(double ms, double std);

} // namespace cobra::train
