#include "predictor/train/nets/table.h"

#include "predictor/format/text_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace cobra::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "cobra.networks/1";

class Reader {
public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  std::optional<RowError> line(std::string_view text, std::size_t number) {
    const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    const auto fail = [&](const std::string& what) { return RowError{"'" + file_ + "' line " + std::to_string(number) + ": " + what}; };
    if (!json.is_object()) return fail("it is not a JSON object");
    try {
      if (table_.devices.empty()) return header(json) ? std::nullopt : std::optional(fail("it is not the header of a table of networks"));
      NetworkTable::Row row{json.at("network").get<std::string>(), {}};
      if (!named(row.network)) return fail("'" + row.network + "' is no network of this space");
      if (!seen_.insert(row.network).second) return fail("network " + row.network + " comes a second time");
      const Json& times = json.at("ms");
      if (!times.is_array() || times.size() != table_.devices.size()) return fail("it does not have one time for each device");
      for (const Json& time : times) {
        row.ms.push_back(time.is_null() ? std::nan("") : time.get<double>());
        if (!time.is_null() && !(std::isfinite(row.ms.back()) && row.ms.back() > 0)) return fail("a time is not a positive number");
      }
      table_.rows.push_back(std::move(row));
    } catch (const Json::exception&) {
      return fail("a field is missing or of the wrong type");
    }
    return std::nullopt;
  }

  NetworkTable take() { return std::move(table_); }
  bool empty() const { return table_.rows.empty(); }

private:
  bool header(const Json& json) {
    if (json.value("schema", "") != kSchema) return false;
    table_.title = json.at("title");
    table_.origin = json.at("origin");
    table_.command = json.value("command", "");
    table_.places = json.at("places");
    for (const Json& choice : json.at("choices")) table_.choices.push_back(choice);
    for (const Json& device : json.at("devices")) table_.devices.push_back(device);
    return table_.places > 0 && !table_.choices.empty() && table_.choices.size() <= 10 && !table_.devices.empty();
  }
  bool named(const std::string& network) const {
    const char end = static_cast<char>('0' + static_cast<char>(table_.choices.size()));
    return static_cast<int>(network.size()) == table_.places && std::ranges::all_of(network, [&](char c) { return c >= '0' && c < end; });
  }

  std::string file_;
  NetworkTable table_;
  std::set<std::string> seen_;
};

} // namespace

int NetworkTable::device(std::string_view name) const {
  const auto found = std::ranges::find(devices, name);
  return found == devices.end() ? -1 : static_cast<int>(found - devices.begin());
}

std::variant<NetworkTable, RowError> readNetworkTable(const std::filesystem::path& file) {
  auto read = readText(file);
  if (auto* error = std::get_if<TextFileError>(&read)) return RowError{error->sentence};
  if (std::get<TextRead>(read).torn) return RowError{"'" + file.string() + "' ends in the middle of its gzip stream"};
  std::string_view text = std::get<TextRead>(read).text;
  Reader reader(file.string());
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (auto error = reader.line(line, number)) return *error;
  }
  if (reader.empty()) return RowError{"'" + file.string() + "' holds no networks"};
  return reader.take();
}

std::string printNetworkTable(const NetworkTable& table) {
  Json header{{"schema", kSchema},        {"title", table.title},     {"source", "public"},     {"origin", table.origin},
              {"command", table.command}, {"choices", table.choices}, {"places", table.places}, {"devices", table.devices}};
  std::string text = header.dump() + '\n';
  for (const NetworkTable::Row& row : table.rows) {
    Json ms = Json::array();
    for (const double time : row.ms) ms.push_back(std::isnan(time) ? Json() : Json(time));
    text += Json{{"network", row.network}, {"ms", ms}}.dump() + '\n';
  }
  return text;
}

} // namespace cobra::train
