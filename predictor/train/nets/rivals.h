// Simple predictors of whole networks that a better one has to beat, and what no predictor by operator counts can.
#pragma once

#include "predictor/train/nets/head.h"

#include <functional>

namespace cobra::train {

struct NetworkRival {
  std::string name;
  /// Milliseconds for `asked`, from training networks alone; empty if it is not available in this build.
  std::function<std::vector<double>(const NetworkTable& table, const NetworkSample& training, std::span<const std::string> asked)> predict;
};
/// The mean; least squares on one-hot choices; boosted trees (XGBoost) on one-hot choices and on counts of choices; least
/// absolute relative deviations on counts, and on counts and their products.
std::vector<NetworkRival> networkRivals();

/// For each network of `asked` the middle of all other networks' times in the whole table with the same counts of choices, test
/// networks included: no predictor, but the most that one can get who knows the counts alone. NaN where there is no other.
/// `mode`: the most common value instead of the median (the Cauchy location of width 1 %), which is better in the share within 1 %.
std::vector<double> sameCounts(const NetworkSample& all, std::span<const std::string> asked, bool mode);

} // namespace cobra::train
