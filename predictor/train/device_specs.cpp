#include "predictor/train/device_specs.h"

#include <algorithm>

namespace cobra::train {
namespace {

constexpr std::string_view kPascal = "NVIDIA Tesla P100 whitepaper WP-08019, table 1";
constexpr std::string_view kVolta = "NVIDIA Tesla V100 whitepaper WP-08608, table 1";

// fp32 without tensor cores, boost clock.
constexpr DeviceRecord kRecords[] = {
    {"1080ti", "GeForce GTX 1080 Ti, TensorFlow 1.x (public data)", {11340, 484.4, 28, 2.75}, "NVIDIA GeForce GTX 1080 Ti product page"},
    {"p100", "Tesla P100 PCIe, TensorFlow 1.x (public data)", {9300, 732, 56, 4}, kPascal},
    {"k80",
     "Tesla K80 (one of its two GPUs), TensorFlow 1.x (public data)",
     {4370, 240, 13, 1.5},
     "NVIDIA Tesla K80 board specification BD-07317"},
    {"v100", "Tesla V100, TensorFlow 1.x dense layers (public data)", {14000, 900, 80, 6}, kVolta},
    {"a100-pytorch21", "A100 PCIe, PyTorch 2.1 (public data)", {19500, 1555, 108, 40}, "NVIDIA A100 whitepaper v1.0, table 1"},
    {"v100-pytorch21", "Tesla V100 PCIe 32 GB, PyTorch 2.1 (public data)", {14000, 900, 80, 6}, kVolta},
    {"t4-pytorch21", "Tesla T4, PyTorch 2.1 (public data)", {8100, 320, 40, 4}, "NVIDIA T4 product brief PB-09256"},
    {"p100-pytorch21", "Tesla P100 PCIe 16 GB, PyTorch 2.1 (public data)", {9300, 732, 56, 4}, kPascal},
    {"p4-pytorch21", "Tesla P4, PyTorch 2.1 (public data)", {5500, 192, 20, 2}, "NVIDIA Tesla P4 product brief PB-08336"},
    // One core: 2 AVX-512 FMA units x 16 lanes x 2 at some 2.3 GHz; one core's share of DDR5 bandwidth.
    {"cpu-xeon-avx512",
     "Intel Xeon (Sapphire Rapids class, AVX-512), one thread",
     {147, 12, 1, 2},
     "Intel 64 optimization manual, clock as reported"},
    {"cpu-epyc-avx512",
     "AMD EPYC (Zen 4, AVX-512), one thread",
     {166, 25, 1, 32},
     "two 512-bit units at the reported clock, twice what Zen 4 has; caches as reported"},
    {"h200", "NVIDIA H200 SXM", {67000, 4800, 132, 50}, "NVIDIA H200 datasheet"},
};

} // namespace

std::span<const DeviceRecord> deviceRecords() { return kRecords; }

const DeviceRecord* findDeviceRecord(std::string_view name) {
  const auto* found = std::ranges::find(kRecords, name, &DeviceRecord::name);
  return found == std::end(kRecords) ? nullptr : found;
}

infer::DeviceSpec specOf(std::string_view name) {
  const DeviceRecord* record = findDeviceRecord(name);
  return record ? record->spec : infer::DeviceSpec{};
}

} // namespace cobra::train
