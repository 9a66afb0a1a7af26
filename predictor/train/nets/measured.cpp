#include "predictor/train/nets/measured.h"

#include "predictor/infer/context.h"
#include "predictor/train/device_specs.h"

#include <map>
#include <numeric>

namespace cobra::train {
namespace {

DeviceSource sourceOf(const RecordHeader& header) {
  const DeviceRecord* record = findDeviceRecord(header.device);
  return {.name = header.device,
          .title = record ? std::string(record->title) : header.processor,
          .source = "measured",
          .versions = header.versions};
}

NetworkRun runOf(const Record& row) {
  NetworkRun run{.name = row.network, .ms = row.medianMs};
  for (const RecordNode& node : row.nodes) {
    run.calls.push_back(node.snippet);
    run.callMs.push_back(node.medianMs);
  }
  return run;
}

infer::Surroundings addedBy(const std::string& snippet) {
  infer::Surroundings added;
  const auto call = parseSnippet(snippet);
  if (!std::holds_alternative<Call>(call)) return added;
  const auto features = infer::featuresOf(std::get<Call>(call));
  if (const auto* known = std::get_if<infer::CallFeatures>(&features)) added.add(*known);
  return added;
}

} // namespace

std::variant<NetworkRuns, RowError> readNetworkRuns(const std::vector<std::string>& files, const NetworkSplit& split) {
  NetworkRuns out;
  using Same = std::vector<NetworkRun>; // runs of one network
  std::map<std::string, std::vector<Same>> kinds;
  std::map<std::string, std::pair<std::string, std::size_t>> known;
  for (const std::string& file : files) {
    auto read = readRecords(file);
    if (auto* error = std::get_if<RecordError>(&read)) return RowError{error->sentence};
    const auto& records = std::get<RecordFile>(read);
    const DeviceSource device = sourceOf(records.header);
    if (records.header.kind != "networks") return RowError{"'" + file + "' holds " + records.header.kind + ", not networks"};
    if (!out.device.name.empty() && out.device.name != device.name) {
      return RowError{"'" + file + "' is of the device " + device.name + ", the files before it are of " + out.device.name};
    }
    out.device = device;
    if (!records.torn.empty()) out.notes.push_back(records.torn);
    for (const Record& row : records.rows) {
      if (!row.measured() || row.repeats || !(row.medianMs > 0) || row.nodes.empty()) continue;
      NetworkRun run = runOf(row);
      auto& ofKind = kinds[run.kind()];
      const auto [slot, isNew] = known.try_emplace(run.name, run.kind(), ofKind.size());
      if (isNew) ofKind.emplace_back();
      ofKind[slot->second.second].push_back(std::move(run));
    }
  }
  if (known.empty()) return RowError{"no measured network is in the files of networks"};
  for (auto& [kind, networks] : kinds) {
    auto parts = splitNetworks(std::move(networks), split);
    const auto move = [](std::vector<Same>& from, std::vector<NetworkRun>& to) {
      for (Same& same : from) std::ranges::move(same, std::back_inserter(to));
    };
    move(parts.train, out.parts.train);
    move(parts.validate, out.parts.validate);
    move(parts.test, out.parts.test);
  }
  return out;
}

infer::Surroundings NetworkRows::around(const NetworkRun& network) {
  infer::Surroundings sum{1, 0}; // not nothing, which would say that the calls ran alone
  for (const std::string& snippet : network.calls) {
    const auto [slot, isNew] = added_.try_emplace(snippet);
    if (isNew) slot->second = addedBy(snippet);
    sum.bytes += slot->second.bytes;
    sum.ms += slot->second.ms;
  }
  return sum;
}

void NetworkRows::calls(const NetworkRun& network, std::optional<Part> part, std::vector<Row>& to) {
  const double sum = std::accumulate(network.callMs.begin(), network.callMs.end(), 0.0),
               even = 1.0 / static_cast<double>(network.calls.size());
  const infer::Surroundings surroundings = around(network);
  if (!(sum > 0)) return;
  for (std::size_t i = 0; i < network.calls.size(); ++i) {
    if (!(network.callMs[i] > 0)) continue;
    const double share = network.callMs[i] / sum;
    to.push_back({.calls = {network.calls[i]},
                  .device = device_,
                  .ms = share * network.ms,
                  .around = surroundings,
                  .weight = std::sqrt(share / even),
                  .part = part});
  }
}

std::optional<Row> NetworkRows::sum(const NetworkRun& network, const std::set<std::string>& known, Part part) {
  const double all = std::accumulate(network.callMs.begin(), network.callMs.end(), 0.0);
  if (!(all > 0)) return std::nullopt;
  Row row{.device = device_, .around = around(network), .part = part};
  for (std::size_t i = 0; i < network.calls.size(); ++i) {
    if (!(network.callMs[i] > 0) || !known.contains(network.calls[i])) continue;
    row.calls.push_back(network.calls[i]);
    row.ms += network.ms * network.callMs[i] / all;
  }
  return row.calls.size() < 2 ? std::nullopt : std::optional(std::move(row));
}

Row NetworkRows::whole(const NetworkRun& network, Part part) {
  return {.calls = network.calls, .device = device_, .ms = network.ms, .around = around(network), .part = part};
}

} // namespace cobra::train
