#include "predictor/format/text_file.h"
#include "predictor/train/nets/table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace cobra::train {
namespace {

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// A space whose networks have a notation of their own.
struct Space {
  std::string_view title;
  std::span<const std::string_view> choices;
  int places;
  /// The choices' indices as digits; nothing for a text in another notation.
  std::optional<std::string> (*code)(std::string_view notation);
};

// The order is that of the networks' names everywhere in this project.
constexpr std::array<std::string_view, 5> kOperations{"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"};
constexpr std::array<std::string_view, 9> kBlocks{"k3_e1", "k3_e1_g2", "k3_e3", "k3_e6", "k5_e1", "k5_e1_g2", "k5_e3", "k5_e6", "skip"};

std::optional<std::string> cellCode(std::string_view notation) {
  std::string code;
  for (const std::string_view word : split(notation, '|')) {
    if (word.empty() || word == "+") continue;
    const auto found = std::ranges::find(kOperations, word.substr(0, word.find('~')));
    if (found == kOperations.end()) return std::nullopt;
    code += static_cast<char>('0' + (found - kOperations.begin()));
  }
  return code.size() == 6 ? std::optional(code) : std::nullopt;
}

std::optional<std::string> blockCode(std::string_view notation) {
  std::string code;
  for (const std::string_view word : split(notation, ' ')) {
    if (word.size() != 1 || word[0] < '0' || word[0] > '8') return std::nullopt;
    code += word;
  }
  return code.size() == 22 ? std::optional(code) : std::nullopt;
}

constexpr Space kSpaces[] = {{"NAS-Bench-201", kOperations, 6, cellCode}, {"FBNet", kBlocks, 22, blockCode}};

} // namespace

std::variant<NetworkTable, RowError> importNetworkTable(const std::filesystem::path& file) {
  const auto read = readText(file);
  if (const auto* error = std::get_if<TextFileError>(&read)) return RowError{error->sentence};
  if (std::get<TextRead>(read).torn) return RowError{"'" + file.string() + "' ends in the middle of its gzip stream"};
  NetworkTable table;
  table.origin = "PyTorch, eager, HayeonLee/HELP, MIT";
  table.command = "cobra-train import-networks " + file.filename().string();
  const Space* space = nullptr;
  std::size_t number = 0, name = 0, columns = 0;
  for (std::string_view line : split(std::get<TextRead>(read).text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto fail = [&](const std::string& what) {
      return RowError{"'" + file.string() + "' line " + std::to_string(number) + ": " + what};
    };
    const std::vector<std::string_view> cells = split(line, ',');
    if (columns == 0) {
      const auto found = std::ranges::find(cells, "arch");
      if (found == cells.end()) return fail("it has no column 'arch'");
      name = static_cast<std::size_t>(found - cells.begin());
      columns = cells.size();
      for (const std::string_view cell : cells)
        if (cell != "arch") table.devices.emplace_back(cell);
      continue;
    }
    if (cells.size() != columns) return fail("it has " + std::to_string(cells.size()) + " cells");
    if (space == nullptr) {
      space = std::ranges::find_if(kSpaces, [&](const Space& each) { return each.code(cells[name]).has_value(); });
      if (space == std::end(kSpaces)) return fail("'" + std::string(cells[name]) + "' is no network of NAS-Bench-201 or FBNet");
      table.title = space->title;
      table.places = space->places;
      table.choices.assign(space->choices.begin(), space->choices.end());
    }
    const auto code = space->code(cells[name]);
    if (!code) return fail("'" + std::string(cells[name]) + "' is no network of " + table.title);
    NetworkTable::Row row{*code, {}};
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i == name) continue;
      double ms = std::nan("");
      const std::string_view cell = cells[i];
      if (!cell.empty()) {
        const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), ms);
        if (error != std::errc{} || end != cell.data() + cell.size() || !std::isfinite(ms) || ms <= 0)
          return fail("'" + std::string(cell) + "' is no time");
      }
      row.ms.push_back(ms);
    }
    table.rows.push_back(std::move(row));
  }
  if (table.rows.empty()) return RowError{"'" + file.string() + "' holds no networks"};
  return table;
}

std::variant<NetworkTable, RowError> openNetworkTable(const std::filesystem::path& file) {
  const std::filesystem::path unpacked = file.extension() == ".gz" ? file.stem() : file.filename();
  return unpacked.extension() == ".csv" ? importNetworkTable(file) : readNetworkTable(file);
}

} // namespace cobra::train
