#include "predictor/train/nets/whole.h"

#include "predictor/train/estimate.h"
#include "predictor/train/evaluate.h"

namespace cobra::train {
namespace {

bool anyOf(const std::vector<std::string>& calls, const std::set<std::string>& apart) {
  return std::ranges::any_of(calls, [&](const std::string& call) { return apart.contains(call); });
}

/// Rows of the second phase: those of the first, and whole networks.
std::variant<Dataset, FitError> datasetOf(const RowTable& table) {
  auto made = makeDataset(table, {.test = 0, .calibrate = 0});
  if (auto* error = std::get_if<RowError>(&made)) return FitError{error->sentence};
  return std::get<Dataset>(std::move(made));
}

} // namespace

std::set<std::string> callsOf(const std::vector<NetworkRun>& networks) {
  std::set<std::string> calls;
  for (const NetworkRun& network : networks) calls.insert(network.calls.begin(), network.calls.end());
  return calls;
}

std::variant<infer::Model, FitError> trainWhole(const RowTable& layers, const DeviceSource& device, const std::vector<NetworkRun>& train,
                                                const std::vector<NetworkRun>& validate, const std::set<std::string>& apart,
                                                const WholeOptions& options, const std::function<void(const FitProgress&)>& progress) {
  RowTable table = layers;
  for (Row& row : table.rows) row.part = Part::Train;
  const int at = table.device(device);
  NetworkRows rows(at);
  for (const NetworkRun& network : train) rows.calls(network, Part::Train, table.rows);
  std::erase_if(table.rows, [&](const Row& row) { return anyOf(row.calls, apart); });
  for (const NetworkRun& network : validate) table.rows.push_back(rows.whole(network, Part::Validate));
  auto first = datasetOf(table);
  if (auto* error = std::get_if<FitError>(&first)) return *error;
  infer::Model model;
  model.context = infer::kContext;
  model.vocabulary = makeVocabulary(std::get<Dataset>(first));
  model.devices = makeDevices(std::get<Dataset>(first), model.vocabulary);
  auto fitted = fit(std::get<Dataset>(first), model, options.calls, progress);
  if (auto* error = std::get_if<FitError>(&fitted)) return *error;
  if (options.totals.steps > 0) {
    for (const NetworkRun& network : train) {
      if (!anyOf(network.calls, apart)) table.rows.push_back(rows.whole(network, Part::Train));
    }
    auto second = datasetOf(table);
    if (auto* error = std::get_if<FitError>(&second)) return *error;
    fitted = fit(std::get<Dataset>(second), model, options.totals, progress);
    if (auto* error = std::get_if<FitError>(&fitted)) return *error;
  }
  fitAnalytic(std::get<Dataset>(first), model);
  return model;
}

std::vector<double> predictWhole(const infer::Model& model, const DeviceSource& device, const std::vector<NetworkRun>& networks) {
  RowTable table;
  NetworkRows rows(table.device(device));
  for (const NetworkRun& network : networks) table.rows.push_back(rows.whole(network, Part::Test));
  auto made = makeDataset(table, {});
  if (!std::holds_alternative<Dataset>(made)) return std::vector<double>(networks.size(), 0);
  const auto& data = std::get<Dataset>(made);
  std::vector<double> out = predictRows(data, model);
  estimateUnknown(data, model, out);
  return out;
}

} // namespace cobra::train
