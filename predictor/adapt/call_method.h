// Calls of operators on a new device: a linear map of the known devices' log-times, apart for every operator.
#pragma once

#include "predictor/adapt/belief.h"

namespace cobra::adapt {

/// What operator a call is of, and of which family; numbers of the caller's choice, from 0.
struct CallKind {
  int op = 0, family = 0;
};

/// log ms = offset + sum of weight x log ms on known devices.
struct LogMap {
  double offset = 0;
  Eigen::VectorXd weights; // [devices]
};

struct CallSettings {
  double family = 0.3, op = 0.25;                // standard deviations of log-speed of a family, and of an operator in it
  double slope = 0.15, familySlope = 0.1;        // of the slope around 1: small calls may gain more or less than large ones
  double deviation = 1, nearDeviation = 0.2;     // NetworkSettings: from the mean of the devices, from a single one
  std::vector<double> widths = {0.1, 0.5, 1, 2}; // all of these times one of them; the samples decide
  NoiseModel noise = {{0.02, 0.05, 0.1, 0.2, 0.4}, 3};
};

/// Random effects for families and operators around one common speed (a hierarchical linear model, Lindley and Smith 1972): what
/// was not measured takes after its family, and that after all.
class CallMethod final : public Method {
public:
  /// `kinds`: of every item. At least one device.
  CallMethod(const KnownDevices& known, std::vector<CallKind> kinds, CallSettings settings = {});

  std::string name() const override { return "ours"; }
  Eigen::VectorXd predict(const Samples& samples) const override;
  /// One map for each operator that items are of, by CallKind::op; empty weights elsewhere.
  std::vector<LogMap> maps(const Samples& samples) const;

private:
  CallSettings settings_;
  std::vector<CallKind> kinds_;
  int ops_ = 0, families_ = 0;
  std::vector<int> familyOf_; // by operator
  Eigen::MatrixXd log_;       // [items, devices]
};

} // namespace cobra::adapt
