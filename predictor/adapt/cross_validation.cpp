#include "predictor/adapt/cross_validation.h"

#include <algorithm>
#include <cmath>

namespace cobra::adapt {

Eigen::VectorXd predictLeftOut(const Method& method, const Samples& samples, std::size_t most) {
  const std::size_t count = samples.items.size(), parts = std::min(count, most);
  Eigen::VectorXd predicted(samples.ms.size());
  for (std::size_t part = 0; part < parts; ++part) {
    std::vector<int> kept;
    for (std::size_t i = 0; i < count; ++i) {
      if (i % parts != part) kept.push_back(static_cast<int>(i));
    }
    Samples rest{{}, samples.ms(kept)};
    for (const int i : kept) rest.items.push_back(samples.items[static_cast<std::size_t>(i)]);
    const Eigen::VectorXd all = method.predict(rest);
    for (std::size_t i = part; i < count; i += parts) predicted[static_cast<Eigen::Index>(i)] = all[samples.items[i]];
  }
  return predicted;
}

ExpectedError expectedError(const Eigen::VectorXd& predicted, const Eigen::VectorXd& measured) {
  const Eigen::ArrayXd errors = (predicted.array() / measured.array() - 1).abs();
  ExpectedError result;
  result.mape = 100 * errors.mean();
  result.within10 = 100 * static_cast<double>((errors <= 0.1).count()) / static_cast<double>(errors.size());
  std::vector<double> sorted(errors.begin(), errors.end());
  std::ranges::sort(sorted);
  result.median = 100 * (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
  const Eigen::ArrayXd logs = (measured.array() / predicted.array()).log();
  std::vector<double> ratios(logs.begin(), logs.end());
  std::ranges::sort(ratios);
  constexpr std::size_t kEnough = 19; // the least count whose 5 % and 95 % conformal quantiles are samples
  if (ratios.size() >= kEnough) {
    const auto rank = static_cast<std::size_t>(std::floor(0.05 * (static_cast<double>(ratios.size()) + 1)));
    result.low = std::exp(ratios[rank - 1]);
    result.high = std::exp(ratios[ratios.size() - rank]);
  } else {
    constexpr double kWider = 1.5;
    const double widest = std::max(std::abs(ratios.front()), std::abs(ratios.back())) * kWider;
    result.low = std::exp(-widest);
    result.high = std::exp(widest);
  }
  result.low = std::min(result.low, 1.0);
  result.high = std::max(result.high, 1.0);
  return result;
}

} // namespace cobra::adapt
