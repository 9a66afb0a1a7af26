// Latencies of whole networks: each call as the encoder predicts it inside a network of that footprint (infer/context.h), added up. Trained
// on the times of the calls inside training networks and of calls alone, then on the totals of the training networks.
#pragma once

#include "predictor/train/fit.h"
#include "predictor/train/nets/measured.h"

namespace cobra::train {

struct WholeOptions {
  FitOptions calls = {.steps = 4000, .groups = 8, .rowsPerGroup = 32, .validateEvery = 250}; // each call as a row
  FitOptions totals = {.steps = 400,
                       .groups = 8,
                       .rowsPerGroup = 4,
                       .rate = 5e-4,
                       .goOn = true,
                       .validateEvery = 50}; // whole networks as rows, beside the calls
};

/// Calls that occur in one of these networks.
std::set<std::string> callsOf(const std::vector<NetworkRun>& networks);

/// A model of calls alone and inside networks. `layers`: rows of calls alone. `apart`: calls that are not to be learned, whether alone or
/// inside networks. `validate` is only followed; its error is reported with the progress.
std::variant<infer::Model, FitError> trainWhole(const RowTable& layers, const DeviceSource& device, const std::vector<NetworkRun>& train,
                                                const std::vector<NetworkRun>& validate, const std::set<std::string>& apart,
                                                const WholeOptions& options, const std::function<void(const FitProgress&)>& progress);

/// Milliseconds of networks, in order. Calls that the model does not know are estimated from their FLOPs and bytes.
std::vector<double> predictWhole(const infer::Model& model, const DeviceSource& device, const std::vector<NetworkRun>& networks);

} // namespace cobra::train
