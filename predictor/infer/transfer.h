// Devices that no network was trained for: their times follow from those of trained devices (cobra adapt).
#pragma once

#include "predictor/infer/ensemble.h"

#include <span>
#include <vector>

namespace cobra::infer {

/// Answers for trained devices and for those that follow from them. Keeps scratch memory: one per thread. The model must
/// outlive it.
class DeviceAnswers {
public:
  explicit DeviceAnswers(const Model& model, const Kernels& kernels = bestKernels()) : ensemble_(model, kernels) {}

  /// What Ensemble::run() says; `coverage` is what `device` knows of each call of the batch. A time that follows from others
  /// is finite and positive too, and its spread is the weighted sum of theirs.
  void run(std::span<const EncoderInput> batch, std::span<const OperatorCoverage* const> coverage, int device,
           std::span<Estimate> estimates);

private:
  Ensemble ensemble_;
  std::vector<Estimate> each_;
};

/// True if every time that follows from others follows from trained ones that know the operator, with figures in range.
bool transfersFit(const std::vector<DeviceEntryInfo>& devices);

} // namespace cobra::infer
