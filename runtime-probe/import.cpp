// cobra-probe import: published latencies of whole networks (NAS-Bench-201, FBNet) as records, each network as its graph.
//
// The tables are CSV, gzip or plain: a column `arch` with the network in its benchmark's notation, and a column for each device,
// named DEVICE or DEVICE_BATCH, in milliseconds.

#include "runtime-probe/commands.h"
#include "runtime-probe/networks/fbnet.h"
#include "runtime-probe/networks/nas_bench_201.h"
#include "runtime-probe/session.h"

#include "predictor/format/network_record.h"
#include "predictor/format/text_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>

namespace cobra::probe {
namespace {

std::vector<std::string_view> cells(std::string_view line) {
  std::vector<std::string_view> all;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find(',', at), line.size());
    all.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

/// "1080ti_32" is batch 32; a number that is no power of two ("gold_6240") belongs to the device's name.
std::int64_t batchOf(std::string_view column) {
  const std::size_t mark = column.rfind('_');
  std::int64_t batch = 0;
  if (mark == column.npos) return 1;
  auto [end, code] = std::from_chars(column.data() + mark + 1, column.data() + column.size(), batch);
  const bool whole = code == std::errc() && end == column.data() + column.size();
  return whole && batch > 0 && batch <= 1024 && (batch & (batch - 1)) == 0 ? batch : 1;
}

struct Named {
  std::string space;
  Network network;
};
std::optional<Named> networkOf(std::string_view architecture, std::int64_t batch) {
  if (auto cell = nas201::parse(architecture)) return Named{"nas-bench-201", nas201::build(*cell, batch)};
  if (auto blocks = fbnet::parse(architecture)) return Named{"fbnet", fbnet::build(*blocks, batch)};
  return std::nullopt;
}

/// The rows of one column, or the sentence why not.
std::variant<RecordFile, std::string> rowsOf(std::string_view text, std::string_view column, std::int64_t most) {
  RecordFile file;
  const std::int64_t batch = batchOf(column);
  std::ptrdiff_t architecture = -1, time = -1;
  std::int64_t number = 0;
  while (!text.empty() && (most <= 0 || static_cast<std::int64_t>(file.rows.size()) < most)) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number;
    const std::vector<std::string_view> fields = cells(line);
    if (number == 1) {
      architecture = std::ranges::find(fields, "arch") - fields.begin();
      time = std::ranges::find(fields, column) - fields.begin();
      const auto count = std::ssize(fields);
      if (architecture == count) return "it has no column 'arch'";
      if (time == count) {
        std::string names;
        for (std::string_view field : fields)
          if (field != "arch") names += (names.empty() ? "" : ", ") + std::string(field);
        return "it has no column '" + std::string(column) + "', but " + names;
      }
      continue;
    }
    if (line.empty()) continue;
    const std::string where = "line " + std::to_string(number) + ": ";
    if (std::max(architecture, time) >= std::ssize(fields)) return where + "it has too few fields";
    const std::string_view value = fields[static_cast<std::size_t>(time)];
    if (value.empty()) continue; // not measured on this device
    double ms = 0;
    auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), ms);
    if (code != std::errc() || end != value.data() + value.size() || !std::isfinite(ms) || ms <= 0)
      return where + "'" + std::string(value) + "' is no time";
    auto found = networkOf(fields[static_cast<std::size_t>(architecture)], batch);
    if (!found)
      return where + "'" + std::string(fields[static_cast<std::size_t>(architecture)]) + "' is no network of NAS-Bench-201 or FBNet";
    file.header.space = found->space;
    Record record;
    record.row = number - 2;
    record.network = found->space + " " + found->network.name + ", batch " + std::to_string(batch);
    record.medianMs = record.p10Ms = record.p90Ms = ms;
    record.stop = "published";
    const Graph graph = graphOf(found->network);
    record.nodes = nodesOf(graph, std::vector<double>(graph.nodes.size(), 0));
    file.rows.push_back(std::move(record));
  }
  if (file.rows.empty()) return "it has no rows";
  return file;
}

} // namespace

int importTable(const Options& options) {
  if (options.out.empty()) return complain("import needs --out FILE", 2);
  if (options.name.empty()) return complain("import needs --name COLUMN", 2);
  const std::string& path = options.operands[0];
  auto text = readText(path);
  if (auto* error = std::get_if<TextFileError>(&text)) return complain(error->sentence);
  auto rows = rowsOf(std::get<TextRead>(text).text, options.name, options.rows);
  if (auto* why = std::get_if<std::string>(&rows)) return complain(path + ": " + *why);
  RecordFile& file = std::get<RecordFile>(rows);
  const std::int64_t batch = batchOf(options.name);
  file.header.kind = "networks";
  file.header.device = batch > 1 || options.name.ends_with("_1") ? options.name.substr(0, options.name.rfind('_')) : options.name;
  file.header.versions = "published";
  file.header.pinned = "no";
  file.header.command = "cobra-probe import " + std::filesystem::path(path).filename().string() + " --name " + options.name;
  if (auto error = writeRecords(options.out, file)) return complain(error->sentence);
  std::printf("%zu networks of %s on %s in %s\n", file.rows.size(), file.header.space.c_str(), file.header.device.c_str(),
              options.out.c_str());
  return 0;
}

} // namespace cobra::probe
