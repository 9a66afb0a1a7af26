// Training: L1 on log-latency, AdamW, one cycle of the learning rate, an average of the weights at the end.
#pragma once

#include "predictor/train/dataset.h"

#include <functional>
#include <string>

namespace cobra::train {

struct FitOptions {
  infer::Architecture architecture;
  std::uint64_t seed = 0;
  int steps = 20000;
  int groups = 4,
      rowsPerGroup = 64; // a step's batch: rows of some operators, so that rare operators are heard too
  double rate = 3e-3, decay = 0.01, clip = 1, average = 0.999;
  double noise = 0; // error of a good model: rows whose label is noisier than this count less (0: all rows count alike)
  int threads = 1;
  std::vector<std::string> focus; // operators drawn twice as often
};

struct FitProgress {
  int step = 0, steps = 0;
  double loss = 0, seconds = 0; // mean |log ratio| of the last steps; since the start
};

/// Trains on the Part::Train rows and fills model.tensors. Needs model.vocabulary and model.devices.
void fit(const Dataset& data, infer::Model& model, const FitOptions& options, const std::function<void(const FitProgress&)>& progress);

/// The estimate for operators that were never measured, fitted on the device's own rows (operators balanced):
/// non-negative coefficients, relative L1.
void fitAnalytic(const Dataset& data, infer::Model& model);

/// log of milliseconds of every row by the LibTorch network, for the parity test.
std::vector<double> networkLogs(const Dataset& data, infer::Model& model, std::span<const int> rows);

} // namespace cobra::train
