// The notation of sampling spaces: what is drawn from it, and what is said about mistakes.
#include "predictor/ops/space.h"
#include "predictor/ops/space_notation.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace cobra::ops {
namespace {

std::string mistakeOf(std::string_view text) {
  const auto parsed = space::parse(text);
  const auto* mistake = std::get_if<space::Mistake>(&parsed);
  return mistake != nullptr ? mistake->sentence : "";
}

TEST(SpaceNotation, ReadsWhatTheGuideShows) {
  for (const auto* text : {"input: [1..16, C:1..512, 4..256, 4..256]  groups: 1|C  weight: [O:1..512, C/groups, K:1|3|5, K]",
                           "tensors: [[N:1..4, 3], [N, 1..4]^1..3]", "p: 0.1..0.9  mode: 'mean'|'sum'  dtype: float16|None",
                           "dim: axis(self)  size: size(self, -1)", "pad: [P:0..3, -1, 2*(1..64)]", "eps: 1.0e-05", ""})
    EXPECT_EQ(mistakeOf(text), "") << text;
}

TEST(SpaceNotation, NamesTheMistakeAndItsPlace) {
  EXPECT_EQ(mistakeOf("input [1]"), "':' is missing after a parameter's name at byte 6 of 'input [1]'");
  EXPECT_EQ(mistakeOf("input: [1"), "']' is missing at byte 9 of 'input: [1'");
  EXPECT_EQ(mistakeOf("input: (1"), "')' is missing at byte 9 of 'input: (1'");
  EXPECT_EQ(mistakeOf("input: 1|"), "a value is missing at byte 9 of 'input: 1|'");
  EXPECT_EQ(mistakeOf("mode: 'mean"), "the closing quote is missing at byte 7 of 'mode: 'mean'");
  EXPECT_EQ(mistakeOf("n: 99999999999999999999"), "a number cannot be read at byte 3 of 'n: 99999999999999999999'");
  EXPECT_NE(mistakeOf("n: " + std::string(10'000, '(')), "");
}

/// `count` draws of an operator, by a fixed seed.
std::vector<std::vector<Argument>> draws(std::string_view name, int count) {
  std::mt19937_64 random(7);
  std::vector<std::vector<Argument>> result;
  for (int i = 0; i < count; ++i) result.push_back(sample(*find(name), random).value());
  return result;
}

TEST(Sample, IsAlwaysACallThatLibTorchTakes) {
  std::mt19937_64 random(1);
  for (const Operator& op : all()) {
    if (op.space().empty()) continue;
    const auto arguments = sample(op, random);
    ASSERT_TRUE(arguments) << op.fullName();
    EXPECT_TRUE(std::holds_alternative<Effect>(evaluate(op, *arguments))) << op.fullName();
  }
}

TEST(Sample, FollowsReferences) {
  for (const auto& call : draws("aten::conv2d", 200)) {
    const auto& input = std::get<TensorType>(call[0]).shape;
    const auto& weight = std::get<TensorType>(call[1]).shape;
    EXPECT_EQ(input[1], weight[1] * std::get<std::int64_t>(call[6]));
    EXPECT_EQ(weight[2], weight[3]);
    if (const auto* bias = std::get_if<TensorType>(&call[2])) {
      EXPECT_EQ(bias->shape, Shape{weight[0]});
    }
  }
}

TEST(Sample, DrawsSizesLogUniformly) {
  // Channels run from 1 to 1024 = 2^10, and 32 = 2^5 is half of the way.
  std::map<bool, int> small;
  for (const auto& call : draws("aten::conv2d", 1000)) ++small[std::get<TensorType>(call[0]).shape[1] <= 32];
  EXPECT_NEAR(small[true], 500, 100);
}

TEST(Sample, ReachesEveryAlternative) {
  std::set<bool> causal, masked;
  for (const auto& call : draws("aten::scaled_dot_product_attention", 100)) {
    masked.insert(std::holds_alternative<TensorType>(call[3]));
    causal.insert(std::get<bool>(call[5]));
  }
  EXPECT_EQ(causal.size(), 2U);
  EXPECT_EQ(masked.size(), 2U);
}

TEST(Sample, IsTheSameForTheSameSeed) { EXPECT_EQ(draws("aten::lstm.input", 20), draws("aten::lstm.input", 20)); }

} // namespace
} // namespace cobra::ops
