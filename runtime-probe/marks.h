// Points in time along a device's work: the wall clock on the CPU, events on the current stream of anything
// else.
#pragma once

#include <c10/core/Device.h>

#include <cstddef>
#include <memory>

namespace cobra::probe {

class Marks {
public:
  static std::unique_ptr<Marks> on(c10::Device device, std::size_t count);
  virtual ~Marks() = default;
  virtual void set(std::size_t mark) = 0;
  /// From one mark to the next one, once the device has come past both.
  virtual double seconds(std::size_t from) const = 0;
};

} // namespace cobra::probe
