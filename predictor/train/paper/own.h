// This project's own prediction of the paper's networks (nets/whole.h), on the same networks as everything else.
#pragma once

#include "predictor/train/nets/whole.h"
#include "predictor/train/paper/totals.h"

#include <functional>

namespace cobra::train::paper {

struct OwnTotals {
  std::vector<Totals> seeds;      // milliseconds of the test networks, of each training
  std::vector<double> validation; // error on the validation networks, percent, of each
  Totals together;                // geometric mean over the trainings
};

/// Trains on the layers that are not tested and on the training networks. `apart`: calls that occur in test networks are learned neither
/// alone nor from inside training networks.
std::variant<OwnTotals, std::string> ownTotals(const PaperData& data, const WholeOptions& options, int seeds, bool apart,
                                               const std::function<void(int, double)>& afterSeed);

/// What the profile that is linked into the program says of the test networks; nothing if none knows the device.
std::optional<Totals> shippedTotals(const PaperData& data);

} // namespace cobra::train::paper
