// All members of a model together: the mean of their log-latencies, and how far they are apart (Lakshminarayanan et al. 2017).
#pragma once

#include "predictor/infer/encoder.h"

#include <span>
#include <vector>

namespace cobra::infer {

struct Estimate {
  double ms = 0;     // geometric mean of the members
  double spread = 0; // standard deviation of their logarithms; 0 of a single member
};

/// Keeps scratch memory between batches: one per thread. The model must outlive it.
class Ensemble {
public:
  explicit Ensemble(const Model& model, const Kernels& kernels = bestKernels());

  /// What Encoder::run() says, for all members.
  void run(std::span<const EncoderInput> batch, int device, std::span<Estimate> estimates);

private:
  std::vector<Encoder> members_;
  std::vector<double> ms_;
};

} // namespace cobra::infer
