#include "predictor/infer/number.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>

namespace cobra::infer {
namespace {

using Embedded = std::array<float, kNumberWidth>;

Embedded embedded(std::int64_t value) {
  Embedded out{};
  embedNumber(value, out);
  return out;
}

TEST(Numbers, EveryIntegerHasAFiniteEmbedding) {
  for (const std::int64_t value : {INT64_MIN, INT64_MIN + 1, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, std::int64_t{7},
                                   std::int64_t{1} << 40, INT64_MAX - 1, INT64_MAX}) {
    for (const float x : embedded(value)) EXPECT_TRUE(std::isfinite(x)) << value;
  }
}

TEST(Numbers, LogarithmComesFirst) {
  EXPECT_FLOAT_EQ(embedded(255)[0], 1.0F); // log2(256) / 8
  EXPECT_FLOAT_EQ(embedded(255)[1], 1.0F);
  EXPECT_FLOAT_EQ(embedded(0)[0], 0.0F);
}

TEST(Numbers, DivisibilityAndWasteOfRoundingUp) {
  constexpr std::size_t kBySix = 8; // divisible, waste, log2 of growth for m = 2, then 4, ...
  const Embedded six = embedded(6);
  EXPECT_FLOAT_EQ(six[kBySix], 1);                          // 2 divides 6
  EXPECT_FLOAT_EQ(six[kBySix + 3], 0);                      // 4 does not
  EXPECT_FLOAT_EQ(six[kBySix + 4], 0.5F);                   // 2 of 4 are wasted
  EXPECT_FLOAT_EQ(six[kBySix + 5], std::log2(8.0F / 6.0F)); // 6 becomes 8
}

TEST(Numbers, SmallValuesHaveAPlaceOfTheirOwn) {
  constexpr std::size_t kOneHot = 39;
  EXPECT_FLOAT_EQ(embedded(3)[kOneHot + 3], 1);
  EXPECT_FLOAT_EQ(embedded(4)[kOneHot + 3], 0);
  EXPECT_FLOAT_EQ(embedded(16)[kOneHot + 16], 1);
  EXPECT_FLOAT_EQ(embedded(5000)[kOneHot + 16], 1);
}

TEST(Numbers, ANegativeValueMirrorsItsMagnitude) {
  const Embedded up = embedded(12), down = embedded(-12);
  for (std::size_t i = 0; i < up.size(); ++i) EXPECT_FLOAT_EQ(up[i], -down[i]);
}

} // namespace
} // namespace cobra::infer
