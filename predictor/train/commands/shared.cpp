#include "predictor/train/commands/shared.h"

#include "predictor/format/safetensors.h"

#include "predictor/train/evaluate.h"
#include "predictor/train/nets/total_band.h"

#include <cstdio>
#include <map>

namespace cobra::train {

std::variant<infer::Model, std::string> readProfile(const std::string& file) {
  auto document = format::readSafetensors(file);
  if (auto* error = std::get_if<format::FormatError>(&document)) return error->sentence;
  return infer::readModel(std::get<format::Document>(std::move(document)), file);
}

std::optional<std::string> calibrateTotals(const DataOptions& data, infer::Model& model) {
  if (data.networks.empty()) return std::nullopt;
  auto read = data.readNetworks();
  if (auto* error = std::get_if<RowError>(&read)) return error->sentence;
  const auto& runs = std::get<NetworkRuns>(read);
  const std::string& device = runs.device.name;
  const int at = model.deviceIndex(device);
  if (at < 0) return "the profile has no device '" + device + "', of which the networks are";
  const std::vector<TotalCheck> known = checkTotals(model, device, runs.parts.validate);
  auto& totals = model.devices[static_cast<std::size_t>(at)].totals;
  totals = infer::TotalErrors{.networks = static_cast<int>(known.size()), .shared = sharedError(known)};
  std::map<std::string, std::vector<TotalCheck>> kinds;
  for (TotalCheck& check : checkTotals(model, device, runs.parts.test)) {
    kinds["all networks"].push_back(check);
    kinds["networks of " + check.network.substr(0, check.network.find(' '))].push_back(std::move(check));
  }
  for (const auto& [kind, checks] : kinds) {
    ScoreKeeper keeper;
    for (const TotalCheck& check : checks) keeper.add(check.predicted, check.measured);
    const Score s = keeper.score();
    model.errors.push_back({kind, device, s.rows, s.mape, s.within1, s.within5, s.within10, shareHeld(checks, totals->shared), -1});
  }
  return std::nullopt;
}

void printErrors(const infer::Model& model) {
  std::printf("%-26s %-16s %6s %7s %6s %6s %6s %6s %7s\n", "operator", "device", "rows", "MAPE %", "±1 %", "±5 %", "±10 %", "band",
              "floor %");
  for (const auto& e : model.errors) {
    std::printf("%-26s %-16s %6d %7.2f %5.1f %5.1f %5.1f %6.1f %7s\n", e.op.c_str(), e.device.c_str(), e.rows, e.mape, e.within1, e.within5,
                e.within10, e.covered, e.floor < 0 ? "-" : std::to_string(e.floor).substr(0, 4).c_str());
  }
}

} // namespace cobra::train
