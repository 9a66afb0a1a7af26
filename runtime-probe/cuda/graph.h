// A piece of work as a CUDA graph: captured once, then launched as a whole.
#pragma once

#include "runtime-probe/cuda/runtime.h"

#include <functional>

namespace cobra::probe::cuda {

class CapturedGraph {
public:
  /// Captures what `work` gives to the stream, which may not be the default one. Throws what `work` throws, the capture being
  /// ended, and CallFailure where CUDA refuses or nothing was given.
  CapturedGraph(Runtime runtime, void* stream, const std::function<void()>& work);
  /// On the stream that it was captured on, without waiting. Throws CallFailure.
  void launch() const { runtime_.graphLaunch(exec_.get(), stream_); }

private:
  Runtime runtime_;
  void* stream_;
  Held exec_;
};

} // namespace cobra::probe::cuda
