// Whole networks that were measured: which of them are trained on, and what they tell of the calls inside them and of totals.
#pragma once

#include "predictor/format/records.h"
#include "predictor/train/rows.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace cobra::train {

/// How many networks each part gets. Numbers below 1 are shares of all, others are counts.
struct NetworkSplit {
  double train = 0.675, validate = 0.075, test = 0.25; // 1,350 / 150 / 500 of 2,000
  std::uint64_t seed = 0;
};

/// Fisher-Yates with plain remainders: the same order on every machine.
template <class T> void shuffle(std::vector<T>& values, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random() % i]);
}

template <class T> struct NetworkSides {
  std::vector<T> train, validate, test;
};

/// Shuffles and takes from the end: first what is tested, then what is validated, then what is trained on.
template <class T> NetworkSides<T> splitNetworks(std::vector<T> networks, const NetworkSplit& split) {
  const auto countOf = [all = networks.size()](double wanted) {
    return static_cast<std::size_t>(std::llround(wanted < 1 ? wanted * static_cast<double>(all) : wanted));
  };
  const std::size_t test = countOf(split.test), validate = countOf(split.validate), train = countOf(split.train);
  shuffle(networks, split.seed);
  NetworkSides<T> parts;
  const auto take = [&](std::vector<T>& to, std::size_t count) {
    for (; count > 0 && !networks.empty(); --count) {
      to.push_back(std::move(networks.back()));
      networks.pop_back();
    }
  };
  take(parts.test, test);
  take(parts.validate, validate);
  take(parts.train, train);
  return parts;
}

/// One measured forward pass.
struct NetworkRun {
  std::string name = {};               // "cobra-2022 7 of seed 1, batch 2, image 64"
  std::vector<std::string> calls = {}; // snippets, in the order in which they run
  std::vector<double> callMs = {};     // of each call, inside the pass; 0: not known
  double ms = 0;                       // of the whole pass
  /// "cobra-2022"
  std::string kind() const { return name.substr(0, name.find(' ')); }
};

struct NetworkRuns {
  DeviceSource device;
  NetworkSides<NetworkRun> parts;
  std::vector<std::string> notes = {};
};

/// All networks of some files, which must be of one device. Each kind is split by itself; networks of one name are on one side.
std::variant<NetworkRuns, RowError> readNetworkRuns(const std::vector<std::string>& files, const NetworkSplit& split);

/// Networks as rows to train on and to predict.
class NetworkRows {
public:
  explicit NetworkRows(int device) : device_(device) {}

  /// One row a call, with its share of the whole: the calls' times add up to the network's. A call counts by the root of its share.
  /// Nothing where the times of the calls are not known.
  void calls(const NetworkRun& network, std::optional<Part> part, std::vector<Row>& to);
  /// Those calls that are in `known`, as one row: their share of the whole. Nothing where less than two are.
  std::optional<Row> sum(const NetworkRun& network, const std::set<std::string>& known, Part part);
  /// The whole as one row.
  Row whole(const NetworkRun& network, Part part);

private:
  infer::Surroundings around(const NetworkRun& network);
  int device_;
  std::unordered_map<std::string, infer::Surroundings> added_; // by a call, by snippet
};

} // namespace cobra::train
