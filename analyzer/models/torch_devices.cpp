#include "analyzer/models/torch_devices.h"

#include <array>

namespace cobra::interp::torch_model {

namespace {
constexpr std::array<std::string_view, 15> names = {"cpu",  "cuda", "mkldnn", "opengl", "opencl", "ideep", "hip", "fpga",
                                                    "maia", "xla",  "vulkan", "metal",  "xpu",    "mps",   "meta"};
} // namespace

std::string deviceName(std::int64_t type, std::int64_t index) {
  std::string name(type >= 0 && type < static_cast<std::int64_t>(names.size()) ? names[static_cast<std::size_t>(type)] : names[0]);
  return index < 0 ? name : name + ":" + std::to_string(index);
}

std::int64_t deviceTypeOf(std::string_view name) {
  name = name.substr(0, name.find(':'));
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<std::int64_t>(i);
  return 0;
}

} // namespace cobra::interp::torch_model
