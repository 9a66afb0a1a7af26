#include "analyzer/tool/profiles.h"

#include "llvm/ADT/StringRef.h"

#include <cstdlib>

namespace cobra::tool {
namespace fs = std::filesystem;
namespace {

bool isFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

/// A GPU is what most people ask about; a CPU's devices are named "cpu-...".
std::string firstDevice(const Profile& profile) {
  for (const std::string& device : profile.devices())
    if (!llvm::StringRef(device).starts_with("cpu")) return device;
  return profile.devices().empty() ? std::string() : profile.devices().front();
}

bool answersFor(const Profile& profile, const std::string& device) {
  for (const std::string& known : profile.devices())
    if (known == device) return true;
  return false;
}

} // namespace

std::vector<fs::path> profileFolders(const Options& options) {
  std::vector<fs::path> out;
  for (const std::string& path : options.profiles)
    if (isFolder(path)) out.push_back(path);
  if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data) {
    out.push_back(fs::path(data) / "cobra/profiles");
  } else if (const char* home = std::getenv("HOME"); home && *home) {
    out.push_back(fs::path(home) / ".local/share/cobra/profiles");
  }
  return out;
}

std::variant<Chosen, std::string> chooseProfile(const Options& options, const std::string& wanted) {
  for (const std::string& path : options.profiles) {
    if (isFolder(path)) continue;
    std::variant<std::shared_ptr<const Profile>, ProfileError> loaded = Profile::load(path);
    if (auto* error = std::get_if<ProfileError>(&loaded)) return error->sentence;
    auto profile = std::get<std::shared_ptr<const Profile>>(loaded);
    if (wanted.empty()) return Chosen{profile, firstDevice(*profile)};
    if (answersFor(*profile, wanted)) return Chosen{profile, wanted};
  }
  if (wanted.empty()) {
    std::shared_ptr<const Profile> profile = Profile::builtin();
    if (!profile) return Chosen{};
    return Chosen{profile, firstDevice(*profile)};
  }
  std::variant<std::shared_ptr<const Profile>, ProfileError> found = findDevice(wanted, profileFolders(options));
  if (auto* error = std::get_if<ProfileError>(&found)) return error->sentence;
  return Chosen{std::get<std::shared_ptr<const Profile>>(found), wanted};
}

} // namespace cobra::tool
