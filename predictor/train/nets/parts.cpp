#include "predictor/train/nets/parts.h"

#include "predictor/format/text_file.h"

#include <nlohmann/json.hpp>

namespace cobra::train {
namespace {

using Json = nlohmann::json;

} // namespace

NetworkParts partsOfChoices(const NetworkTable& table) {
  NetworkParts parts;
  parts.names = table.choices;
  for (const NetworkTable::Row& row : table.rows) {
    std::vector<int> counts(table.choices.size(), 0);
    for (const char digit : row.network) ++counts[static_cast<std::size_t>(digit - '0')];
    parts.counts[row.network] = std::move(counts);
  }
  return parts;
}

std::variant<NetworkParts, RowError> readNetworkGraphs(const std::filesystem::path& file) {
  auto read = readText(file);
  if (auto* error = std::get_if<TextFileError>(&read)) return RowError{error->sentence};
  if (std::get<TextRead>(read).torn) return RowError{"'" + file.string() + "' ends in the middle of its gzip stream"};
  std::string_view text = std::get<TextRead>(read).text;
  NetworkParts parts;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    const auto fail = [&](const std::string& what) {
      return RowError{"'" + file.string() + "' line " + std::to_string(number) + ": " + what};
    };
    try {
      const Json json = Json::parse(line);
      if (parts.names.empty()) {
        if (json.at("schema") != "cobra.network-graphs/1") return fail("it is not the header of a file of network graphs");
        parts.names = json.at("snippets");
        if (parts.names.empty()) return fail("it has no snippets");
        continue;
      }
      std::vector<int> counts = json.at("counts");
      if (counts.size() != parts.names.size()) return fail("it does not have one count for each snippet");
      if (!parts.counts.emplace(json.at("network"), std::move(counts)).second) return fail("its network comes a second time");
    } catch (const Json::exception&) {
      return fail("it is not JSON, or a field is missing or of the wrong type");
    }
  }
  if (parts.counts.empty()) return RowError{"'" + file.string() + "' holds no networks"};
  return parts;
}

} // namespace cobra::train
