// Processes that train one model together: every one holds the same weights and runs its share of each step's rows.
#pragma once

#include <ATen/ATen.h>

#include "predictor/train/launch.h"

#include <memory>
#include <string>
#include <variant>

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

/// Joins the others by LibTorch's c10d, Gloo over TCP; waits up to a minute for them. On the network interface that GLOO_SOCKET_IFNAME
/// names, else on the loopback where process 0 is there, else where the machine's own name leads. A sentence if they don't come together.
std::variant<std::unique_ptr<Peers>, std::string> joinPeers(const Launch& launch);

} // namespace cobra::train
