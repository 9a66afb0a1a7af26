// Processes that train one model together: every one holds the same weights and runs its share of each step's rows.
#pragma once

#include <ATen/ATen.h>

#include <cstddef>

namespace cobra::train {

class Peers {
public:
  virtual ~Peers() = default;
  virtual int rank() const = 0; // 0 to size() - 1
  virtual int size() const = 0;
  /// Replaces a contiguous float32 tensor on the CPU by the sum over all processes, the same bits everywhere. All must call it, in
  /// the same order. Throws std::runtime_error if one of them is gone.
  virtual void sum(at::Tensor& values) = 0;
};

} // namespace cobra::train
