#include "predictor/train/trees.h"

#ifdef COBRA_XGBOOST
#include <xgboost/c_api.h>

#include <limits>
#include <memory>
#include <string>
#endif

namespace cobra::train {

#ifdef COBRA_XGBOOST
namespace {

struct FreeMatrix {
  void operator()(void* handle) const { XGDMatrixFree(handle); }
};
struct FreeBooster {
  void operator()(void* handle) const { XGBoosterFree(handle); }
};
using Matrix = std::unique_ptr<void, FreeMatrix>;

Matrix matrixOf(const Table& table) {
  DMatrixHandle handle = nullptr;
  const int failed =
      XGDMatrixCreateFromMat(table.values.data(), table.rows(), table.columns, std::numeric_limits<float>::quiet_NaN(), &handle);
  return Matrix(failed ? nullptr : handle);
}

} // namespace

std::optional<std::vector<float>> fitTrees(const Table& train, const std::vector<float>& targets, const Table& test, int threads) {
  constexpr int kRounds = 500;
  const Matrix known = matrixOf(train), asked = matrixOf(test);
  if (!known || !asked) return std::nullopt;
  if (XGDMatrixSetFloatInfo(known.get(), "label", targets.data(), targets.size()) != 0) return std::nullopt;
  DMatrixHandle matrices[] = {known.get()};
  BoosterHandle handle = nullptr;
  if (XGBoosterCreate(matrices, 1, &handle) != 0) return std::nullopt;
  const std::unique_ptr<void, FreeBooster> booster(handle);
  const std::pair<const char*, std::string> settings[] = {
      {"objective", "reg:squarederror"},    {"tree_method", "hist"}, {"max_depth", "6"}, {"eta", "0.1"},
      {"nthread", std::to_string(threads)}, {"seed", "0"},           {"verbosity", "0"}};
  for (const auto& [name, value] : settings) {
    if (XGBoosterSetParam(handle, name, value.c_str()) != 0) return std::nullopt;
  }
  for (int round = 0; round < kRounds; ++round) {
    if (XGBoosterUpdateOneIter(handle, round, known.get()) != 0) return std::nullopt;
  }
  bst_ulong count = 0;
  const float* values = nullptr;
  if (XGBoosterPredict(handle, asked.get(), 0, 0, 0, &count, &values) != 0) return std::nullopt;
  return std::vector<float>(values, values + count);
}
#else
std::optional<std::vector<float>> fitTrees(const Table&, const std::vector<float>&, const Table&, int) { return std::nullopt; }
#endif

} // namespace cobra::train
