// How the weights move.
#pragma once

#include "predictor/train/fit.h"
#include "predictor/train/network.h"

namespace cobra::train {

/// Share of the way through training -> learning rate: a linear warm-up, then half a cosine down to nearly nothing.
double rateAt(double share, const FitOptions& options);

/// AdamW (Loshchilov & Hutter 2019) over one flat vector of weights, and the running average of those weights.
class Optimizer {
public:
  Optimizer(Network& network, const FitOptions& options);

  /// Uses up network.gradients; `index` counts from 0. A gradient that is not finite moves nothing.
  void step(int index);

  /// What a checkpoint keeps, besides the network's weights.
  struct State {
    int count = 0;
    at::Tensor first = {}, second = {}, averaged = {};
  };
  const State& state() const { return state_; }
  /// Tensors of the network's size; copied.
  void restore(const State& state);
  const at::Tensor& averaged() const { return state_.averaged; }

private:
  void descend(double rate);

  Network& network_;
  const FitOptions& options_;
  State state_;
};

} // namespace cobra::train
