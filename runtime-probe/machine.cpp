#include "runtime-probe/machine.h"

#include "runtime-probe/call_failure.h"
#include "runtime-probe/cuda/runtime.h"

#include <ATen/Context.h>
#include <torch/headeronly/version.h>

#include <sched.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>

namespace cobra::probe {
namespace {

/// The value of the first line of /proc/cpuinfo with that key.
std::string cpuInfo(std::string_view key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    auto colon = line.find(':');
    if (!line.starts_with(key) || colon == std::string::npos || colon + 2 > line.size()) continue;
    return line.substr(colon + 2);
  }
  return {};
}

/// One field of NVIDIA's own tool; empty without it. The driver's library would need CUDA's headers.
std::string gpuInfo(const char* field, int index) {
  std::string command =
      std::string("nvidia-smi --format=csv,noheader --query-gpu=") + field + " -i " + std::to_string(index) + " 2>/dev/null";
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  char line[256] = "";
  if (!pipe || !std::fgets(line, sizeof line, pipe.get())) return {};
  return std::string(line, std::strcspn(line, "\n"));
}

struct Named {
  std::string_view contains, name;
};
constexpr std::array families = {Named{"Xeon", "xeon"}, Named{"EPYC", "epyc"}, Named{"Ryzen", "ryzen"}, Named{"Core", "core"},
                                 Named{"Neoverse", "neoverse"}};
constexpr std::array instructionSets = {Named{"avx512f", "avx512"}, Named{"avx2", "avx2"}, Named{"sve", "sve"}, Named{"asimd", "neon"},
                                        Named{"sse4_2", "sse4"}};

template <class Table> std::string_view firstIn(std::string_view text, const Table& table, std::string_view otherwise) {
  auto at = std::ranges::find_if(table, [&](const Named& named) { return text.find(named.contains) != text.npos; });
  return at == table.end() ? otherwise : at->name;
}

std::string slug(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!result.empty() && result.back() != '-') {
      result += '-';
    }
  }
  while (result.ends_with('-')) result.pop_back();
  return result;
}

using Found = std::variant<c10::Device, MachineError>;

/// A CPU or GPU by its name, whether it is there or not.
Found deviceOf(std::string_view name) {
  try {
    c10::Device device{std::string(name)};
    if (device.is_cpu()) return device;
    if (!device.is_cuda()) return MachineError{"the probe measures on cpu and cuda, not on " + std::string(name)};
    return c10::Device(c10::kCUDA, std::max<c10::DeviceIndex>(device.index(), 0));
  } catch (const c10::Error&) {
    return MachineError{"'" + std::string(name) + "' is no device; there are cpu, cuda and cuda:<number>"};
  }
}
bool isCuda(const Found& device) { return std::holds_alternative<c10::Device>(device) && std::get<c10::Device>(device).is_cuda(); }

MachineError noDevice(std::string_view name, const std::string& why) {
  return MachineError{"there is no device " + std::string(name) + ": " + why};
}
Found among(std::size_t count, const Found& device, std::string_view name) {
  if (static_cast<std::size_t>(std::get<c10::Device>(device).index()) < count) return device;
  return noDevice(name, "CUDA sees " + std::to_string(count) + " GPUs");
}
/// How many GPUs CUDA's runtime sees.
std::variant<std::size_t, MachineError> runtimesCount() {
  try {
    int count = 0;
    cuda::Runtime::load().getDeviceCount(&count);
    return static_cast<std::size_t>(std::max(count, 0));
  } catch (const CallFailure& failure) {
    return MachineError{failure.sentence};
  }
}

} // namespace

std::string cpuName(std::string_view model, std::string_view flags) {
  return "cpu-" + std::string(firstIn(model, families, "other")) + "-" + std::string(firstIn(flags, instructionSets, "base"));
}

std::string gpuName(std::string_view model) {
  for (std::string_view maker : {"NVIDIA ", "GeForce ", "Tesla "})
    if (model.starts_with(maker)) model.remove_prefix(maker.size());
  std::string name = slug(model);
  return name.empty() ? "gpu" : name;
}

Machine describe(c10::Device device) {
  Machine machine;
  machine.versions = "LibTorch " TORCH_VERSION ", cobra " COBRA_VERSION;
  if (device.is_cpu()) {
    machine.processor = cpuInfo("model name");
    machine.name = cpuName(machine.processor, cpuInfo("flags") + cpuInfo("Features"));
    if (std::string mhz = cpuInfo("cpu MHz"); !mhz.empty()) machine.clocks = mhz.substr(0, mhz.find('.')) + " MHz";
    return machine;
  }
  int index = std::max<int>(device.index(), 0);
  machine.processor = gpuInfo("name", index);
  machine.name = gpuName(machine.processor);
  machine.clocks = gpuInfo("clocks.max.sm", index);
  if (at::hasCUDA()) {
    long cuda = at::detail::getCUDAHooks().versionCUDART();
    machine.versions += ", CUDA " + std::to_string(cuda / 1000) + "." + std::to_string(cuda % 1000 / 10);
  }
  if (std::string driver = gpuInfo("driver_version", index); !driver.empty()) machine.versions += ", driver " + driver;
  return machine;
}

std::variant<c10::Device, MachineError> findDevice(std::string_view name) {
  auto device = deviceOf(name);
  if (!isCuda(device)) return device;
  if (!at::hasCUDA()) return MachineError{"this LibTorch was built without CUDA: there is no device " + std::string(name)};
  const std::size_t count = at::getNumGPUs();
  if (count > 0) return among(count, device, name);
  auto counted = runtimesCount(); // LibTorch does not say why there is none
  return std::holds_alternative<MachineError>(counted) ? noDevice(name, std::get<MachineError>(counted).sentence) : among(0, device, name);
}

std::variant<c10::Device, MachineError> findLibrariesDevice(std::string_view name) {
  auto device = deviceOf(name);
  if (!isCuda(device)) return device;
  auto counted = runtimesCount();
  if (auto* error = std::get_if<MachineError>(&counted)) return noDevice(name, error->sentence);
  return among(std::get<std::size_t>(counted), device, name);
}

std::string pin(const Pinning& wanted, int threads) {
  if (threads > 1 && !wanted.core && !wanted.realtime) return "no"; // the threads share the cores the process has
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return "no";
  std::string result;
  if (threads == 1) {
    int core = -1;
    for (int i = 0; i < CPU_SETSIZE; ++i)
      if (CPU_ISSET(i, &allowed)) core = i;
    if (wanted.core) core = *wanted.core;
    cpu_set_t one;
    CPU_ZERO(&one);
    if (core >= 0 && core < CPU_SETSIZE) CPU_SET(core, &one);
    bool done = ::sched_setaffinity(0, sizeof one, &one) == 0;
    result = "core " + std::to_string(core);
    if (!done) result += std::string(" refused (") + std::strerror(errno) + ")";
  }
  if (wanted.realtime) {
    sched_param priority{};
    priority.sched_priority = ::sched_get_priority_min(SCHED_FIFO) + 1;
    bool done = ::sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
    result += result.empty() ? "SCHED_FIFO" : ", SCHED_FIFO";
    if (!done) result += std::string(" refused (") + std::strerror(errno) + ")";
  }
  return result.empty() ? "no" : result;
}

std::string now() {
  std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

} // namespace cobra::probe
