// Gradient-boosted trees through XGBoost's C interface.
#pragma once

#include <optional>
#include <vector>

namespace cobra::train {

struct Table {
  std::vector<float> values; // row-major
  std::size_t columns = 0;
  std::size_t rows() const { return columns ? values.size() / columns : 0; }
};

/// Fits targets on one table and predicts another; nothing if the build has no XGBoost or it fails.
std::optional<std::vector<float>> fitTrees(const Table& train, const std::vector<float>& targets, const Table& test, int threads);

} // namespace cobra::train
