#include "predictor/train/training/validation.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

namespace cobra::train {

Validation::Validation(const Dataset& data, const Inputs& inputs) {
  constexpr std::size_t kRows = 2000;
  std::vector<int> all;
  for (std::size_t i = 0; i < data.rows.size(); ++i) {
    if (data.rows[i].part == Part::Validate && !inputs.units[i].empty()) all.push_back(static_cast<int>(i));
  }
  const std::size_t count = std::min(all.size(), kRows);
  std::vector<float> measured;
  for (std::size_t i = 0; i < count; ++i) {
    rows_.push_back(all[i * all.size() / count]);
    measured.push_back(static_cast<float>(std::log(data.rows[static_cast<std::size_t>(rows_.back())].ms)));
  }
  measured_ = at::tensor(measured);
}

double Validation::mape(const Network& network, const Inputs& inputs) const {
  if (rows_.empty()) return -1;
  const c10::NoGradGuard noGrad;
  constexpr std::size_t kBatch = 512;
  double sum = 0;
  for (std::size_t begin = 0; begin < rows_.size(); begin += kBatch) {
    const auto some = std::span(rows_).subspan(begin, std::min(kBatch, rows_.size() - begin));
    const at::Tensor wanted = measured_.narrow(0, static_cast<std::int64_t>(begin), static_cast<std::int64_t>(some.size()));
    sum += (network.forward(inputs, makeBatch(inputs, some)) - wanted).expm1().abs().sum().item<double>();
  }
  return 100 * sum / static_cast<double>(rows_.size());
}

void EarlyStop::look(double mape, int step, const at::Tensor& weights) {
  if (!(mape >= 0)) return;
  if (state_.best >= 0 && mape >= state_.best) {
    ++state_.waited;
    return;
  }
  state_.best = mape;
  state_.bestStep = step;
  state_.waited = 0;
  if (patience_ > 0) state_.weights = weights.clone();
}

} // namespace cobra::train
