#include "predictor/infer/profile.h"

#include <algorithm>

namespace cobra {
namespace infer {

ModelProfile::ModelProfile(Model model) : model_(std::move(model)) {
  for (const DeviceEntryInfo& device : model_.devices) {
    if (device.basis) continue;
    ProfileInfo info{.device = device.name,
                     .title = device.title,
                     .source = device.source,
                     .date = model_.date,
                     .versions = device.versions,
                     .variant = std::string(kVariant),
                     .families = {}};
    for (const OperatorCoverage& coverage : device.coverage) {
      const auto* op = ops::find(model_.vocabulary.operators[static_cast<std::size_t>(coverage.op)].name);
      if (!op) continue; // the profile is from another registry and knows more
      const std::string family{op->family()};
      if (std::ranges::find(info.families, family) == info.families.end()) info.families.push_back(family);
    }
    std::ranges::sort(info.families);
    names_.push_back(device.name);
    infos_.push_back(std::move(info));
  }
}

} // namespace infer

std::variant<std::shared_ptr<const Profile>, ProfileError> Profile::parse(std::string_view bytes, std::string_view name) {
  auto document = format::parseSafetensors(bytes, name);
  if (auto* error = std::get_if<format::FormatError>(&document)) return ProfileError{error->sentence};
  auto model = infer::readModel(std::get<format::Document>(std::move(document)), name);
  if (auto* why = std::get_if<std::string>(&model)) return ProfileError{*why};
  return std::make_shared<const infer::ModelProfile>(std::get<infer::Model>(std::move(model)));
}

std::variant<std::shared_ptr<const Profile>, ProfileError> Profile::load(const std::filesystem::path& file) {
  auto document = format::readSafetensors(file);
  if (auto* error = std::get_if<format::FormatError>(&document)) return ProfileError{error->sentence};
  auto model = infer::readModel(std::get<format::Document>(std::move(document)), file.string());
  if (auto* why = std::get_if<std::string>(&model)) return ProfileError{*why};
  return std::make_shared<const infer::ModelProfile>(std::get<infer::Model>(std::move(model)));
}

} // namespace cobra
