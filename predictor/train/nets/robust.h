// Linear models of latency for data with two states and heavy tails: a share of the runs of a shared or throttled machine is
// 5 to 20 % slow, and squared errors aim between the states.
#pragma once

#include <ATen/ATen.h>

namespace cobra::train {

struct RobustOptions {
  /// Width of the relative error e in the loss log(1 + (e / width)²), the likelihood of a Cauchy distribution: what is far
  /// off stops pulling. 0: |e|, least absolute deviations.
  double width = 0;
  /// Strength of the quadratic penalty on each column, of standardised inputs and of outputs in units of their mean.
  at::Tensor decay = {}; // [p]; undefined: almost none
  int rounds = 50;
};

/// Coefficients w [p] such that x w predicts y, in the relative sense: the loss of (x w - y) / y, by iteratively reweighted
/// least squares (Holland and Welsch, 1977). x [n, p] and y [n] > 0 in double; the Cauchy fit, which has several minima,
/// starts from that of least absolute deviations. Singular designs are no error: every column has a little decay.
at::Tensor fitRobust(const at::Tensor& x, const at::Tensor& y, const RobustOptions& options);

} // namespace cobra::train
