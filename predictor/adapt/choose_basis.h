// Which of the profiles at hand a new device is adapted from.
#pragma once

#include "predictor/adapt/new_device.h"
#include "predictor/infer/predictor.h"

#include <filesystem>
#include <span>

namespace cobra::adapt {

struct BasisRequest {
  std::string name;                           // of the new device
  std::string from;                           // a device of the profile to adapt; empty: the profile that foretells the samples best
  std::vector<std::filesystem::path> folders; // of profiles, beside those that are linked in
};

/// One sentence if `name` is no name or taken, if there is no device `from`, or if no profile fits the samples. Files that are
/// no profiles are passed over.
std::variant<Adaptation, std::string> adaptDevice(const BasisRequest& request, const CallSamples& samples);

/// Why `name` can't be that of a new device; empty if it can.
std::string whyNoName(const BasisRequest& request);

} // namespace cobra::adapt
