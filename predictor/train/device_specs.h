// Rated speed of the devices that profiles are trained for. It scales the analytic terms of the model; what a
// device really reaches is learned from its rows, so a figure that is off by some percent does no harm.
#pragma once

#include "predictor/infer/physics.h"

#include <span>
#include <string_view>

namespace cobra::train {

struct DeviceRecord {
  std::string_view name;
  std::string_view title;
  infer::DeviceSpec spec;
  std::string_view source; // of the figures
};

std::span<const DeviceRecord> deviceRecords();
/// nullptr if there is none of that name.
const DeviceRecord* findDeviceRecord(std::string_view name);
/// The record's figures, or 1 TFLOP/s and 100 GB/s for a device without a record: any constant serves, as
/// said above.
infer::DeviceSpec specOf(std::string_view name);

} // namespace cobra::train
