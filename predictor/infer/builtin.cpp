#include "predictor/infer/profile.h"

#include <algorithm>
#include <deque>
#include <mutex>

// Written by CMakeLists.txt: name, begin and end of each file, ended by nulls.
extern "C" {
struct CobraBuiltinProfile {
  const char* name;
  const char* begin;
  const char* end;
};
extern const CobraBuiltinProfile cobra_builtin_profiles[];
}

namespace cobra {
namespace infer {
namespace {

/// A profile that is linked in, parsed when it is first asked for: most runs need one of them.
class Builtin {
public:
  explicit Builtin(const CobraBuiltinProfile& entry)
      : name_(entry.name), bytes_(entry.begin, static_cast<std::size_t>(entry.end - entry.begin)) {}

  /// A quick look, without parsing: false if it can't know the device.
  bool mentions(std::string_view device) const { return format::safetensorsHeader(bytes_).find(device) != std::string_view::npos; }
  const std::variant<std::shared_ptr<const Profile>, ProfileError>& profile() {
    std::call_once(parsed_, [this] { profile_ = Profile::parse(bytes_, name_); });
    return profile_;
  }

private:
  std::string_view name_, bytes_;
  std::once_flag parsed_;
  std::variant<std::shared_ptr<const Profile>, ProfileError> profile_;
};

std::deque<Builtin>& builtins() {
  static std::deque<Builtin> all = [] {
    std::deque<Builtin> found;
    for (const CobraBuiltinProfile* entry = cobra_builtin_profiles; entry->name; ++entry) found.emplace_back(*entry);
    return found;
  }();
  return all;
}

} // namespace

std::vector<std::shared_ptr<const Profile>> builtinProfiles(std::vector<ProfileError>* errors) {
  std::vector<std::shared_ptr<const Profile>> profiles;
  for (Builtin& builtin : builtins()) {
    if (const auto* profile = std::get_if<std::shared_ptr<const Profile>>(&builtin.profile())) {
      profiles.push_back(*profile);
    } else if (errors) {
      errors->push_back(std::get<ProfileError>(builtin.profile()));
    }
  }
  return profiles;
}

std::shared_ptr<const Profile> builtinProfileOf(std::string_view device) {
  for (Builtin& builtin : builtins()) {
    if (!builtin.mentions(device)) continue;
    const auto* profile = std::get_if<std::shared_ptr<const Profile>>(&builtin.profile());
    if (profile && std::ranges::find((*profile)->devices(), device) != (*profile)->devices().end()) return *profile;
  }
  return nullptr;
}

} // namespace infer

std::shared_ptr<const Profile> Profile::builtin() {
  for (infer::Builtin& builtin : infer::builtins()) {
    if (const auto* profile = std::get_if<std::shared_ptr<const Profile>>(&builtin.profile())) return *profile;
  }
  return nullptr;
}

} // namespace cobra
