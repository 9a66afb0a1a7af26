#include "predictor/infer/profile.h"

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

struct Builtin {
  std::vector<std::shared_ptr<const Profile>> profiles;
  std::vector<ProfileError> errors;

  Builtin() {
    for (const CobraBuiltinProfile* entry = cobra_builtin_profiles; entry->name; ++entry) {
      const std::string_view bytes{entry->begin, static_cast<std::size_t>(entry->end - entry->begin)};
      auto parsed = Profile::parse(bytes, entry->name);
      if (auto* error = std::get_if<ProfileError>(&parsed)) {
        errors.push_back(*error);
      } else {
        profiles.push_back(std::get<std::shared_ptr<const Profile>>(std::move(parsed)));
      }
    }
  }
};

} // namespace

std::span<const std::shared_ptr<const Profile>> builtinProfiles(std::vector<ProfileError>* errors) {
  static const Builtin builtin;
  if (errors) errors->insert(errors->end(), builtin.errors.begin(), builtin.errors.end());
  return builtin.profiles;
}

} // namespace infer

std::shared_ptr<const Profile> Profile::builtin() {
  const auto profiles = infer::builtinProfiles();
  return profiles.empty() ? nullptr : profiles.front();
}

} // namespace cobra
