#include "predictor/train/training/optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cobra::train {

double rateAt(double share, const FitOptions& options) {
  if (share < options.warmUp) return options.rate * share / options.warmUp;
  return options.rate * (0.001 + 0.999 * 0.5 * (1 + std::cos(std::numbers::pi * (share - options.warmUp) / (1 - options.warmUp))));
}

Optimizer::Optimizer(Network& network, const FitOptions& options)
    : network_(network), options_(options),
      state_{.first = at::zeros_like(network.weights), .second = at::zeros_like(network.weights), .averaged = network.weights.clone()} {}

void Optimizer::step(int index) {
  descend(rateAt(static_cast<double>(index) / options_.steps, options_));
  const double keep = std::min(options_.average, (1.0 + index) / (10.0 + index));
  state_.averaged.lerp_(network_.weights, 1 - keep);
}

void Optimizer::descend(double rate) {
  ++state_.count;
  at::Tensor& g = network_.gradients;
  const double norm = g.norm().item<double>();
  if (!std::isfinite(norm)) {
    g.zero_();
    return;
  }
  if (norm > options_.clip) g.mul_(options_.clip / norm);
  const double first = options_.firstMoment, second = options_.secondMoment;
  state_.first.mul_(first).add_(g, 1 - first);
  state_.second.mul_(second).addcmul_(g, g, 1 - second);
  network_.weights.addcmul_(network_.weights, network_.decayed, -rate * options_.decay);
  const double size = rate / (1 - std::pow(first, state_.count));
  const at::Tensor scale = (state_.second / (1 - std::pow(second, state_.count))).sqrt_().add_(1e-8);
  network_.weights.addcdiv_(state_.first, scale, -size);
  g.zero_();
}

void Optimizer::restore(const State& state) {
  state_.count = state.count;
  state_.first.copy_(state.first);
  state_.second.copy_(state.second);
  state_.averaged.copy_(state.averaged);
}

} // namespace cobra::train
