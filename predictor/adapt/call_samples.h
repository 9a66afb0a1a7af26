// Measured calls of one device, as files of the probe hold them.
#pragma once

#include "predictor/encode/snippet.h"

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace cobra::adapt {

struct MeasuredCall {
  Call call;
  double ms = 0; // > 0
};

struct CallSamples {
  std::string device, processor, versions, date; // of the file's header
  std::vector<MeasuredCall> calls;               // repeats of a call are left out
  std::vector<std::string> notes;                // sentences: what was left out, and why
};

/// Reads records (docs/measuring.md). One sentence names the file and the row where it is unreadable, holds two devices, a time
/// of 0, an operator that this program does not know, or not one measured call.
std::variant<CallSamples, std::string> readCallSamples(const std::filesystem::path& file);

} // namespace cobra::adapt
