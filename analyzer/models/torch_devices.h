// Names of devices: "cpu", "cuda:0". Values of c10::DeviceType are those of c10/core/DeviceType.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cobra::interp::torch_model {

/// "cuda:1"; without the index where it is negative.
std::string deviceName(std::int64_t deviceType, std::int64_t index);
/// The number of "cuda:1"; 0 (the CPU) for names that are not known.
std::int64_t deviceTypeOf(std::string_view name);

} // namespace cobra::interp::torch_model
