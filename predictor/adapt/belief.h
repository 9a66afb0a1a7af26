// Several ways a new device may be, weighted by how well each foretold what was measured: Bayesian linear regression on the
// logarithm of time (Box and Tiao 1973), mixed by evidence (Hoeting et al. 1999). Noise is Student's t, whose scale mixture
// form (Lange et al. 1989) is solved by a few variational steps. Closed form, some milliseconds.
#pragma once

#include "predictor/adapt/method.h"

#include <vector>

namespace cobra::adapt {

/// log ms = mean + basis x coefficients + noise; before measuring, coefficients are independent, around 0.
struct Belief {
  const Eigen::MatrixXd* basis = nullptr; // [items, p]; outlives the belief
  Eigen::VectorXd mean;                   // [items]
  Eigen::VectorXd variance;               // [p], > 0
  Eigen::VectorXd slop;                   // [items] variance of the noise beyond NoiseModel::levels; empty: none
  double weight = 1;                      // before measuring
};

struct NoiseModel {
  std::vector<double> levels = {0.04}; // standard deviations of log ms, equally likely
  double freedom = 3;                  // of Student's t; 0: normal
};

/// One belief at one noise level after measuring.
struct Posterior {
  std::size_t belief = 0;
  double weight = 0;            // sums to 1 over all
  Eigen::VectorXd coefficients; // [p]
};

/// What samples make of beliefs; those without any weight left are not listed. `samples.ms` > 0.
std::vector<Posterior> update(std::span<const Belief> beliefs, const NoiseModel& noise, const Samples& samples);

/// Weighted mean of log ms over `posteriors`, for every item.
Eigen::VectorXd meanLog(std::span<const Belief> beliefs, std::span<const Posterior> posteriors);

/// Greedily, the candidates whose measurement lowers the mean posterior variance over all candidates most (A-optimality,
/// Krause et al. 2008); of a linear model it is known before anything is measured. `noise` [items]: variances.
std::vector<int> chooseByVariance(const Eigen::MatrixXd& basis, const Eigen::VectorXd& variance, const Eigen::VectorXd& noise,
                                  std::span<const int> candidates, std::size_t count);

} // namespace cobra::adapt
