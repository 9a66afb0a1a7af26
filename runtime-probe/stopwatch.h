// Time on a device: the wall clock on the CPU, a pair of events on the current stream of anything else.
//
// LibTorch's device-generic events are used, so the same source builds with and without CUDA. One thread at a
// time.
#pragma once

#include <c10/core/Device.h>

#include <memory>

namespace cobra::probe {

class Stopwatch {
public:
  static std::unique_ptr<Stopwatch> on(c10::Device device);
  virtual ~Stopwatch() = default;
  virtual void start() = 0;
  /// Waits until everything begun since start() is done. Seconds since then, as the device saw it.
  virtual double stop() = 0;
};

/// Waits for the device; nothing to do on the CPU.
void synchronize(c10::Device device);

} // namespace cobra::probe
