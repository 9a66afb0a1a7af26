// What is said of rows whose operators a model never saw.
#pragma once

#include "predictor/train/dataset.h"

#include <vector>

namespace cobra::train {

/// Replaces what is NaN in `predicted` (predictRows(), milliseconds) by the estimate from FLOPs and bytes that the program falls back on,
/// where the model has the row's device.
void estimateUnknown(const Dataset& data, const infer::Model& model, std::vector<double>& predicted);

} // namespace cobra::train
