// Clock and temperature while a row is measured.

#include "runtime-probe/machine.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <dlfcn.h>
#include <sched.h>

namespace cobra::probe {
namespace {

/// The driver's own library, found at run time: the probe is built without CUDA.
class Nvml {
public:
  static const Nvml& get() {
    static const Nvml nvml;
    return nvml;
  }
  Conditions of(unsigned index) const {
    Conditions found;
    void* device = nullptr;
    if (!handle_ || handle_(index, &device) != 0) return found;
    constexpr int streamingClock = 1, chip = 0;
    unsigned value = 0;
    if (clock_ && clock_(device, streamingClock, &value) == 0) found.clockMHz = value;
    if (temperature_ && temperature_(device, chip, &value) == 0) found.celsius = value;
    return found;
  }

private:
  Nvml() {
    void* library = ::dlopen("libnvidia-ml.so.1", RTLD_NOW);
    if (library == nullptr) return;
    auto start = reinterpret_cast<int (*)()>(::dlsym(library, "nvmlInit_v2"));
    if (start == nullptr || start() != 0) return;
    handle_ = reinterpret_cast<Handle>(::dlsym(library, "nvmlDeviceGetHandleByIndex_v2"));
    clock_ = reinterpret_cast<Reading>(::dlsym(library, "nvmlDeviceGetClockInfo"));
    temperature_ = reinterpret_cast<Reading>(::dlsym(library, "nvmlDeviceGetTemperature"));
  }
  using Handle = int (*)(unsigned index, void** device);
  using Reading = int (*)(void* device, int what, unsigned* value);
  Handle handle_ = nullptr;
  Reading clock_ = nullptr, temperature_ = nullptr;
};

/// The first number in a small file of the kernel's.
std::int64_t numberIn(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::int64_t value = 0;
  return in >> value && value > 0 ? value : 0;
}

Conditions ofCore() {
  Conditions found;
  std::string core = "/sys/devices/system/cpu/cpu" + std::to_string(::sched_getcpu());
  found.clockMHz = numberIn(core + "/cpufreq/scaling_cur_freq") / 1000;
  found.celsius = numberIn("/sys/class/thermal/thermal_zone0/temp") / 1000;
  return found;
}

} // namespace

Conditions conditions(c10::Device device) {
  if (device.is_cuda()) return Nvml::get().of(device.has_index() ? static_cast<unsigned>(device.index()) : 0);
  return ofCore();
}

} // namespace cobra::probe
