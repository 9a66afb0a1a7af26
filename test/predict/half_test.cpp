#include "predictor/format/safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace cobra::format {
namespace {

struct HalfCase {
  float value;
  std::uint16_t bits;
};

class Halves : public ::testing::TestWithParam<HalfCase> {};

TEST_P(Halves, RoundToTheNearestAndTiesToEven) { EXPECT_EQ(toHalf(GetParam().value), GetParam().bits) << GetParam().value; }

constexpr HalfCase kCases[] = {
    {0.0F, 0x0000},
    {-0.0F, 0x8000},
    {1.0F, 0x3c00},
    {-2.0F, 0xc000},
    {65504.0F, 0x7bff},
    {65520.0F, 0x7c00},
    {1e10F, 0x7c00},
    {-1e10F, 0xfc00},
    {0x1p-14F, 0x0400},
    {0x1p-24F, 0x0001},
    {0x1p-25F, 0x0000},
    {0x1.8p-25F, 0x0001},
    {0x1p-15F, 0x0200},
    {1.0F + 0x1p-11F, 0x3c00},
    {1.0F + 0x1.8p-10F, 0x3c02},
    {1.0F + 0x1.1p-11F, 0x3c01},
};
INSTANTIATE_TEST_SUITE_P(Format, Halves, ::testing::ValuesIn(kCases));

TEST(Halves, EveryFiniteHalfSurvivesTheWayThroughFloat) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = fromHalf(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) continue;
    EXPECT_EQ(toHalf(value), bits);
  }
}

TEST(Halves, NotANumberStaysOne) {
  EXPECT_TRUE(std::isnan(fromHalf(toHalf(std::numeric_limits<float>::quiet_NaN()))));
  EXPECT_TRUE(std::isinf(fromHalf(0x7c00)));
}

} // namespace
} // namespace cobra::format
