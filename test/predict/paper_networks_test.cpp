// The networks of the published method against small cases done by hand.
#include "predictor/train/paper/errors.h"
#include "predictor/train/paper/graph_fit.h"
#include "predictor/train/paper/sizes.h"

#include <c10/core/GradMode.h>

#include <gmock/gmock.h>

namespace cobra::train::paper {
namespace {

class NoGradients : public ::testing::Test {
  const c10::NoGradGuard noGrad;
};
using GraphNetwork = NoGradients;
using TextEncoder = NoGradients;

/// Layers multiply by 2 and by 0.5; the output is 1 + 0.1 x.
Gcn byHand() {
  Gcn gcn({.features = 1, .width = 1, .layers = 2, .dropout = 0}, 0);
  gcn.weights()["layer0"].detach().fill_(2);
  gcn.weights()["layer1"].detach().fill_(0.5);
  gcn.weights()["out.weight"].detach().fill_(0.1);
  return gcn;
}

TEST_F(GraphNetwork, IsTheFormulaOfThePaper) {
  const at::Tensor features = at::tensor({1.0F, 3.0F}).view({2, 1});
  const at::Tensor binary = adjacencyOf(2, {{0, 1}}, Adjacency::Binary); // [[1, 1], [0, 1]]
  // A X W: [1, 3] -> [2, 6] -> [8, 6] -> [4, 3] -> [7, 3]; the mean is 5.
  EXPECT_FLOAT_EQ(byHand().forward(makeGraphBatch({features}, {binary}), false).item<float>(), 1.5F);
  // D^-1/2 (A + A^T + I) D^-1/2 = [[.5, .5], [.5, .5]]: [2, 6] -> [4, 4] -> [2, 2] -> [2, 2].
  const at::Tensor laplacian = adjacencyOf(2, {{0, 1}}, Adjacency::Laplacian);
  EXPECT_FLOAT_EQ(byHand().forward(makeGraphBatch({features}, {laplacian}), false).item<float>(), 1.2F);
  // Without a graph: [1, 3], mean 2.
  const at::Tensor identity = adjacencyOf(2, {{0, 1}}, Adjacency::Identity);
  EXPECT_FLOAT_EQ(byHand().forward(makeGraphBatch({features}, {identity}), false).item<float>(), 1.2F);
}

TEST_F(GraphNetwork, NegativeSumsAreCutByTheRectifier) {
  const at::Tensor features = at::tensor({-5.0F, 3.0F}).view({2, 1});
  // [-10, 6] -> [-4, 6] -> [0, 6] -> [0, 3] -> [3, 3]: mean 3.
  const GraphBatch batch = makeGraphBatch({features}, {adjacencyOf(2, {{0, 1}}, Adjacency::Binary)});
  EXPECT_FLOAT_EQ(byHand().forward(batch, false).item<float>(), 1.3F);
}

TEST_F(GraphNetwork, NetworksOfABatchDoNotMix) {
  Gcn gcn({.features = 3, .width = 5, .layers = 4, .dropout = 0}, 7);
  gcn.weights()["out.weight"].detach().fill_(0.3);
  const at::Tensor a = at::rand({2, 3}), b = at::rand({4, 3});
  const at::Tensor ofA = adjacencyOf(2, {{0, 1}}, Adjacency::Binary), ofB = adjacencyOf(4, {{0, 1}, {0, 2}, {1, 3}}, Adjacency::Binary);
  const at::Tensor together = gcn.forward(makeGraphBatch({a, b}, {ofA, ofB}), false);
  EXPECT_TRUE(at::allclose(together[0], gcn.forward(makeGraphBatch({a}, {ofA}), false)[0]));
  EXPECT_TRUE(at::allclose(together[1], gcn.forward(makeGraphBatch({b}, {ofB}), false)[0]));
}

TEST(GraphFit, LearnsASumThatItCanSee) {
  // Time is the mean feature: two nodes in a chain, no noise.
  GraphData data;
  const auto add = [](GraphSet& set, float first, float second) {
    set.features.push_back(at::tensor({first, second}).view({2, 1}));
    set.adjacency.push_back(adjacencyOf(2, {{0, 1}}, Adjacency::Identity));
    set.ms.push_back(first + second);
  };
  for (int i = 1; i <= 12; ++i) add(data.train, static_cast<float>(i), static_cast<float>(13 - i) / 2);
  for (int i = 1; i <= 4; ++i) add(data.validate, static_cast<float>(i) + 0.5F, 3), add(data.test, 2, static_cast<float>(i) + 0.25F);
  const GraphFitResult result = fitGraphs(data, {.width = 8, .epochs = 200, .rate = 1e-2});
  EXPECT_LT(result.validation, 5);
  EXPECT_LT(errorsOf(result.test, data.test.ms).mape, 5);
}

TEST_F(TextEncoder, DoesNotSeePadding) {
  const Encoder encoder({.entries = 40, .width = 32, .blocks = 2, .heads = 4, .latencyHidden = 8, .dropout = 0.5}, 3);
  const std::vector<std::vector<int>> both{{2, 9, 30, 3}, {2, 8, 9, 10, 11, 12, 3}}, one{both[0]};
  const TokenBatch together = makeTokenBatch(both, 0), alone = makeTokenBatch(one, 0);
  const at::Tensor a = Encoder::pooled(encoder.hidden(together, false), together)[0],
                   b = Encoder::pooled(encoder.hidden(alone, false), alone)[0];
  EXPECT_TRUE(at::allclose(a, b, 1e-4, 1e-5));
}

TEST_F(TextEncoder, KnowsTheOrderOfTokens) {
  const Encoder encoder({.entries = 40, .width = 32, .blocks = 2, .heads = 4, .latencyHidden = 8, .dropout = 0}, 3);
  const std::vector<std::vector<int>> both{{2, 9, 30, 3}, {2, 30, 9, 3}};
  const TokenBatch batch = makeTokenBatch(both, 0);
  const at::Tensor pooled = Encoder::pooled(encoder.hidden(batch, false), batch);
  EXPECT_FALSE(at::allclose(pooled[0], pooled[1], 1e-3, 1e-4));
}

TEST(Scale, OneIsThePublishedMethodAndLessIsSmaller) {
  const Sizes full = sizesAt(1), tenth = sizesAt(0.1);
  EXPECT_EQ(full.encoder.width, 512);
  EXPECT_EQ(full.pretraining.epochs, 200);
  EXPECT_EQ(full.graph.width, 395);
  EXPECT_EQ(full.graph.epochs, 1500);
  EXPECT_EQ(full.mostNetworks, 2000U);
  EXPECT_EQ(tenth.encoder.width, 64); // 4 for each of the 16 heads
  EXPECT_EQ(tenth.pretraining.epochs, 20);
  EXPECT_EQ(tenth.graph.width, 40);
  EXPECT_EQ(tenth.encoder.heads, 16);
}

TEST(Figures, AreThoseOfThePaper) {
  const Errors e = errorsOf({1.005, 1.04, 0.91, 1.2, 2}, {1, 1, 1, 1, 1});
  EXPECT_NEAR(e.mape, (0.5 + 4 + 9 + 20 + 100) / 5, 1e-9);
  EXPECT_NEAR(e.rmse, std::sqrt((0.005 * 0.005 + 0.04 * 0.04 + 0.09 * 0.09 + 0.2 * 0.2 + 1) / 5), 1e-9);
  EXPECT_DOUBLE_EQ(e.within1, 20);
  EXPECT_DOUBLE_EQ(e.within5, 40);
  EXPECT_DOUBLE_EQ(e.within10, 60);
  EXPECT_DOUBLE_EQ(e.within25, 80);
}

} // namespace
} // namespace cobra::train::paper
