// Which profile answers: from the names a user gives, the user's own folder and what is built in.
#pragma once

#include "predictor/infer/predictor.h"

#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace cobra {

struct ProfileChoice {
  std::shared_ptr<const Profile> profile; // null: there is none at all, and nobody asked for one
  std::string device;
};

/// Folders in which profiles are looked for: those of `paths` (files and folders that the user names), then
/// the user's own.
std::vector<std::filesystem::path> profileFolders(const std::vector<std::string>& paths);

/// `device` empty: the first GPU, else the first device. One sentence where there is no such device or a
/// named file is broken.
std::variant<ProfileChoice, std::string> chooseProfile(const std::string& device, const std::vector<std::string>& paths);

} // namespace cobra
