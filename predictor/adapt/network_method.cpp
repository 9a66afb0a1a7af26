#include "predictor/adapt/network_method.h"

#include <algorithm>
#include <cmath>

namespace cobra::adapt {
namespace {

constexpr double kLeast = 0.05;
constexpr double kScale = 10; // standard deviation of the logarithm of the device's speed: nothing is known of it

} // namespace

NetworkMethod::NetworkMethod(const OperatorCounts& counts, std::vector<const SourceProfile*> sources, NetworkSettings settings)
    : settings_(std::move(settings)), sources_(std::move(sources)), run_(sideOf(counts, Unused::Run)),
      dropped_(sideOf(counts, Unused::Dropped)) {
  addBeliefs(run_, 1 - settings_.dropped);
  addBeliefs(dropped_, settings_.dropped);
}

NetworkMethod::Side NetworkMethod::sideOf(const OperatorCounts& counts, Unused unused) const {
  const Eigen::MatrixXd x = sumFeatures(counts.of(unused), false);
  const auto devices = static_cast<Eigen::Index>(sources_.size());
  Side side;
  side.sources.resize(x.rows(), devices);
  Eigen::VectorXd perOperator = Eigen::VectorXd::Zero(x.cols());
  for (Eigen::Index d = 0; d < devices; ++d) {
    const SourceProfile& source = *sources_[static_cast<std::size_t>(d)];
    side.sources.col(d) = source.log(unused).array() - source.log(unused).mean();
    perOperator += source.perOperator / static_cast<double>(devices);
  }
  side.mean = side.sources.rowwise().mean();
  side.relative = (x * perOperator).cwiseMax(kLeast);
  side.basis.resize(x.rows(), 1 + devices + x.cols());
  side.basis.col(0).setOnes();
  side.basis.middleCols(1, devices) = (side.sources.colwise() - side.mean) / std::sqrt(static_cast<double>(devices));
  // An operator whose time is off by the share s moves the logarithm of the whole by s x its share of the whole.
  side.basis.rightCols(x.cols()) = (x * perOperator.asDiagonal()).array().colwise() / side.relative.array();
  return side;
}

void NetworkMethod::addBeliefs(const Side& side, double share) {
  const Eigen::Index devices = side.sources.cols(), operators = side.basis.cols() - 1 - devices;
  const auto variance = [&](double deviation, double slack) {
    Eigen::VectorXd v(side.basis.cols());
    v << kScale * kScale, Eigen::VectorXd::Constant(devices, deviation * deviation), Eigen::VectorXd::Constant(operators, slack * slack);
    return v;
  };
  const Eigen::VectorXd slop = (settings_.absolute / side.relative.array()).square();
  beliefs_.push_back({&side.basis, side.mean, variance(settings_.deviation, settings_.slack), slop, share * settings_.meanWeight});
  for (Eigen::Index d = 0; d < devices; ++d) {
    beliefs_.push_back({&side.basis, side.sources.col(d), variance(settings_.nearDeviation, settings_.nearSlack), slop,
                        share * (1 - settings_.meanWeight) / static_cast<double>(devices)});
  }
}

std::vector<int> NetworkMethod::choose(std::span<const int> candidates, std::size_t count) const {
  Eigen::MatrixXd basis(run_.basis.rows(), run_.basis.cols() + 1);
  basis << run_.basis, (dropped_.mean - run_.mean).cwiseMax(-1);
  Eigen::VectorXd variance(basis.cols());
  variance << beliefs_.front().variance, settings_.designDropped * settings_.designDropped;
  const Eigen::VectorXd noise = beliefs_.front().slop.array() + settings_.designNoise * settings_.designNoise;
  std::vector<int> chosen = chooseByVariance(basis, variance, noise, candidates, std::min(count, settings_.designed));
  for (const int candidate : candidates) {
    if (chosen.size() >= count) break;
    if (std::ranges::find(chosen, candidate) == chosen.end()) chosen.push_back(candidate);
  }
  return chosen;
}

Eigen::VectorXd NetworkMethod::predict(const Samples& samples) const {
  const std::vector<Posterior> posteriors = update(beliefs_, settings_.noise, samples);
  return meanLog(beliefs_, posteriors).cwiseMax(-50.0).cwiseMin(50.0).array().exp();
}

} // namespace cobra::adapt
