#include "predictor/adapt/simple.h"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <limits>

namespace cobra::adapt {
namespace {

double median(Eigen::VectorXd values) {
  const Eigen::Index middle = values.size() / 2;
  std::nth_element(values.data(), values.data() + middle, values.data() + values.size());
  const double upper = values[middle];
  if (values.size() % 2 == 1) return upper;
  return (upper + *std::max_element(values.data(), values.data() + middle)) / 2;
}

} // namespace

std::vector<int> Method::choose(std::span<const int> candidates, std::size_t count) const {
  const auto chosen = candidates.first(std::min(count, candidates.size()));
  return {chosen.begin(), chosen.end()};
}

OneFactor::OneFactor(const KnownDevices& known) : log_(known.ms.array().log().rowwise().mean()) {}

Eigen::VectorXd OneFactor::predict(const Samples& samples) const {
  const Eigen::VectorXd ratios = samples.ms.array().log() - log_(samples.items).array();
  return (log_.array() + median(ratios)).exp();
}

BestShifted::BestShifted(const KnownDevices& known) : log_(known.ms.array().log()) {}

Eigen::VectorXd BestShifted::predict(const Samples& samples) const {
  const Eigen::VectorXd measured = samples.ms.array().log();
  Eigen::Index best = 0;
  double bestShift = 0, least = std::numeric_limits<double>::infinity();
  for (Eigen::Index device = 0; device < log_.cols(); ++device) {
    const Eigen::VectorXd ratios = measured - log_(samples.items, device);
    const double shift = median(ratios), off = (ratios.array() - shift).abs().sum();
    if (off < least) {
      least = off;
      best = device;
      bestShift = shift;
    }
  }
  return (log_.col(best).array() + bestShift).exp();
}

RidgeOnDevices::RidgeOnDevices(const KnownDevices& known) : log_(known.ms.array().log()) {}

Eigen::VectorXd RidgeOnDevices::predict(const Samples& samples) const {
  const Eigen::VectorXd y = samples.ms.array().log();
  const Eigen::MatrixXd x = log_(samples.items, Eigen::all);
  const Eigen::RowVectorXd middle = x.colwise().mean();
  const double level = y.mean();
  const Eigen::MatrixXd centred = x.rowwise() - middle;
  const Eigen::VectorXd rest = y.array() - level;
  const Eigen::MatrixXd gram = centred.transpose() * centred;
  const auto rows = static_cast<double>(y.size());
  const double scale = std::max(gram.trace() / static_cast<double>(gram.rows()), 1e-12);
  double least = std::numeric_limits<double>::infinity();
  Eigen::VectorXd best = Eigen::VectorXd::Zero(x.cols());
  for (const double strength : {1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0}) {
    const Eigen::LDLT<Eigen::MatrixXd> solver(gram + strength * scale * Eigen::MatrixXd::Identity(gram.rows(), gram.cols()));
    const Eigen::VectorXd weights = solver.solve(centred.transpose() * rest);
    // Diagonal of the hat matrix, that of the constant included.
    const Eigen::VectorXd hat = (centred * solver.solve(centred.transpose())).diagonal().array() + 1 / rows;
    const Eigen::ArrayXd leftOut = (rest - centred * weights).array() / (1 - hat.array()).max(1e-6);
    if (const double loss = leftOut.square().sum(); loss < least) {
      least = loss;
      best = weights;
    }
  }
  return (((log_.rowwise() - middle) * best).array() + level).cwiseMin(700.0).exp();
}

} // namespace cobra::adapt
