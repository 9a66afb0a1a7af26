#include "predictor/train/bench/neighbours.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cobra::train {
namespace {

/// relu of 8, 16, ... numbers, where `ms` says how long each takes.
template <typename Time> Dataset relus(const Time& ms) {
  RowTable table;
  const int device = table.device({.name = "d"});
  for (int i = 1; i <= 400; ++i) {
    table.rows.push_back({.calls = {"aten::relu(self=f32[" + std::to_string(8 * i) + "])"}, .device = device, .ms = ms(i)});
  }
  return std::get<Dataset>(makeDataset(table, {}));
}

TEST(Neighbours, OfASmoothTimeHaveNoError) {
  const auto scores = neighbourScores(relus([](int i) { return std::exp(0.01 * i); }), GroupBy::Operator);
  ASSERT_EQ(scores.count({"aten::relu", "d"}), 1U);
  const Score& score = scores.at({"aten::relu", "d"});
  EXPECT_GT(score.rows, 50);
  EXPECT_LT(score.mape, 0.1);
}

TEST(Neighbours, SeeTheNoise) {
  const auto scores = neighbourScores(relus([](int i) { return i % 2 ? 1.0 : 1.1; }), GroupBy::Operator);
  EXPECT_NEAR(scores.at({"aten::relu", "d"}).mape, 9.5, 0.6) << "every row lies 10 % off both neighbours, up or down";
}

} // namespace
} // namespace cobra::train
