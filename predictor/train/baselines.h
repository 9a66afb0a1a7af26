// What simple methods reach on the same rows and the same split: one fit for each group and device, on the
// plain numbers of the call.
#pragma once

#include "predictor/train/evaluate.h"

#include <optional>
#include <string>

namespace cobra::train {

struct BaselineLine {
  std::string op, device;
  Score mean, linear;
  std::optional<Score> trees; // nothing if the build has no XGBoost
};

/// mean: the median training latency for all. linear: least squares of the relative error on [1, numbers,
/// FLOPs, bytes], ridge 1e-6, closed form. trees: XGBoost, 500 rounds of depth 6, rate 0.1, on numbers and
/// categories, log-latency.
std::vector<BaselineLine> runBaselines(const Dataset& data, GroupBy by, int threads);
bool haveTrees();

} // namespace cobra::train
