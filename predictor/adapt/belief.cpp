#include "predictor/adapt/belief.h"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>

namespace cobra::adapt {
namespace {

/// One belief at one noise level: coefficients and the logarithm of the evidence.
struct Fit {
  Eigen::VectorXd coefficients;
  double evidence = 0;
};

Fit fit(const Belief& belief, const Samples& samples, double level, double freedom) {
  const Eigen::MatrixXd x = (*belief.basis)(samples.items, Eigen::all);
  const Eigen::VectorXd y = samples.ms.array().log() - belief.mean(samples.items).array();
  Eigen::ArrayXd base = Eigen::ArrayXd::Constant(y.size(), level * level);
  if (belief.slop.size() > 0) base += belief.slop(samples.items).array();
  Eigen::ArrayXd trust = Eigen::ArrayXd::Ones(y.size()); // of each sample; 1: as sure as the noise level says
  const int rounds = freedom > 0 && y.size() > 3 ? 7 : 1;
  Eigen::LLT<Eigen::MatrixXd> solver;
  Fit result;
  for (int round = 0; round < rounds; ++round) {
    if (round > 0) {
      const Eigen::ArrayXd off = y - x * result.coefficients;
      const Eigen::ArrayXd unsure = x.cwiseProduct(solver.solve(x.transpose()).transpose()).rowwise().sum();
      trust = (freedom + 1) / (freedom + (off.square() + unsure) / base);
    }
    const Eigen::ArrayXd precision = trust / base;
    Eigen::MatrixXd inverse = x.transpose() * precision.matrix().asDiagonal() * x;
    inverse.diagonal() += belief.variance.cwiseInverse();
    solver.compute(inverse);
    result.coefficients = solver.solve(x.transpose() * (precision * y.array()).matrix());
  }
  const Eigen::ArrayXd precision = trust / base;
  const Eigen::ArrayXd off = y - x * result.coefficients;
  const double misfit = (precision * off.square()).sum() + (result.coefficients.array().square() / belief.variance.array()).sum();
  const double volume = 2 * solver.matrixLLT().diagonal().array().log().sum() + belief.variance.array().log().sum() - precision.log().sum();
  result.evidence = -0.5 * (misfit + volume);
  if (rounds > 1) result.evidence += (freedom / 2 * (trust.log() - trust + 1)).sum(); // what giving up a sample costs
  return result;
}

} // namespace

std::vector<Posterior> update(std::span<const Belief> beliefs, const NoiseModel& noise, const Samples& samples) {
  std::vector<Posterior> all;
  std::vector<double> logs;
  for (std::size_t b = 0; b < beliefs.size(); ++b) {
    for (const double level : noise.levels) {
      Fit one = fit(beliefs[b], samples, level, noise.freedom);
      const double log = one.evidence + std::log(beliefs[b].weight);
      if (!std::isfinite(log)) continue;
      logs.push_back(log);
      all.push_back({b, 0, std::move(one.coefficients)});
    }
  }
  if (all.empty()) return all;
  const double most = *std::ranges::max_element(logs);
  double sum = 0;
  for (std::size_t i = 0; i < all.size(); ++i) sum += all[i].weight = std::exp(logs[i] - most);
  for (Posterior& one : all) one.weight /= sum;
  std::erase_if(all, [](const Posterior& one) { return one.weight < 1e-6; });
  return all;
}

Eigen::VectorXd meanLog(std::span<const Belief> beliefs, std::span<const Posterior> posteriors) {
  // Coefficients that go with the same basis are summed before they are applied.
  Eigen::VectorXd log = Eigen::VectorXd::Zero(beliefs.front().mean.size());
  for (std::size_t first = 0; first < beliefs.size(); ++first) {
    const Eigen::MatrixXd* basis = beliefs[first].basis;
    const auto sameBasis = [&](std::size_t b) { return beliefs[b].basis == basis; };
    bool done = false;
    for (std::size_t b = 0; b < first; ++b) done = done || sameBasis(b);
    if (done) continue;
    Eigen::VectorXd coefficients = Eigen::VectorXd::Zero(basis->cols());
    for (const Posterior& one : posteriors) {
      if (!sameBasis(one.belief)) continue;
      coefficients += one.weight * one.coefficients;
      log += one.weight * beliefs[one.belief].mean;
    }
    log += *basis * coefficients;
  }
  return log;
}

std::vector<int> chooseByVariance(const Eigen::MatrixXd& basis, const Eigen::VectorXd& variance, const Eigen::VectorXd& noise,
                                  std::span<const int> candidates, std::size_t count) {
  const std::vector<int> items(candidates.begin(), candidates.end());
  const Eigen::MatrixXd x = basis(items, Eigen::all);
  const Eigen::VectorXd slop = noise(items);
  const Eigen::MatrixXd mean = x.transpose() * x / static_cast<double>(x.rows());
  Eigen::MatrixXd covariance = variance.asDiagonal();
  std::vector<int> chosen;
  std::vector<bool> taken(items.size(), false);
  while (chosen.size() < std::min(count, items.size())) {
    const Eigen::MatrixXd known = x * covariance;
    const Eigen::ArrayXd own = known.cwiseProduct(x).rowwise().sum() + slop;
    const Eigen::ArrayXd gain = (known * mean).cwiseProduct(known).rowwise().sum().array() / own;
    Eigen::Index best = -1;
    for (Eigen::Index i = 0; i < gain.size(); ++i) {
      if (!taken[static_cast<std::size_t>(i)] && (best < 0 || gain[i] > gain[best])) best = i;
    }
    taken[static_cast<std::size_t>(best)] = true;
    chosen.push_back(items[static_cast<std::size_t>(best)]);
    const Eigen::VectorXd column = known.row(best);
    covariance -= column * column.transpose() / own[best];
  }
  return chosen;
}

} // namespace cobra::adapt
