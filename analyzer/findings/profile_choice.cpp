#include "analyzer/findings/profile_choice.h"

#include <algorithm>
#include <cstdlib>

namespace cobra {
namespace fs = std::filesystem;
namespace {

bool isFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

/// Of the devices that ship, the one with the most measured kinds of layers on a GPU that people deploy to.
constexpr const char* defaultDevice = "a100-pytorch21";

/// A GPU is what most people ask about; a CPU's devices are named "cpu-...".
std::string firstDevice(const Profile& profile) {
  for (const std::string& device : profile.devices())
    if (!device.starts_with("cpu")) return device;
  return profile.devices().empty() ? std::string() : profile.devices().front();
}

bool answersFor(const Profile& profile, const std::string& device) {
  return std::find(profile.devices().begin(), profile.devices().end(), device) != profile.devices().end();
}

} // namespace

std::vector<fs::path> profileFolders(const std::vector<std::string>& paths) {
  std::vector<fs::path> out;
  for (const std::string& path : paths)
    if (isFolder(path)) out.push_back(path);
  fs::path own;
  if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data) {
    own = fs::path(data) / "cobra/profiles";
  } else if (const char* home = std::getenv("HOME"); home && *home) {
    own = fs::path(home) / ".local/share/cobra/profiles";
  }
  if (!own.empty() && isFolder(own)) out.push_back(own);
  return out;
}

std::variant<ProfileChoice, std::string> chooseProfile(const std::string& device, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (isFolder(path)) continue;
    std::variant<std::shared_ptr<const Profile>, ProfileError> loaded = Profile::load(path);
    if (auto* error = std::get_if<ProfileError>(&loaded)) return error->sentence;
    auto profile = std::get<std::shared_ptr<const Profile>>(loaded);
    if (device.empty()) return ProfileChoice{profile, firstDevice(*profile)};
    if (answersFor(*profile, device)) return ProfileChoice{profile, device};
  }
  if (device.empty()) {
    auto preferred = findDevice(defaultDevice, profileFolders(paths));
    if (auto* profile = std::get_if<std::shared_ptr<const Profile>>(&preferred)) return ProfileChoice{*profile, defaultDevice};
    std::shared_ptr<const Profile> profile = Profile::builtin();
    if (!profile || profile->devices().empty()) return ProfileChoice{};
    return ProfileChoice{profile, firstDevice(*profile)};
  }
  std::variant<std::shared_ptr<const Profile>, ProfileError> found = findDevice(device, profileFolders(paths));
  if (auto* error = std::get_if<ProfileError>(&found)) return error->sentence;
  return ProfileChoice{std::get<std::shared_ptr<const Profile>>(found), device};
}

} // namespace cobra
