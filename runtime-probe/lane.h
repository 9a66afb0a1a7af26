// Where a workload runs, as far as timing goes: a stream of a device, with its clock.
//
// The wall clock on the CPU, a pair of events on anything else. LibTorch's device-generic events and streams are used, so the same
// source builds with and without CUDA; cuda/lane.h is the same without LibTorch. One thread at a time.
#pragma once

#include <c10/core/Device.h>

#include <memory>

namespace cobra::probe {

class Lane {
public:
  /// LibTorch's current stream. Throws c10::Error where LibTorch does not know the device.
  static std::unique_ptr<Lane> on(c10::Device device);
  /// A stream of LibTorch's pool, which is the current one while the lane lives: the default stream cannot be captured. On the CPU
  /// the same as on().
  static std::unique_ptr<Lane> apart(c10::Device device);

  virtual ~Lane() = default;
  virtual void start() = 0;
  /// Waits until everything begun since start() is done. Seconds since then, as the device saw it.
  virtual double stop() = 0;
  /// Waits for everything on the stream; nothing to do on the CPU.
  virtual void wait() = 0;
  /// Writes over more memory than the caches hold.
  virtual void emptyCaches() = 0;
  /// CUDA's handle of the stream; null on the CPU.
  virtual void* stream() const { return nullptr; }
};

} // namespace cobra::probe
