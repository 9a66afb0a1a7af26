#include "predictor/train/bench/figures.h"

#include <gtest/gtest.h>

#include <vector>

namespace cobra::train {
namespace {

TEST(Figures, RankCorrelationSeesOnlyTheOrder) {
  const std::vector<double> a{1, 2, 3, 4}, cubes{1, 8, 27, 64}, falling{9, 5, 4, 0};
  EXPECT_DOUBLE_EQ(spearman(a, cubes), 1);
  EXPECT_DOUBLE_EQ(spearman(a, falling), -1);
}

TEST(Figures, TiesShareTheirMeanRank) {
  // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 * 5).
  EXPECT_NEAR(spearman(std::vector<double>{1, 7, 7, 9}, std::vector<double>{1, 2, 3, 4}), 0.948683, 1e-6);
  EXPECT_EQ(spearman(std::vector<double>{1, 1, 1}, std::vector<double>{1, 2, 3}), 0);
}

TEST(Figures, SpreadIsTheSampleDeviation) {
  EXPECT_EQ(printSpread(std::vector<double>{1, 2, 3}, 2), "2.00 ±1.00");
  EXPECT_EQ(printSpread(std::vector<double>{3.456}, 1), "3.5");
}

} // namespace
} // namespace cobra::train
