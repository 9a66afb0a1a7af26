// Networks on a new device: known devices' profiles as beliefs about it.
#pragma once

#include "predictor/adapt/belief.h"
#include "predictor/adapt/network_space.h"

namespace cobra::adapt {

struct NetworkSettings {
  double deviation = 1;       // how far the device lies from the known ones' mean, in units of their own deviations from it
  double nearDeviation = 0.2; // the same from a single known device that it is like
  double slack = 0.25;        // relative, independent, on the time of each operator, beside the mean
  double nearSlack = 0.1;     // beside a single known device
  double meanWeight = 0.3;    // prior share of "like their mean"; the rest is shared by "like this one"
  double dropped = 0.1;       // prior share of devices that drop unused operators
  double absolute = 0.03;     // error of the sums in units of the mean time: small networks are known less well
  NoiseModel noise = {{0.03, 0.06, 0.12}, 3};
  double designNoise = 0.04;  // standard deviation of log ms that networks to measure are chosen for
  double designDropped = 0.1; // how much of the effect of dropping is to be found out
  // So many networks are chosen to lower the variance: as many as a sum over five operators and the question of dropping have
  // coefficients. Further ones are random, so that they tell of the noise on usual networks.
  std::size_t designed = 6;
};

/// log time = scale + profile of known devices + deviations + slack, for each of the beliefs: like the mean or like one of
/// them, unused operators run or dropped.
class NetworkMethod final : public Method {
public:
  /// `sources`: the known devices; both references must outlive the method.
  NetworkMethod(const OperatorCounts& counts, std::vector<const SourceProfile*> sources, NetworkSettings settings = {});

  std::string name() const override { return "ours"; }
  std::vector<int> choose(std::span<const int> candidates, std::size_t count) const override;
  Eigen::VectorXd predict(const Samples& samples) const override;

private:
  struct Side {
    Eigen::MatrixXd basis;    // [networks, 1 + sources + operators]: scale, deviations, slack
    Eigen::VectorXd mean;     // [networks] of the sources' log relative times
    Eigen::VectorXd relative; // [networks] their mean relative time
    Eigen::MatrixXd sources;  // [networks, sources] log relative times
  };
  Side sideOf(const OperatorCounts& counts, Unused unused) const;
  void addBeliefs(const Side& side, double share);

  NetworkSettings settings_;
  std::vector<const SourceProfile*> sources_;
  Side run_, dropped_;
  std::vector<Belief> beliefs_;
};

} // namespace cobra::adapt
