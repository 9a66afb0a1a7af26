#include "predictor/train/bench/neighbours.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cobra::train {

std::map<std::pair<std::string, std::string>, Score> neighbourScores(const Dataset& data, GroupBy by) {
  std::map<std::pair<std::string, int>, std::vector<const DatasetRow*>> byOperator;
  for (const DatasetRow& row : data.rows) byOperator[{data.kindOf(row), row.device}].push_back(&row);
  const auto size = [&](const DatasetRow* row) { return sizeOf(data.calls[static_cast<std::size_t>(row->main)]); };
  std::map<std::pair<std::string, std::string>, ScoreKeeper> keepers;
  for (auto& [key, rows] : byOperator) {
    std::ranges::sort(rows, {}, size);
    for (std::size_t i = 1; i + 1 < rows.size(); ++i) {
      if (rows[i]->part != Part::Test) continue;
      const double low = size(rows[i - 1]), high = size(rows[i + 1]);
      const double share = high > low ? (size(rows[i]) - low) / (high - low) : 0.5;
      const double foretold = std::exp((1 - share) * std::log(rows[i - 1]->ms) + share * std::log(rows[i + 1]->ms));
      keepers[{groupOf(data, *rows[i], by), data.devices[static_cast<std::size_t>(key.second)].name}].add(foretold, rows[i]->ms);
    }
  }
  std::map<std::pair<std::string, std::string>, Score> scores;
  for (const auto& [key, keeper] : keepers) scores[key] = keeper.score();
  return scores;
}

} // namespace cobra::train
