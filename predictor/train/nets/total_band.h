// How wide the band of a whole network has to be: the correlation of its calls' errors, from networks that were not trained on.
#pragma once

#include "predictor/infer/model.h"
#include "predictor/train/nets/measured.h"

#include <string>
#include <vector>

namespace cobra::train {

/// What `cobra check` would say of a network, beside what was measured.
struct TotalCheck {
  std::string network;
  double measured = 0, predicted = 0; // milliseconds
  double needed = 0;                  // least TotalErrors::shared with which the band holds the measured time; above 1: none does
};

/// By the code that ships. Networks with a call that can't be read are left out. `device` is one of the model's.
std::vector<TotalCheck> checkTotals(const infer::Model& model, const std::string& device, const std::vector<NetworkRun>& networks);

/// The least correlation in 0 to 1 with which the band holds 90 % of new networks, if they are exchangeable with these: the quantile of
/// rank (n + 1) 0.9 of what each needs (split-conformal prediction). 1 where none does.
double sharedError(const std::vector<TotalCheck>& checks);

/// Percent of them that a band with this correlation holds.
double shareHeld(const std::vector<TotalCheck>& checks, double shared);

} // namespace cobra::train
