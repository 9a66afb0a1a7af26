// A Profile over a trained model. Internal to the room; callers use predictor.h.
#pragma once

#include "predictor/infer/model.h"
#include "predictor/infer/predictor.h"

namespace cobra::infer {

class ModelProfile final : public Profile {
public:
  explicit ModelProfile(Model model);
  const ProfileInfo& info() const override { return infos_.front(); }
  std::span<const std::string> devices() const override { return names_; }
  const Model& model() const { return model_; }
  /// What the profile says of devices()[device].
  const ProfileInfo& info(int device) const { return infos_[static_cast<std::size_t>(device)]; }

private:
  Model model_;
  std::vector<std::string> names_;
  std::vector<ProfileInfo> infos_;
};

/// The profiles that are linked into the binary, read at the first call; thread-safe. A profile that can't be
/// read (a build that went wrong) is left out and named in `errors` if that is given.
std::vector<std::shared_ptr<const Profile>> builtinProfiles(std::vector<ProfileError>* errors = nullptr);
/// The one of them that knows the device, or nullptr; the others need not be parsed. Any thread may ask.
std::shared_ptr<const Profile> builtinProfileOf(std::string_view device);

} // namespace cobra::infer
