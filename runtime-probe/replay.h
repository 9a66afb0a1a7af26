// The replay mode: a run is captured as a CUDA graph once, and what is timed are launches of that graph.
#pragma once

#include "runtime-probe/cuda/graph.h"
#include "runtime-probe/lane.h"
#include "runtime-probe/measure.h"

namespace cobra::probe {

class Replay final : public Workload {
public:
  /// Captures one run of a workload that has been warmed up on the lane; both outlive this. Throws CallFailure: why this run cannot
  /// be captured, in the words of LibTorch or CUDA.
  Replay(Workload& run, Lane& lane);

  void repeat(std::int64_t count) override;
  void prepare() override { run_.prepare(); }
  std::int64_t mostBatch() const override { return run_.mostBatch(); }

private:
  Workload& run_;
  cuda::CapturedGraph graph_;
};

} // namespace cobra::probe
