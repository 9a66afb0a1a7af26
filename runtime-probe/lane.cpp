#include "runtime-probe/lane.h"

#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <chrono>
#include <optional>

namespace cobra::probe {
namespace {

/// Made when it is first asked for.
class LargeBuffer {
public:
  void overwrite(c10::Device device) {
    constexpr std::int64_t bytes = 256 << 20;
    if (!buffer_.defined()) buffer_ = at::zeros({bytes / 4}, at::TensorOptions(device).dtype(at::kFloat));
    buffer_.add_(1);
  }

private:
  at::Tensor buffer_;
};

class Processor final : public Lane {
public:
  void start() override { begun_ = std::chrono::steady_clock::now(); }
  double stop() override { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count(); }
  void wait() override {}
  void emptyCaches() override { buffer_.overwrite(c10::kCPU); }

private:
  std::chrono::steady_clock::time_point begun_;
  LargeBuffer buffer_;
};

class CurrentStream : public Lane {
public:
  explicit CurrentStream(c10::Device device)
      : device_(device), guard_(device.type()), first_(device.type(), c10::EventFlag::BACKEND_DEFAULT),
        last_(device.type(), c10::EventFlag::BACKEND_DEFAULT) {}

  void start() override { first_.record(guard_.getStream(device_)); }
  double stop() override {
    last_.record(guard_.getStream(device_));
    last_.synchronize();
    return first_.elapsedTime(last_) / 1000; // elapsedTime counts milliseconds
  }
  void wait() override { guard_.synchronizeStream(guard_.getStream(device_)); }
  void emptyCaches() override { buffer_.overwrite(device_); }
  void* stream() const override { return guard_.getStreamNativeHandle(guard_.getStream(device_)); }

protected:
  c10::Device device_;
  c10::impl::VirtualGuardImpl guard_;

private:
  c10::Event first_, last_;
  LargeBuffer buffer_;
};

class OwnStream final : public CurrentStream {
public:
  explicit OwnStream(c10::Device device) : CurrentStream(device) {
    wait(); // what the other stream was still given
    before_ = guard_.exchangeStream(guard_.getStreamFromGlobalPool(device));
  }
  ~OwnStream() override {
    try {
      wait();
    } catch (...) { // a device that is lost; whoever uses it next says so
    }
    guard_.exchangeStream(*before_);
  }

private:
  std::optional<c10::Stream> before_;
};

} // namespace

std::unique_ptr<Lane> Lane::on(c10::Device device) {
  if (device.is_cpu()) return std::make_unique<Processor>();
  return std::make_unique<CurrentStream>(device);
}

std::unique_ptr<Lane> Lane::apart(c10::Device device) {
  if (device.is_cpu()) return on(device);
  return std::make_unique<OwnStream>(device);
}

} // namespace cobra::probe
