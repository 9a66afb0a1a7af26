#include "predictor/format/records.h"

#include <cmath>
#include <numbers>
#include <unordered_map>

namespace cobra {

double noiseOf(double a, double b) { return std::abs(a - b) / (std::numbers::sqrt2 * (a + b) / 2); }

std::optional<NoiseFloor> noiseFloor(const RecordFile& file) {
  std::unordered_map<std::int64_t, const Record*> first;
  for (const Record& record : file.rows)
    if (record.measured() && !record.repeats) first.emplace(record.row, &record);
  NoiseFloor floor;
  double within1 = 0, within5 = 0, within10 = 0;
  for (const Record& record : file.rows) {
    if (!record.measured() || !record.repeats) continue;
    auto found = first.find(*record.repeats);
    if (found == first.end()) continue;
    double a = found->second->medianMs, b = record.medianMs;
    if (a + b <= 0) continue;
    double error = noiseOf(a, b);
    ++floor.pairs;
    floor.mape += error;
    within1 += error <= 0.01;
    within5 += error <= 0.05;
    within10 += error <= 0.10;
  }
  if (floor.pairs == 0) return std::nullopt;
  double percent = 100.0 / static_cast<double>(floor.pairs);
  floor.mape *= percent;
  floor.within1 = within1 * percent;
  floor.within5 = within5 * percent;
  floor.within10 = within10 * percent;
  return floor;
}

} // namespace cobra
