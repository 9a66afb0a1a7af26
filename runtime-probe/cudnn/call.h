// Calls of cudnn:: entries, run through cuDNN itself: descriptors and device memory are made as the plan says, and what is timed is the
// one function that computes.
//
// A convolution runs with the algorithm that cuDNN's own heuristic (cudnnGet...Algorithm_v7) names first among those whose workspace
// fits the memory limit. Sums are in float, of doubles in double.
#pragma once

#include "runtime-probe/runner.h"

#include <string>

namespace cobra::probe::cudnn {

/// Throws CallFailure: no GPU, no cuDNN, an entry that has no plan, what is wrong with the call, or the function of cuDNN that
/// refused with its status.
Prepared prepare(const Call& call, const MeasureSetting& setting);

/// "cuDNN 9.1.0". Throws CallFailure where it cannot be loaded.
std::string version();

} // namespace cobra::probe::cudnn
