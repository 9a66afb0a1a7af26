// Settings from the nearest .cobra file (YAML) and the short forms of the command line.
//
//   device: h200
//   batch: 8
//   dtype: float16
//   entries:
//     - file: unet.cpp
//       code: UNet net(3, 1, 64); net->forward(torch::randn({1, 3, 512, 512}));
#pragma once

#include "analyzer/interp/analysis.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cobra {

struct SettingsEntry {
  std::string file; // end of a path; empty: every file
  std::string code;
};

struct Settings {
  std::string path; // of the .cobra file; empty where there is none
  std::string device;
  std::optional<std::int64_t> batch;
  std::string dtype;
  std::vector<SettingsEntry> entries;
};

/// The .cobra file in the folder of `file` or the closest folder above. A sentence where it cannot be read;
/// empty settings where there is none.
std::variant<Settings, std::string> nearestSettings(const std::string& file);

/// "x=[1,3,224,224]:float16", "[1,3,224,224]" (by position), dtype float32 where none is given. A sentence
/// where it is wrong.
std::variant<InputOverride, std::string> parseInput(const std::string& text);

} // namespace cobra
