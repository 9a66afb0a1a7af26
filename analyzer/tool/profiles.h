// Which profile answers, from --device, --profile, the settings file and what is built in.
#pragma once

#include "analyzer/tool/options.h"
#include "predictor/infer/predictor.h"

#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace cobra::tool {

struct Chosen {
  std::shared_ptr<const Profile> profile; // null: there is none at all, and nobody asked for one
  std::string device;
};

/// Folders in which profiles are looked for: --profile, then the user's own.
std::vector<std::filesystem::path> profileFolders(const Options& options);

/// `wanted` empty: the first GPU, else the first device. One sentence where there is no such device or a named file is broken.
std::variant<Chosen, std::string> chooseProfile(const Options& options, const std::string& wanted);

} // namespace cobra::tool
