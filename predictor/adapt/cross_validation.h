// What error to expect of an adapted device, from the samples alone.
#pragma once

#include "predictor/adapt/method.h"

namespace cobra::adapt {

/// Each sample's prediction without it: by leave-one-out up to `most` samples, else in `most` parts (Stone 1974).
/// ms, in the order of the samples; at least two of them.
Eigen::VectorXd predictLeftOut(const Method& method, const Samples& samples, std::size_t most = 20);

struct ExpectedError {
  double median = 0, mape = 0; // percent
  double within10 = 0;         // percent
  double low = 1, high = 1;    // measured / predicted of 90 % of calls
};
/// The band is the conformal one (Lei et al. 2018); with fewer than 19 samples there is none to be had, and it is
/// the widest error times 1.5.
ExpectedError expectedError(const Eigen::VectorXd& predicted, const Eigen::VectorXd& measured);

} // namespace cobra::adapt
