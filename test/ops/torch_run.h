// What LibTorch itself says to a call of the registry.
#pragma once

#include "predictor/ops/registry.h"

#include <string>
#include <vector>

namespace cobra::test {

enum class Where : std::uint8_t {
  Meta, // shapes only
  Cpu,  // real kernels; for small tensors
};

struct TorchResult {
  std::vector<TensorType> outputs; // tensors of all returns, lists laid out flat
  bool threw = false;
  std::string message; // what was thrown, one sentence
};

/// Runs the call through the dispatcher, with inputs that are the same in every run.
TorchResult runTorch(const ops::Operator& op, std::span<const Argument> arguments, Where where);

/// Names the call on stderr where LibTorch ends the process instead of throwing.
void reportCrashes();

} // namespace cobra::test
