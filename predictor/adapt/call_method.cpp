#include "predictor/adapt/call_method.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cobra::adapt {
namespace {

constexpr double kScale = 10; // standard deviation of the logarithm of the device's speed: nothing is known of it

/// Where each group of coefficients begins.
struct Layout {
  Eigen::Index devices, families, ops;
  Eigen::Index deviation() const { return 1; }
  Eigen::Index slope() const { return deviation() + (devices > 1 ? devices : 0); }
  Eigen::Index family() const { return slope() + 1; }
  Eigen::Index familySlope() const { return family() + families; }
  Eigen::Index op() const { return familySlope() + families; }
  Eigen::Index size() const { return op() + ops; }
};

} // namespace

CallMethod::CallMethod(const KnownDevices& known, std::vector<CallKind> kinds, CallSettings settings)
    : settings_(std::move(settings)), kinds_(std::move(kinds)), log_(known.ms.array().log()) {
  for (const CallKind& kind : kinds_) {
    ops_ = std::max(ops_, kind.op + 1);
    families_ = std::max(families_, kind.family + 1);
  }
  familyOf_.assign(static_cast<std::size_t>(ops_), -1);
  for (const CallKind& kind : kinds_) familyOf_[static_cast<std::size_t>(kind.op)] = kind.family;
}

std::vector<LogMap> CallMethod::maps(const Samples& samples) const {
  // Only what was measured has coefficients of its own; the rest keeps the prior's 0.
  const Layout at{log_.cols(), families_, ops_};
  const auto rows = static_cast<Eigen::Index>(samples.items.size());
  const Eigen::MatrixXd log = log_(samples.items, Eigen::all);
  const Eigen::VectorXd mean = log.rowwise().mean();
  const double middle = mean.mean(), root = std::sqrt(static_cast<double>(at.devices));
  Eigen::MatrixXd full = Eigen::MatrixXd::Zero(rows, at.size());
  full.col(0).setOnes();
  if (at.devices > 1) full.middleCols(at.deviation(), at.devices) = (log.colwise() - mean) / root;
  full.col(at.slope()) = mean.array() - middle;
  for (Eigen::Index i = 0; i < rows; ++i) {
    const CallKind& kind = kinds_[static_cast<std::size_t>(samples.items[static_cast<std::size_t>(i)])];
    full(i, at.family() + kind.family) = 1;
    full(i, at.familySlope() + kind.family) = mean[i] - middle;
    full(i, at.op() + kind.op) = 1;
  }
  std::vector<Eigen::Index> used;
  for (Eigen::Index c = 0; c < at.size(); ++c) {
    if (full.col(c).cwiseAbs().maxCoeff() > 0) used.push_back(c);
  }
  const Eigen::MatrixXd basis = full(Eigen::all, used);

  const auto variance = [&](double width, double deviation) {
    Eigen::ArrayXd sd(at.size());
    sd.setConstant(width);
    if (at.devices > 1) sd.segment(at.deviation(), at.devices) = deviation;
    sd[at.slope()] *= settings_.slope;
    sd.segment(at.family(), at.families) *= settings_.family;
    sd.segment(at.familySlope(), at.families) *= settings_.familySlope;
    sd.segment(at.op(), at.ops) *= settings_.op;
    sd[0] = kScale;
    return Eigen::VectorXd(sd.square().matrix()(used));
  };
  std::vector<Belief> beliefs;
  std::vector<Eigen::VectorXd> means; // as weights on the devices
  for (const double width : settings_.widths) {
    if (at.devices > 1) {
      means.emplace_back(Eigen::VectorXd::Constant(at.devices, 1 / static_cast<double>(at.devices)));
      beliefs.push_back({&basis, mean, variance(width, settings_.deviation), {}, 0.5});
    }
    for (Eigen::Index d = 0; d < at.devices; ++d) {
      means.emplace_back(Eigen::VectorXd::Unit(at.devices, d));
      beliefs.push_back({&basis, log.col(d), variance(width, settings_.nearDeviation), {}, 0.5 / static_cast<double>(at.devices)});
    }
  }
  Samples own = samples;
  std::iota(own.items.begin(), own.items.end(), 0); // beliefs hold the sampled rows alone
  Eigen::VectorXd weights = Eigen::VectorXd::Zero(at.devices), coefficients = Eigen::VectorXd::Zero(at.size());
  for (const Posterior& one : update(beliefs, settings_.noise, own)) {
    weights += one.weight * means[one.belief];
    for (std::size_t c = 0; c < used.size(); ++c) coefficients[used[c]] += one.weight * one.coefficients[static_cast<Eigen::Index>(c)];
  }
  if (at.devices > 1) {
    const Eigen::VectorXd apart = coefficients.segment(at.deviation(), at.devices) / root;
    weights.array() += apart.array() - apart.mean();
  }
  std::vector<LogMap> maps(static_cast<std::size_t>(ops_));
  for (int op = 0; op < ops_; ++op) {
    const int family = familyOf_[static_cast<std::size_t>(op)];
    if (family < 0) continue;
    const double slope = coefficients[at.slope()] + coefficients[at.familySlope() + family];
    LogMap& map = maps[static_cast<std::size_t>(op)];
    map.weights = weights.array() + slope / static_cast<double>(at.devices);
    map.offset = coefficients[0] + coefficients[at.family() + family] + coefficients[at.op() + op] - slope * middle;
  }
  return maps;
}

Eigen::VectorXd CallMethod::predict(const Samples& samples) const {
  const std::vector<LogMap> all = maps(samples);
  Eigen::VectorXd log(log_.rows());
  for (Eigen::Index i = 0; i < log.size(); ++i) {
    const LogMap& map = all[static_cast<std::size_t>(kinds_[static_cast<std::size_t>(i)].op)];
    log[i] = map.offset + log_.row(i).dot(map.weights);
  }
  return log.cwiseMax(-50.0).cwiseMin(50.0).array().exp();
}

} // namespace cobra::adapt
