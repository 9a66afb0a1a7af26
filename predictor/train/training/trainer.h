// One training, step by step: the parts put together.
#pragma once

#include "predictor/train/training/checkpoint.h"
#include "predictor/train/training/peers.h"

#include <chrono>
#include <optional>
#include <string>

namespace cobra::train {

class Trainer {
public:
  /// Needs model.vocabulary and model.devices; all of them outlive the trainer.
  Trainer(const Dataset& data, infer::Model& model, const FitOptions& options);

  bool hasRows() const { return !training_.empty(); }
  bool done() const { return step_ >= options_.steps || stop_.over(); }
  /// Somebody asked for an end, of this process or of one of its peers: all of them say so after the same step.
  bool interrupted() const { return interrupted_; }
  int stepsDone() const { return step_; }
  /// One step, on all peers together.
  FitProgress step();
  /// Writes the averaged weights, or the best of the looks where training may end early, into the model.
  FitResult finish();

  Checkpoint checkpoint() const;
  /// Why the checkpoint does not fit, if it doesn't; nothing has changed then.
  std::optional<std::string> restore(const Checkpoint& checkpoint);

private:
  /// |log ratio| of the rows: [rows]. Adds the gradient of `share` times their weighted mean to network_.gradients.
  at::Tensor learnFrom(const std::vector<int>& rows, double share);
  /// The same where every process has the same rows: each runs a contiguous share, and the sums make it the step of one process.
  at::Tensor learnTogether(const std::vector<int>& rows, Peers& peers);
  void validate();

  const FitOptions& options_;
  infer::Model& model_;
  std::string fingerprint_;
  Inputs inputs_;
  std::vector<int> training_;
  at::Tensor labels_;  // [rows of the dataset], log ms
  at::Tensor weights_; // how much each counts
  Network network_, averaged_;
  Optimizer optimizer_;
  Sampler sampler_;
  Validation validation_;
  EarlyStop stop_;
  bool interrupted_ = false;
  int step_ = 0;
  double recent_ = 0, lastValidation_ = -1, secondsBefore_ = 0;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

} // namespace cobra::train
