#include "analyzer/findings/profile_choice.h"
#include "analyzer/tool/options.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

namespace cobra::tool {

int devices(const Options& options) {
  std::vector<std::filesystem::path> folders = profileFolders(options.profiles);
  std::vector<ProfileError> errors;
  std::vector<DeviceEntry> entries = listDevices(folders, errors);
  for (const std::string& path : options.profiles) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) continue;
    std::variant<std::shared_ptr<const Profile>, ProfileError> loaded = Profile::load(path);
    if (auto* why = std::get_if<ProfileError>(&loaded)) {
      errors.push_back(*why);
      continue;
    }
    const Profile& profile = *std::get<std::shared_ptr<const Profile>>(loaded);
    for (const std::string& device : profile.devices()) entries.push_back({device, profile.info(), path});
  }
  std::size_t width = 0;
  for (const DeviceEntry& entry : entries) width = std::max(width, entry.device.size());
  for (const DeviceEntry& entry : entries) {
    llvm::outs() << llvm::left_justify(entry.device, static_cast<unsigned>(width + 2)) << entry.info.title;
    if (!entry.info.source.empty()) llvm::outs() << ", " << entry.info.source;
    if (!entry.info.date.empty()) llvm::outs() << ", " << entry.info.date;
    llvm::outs() << (entry.file.empty() ? " (built in)" : " (" + entry.file.string() + ")") << "\n";
  }
  for (const ProfileError& error : errors) llvm::errs() << "cobra: " << error.sentence << "\n";
  if (entries.empty()) llvm::errs() << "cobra: no device profile is built in or was found\n";
  return errors.empty() ? ok : broken;
}

} // namespace cobra::tool
