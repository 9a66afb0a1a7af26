// The methods that a better one has to beat.
#pragma once

#include "predictor/adapt/method.h"

namespace cobra::adapt {

/// The known devices' geometric mean times one factor, the median of the ratios.
class OneFactor final : public Method {
public:
  explicit OneFactor(const KnownDevices& known);
  std::string name() const override { return "one factor"; }
  Eigen::VectorXd predict(const Samples& samples) const override;

private:
  Eigen::VectorXd log_; // [items]
};

/// The known device whose logarithms differ least from a constant, shifted by it.
class BestShifted final : public Method {
public:
  explicit BestShifted(const KnownDevices& known);
  std::string name() const override { return "best device, shifted"; }
  Eigen::VectorXd predict(const Samples& samples) const override;

private:
  Eigen::MatrixXd log_; // [items, devices]
};

/// Ridge regression (Hoerl and Kennard 1970) of the logarithm on those of all known devices, with a constant that is not
/// shrunk; the strength by leave-one-out over the samples, in closed form (Allen 1974).
class RidgeOnDevices final : public Method {
public:
  explicit RidgeOnDevices(const KnownDevices& known);
  std::string name() const override { return "ridge on devices"; }
  Eigen::VectorXd predict(const Samples& samples) const override;

private:
  Eigen::MatrixXd log_;
};

} // namespace cobra::adapt
