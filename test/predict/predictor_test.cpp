#include "small_model.h"

#include <gmock/gmock.h>

#include <cmath>

namespace cobra {
namespace {

using testing::call;
using ::testing::ElementsAre;
using testing::graphOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kRelu = "aten::relu(self=f32[4,8])";
constexpr const char* kLinear = "aten::linear(input=f32[4,8],weight=f32[16,8],bias=f32[16])";
constexpr const char* kPool = "aten::max_pool2d(self=f32[1,3,8,8],kernel_size=[2,2],stride=[2,2],padding=[0,"
                              "0],dilation=[1,1],ceil_mode=False)";

Predictor toy(const char* device = "toy") { return {testing::parsed(testing::smallProfile()), device}; }

TEST(Predictor, KnownOperatorsGetABandAroundTheFigure) {
  const Latency latency = toy().predict(call(kLinear));
  EXPECT_GT(latency.ms, 0);
  EXPECT_DOUBLE_EQ(latency.lowMs, latency.ms * 0.9);
  EXPECT_DOUBLE_EQ(latency.highMs, latency.ms * 1.2);
  EXPECT_TRUE(latency.covered);
  EXPECT_FALSE(latency.extrapolated);
}

TEST(Predictor, TheBandDependsOnTheSize) {
  const Latency latency = toy().predict(call(kRelu));
  const bool small = latency.ms <= 1e-3;
  EXPECT_DOUBLE_EQ(latency.highMs, latency.ms * (small ? 2 : 1.1));
}

TEST(Predictor, OutsideTheTrainedRangeItSaysExtrapolatedAndWidensTheBand) {
  const Latency latency = toy().predict(call("aten::linear(input=f32[4,8],weight=f32[1024,8],bias=f32[1024])"));
  EXPECT_TRUE(latency.extrapolated);
  EXPECT_TRUE(latency.covered);
  EXPECT_DOUBLE_EQ(latency.highMs, latency.ms * 1.2 * 1.5);
}

/// The toy with two members that disagree, and what of it counts as usual.
Predictor pair(double usual) {
  infer::Model model = testing::smallModel(1, 2);
  for (auto& coverage : model.devices[0].coverage) coverage.spread = usual;
  return {testing::parsed(printModel(model)), "toy"};
}

TEST(Predictor, MembersAnswerTogether) {
  infer::Model first = testing::smallModel(1, 2), second = first;
  first.members = second.members = 1;
  for (const auto& [name, shape] : tensorShapes(first)) second.tensors[name] = second.tensors.at(infer::memberTensor(1, name));
  const auto alone = [](const infer::Model& model) {
    return Predictor(testing::parsed(printModel(model)), "toy").predict(call(kLinear)).ms;
  };
  EXPECT_NE(alone(first), alone(second));
  EXPECT_NEAR(pair(0).predict(call(kLinear)).ms, std::sqrt(alone(first) * alone(second)), 1e-12);
}

TEST(Predictor, WhereMembersDisagreeMoreThanUsualItSaysExtrapolated) {
  EXPECT_FALSE(pair(10).predict(call(kLinear)).extrapolated);
  EXPECT_TRUE(pair(1e-6).predict(call(kLinear)).extrapolated);
  EXPECT_FALSE(pair(0).predict(call(kLinear)).extrapolated) << "0: never calibrated";
}

struct OutsideCase {
  const char* what;
  const char* snippet;
};
class Outside : public ::testing::TestWithParam<OutsideCase> {};
TEST_P(Outside, IsExtrapolated) { EXPECT_TRUE(toy().predict(call(GetParam().snippet)).extrapolated) << GetParam().what; }
constexpr OutsideCase kOutside[] = {
    {"a dtype that was never measured", "aten::relu(self=f16[4,8])"},
    {"more elements than ever measured", "aten::relu(self=f32[2000000])"},
    {"a shape of 2^40", "aten::relu(self=f32[1099511627776])"},
    {"a wider product", "aten::linear(input=f32[4,600],weight=f32[16,600],bias=None)"},
};
INSTANTIATE_TEST_SUITE_P(Predict, Outside, ::testing::ValuesIn(kOutside));

TEST(Predictor, InPlaceVariantsRunTheSameKernel) {
  EXPECT_DOUBLE_EQ(toy().predict(call("aten::relu_(self=f32[4,8])")).ms, toy().predict(call(kRelu)).ms);
}

TEST(Predictor, OperatorsThatWereNeverMeasuredAreEstimatedAndSaidSo) {
  auto predictor = toy();
  const GraphLatency latency = predictor.predict(graphOf({kRelu, kPool, kLinear}));
  EXPECT_FALSE(latency.nodes[1].covered);
  // 0.01 ms, 1e-9 ms a FLOP, 1e-8 ms a byte: 768 bytes in, 192 out
  const double flops = (latency.nodes[1].ms - 0.01 - 960e-8) / 1e-9;
  EXPECT_GE(flops, -1e-6);
  EXPECT_LT(flops, 1000);
  EXPECT_DOUBLE_EQ(latency.nodes[1].highMs, latency.nodes[1].ms * 4);
  EXPECT_FALSE(latency.total.covered);
  EXPECT_THAT(latency.notes, ElementsAre(AllOf(HasSubstr("1 of 3 operators were never measured on toy"), HasSubstr("aten::max_pool2d"))));
}

TEST(Predictor, AnOperatorMeasuredOnlyOnAnotherDeviceIsNotCovered) {
  EXPECT_FALSE(toy("toy2").predict(call(kLinear)).covered);
  EXPECT_TRUE(toy("toy2").predict(call(kRelu)).covered);
}

TEST(Predictor, ViewsAndIdleOperatorsTakeNoTime) {
  for (const char* snippet : {"aten::view(self=f32[4,8],size=[32])", "aten::permute(self=f32[4,8],dims=[1,0])",
                              "aten::dropout(input=f32[4,8],p=0.5,train=False)"}) {
    const Latency latency = toy().predict(call(snippet));
    EXPECT_EQ(latency.ms, 0) << snippet;
    EXPECT_TRUE(latency.covered) << snippet;
  }
  EXPECT_GT(toy().predict(call("aten::dropout(input=f32[4,8],p=0.5,train=True)")).ms, 0);
}

TEST(Predictor, TheTotalIsTheSumAndItsBandLiesBetweenIndependentAndRepeatedErrors) {
  auto predictor = toy();
  const GraphLatency same = predictor.predict(graphOf({kLinear, kLinear, kLinear, kLinear}));
  EXPECT_NEAR(same.total.ms, 4 * same.nodes[0].ms, 1e-12);
  EXPECT_NEAR(same.total.highMs - same.total.ms, 4 * (same.nodes[0].highMs - same.nodes[0].ms),
              1e-12); // one error, four times

  const GraphLatency mixed = predictor.predict(graphOf({kLinear, kRelu}));
  const double a = mixed.nodes[0].highMs - mixed.nodes[0].ms, b = mixed.nodes[1].highMs - mixed.nodes[1].ms;
  EXPECT_NEAR(mixed.total.highMs - mixed.total.ms, std::sqrt(0.5 * (a * a + b * b) + 0.5 * (a + b) * (a + b)), 1e-12);
}

TEST(Predictor, AnEmptyGraphTakesNoTime) {
  const GraphLatency latency = toy().predict(Graph{});
  EXPECT_EQ(latency.total.ms, 0);
  EXPECT_THAT(latency.nodes, IsEmpty());
  EXPECT_THAT(latency.notes, IsEmpty());
}

TEST(Predictor, AskingTwiceOrInABatchGivesTheSameFigure) {
  auto predictor = toy();
  const double first = predictor.predict(call(kLinear)).ms;
  auto other = toy();
  const GraphLatency batch = other.predict(graphOf({kRelu, "aten::relu(self=f32[7])", kLinear, kRelu}));
  EXPECT_NEAR(batch.nodes[2].ms, first, 1e-6 * first);
  EXPECT_EQ(predictor.predict(call(kLinear)).ms, first);
}

} // namespace
} // namespace cobra
