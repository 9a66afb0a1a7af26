// The rows that tell while training goes on how good it is, and when to stop.
#pragma once

#include "predictor/train/network.h"

#include <ATen/ATen.h>

#include <vector>

namespace cobra::train {

/// Of the Part::Validate rows that the vocabulary knows at most 2,000, evenly spread.
class Validation {
public:
  Validation(const Dataset& data, const Inputs& inputs);
  int rows() const { return static_cast<int>(rows_.size()); }
  /// Mean |predicted / measured - 1| in percent; -1 without rows.
  double mape(const Network& network, const Inputs& inputs) const;

private:
  std::vector<int> rows_;
  at::Tensor measured_; // [rows], log ms
};

/// Remembers the best weights so far and says when waiting is over (Prechelt 1998: stop after `patience` looks that were not better).
class EarlyStop {
public:
  explicit EarlyStop(int patience) : patience_(patience) {}

  struct State {
    double best = -1; // percent; negative: no look yet
    int bestStep = 0, waited = 0;
    at::Tensor weights = {}; // of the best look; not there where patience is 0
  };
  /// `weights` are copied where they are the best yet.
  void look(double mape, int step, const at::Tensor& weights);
  bool over() const { return patience_ > 0 && state_.waited >= patience_; }
  const State& state() const { return state_; }
  void restore(State state) { state_ = std::move(state); }

private:
  int patience_;
  State state_;
};

} // namespace cobra::train
