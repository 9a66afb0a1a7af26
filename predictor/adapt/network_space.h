// Networks of one closed space as sums over their operators, and what known devices make of each operator.
#pragma once

#include "predictor/adapt/method.h"

#include <string>
#include <string_view>
#include <vector>

namespace cobra::adapt {

/// How a device's runtime treats operators whose result nothing reads: an eager one runs them, one that works on a whole
/// graph drops them (as TensorFlow Lite does when it converts a model).
enum class Unused { Run, Dropped };

/// How often each operator comes in each network.
struct OperatorCounts {
  Eigen::MatrixXd all;  // [networks, operators]
  Eigen::MatrixXd used; // the same, operators alone whose result reaches the network's output
  const Eigen::MatrixXd& of(Unused unused) const { return unused == Unused::Run ? all : used; }
};

/// NAS-Bench-201: six digits, one for each edge 0-1, 0-2, 1-2, 0-3, 1-3, 2-3 of the cell; 0 is "none", which is an operator
/// that runs but not one that passes anything on. `operators` are the benchmark's five.
OperatorCounts countCells(std::span<const std::string> networks, int operators = 5);

/// [networks, 1 + operators - 1 (+ products)]: a constant, the counts but the first (all add up to the same), and with
/// `products` those of every two.
Eigen::MatrixXd sumFeatures(const Eigen::MatrixXd& counts, bool products);

/// Coefficients that minimize sum |x c - y|: iteratively reweighted least squares, Schlossmacher 1973. x [n, p], y [n].
Eigen::VectorXd fitLeastAbsolute(const Eigen::MatrixXd& x, const Eigen::VectorXd& y);

/// One known device: relative time of every network, smoothed by a sum over its operators.
struct SourceProfile {
  Unused unused = Unused::Run; // which of the two explains it better
  Eigen::VectorXd perOperator; // coefficients of sumFeatures(counts, false), in units of its mean time
  Eigen::VectorXd logRun;      // [networks] log of relative time, as it would be if unused operators run
  Eigen::VectorXd logDropped;  // ... and if they are dropped
  double meanMs = 0;           // of the networks it was measured on
  const Eigen::VectorXd& log(Unused how) const { return how == Unused::Run ? logRun : logDropped; }
};

/// From the networks `measured` and their times `ms` > 0 alone.
SourceProfile profileSource(const OperatorCounts& counts, std::span<const int> measured, const Eigen::VectorXd& ms);

} // namespace cobra::adapt
