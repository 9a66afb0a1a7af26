#include "predictor/train/nets/robust.h"

namespace cobra::train {

at::Tensor fitRobust(const at::Tensor& x, const at::Tensor& y, const RobustOptions& options) {
  constexpr double kLeastDecay = 1e-9, kLeastError = 1e-4;
  const at::Tensor relative = x / y.unsqueeze(1) * y.mean(); // (x w - y) / y = relative w' - 1 with w' = w / mean
  const auto columns = x.size(1);
  at::Tensor decay = at::full({columns}, kLeastDecay, at::kDouble);
  if (options.decay.defined()) decay = decay + options.decay;
  at::Tensor weights = at::ones({x.size(0)}, at::kDouble), solution;
  const int opening = options.width > 0 ? options.rounds / 2 : options.rounds;
  for (int round = 0; round < options.rounds; ++round) {
    const at::Tensor weighted = relative * (weights / weights.sum()).unsqueeze(1);
    const at::Tensor gram = at::matmul(relative.t(), weighted) + at::diag(decay);
    solution = at::linalg_solve(gram, weighted.sum(0));
    const at::Tensor error = (at::matmul(relative, solution) - 1).abs();
    weights =
        round < opening ? error.clamp_min(kLeastError).reciprocal() : (error.square() / (options.width * options.width) + 1).reciprocal();
  }
  return solution * y.mean();
}

} // namespace cobra::train
