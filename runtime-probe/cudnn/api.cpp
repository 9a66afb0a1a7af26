#include "runtime-probe/cudnn/api.h"

#include <array>

namespace cobra::probe::cudnn {
namespace {

constexpr std::array files = {"libcudnn.so.9", "libcudnn.so.8", "libcudnn.so"};
// CUDNN_STATUS_ALLOC_FAILED of version 8; of version 9, where memory of the host and of the device are apart.
constexpr std::array outOfMemory = {2, 4003, 4004};

} // namespace

Api Api::load() { return Api{cuda::Library::open({"cuDNN", files, "cudnnGetErrorString", outOfMemory})}; }

std::string Api::version() const {
  auto number = reinterpret_cast<std::size_t (*)()>(library.function("cudnnGetVersion"))(); // 8907 is 8.9.7, 90100 is 9.1.0
  const std::size_t major = number < 10000 ? 1000 : 10000;
  return "cuDNN " + std::to_string(number / major) + "." + std::to_string(number % major / 100) + "." + std::to_string(number % 100);
}

} // namespace cobra::probe::cudnn
