#include "runtime-probe/cuda/runtime.h"

#include <array>

namespace cobra::probe::cuda {
namespace {

constexpr std::array files = {"libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", "libcudart.so"};
constexpr std::array outOfMemory = {2}; // cudaErrorMemoryAllocation
constexpr int memcpyHostToDevice = 1;

} // namespace

Runtime Runtime::load() { return Runtime{Library::open({"CUDA's runtime", files, "cudaGetErrorString", outOfMemory})}; }

Held Runtime::allocate(std::size_t bytes) const {
  return hold(free, [&](void** made) { malloc(made, bytes); });
}

void Runtime::copyToDevice(void* to, const void* from, std::size_t bytes) const { memcpy(to, from, bytes, memcpyHostToDevice); }

std::string Runtime::version() const {
  int number = 0; // 12040 is 12.4
  getVersion(&number);
  return "CUDA " + std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

} // namespace cobra::probe::cuda
