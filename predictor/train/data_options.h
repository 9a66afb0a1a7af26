// What every command that reads measured rows takes on its command line.
#pragma once

#include "predictor/train/dataset.h"
#include "predictor/train/nets/measured.h"

#include <set>
#include <string>
#include <variant>
#include <vector>

namespace CLI {
class App;
}

namespace cobra::train {

class Settings;

struct DataOptions {
  std::vector<std::string> files = {};
  std::vector<std::string> only = {};      // devices; empty: all
  std::vector<std::string> operators = {}; // full names ("aten::conv2d"); empty: all
  std::vector<std::string> apart = {};     // files of measured networks: what runs in them is for testing only
  std::vector<std::string> networks = {};  // files of measured networks: calls inside those to train on are rows, too
  SplitRule split;

  void addTo(CLI::App& command);
  /// The same, and the shares of the split, where a file of settings may say them too: --data is not required then.
  void addTo(CLI::App& command, Settings& settings);
  /// All rows of all files. A row whose heaviest call is not one of `operators` is left out.
  std::variant<Dataset, RowError> read() const;
  /// What the second phase of a training with `networks` learns from: the rows of `all` that run in networks, those of the same operators
  /// alone, and of each network to train on the sum of its calls of training shapes. The networks that calibrate the bands of totals are
  /// its validation rows: to be followed, not to choose by.
  std::variant<Dataset, RowError> readSums(const Dataset& all) const;
  /// shapeOf() everything that runs in the networks of `apart`.
  std::variant<std::set<std::string>, RowError> shapesApart() const;
  /// The networks of `networks`, split by the seed of `split`: a quarter to test on, 15 % to calibrate the bands of totals.
  std::variant<NetworkRuns, RowError> readNetworks() const;

private:
  /// All rows of all files and of the networks' calls.
  std::variant<RowTable, RowError> readTable() const;
  /// Its rows by the split, without those that `apart` and `operators` shut out.
  std::variant<Dataset, RowError> datasetOf(const RowTable& table) const;
};

/// Prints "cobra-train: SENTENCE" and returns the exit status for bad input.
int fail(const std::string& sentence);

} // namespace cobra::train
