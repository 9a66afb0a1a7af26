#include "predictor/adapt/choose_basis.h"

#include "predictor/infer/profile.h"

#include <algorithm>
#include <set>

namespace cobra::adapt {

std::string whyNoName(const BasisRequest& request) {
  const std::string& name = request.name;
  const auto fits = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; };
  if (name.empty() || name.size() > 64 || name.front() == '.' || name.front() == '-' || !std::ranges::all_of(name, fits)) {
    return "'" + name + "' is no device name: use letters, digits, '-', '_' and '.'";
  }
  std::vector<ProfileError> errors;
  for (const DeviceEntry& entry : listDevices(request.folders, errors)) {
    if (entry.device != name) continue;
    return "there is a device '" + name + "' already" +
           (entry.file.empty() ? ", built in; choose another name"
                               : ", in '" + entry.file.string() + "'; choose another name or remove that file");
  }
  return {};
}

std::variant<Adaptation, std::string> adaptDevice(const BasisRequest& request, const CallSamples& samples) {
  if (std::string why = whyNoName(request); !why.empty()) return why;
  std::vector<std::string> candidates{request.from};
  std::vector<ProfileError> errors;
  if (request.from.empty()) {
    candidates.clear();
    for (const DeviceEntry& entry : listDevices(request.folders, errors)) candidates.push_back(entry.device);
    if (candidates.empty()) return "there is no profile to adapt";
  }
  std::set<const Profile*> tried;
  std::vector<std::shared_ptr<const Profile>> kept;
  std::optional<Adaptation> best;
  std::string why;
  for (const std::string& device : candidates) {
    auto found = findDevice(device, request.folders);
    if (auto* error = std::get_if<ProfileError>(&found)) return error->sentence;
    kept.push_back(std::get<std::shared_ptr<const Profile>>(found));
    if (!tried.insert(kept.back().get()).second) continue;
    auto adapted = adaptModel(static_cast<const infer::ModelProfile&>(*kept.back()).model(), samples, request.name);
    if (auto* sentence = std::get_if<std::string>(&adapted)) {
      why = *sentence;
      continue;
    }
    auto& one = std::get<Adaptation>(adapted);
    // A profile that knows twice the calls is better, whatever it says of the few.
    const bool better = !best || one.used > 2 * best->used || (2 * one.used >= best->used && one.after.median < best->after.median);
    if (better) best = std::move(one);
  }
  if (!best) return why;
  return std::move(*best);
}

} // namespace cobra::adapt
