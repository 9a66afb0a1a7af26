// cobra-probe show: what a file of records holds, for a person.

#include "runtime-probe/commands.h"
#include "runtime-probe/session.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

namespace cobra::probe {
namespace {

struct OperatorRows {
  std::vector<double> milliseconds;
  double spread = 0; // sum of (p90 - p10) / median
  int failed = 0;
};

/// The operator of a call; of a network the space it was drawn from, or its name.
std::string group(const Record& record) {
  if (record.network.empty()) return record.snippet.substr(0, record.snippet.find('('));
  return record.network.substr(0, record.network.find_first_of(" ,"));
}

double medianOf(std::vector<double>& values) {
  if (values.empty()) return 0;
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

void printHeader(const RecordFile& file, const std::string& path) {
  const RecordHeader& h = file.header;
  std::printf("%s: %s on %s (%s%s%s)\n", path.c_str(), h.kind.c_str(), h.device.c_str(), h.processor.c_str(), h.clocks.empty() ? "" : ", ",
              h.clocks.c_str());
  std::printf("  %s; %d thread%s, pinned: %s, %s, %s caches, space %s, seed %llu\n", h.versions.c_str(), h.threads,
              h.threads == 1 ? "" : "s", h.pinned.c_str(), h.dtype.c_str(), h.cache.c_str(), h.space.c_str(),
              static_cast<unsigned long long>(h.seed));
  if (h.launch != "eager") std::printf("  launches of CUDA graphs\n");
  std::printf("  begun %s by: %s\n", h.date.c_str(), h.command.c_str());
}

} // namespace

int show(const Options& options) {
  const std::string& path = options.operands[0];
  auto read = readRecords(path);
  if (auto* error = std::get_if<RecordError>(&read)) return complain(error->sentence);
  const RecordFile& file = std::get<RecordFile>(read);
  printHeader(file, path);

  std::map<std::string, OperatorRows> operators;
  std::map<std::string, int> stops, reasons;
  std::vector<const Record*> odd;
  std::int64_t preempted = 0;
  for (const Record& record : file.rows) {
    if (record.repeats) continue;
    OperatorRows& rows = operators[group(record)];
    if (surprising(record)) odd.push_back(&record);
    if (!record.measured()) {
      ++rows.failed;
      ++reasons[record.error];
      continue;
    }
    rows.milliseconds.push_back(record.medianMs);
    if (record.medianMs > 0) rows.spread += (record.p90Ms - record.p10Ms) / record.medianMs;
    ++stops[record.stop];
    preempted += record.preempted;
  }
  std::printf("\n%-44s %7s %7s %12s %12s %9s\n", "what", "rows", "failed", "median ms", "longest ms", "p90-p10");
  for (auto& [name, rows] : operators) {
    double longest = rows.milliseconds.empty() ? 0 : std::ranges::max(rows.milliseconds);
    double count = std::max<double>(static_cast<double>(rows.milliseconds.size()), 1);
    std::printf("%-44s %7zu %7d %12.5g %12.5g %8.1f%%\n", name.c_str(), rows.milliseconds.size(), rows.failed, medianOf(rows.milliseconds),
                longest, 100 * rows.spread / count);
  }
  std::printf("\n%zu rows of %zu %s", file.rows.size(), operators.size(), file.header.kind == "networks" ? "families" : "operators");
  for (const auto& [stop, count] : stops) std::printf(", %d stopped by '%s'", count, stop.c_str());
  for (const auto& [reason, count] : reasons) std::printf(", %d failed: %s", count, reason.c_str());
  std::printf(", %lld preempted samples thrown away\n", static_cast<long long>(preempted));
  printNoiseFloor(file);
  if (!file.torn.empty()) std::printf("%s\n", file.torn.c_str());
  for (const Record* record : odd)
    std::printf("surprising: row %lld: %s\n  %s\n", static_cast<long long>(record->row), describe(*record).c_str(),
                record->network.empty() ? ("cobra-probe run '" + record->snippet + "'").c_str() : record->network.c_str());
  return 0;
}

} // namespace cobra::probe
