#include "runtime-probe/marks.h"

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <chrono>
#include <vector>

namespace cobra::probe {
namespace {

class ClockMarks final : public Marks {
public:
  explicit ClockMarks(std::size_t count) : points_(count) {}
  void set(std::size_t mark) override { points_[mark] = std::chrono::steady_clock::now(); }
  double seconds(std::size_t from) const override { return std::chrono::duration<double>(points_[from + 1] - points_[from]).count(); }

private:
  std::vector<std::chrono::steady_clock::time_point> points_;
};

class EventMarks final : public Marks {
public:
  EventMarks(c10::Device device, std::size_t count) : device_(device), guard_(device.type()) {
    events_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) events_.emplace_back(device.type(), c10::EventFlag::BACKEND_DEFAULT);
  }
  void set(std::size_t mark) override { events_[mark].record(guard_.getStream(device_)); }
  double seconds(std::size_t from) const override {
    return events_[from].elapsedTime(events_[from + 1]) / 1000; // elapsedTime counts milliseconds
  }

private:
  c10::Device device_;
  c10::impl::VirtualGuardImpl guard_;
  std::vector<c10::Event> events_;
};

} // namespace

std::unique_ptr<Marks> Marks::on(c10::Device device, std::size_t count) {
  if (device.is_cpu()) return std::make_unique<ClockMarks>(count);
  return std::make_unique<EventMarks>(device, count);
}

} // namespace cobra::probe
