// A stream of CUDA's runtime, without LibTorch.
#pragma once

#include "runtime-probe/cuda/runtime.h"
#include "runtime-probe/lane.h"

namespace cobra::probe::cuda {

/// On the device that is the current one. Throws CallFailure, its methods too.
class StreamLane final : public Lane {
public:
  explicit StreamLane(Runtime runtime);
  void start() override;
  double stop() override;
  void wait() override;
  void emptyCaches() override;
  void* stream() const override { return stream_.get(); }

private:
  Runtime runtime_;
  Held stream_, first_, last_, buffer_;
  int written_ = 0;
};

} // namespace cobra::probe::cuda
