#include "predictor/train/subset.h"

#include <algorithm>
#include <vector>

namespace cobra::train {
namespace {

/// The tensors that have a row for each device.
constexpr const char* kByDevice[] = {"device.vector", "head.device", "head.context"};

format::Tensor rowsOf(const format::Tensor& tensor, const std::vector<int>& rows) {
  const auto width = static_cast<std::size_t>(tensor.shape[1]);
  format::Tensor out{{static_cast<std::int64_t>(rows.size()), tensor.shape[1]}, {}};
  for (const int row : rows) {
    const auto begin = tensor.values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(row) * width);
    out.values.insert(out.values.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
  }
  return out;
}

} // namespace

std::variant<infer::Model, std::string> onlyDevices(const infer::Model& model, std::span<const std::string> devices) {
  std::vector<int> rows;
  for (const std::string& name : devices) {
    rows.push_back(model.deviceIndex(name));
    if (rows.back() < 0) return "the profile has no device '" + name + "'";
    const auto& coverage = model.devices[static_cast<std::size_t>(rows.back())].coverage;
    if (std::ranges::any_of(coverage, [](const auto& c) { return c.transfer.has_value(); })) {
      return "the device '" + name + "' follows from others of its profile and cannot be taken out alone";
    }
  }
  if (rows.empty()) return "no device is named";
  infer::Model out = model;
  out.devices.clear();
  for (const int row : rows) out.devices.push_back(model.devices[static_cast<std::size_t>(row)]);
  for (int member = 0; member < model.members; ++member) {
    for (const char* name : kByDevice) {
      if (!model.context && std::string_view(name) == "head.context") continue;
      format::Tensor& tensor = out.tensors.at(infer::memberTensor(member, name));
      tensor = rowsOf(tensor, rows);
    }
  }
  std::erase_if(out.errors, [&](const infer::ErrorLine& line) { return std::ranges::find(devices, line.device) == devices.end(); });
  return out;
}

} // namespace cobra::train
