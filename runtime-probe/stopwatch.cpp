#include "runtime-probe/stopwatch.h"

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <chrono>
#include <optional>

namespace cobra::probe {
namespace {

class WallClock final : public Stopwatch {
public:
  void start() override { begun_ = std::chrono::steady_clock::now(); }
  double stop() override { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count(); }

private:
  std::chrono::steady_clock::time_point begun_;
};

class EventPair final : public Stopwatch {
public:
  explicit EventPair(c10::Device device)
      : device_(device), guard_(device.type()), first_(device.type(), c10::EventFlag::BACKEND_DEFAULT),
        last_(device.type(), c10::EventFlag::BACKEND_DEFAULT) {}

  void start() override { first_.record(guard_.getStream(device_)); }
  double stop() override {
    last_.record(guard_.getStream(device_));
    last_.synchronize();
    return first_.elapsedTime(last_) / 1000; // elapsedTime counts milliseconds
  }

private:
  c10::Device device_;
  c10::impl::VirtualGuardImpl guard_;
  c10::Event first_, last_;
};

} // namespace

std::unique_ptr<Stopwatch> Stopwatch::on(c10::Device device) {
  if (device.is_cpu()) return std::make_unique<WallClock>();
  return std::make_unique<EventPair>(device);
}

void synchronize(c10::Device device) {
  if (device.is_cpu()) return;
  c10::impl::VirtualGuardImpl guard(device.type());
  guard.synchronizeStream(guard.getStream(device));
}

} // namespace cobra::probe
