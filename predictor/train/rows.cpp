#include "predictor/train/rows.h"

#include "predictor/format/records.h"
#include "predictor/format/text_file.h"
#include "predictor/train/device_specs.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace cobra::train {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kRowSchema = "cobra.rows/1";

class RowFileReader {
public:
  explicit RowFileReader(std::string file) : file_(std::move(file)) {}

  std::optional<RowError> line(std::string_view text, std::size_t number) {
    const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    const auto fail = [&](const std::string& what) { return RowError{"'" + file_ + "' line " + std::to_string(number) + ": " + what}; };
    if (!json.is_object()) return fail("it is not a JSON object");
    if (devices_.empty()) return header(json) ? std::nullopt : std::optional(fail("the header names no devices"));
    const auto calls = json.find("calls"), times = json.find("ms"), spread = json.find("std"), at = json.find("at");
    if (calls == json.end() || !calls->is_array() || calls->empty()) return fail("it has no list of calls");
    if (times == json.end() || !times->is_array() || times->size() != devices_.size()) {
      return fail("it does not have one time for each device");
    }
    Row row;
    if (at != json.end()) {
      if (!at->is_number() || !(at->get<double>() >= 0 && at->get<double>() <= 1)) return fail("'at' is not from 0 to 1");
      row.at = at->get<double>();
    }
    for (const Json& call : *calls) {
      if (!call.is_string()) return fail("a call is not text");
      row.calls.push_back(call.get<std::string>());
    }
    for (std::size_t d = 0; d < devices_.size(); ++d) {
      const Json& time = (*times)[d];
      if (time.is_null()) continue;
      if (!time.is_number() || !std::isfinite(time.get<double>()) || time.get<double>() <= 0) {
        return fail("a time is not a positive number");
      }
      row.device = devices_[d];
      row.ms = time.get<double>();
      const bool known = spread != json.end() && spread->is_array() && spread->size() == devices_.size() && (*spread)[d].is_number();
      row.floor = known ? floorOfMedian(row.ms, (*spread)[d].get<double>()) : std::numeric_limits<double>::quiet_NaN();
      table_.rows.push_back(row);
    }
    return std::nullopt;
  }
  bool started() const { return !devices_.empty(); }
  RowTable take() { return std::move(table_); }

private:
  bool header(const Json& json) {
    const auto devices = json.find("devices");
    if (json.value("schema", Json()) != kRowSchema || devices == json.end() || !devices->is_array()) return false;
    const Json source = json.value("source", Json()), origin = json.value("origin", Json());
    for (const Json& device : *devices) {
      if (!device.is_string()) return false;
      const auto name = device.get<std::string>();
      const DeviceRecord* record = findDeviceRecord(name);
      devices_.push_back(table_.device({.name = name,
                                        .title = record ? std::string(record->title) : name,
                                        .source = source.is_string() ? source.get<std::string>() : "measured",
                                        .versions = origin.is_string() ? origin.get<std::string>() : ""}));
    }
    return !devices_.empty();
  }

  std::string file_;
  RowTable table_;
  std::vector<int> devices_; // of the file's columns
};

std::variant<RowTable, RowError> readTable(std::string_view text, const std::string& file) {
  RowFileReader reader(file);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (auto error = reader.line(line, number)) return *error;
  }
  if (!reader.started()) return RowError{"'" + file + "' is empty"};
  return reader.take();
}

RowTable fromRecords(const RecordFile& file, const std::string& name) {
  RowTable table;
  const DeviceRecord* record = findDeviceRecord(file.header.device);
  const int device = table.device({.name = file.header.device,
                                   .title = record ? std::string(record->title) : file.header.processor,
                                   .source = "measured",
                                   .versions = file.header.versions});
  std::unordered_map<std::int64_t, double> again; // the last repeat of a row
  for (const Record& row : file.rows) {
    if (row.measured() && row.repeats && row.medianMs > 0) again[*row.repeats] = row.medianMs;
  }
  const auto floorOf = [&](const Record& row) {
    const auto found = again.find(row.row);
    return found == again.end() ? std::numeric_limits<double>::quiet_NaN() : noiseOf(row.medianMs, found->second);
  };
  std::size_t refused = 0, networks = 0;
  for (const Record& row : file.rows) {
    refused += row.measured() ? 0 : 1;
    if (!row.measured() || row.repeats || !(row.medianMs > 0)) continue;
    if (row.network.empty()) {
      table.rows.push_back({.calls = {row.snippet}, .device = device, .ms = row.medianMs, .floor = floorOf(row)});
    } else if (file.header.kind == "layers") { // a sum of many tensors, say: a chain of calls
      std::vector<std::string> calls;
      for (const RecordNode& node : row.nodes) calls.push_back(node.snippet);
      if (!calls.empty()) table.rows.push_back({.calls = std::move(calls), .device = device, .ms = row.medianMs, .floor = floorOf(row)});
    } else {
      ++networks;
    }
  }
  if (networks > 0) table.notes.push_back(std::to_string(networks) + " whole networks of '" + name + "' are left out");
  if (refused > 0) table.notes.push_back(std::to_string(refused) + " rows of '" + name + "' could not be measured and are left out");
  if (!file.torn.empty()) table.notes.push_back(file.torn);
  return table;
}

} // namespace

int RowTable::device(const DeviceSource& source) {
  const auto found = std::ranges::find(devices, source.name, &DeviceSource::name);
  if (found == devices.end()) {
    devices.push_back(source);
    return static_cast<int>(devices.size()) - 1;
  }
  return static_cast<int>(found - devices.begin());
}

void RowTable::append(RowTable other) {
  std::vector<int> index;
  for (const DeviceSource& source : other.devices) index.push_back(device(source));
  for (Row& row : other.rows) {
    row.device = index[static_cast<std::size_t>(row.device)];
    rows.push_back(std::move(row));
  }
  notes.insert(notes.end(), other.notes.begin(), other.notes.end());
}

std::variant<RowTable, RowError> readRows(const std::filesystem::path& file) {
  auto read = readText(file);
  if (auto* error = std::get_if<TextFileError>(&read)) return RowError{error->sentence};
  const auto& text = std::get<TextRead>(read);
  const std::string_view first = std::string_view(text.text).substr(0, std::min<std::size_t>(text.text.find('\n'), 4096));
  if (first.find(kRowSchema) == std::string_view::npos) {
    auto records = readRecords(file);
    if (auto* error = std::get_if<RecordError>(&records)) return RowError{error->sentence};
    return fromRecords(std::get<RecordFile>(records), file.string());
  }
  if (text.torn) return RowError{"'" + file.string() + "' ends in the middle of its gzip stream"};
  return readTable(text.text, file.string());
}

double floorOfMedian(double ms, double std) {
  // The median of five normal values has standard deviation 0.536 sigma; E|x| of a normal is sqrt(2/pi) of
  // it.
  constexpr double kMedianOfFive = 0.5357 * 0.79788;
  return kMedianOfFive * std / ms;
}

} // namespace cobra::train
