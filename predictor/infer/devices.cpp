#include "predictor/infer/profile.h"

#include <algorithm>

namespace cobra {
namespace {

struct Found {
  DeviceEntry entry;
  std::shared_ptr<const Profile> profile;
};

void addAll(const std::shared_ptr<const Profile>& profile, const std::filesystem::path& file, std::vector<Found>& out) {
  const auto& model = static_cast<const infer::ModelProfile&>(*profile); // the only kind that parse() makes
  for (std::size_t i = 0; i < profile->devices().size(); ++i) {
    const std::string& name = profile->devices()[i];
    // The first profile that answers for a name wins: a folder of one's own comes before what is linked in.
    const bool known = std::ranges::any_of(out, [&](const Found& f) { return f.entry.device == name; });
    if (!known) out.push_back({{name, model.info(static_cast<int>(i)), file}, profile});
  }
}

std::vector<std::filesystem::path> profilesIn(const std::filesystem::path& folder, std::vector<ProfileError>& errors) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".safetensors") files.push_back(at->path());
  }
  if (error) errors.push_back({"the profile folder '" + folder.string() + "' cannot be read: " + error.message()});
  std::ranges::sort(files);
  return files;
}

std::vector<Found> findInFolders(std::span<const std::filesystem::path> folders, std::vector<ProfileError>& errors) {
  std::vector<Found> found;
  for (const auto& folder : folders) {
    for (const auto& file : profilesIn(folder, errors)) {
      auto loaded = Profile::load(file);
      if (auto* error = std::get_if<ProfileError>(&loaded)) {
        errors.push_back(*error);
      } else {
        addAll(std::get<std::shared_ptr<const Profile>>(loaded), file, found);
      }
    }
  }
  return found;
}

std::vector<Found> withBuiltins(std::vector<Found> found, std::vector<ProfileError>& errors) {
  for (const auto& profile : infer::builtinProfiles(&errors)) addAll(profile, {}, found);
  return found;
}

} // namespace

std::vector<DeviceEntry> listDevices(std::span<const std::filesystem::path> folders, std::vector<ProfileError>& errors) {
  std::vector<DeviceEntry> entries;
  for (Found& found : withBuiltins(findInFolders(folders, errors), errors)) entries.push_back(std::move(found.entry));
  std::ranges::sort(entries, {}, &DeviceEntry::device);
  return entries;
}

std::variant<std::shared_ptr<const Profile>, ProfileError> findDevice(std::string_view device,
                                                                      std::span<const std::filesystem::path> folders) {
  std::vector<ProfileError> errors;
  std::vector<Found> found = findInFolders(folders, errors);
  const auto own = std::ranges::find(found, device, [](const Found& f) { return f.entry.device; });
  if (own != found.end()) return own->profile;
  if (auto profile = infer::builtinProfileOf(device)) return profile;
  found = withBuiltins(std::move(found), errors);
  std::ranges::sort(found, {}, [](const Found& f) { return f.entry.device; });
  std::string names;
  for (const Found& one : found) names += (names.empty() ? "" : ", ") + one.entry.device;
  std::string sentence = "there is no profile for the device '" + std::string(device) + "'";
  sentence += names.empty() ? "; there are none at all" : "; there are " + names;
  for (const ProfileError& error : errors) sentence += "; " + error.sentence;
  return ProfileError{sentence};
}

} // namespace cobra
