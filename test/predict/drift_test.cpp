// Rows of a run along which times grew: what is learned is the time at one point of the run, and no row's own place is asked for.
#include "predictor/train/evaluate.h"
#include "predictor/train/fit.h"
#include "predictor/train/network.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace cobra::train {
namespace {

std::string relu(int size) { return "aten::relu(self=f32[1," + std::to_string(size) + "])"; }

/// 1 ns a number, and an overhead that quadruples from the first row to the last.
double msOf(int size, double at) { return 1e-6 * size + 0.02 * (1 + 3 * at); }

Dataset rows(bool timesAreKnown) {
  RowTable table;
  const int device = table.device({.name = "drifting", .title = "invented", .source = "public"});
  std::mt19937 random(4);
  for (int i = 0; i < 240; ++i) {
    const int size = 1000 + static_cast<int>(random() % 60000);
    const double at = (i + 0.5) / 240;
    Row row{.calls = {relu(size)}, .device = device, .ms = msOf(size, at), .part = i % 4 == 0 ? Part::Test : Part::Train};
    if (timesAreKnown) row.at = at;
    table.rows.push_back(std::move(row));
  }
  return std::get<Dataset>(makeDataset(table, {}));
}

/// Mean error on unseen rows, in percent of the time at the reference time.
double errorAtTheReference(const Dataset& data) {
  infer::Model model;
  model.vocabulary = makeVocabulary(data);
  model.devices = makeDevices(data, model.vocabulary);
  const FitOptions options{
      .architecture = {.width = 16, .layers = 1, .heads = 2, .inner = 32, .hidden = 32}, .steps = 700, .groups = 1, .rowsPerGroup = 32};
  EXPECT_TRUE(std::holds_alternative<FitResult>(fit(data, model, options, [](const FitProgress&) {})));
  const std::vector<double> predicted = predictRows(data, model);
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < data.rows.size(); ++i) {
    if (data.rows[i].part != Part::Test) continue;
    const auto size = static_cast<int>(data.calls[static_cast<std::size_t>(data.rows[i].main)].work.outputBytes / 4);
    sum += std::abs(predicted[i] / msOf(size, kReferenceTime) - 1);
    ++count;
  }
  return 100 * sum / count;
}

TEST(Drift, IsToldFromTheCallWhereTheTableSaysWhenRowsWereTimed) {
  const double known = errorAtTheReference(rows(true)), hidden = errorAtTheReference(rows(false));
  EXPECT_LT(known, 4);
  EXPECT_LT(known, hidden);
}

TEST(Drift, LeavesNothingInTheModel) {
  const Dataset data = rows(true);
  infer::Model model;
  model.vocabulary = makeVocabulary(data);
  model.devices = makeDevices(data, model.vocabulary);
  const Inputs inputs(data, model);
  const Network with(model, 3, /*drift=*/true), without(model, 3);
  EXPECT_EQ(with.weights.numel() - without.weights.numel(), kDrift * infer::kTerms);
  with.copyTo(model, with.weights);
  for (const auto& [name, tensor] : model.tensors) EXPECT_FALSE(name.starts_with("run.")) << name;
  // A batch to predict has no times in it, whatever the rows know.
  EXPECT_FALSE(makeBatch(inputs, std::vector<int>{0, 1}).drift.defined());
  EXPECT_TRUE(makeLearningBatch(inputs, std::vector<int>{0, 1}).drift.defined());
}

} // namespace
} // namespace cobra::train
