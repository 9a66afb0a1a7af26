// How operator calls and numbers are said in a finding's one line.
#pragma once

#include "predictor/encode/snippet.h"
#include "predictor/infer/predictor.h"

#include <string>

namespace cobra {

/// "conv2d 64->64 3x3 @56x56", "linear 512->1000", "relu [1,64,56,56]".
std::string describeCall(const Call& call, const std::vector<TensorType>& outputs);
/// "0.31 ms", "42 us" in the unit that keeps three digits.
std::string describeTime(double ms);
/// "0.31 ms ±7%", and what it rests on where that is not a measurement. `sum`: of many calls, for only some
/// of which that need hold.
std::string describeLatency(const Latency& latency, bool sum = false);
/// "11.7 M parameters", "431 parameters".
std::string describeParameters(std::int64_t count);
/// "3.6 GFLOP", "431 FLOP".
std::string describeFlops(std::int64_t count);
/// "[1,3,224,224] float32"
std::string describeType(const TensorType& type);

} // namespace cobra
