// The band of a whole network, calibrated on networks that were not trained on.
#include "small_model.h"

#include "predictor/train/nets/total_band.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace cobra::train {
namespace {

std::string relu(int size) { return "aten::relu(self=f32[1," + std::to_string(size) + "])"; }

/// Networks of the toy's operators whose calls take what the toy says, times the error of each call (log-normal; `common`: share of its
/// variance that all calls of a network have in common). `sigma` fits the toy's bands of 0.8 to 1.25.
std::vector<NetworkRun> networks(const infer::Model& model, int count, double common, unsigned seed) {
  constexpr double kSigma = 0.2231 / 1.645; // 90 % lie within 0.8 to 1.25
  Predictor predictor(testing::parsed(printModel(model)), "toy");
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<NetworkRun> out;
  for (int i = 0; i < count; ++i) {
    NetworkRun run{.name = "toy " + std::to_string(i)};
    const double all = normal(random) * std::sqrt(common);
    for (int n = 0; n < 12; ++n) {
      run.calls.push_back(relu(100 + static_cast<int>(random() % 5000)));
      const double ms = predictor.predict(testing::call(run.calls.back())).ms;
      run.callMs.push_back(ms * std::exp(kSigma * (all + normal(random) * std::sqrt(1 - common))));
      run.ms += run.callMs.back();
    }
    out.push_back(std::move(run));
  }
  return out;
}

infer::Model toy() {
  infer::Model model = testing::smallModel();
  for (auto& coverage : model.devices[0].coverage) coverage.bands = {{1e30, 0.8, 1.25}};
  return model;
}

class TotalBand : public ::testing::TestWithParam<double> {};

TEST_P(TotalBand, HoldsNineOfTenNewNetworks) {
  const infer::Model model = toy();
  const double shared = sharedError(checkTotals(model, "toy", networks(model, 400, GetParam(), 1)));
  EXPECT_NEAR(shared, GetParam(), 0.2) << "the bands are honest, so the correlation is what it is";
  const double held = shareHeld(checkTotals(model, "toy", networks(model, 1000, GetParam(), 2)), shared);
  EXPECT_GT(held, 87);
  EXPECT_LT(held, 93);
}
INSTANTIATE_TEST_SUITE_P(Predict, TotalBand, ::testing::Values(0.1, 0.4, 0.8));

TEST(TotalBand, SaysWhatThePredictorSays) {
  infer::Model model = toy();
  std::vector<NetworkRun> runs = networks(model, 50, 0.5, 3);
  const auto checks = checkTotals(model, "toy", runs);
  ASSERT_EQ(checks.size(), runs.size());
  for (const double shared : {0.0, 0.3, 1.0}) {
    model.devices[0].totals = infer::TotalErrors{1, shared};
    Predictor predictor(testing::parsed(printModel(model)), "toy");
    int held = 0;
    for (const NetworkRun& run : runs) {
      const Latency total = predictor.predict(testing::graphOf(run.calls)).total;
      held += total.lowMs <= run.ms && run.ms <= total.highMs ? 1 : 0;
    }
    EXPECT_DOUBLE_EQ(shareHeld(checks, shared), 100.0 * held / 50) << shared;
  }
}

TEST(TotalBand, IsAsWideAsItCanBeWhereNothingHelps) {
  const infer::Model model = toy();
  std::vector<NetworkRun> runs = networks(model, 40, 0.5, 4);
  for (NetworkRun& run : runs) run.ms *= 10;
  EXPECT_EQ(sharedError(checkTotals(model, "toy", runs)), 1);
  EXPECT_EQ(sharedError({}), 1) << "nothing is known";
}

} // namespace
} // namespace cobra::train
