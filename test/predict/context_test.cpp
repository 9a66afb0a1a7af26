// Calls inside networks: what surrounds them, and what a profile says of it.
#include "small_model.h"

#include "predictor/infer/context.h"

#include <gmock/gmock.h>

#include <cmath>

namespace cobra {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kRelu = "aten::relu(self=f32[4,8])";
constexpr const char* kLinear = "aten::linear(input=f32[4,8],weight=f32[16,8],bias=f32[16])";
constexpr double kMiB = 1 << 20;

infer::Context of(double bytes, double ms) { return infer::contextOf({bytes, ms}); }

TEST(Context, IsNothingAloneAndGrowsWithTheNetwork) {
  EXPECT_THAT(of(0, 0), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(of(1, 0), ElementsAre(1, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(of(2 * kMiB, 0.125), ElementsAre(1, 0.5, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(of(4 * kMiB, 0.25), ElementsAre(1, 1, 0, 0, 1, 0, 0, 0));
  EXPECT_THAT(of(32 * kMiB, 2), ElementsAre(1, 1, 1, 0.5, 1, 1, 1, 0.5));
  EXPECT_THAT(of(1e300, 1e300), ElementsAre(1, 1, 1, 1, 1, 1, 1, 1));
}

TEST(Context, CallsAddWhatTheyTouchAndDo) {
  const auto added = [](const char* snippet) {
    infer::Surroundings around;
    around.add(std::get<infer::CallFeatures>(infer::featuresOf(testing::call(snippet))));
    return around;
  };
  EXPECT_EQ(added(kRelu).bytes, 4 * 8 * 4);
  EXPECT_EQ(added(kLinear).bytes, (16 * 8 + 16 + 4 * 16) * 4);
  EXPECT_NEAR(added("aten::mm(self=f32[100,200],mat2=f32[200,300])").ms, 2e-3 + 2 * 100 * 200 * 300 / 40e6, 1e-9);
  EXPECT_EQ(added("aten::view(self=f32[4,8],size=[32])"), infer::Surroundings{});
}

/// Inside networks each call takes exp(1) times as long: the device's first context number moves every term by 1.
infer::Model slower(int context = infer::kContext) {
  infer::Model model = testing::smallModel();
  model.context = context;
  const auto operators = static_cast<std::int64_t>(model.vocabulary.operators.size());
  const std::int64_t each = context * infer::kTerms;
  format::Tensor tensor{{static_cast<std::int64_t>(model.devices.size()), operators * each}, {}};
  tensor.values.assign(static_cast<std::size_t>(tensor.shape[0] * tensor.shape[1]), 0);
  for (std::int64_t op = 0; op < operators; ++op) {
    for (int term = 0; term < infer::kTerms; ++term) tensor.values[static_cast<std::size_t>(op * each + term)] = 1;
  }
  model.tensors["head.context"] = std::move(tensor);
  return model;
}

Predictor predictorOf(const infer::Model& model, const char* device = "toy") { return {testing::parsed(printModel(model)), device}; }

TEST(Context, MovesCallsInsideGraphsAndLeavesThoseAloneAsTheyAre) {
  Predictor with = predictorOf(slower()), without = predictorOf(testing::smallModel());
  for (const char* snippet : {kRelu, kLinear}) {
    EXPECT_DOUBLE_EQ(with.predict(testing::call(snippet)).ms, without.predict(testing::call(snippet)).ms);
  }
  const Graph graph = testing::graphOf({kRelu, kLinear});
  const GraphLatency inside = with.predict(graph), plain = without.predict(graph);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(inside.nodes[i].ms / plain.nodes[i].ms, std::exp(1), 1e-5);
  EXPECT_DOUBLE_EQ(inside.total.ms, inside.nodes[0].ms + inside.nodes[1].ms);
  const Graph single = testing::graphOf({kLinear});
  EXPECT_DOUBLE_EQ(with.predict(single).total.ms, without.predict(single).total.ms) << "a graph of one call is a call alone";
}

TEST(Context, BelongsToADevice) {
  Predictor with = predictorOf(slower(), "toy2"), without = predictorOf(testing::smallModel(), "toy2");
  const Graph graph = testing::graphOf({kRelu, kRelu});
  EXPECT_DOUBLE_EQ(with.predict(graph).total.ms, without.predict(graph).total.ms);
}

TEST(Context, NetworksMayHaveBandsOfTheirOwn) {
  infer::Model model = slower();
  for (auto& coverage : model.devices[0].coverage) coverage.bandsInside = {{1e30, 0.5, 3}};
  Predictor predictor = predictorOf(model);
  const Latency inside = predictor.predict(testing::graphOf({kLinear, kLinear})).nodes[0],
                alone = predictor.predict(testing::call(kLinear));
  EXPECT_DOUBLE_EQ(inside.highMs, inside.ms * 3);
  EXPECT_DOUBLE_EQ(alone.highMs, alone.ms * 1.2);
}

TEST(Context, TheBandOfATotalTakesTheDevicesOwnCorrelation) {
  const Graph graph = testing::graphOf({kRelu, kLinear});
  const auto width = [&](std::optional<infer::TotalErrors> totals) {
    infer::Model model = testing::smallModel();
    model.devices[0].totals = totals;
    const Latency total = predictorOf(model).predict(graph).total;
    return total.highMs - total.ms;
  };
  const GraphLatency plain = predictorOf(testing::smallModel()).predict(graph);
  const double a = plain.nodes[0].highMs - plain.nodes[0].ms, b = plain.nodes[1].highMs - plain.nodes[1].ms;
  EXPECT_NEAR(width(infer::TotalErrors{10, 0}), std::hypot(a, b), 1e-12);
  EXPECT_NEAR(width(infer::TotalErrors{10, 1}), a + b, 1e-12);
  EXPECT_NEAR(width(std::nullopt), std::sqrt(0.5 * (a * a + b * b) + 0.5 * (a + b) * (a + b)), 1e-12);
}

std::string whyNot(const infer::Model& model) {
  const auto profile = Profile::parse(printModel(model), "toy");
  const auto* error = std::get_if<ProfileError>(&profile);
  return error ? error->sentence : "accepted";
}

TEST(Context, AProfileSaysWhatItKnowsAndIsChecked) {
  EXPECT_EQ(whyNot(slower()), "accepted");
  EXPECT_EQ(whyNot(slower(4)), "accepted") << "of a training that knew less";
  EXPECT_THAT(whyNot(slower(infer::kContext + 1)), HasSubstr("of a wrong kind"));
  EXPECT_THAT(printModel(slower()), HasSubstr(R"(\"format\":4)"));
  EXPECT_THAT(printModel(testing::smallModel()), HasSubstr(R"(\"format\":1)")) << "what says nothing new stays readable for older programs";
  infer::Model model = slower();
  model.devices[0].totals = infer::TotalErrors{10, 1.5};
  EXPECT_THAT(whyNot(model), HasSubstr("figures make no sense"));
  model = slower();
  model.devices[0].coverage[0].bandsInside = {{1e30, 2, 1}};
  EXPECT_THAT(whyNot(model), HasSubstr("don't fit its operators"));
}

} // namespace
} // namespace cobra
