// The machine a measurement runs on: what it is called, and how a thread gets a core for itself.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace cobra::probe {

struct Machine {
  std::string name;      // "cpu-xeon-avx512", "h200": what --device of the other tools takes
  std::string processor; // "Intel(R) Xeon(R) Processor", "NVIDIA H200"
  std::string clocks;    // "2300 MHz"; empty where it cannot be read
  std::string versions;  // "LibTorch 2.11.0, cobra 0.1.0"
};
/// What the device says of itself. Unknown things are left empty; the name never is.
Machine describe(c10::Device device);

/// A short name from a processor's full one and its instruction sets: ("Intel(R) Xeon(R) Processor", "...
/// avx512f ...") is "cpu-xeon-avx512".
std::string cpuName(std::string_view model, std::string_view flags);
/// "NVIDIA H200" is "h200", "NVIDIA GeForce GTX 1080 Ti" is "gtx-1080-ti".
std::string gpuName(std::string_view model);

struct MachineError {
  std::string sentence;
};
/// "cpu", "cuda", "cuda:1" where this LibTorch and this machine have such a device; a sentence otherwise.
std::variant<c10::Device, MachineError> findDevice(std::string_view name);

/// The same for what NVIDIA's libraries run: there CUDA's runtime says which devices there are, whatever LibTorch knows of.
std::variant<c10::Device, MachineError> findLibrariesDevice(std::string_view name);

struct Pinning {
  std::optional<int> core; // nothing: the last one this process may use
  bool realtime = false;   // ask for SCHED_FIFO
};
/// Pins the calling thread, and threads it makes later, as far as the system lets it. What came of it, for
/// the header: "core 1, SCHED_FIFO", "core 1, SCHED_FIFO refused (Operation not permitted)", "no".
std::string pin(const Pinning& wanted, int threads);

/// What changes while a machine measures; 0 where it cannot be read.
struct Conditions {
  std::int64_t clockMHz = 0, celsius = 0;
};
/// Of the GPU, through the driver's NVML, or of the core that the calling thread runs on.
Conditions conditions(c10::Device device);

/// The present time in UTC, ISO 8601.
std::string now();

} // namespace cobra::probe
