// Methods on data that has exactly the structure they assume, and what they do beside it.
#include "predictor/adapt/call_method.h"
#include "predictor/adapt/cross_validation.h"
#include "predictor/adapt/simple.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

namespace cobra::adapt {
namespace {

/// Two devices that see 40 items differently.
KnownDevices twoDevices() {
  KnownDevices known{{"a", "b"}, Eigen::MatrixXd(40, 2)};
  for (int i = 0; i < 40; ++i) known.ms.row(i) << std::exp(0.1 * i), std::exp(0.05 * i + std::sin(i));
  return known;
}

Samples some(const Eigen::VectorXd& ms, std::vector<int> items) {
  Eigen::VectorXd own = ms(items);
  return {std::move(items), std::move(own)};
}

double worst(const Eigen::VectorXd& predicted, const Eigen::VectorXd& ms) { return (predicted.array() / ms.array() - 1).abs().maxCoeff(); }

TEST(Adapt, OneFactorFindsTheFactorOfTheGeometricMean) {
  const KnownDevices known = twoDevices();
  const Eigen::VectorXd ms = 3 * known.ms.rowwise().prod().cwiseSqrt();
  EXPECT_LT(worst(OneFactor(known).predict(some(ms, {7})), ms), 1e-9);
}

TEST(Adapt, TheBestDeviceIsFoundAndShifted) {
  const KnownDevices known = twoDevices();
  const Eigen::VectorXd ms = 0.2 * known.ms.col(1);
  EXPECT_LT(worst(BestShifted(known).predict(some(ms, {1, 9, 30})), ms), 1e-9);
  EXPECT_GT(worst(OneFactor(known).predict(some(ms, {1, 9, 30})), ms), 0.5);
}

TEST(Adapt, RidgeFindsAProductOfPowers) {
  const KnownDevices known = twoDevices();
  const Eigen::VectorXd ms = 2 * known.ms.col(0).array().pow(0.4) * known.ms.col(1).array().pow(0.7);
  EXPECT_LT(worst(RidgeOnDevices(known).predict(some(ms, {0, 5, 11, 17, 23, 31, 38})), ms), 0.01);
}

TEST(Adapt, ASingleSampleIsEnoughForEveryMethod) {
  const KnownDevices known = twoDevices();
  const CallMethod calls(known, std::vector<CallKind>(40));
  for (const Method* method :
       std::initializer_list<const Method*>{new OneFactor(known), new BestShifted(known), new RidgeOnDevices(known)}) {
    const std::unique_ptr<const Method> owned(method);
    const Eigen::VectorXd predicted = owned->predict({{3}, Eigen::VectorXd::Constant(1, 5.0)});
    EXPECT_TRUE(predicted.allFinite()) << owned->name();
    EXPECT_GT(predicted.minCoeff(), 0) << owned->name();
  }
  EXPECT_NEAR(calls.predict({{3}, Eigen::VectorXd::Constant(1, 5.0)})[3], 5, 0.2);
}

TEST(Adapt, OutliersAreGivenUpByTheNoiseModel) {
  const Eigen::MatrixXd basis = Eigen::MatrixXd::Ones(9, 1);
  const std::vector<Belief> beliefs{{&basis, Eigen::VectorXd::Zero(9), Eigen::VectorXd::Constant(1, 100.0), {}, 1}};
  Samples samples{{0, 1, 2, 3, 4, 5, 6, 7, 8}, Eigen::VectorXd::Constant(9, 2.0)};
  samples.ms[4] = 200;
  const auto robust = meanLog(beliefs, update(beliefs, {{0.05}, 3}, samples));
  const auto normal = meanLog(beliefs, update(beliefs, {{0.05}, 0}, samples));
  EXPECT_NEAR(std::exp(robust[0]), 2, 0.05);
  EXPECT_GT(std::exp(normal[0]), 3);
}

TEST(Adapt, TheBeliefThatForetoldTheSamplesGetsTheWeight) {
  const Eigen::MatrixXd basis = Eigen::MatrixXd::Ones(4, 1);
  const Eigen::VectorXd up = Eigen::VectorXd::LinSpaced(4, 0, 3), down = -up;
  const std::vector<Belief> beliefs{{&basis, up, Eigen::VectorXd::Constant(1, 1.0), {}, 0.01},
                                    {&basis, down, Eigen::VectorXd::Constant(1, 1.0), {}, 0.99}};
  const auto posteriors = update(beliefs, {{0.05}, 0}, {{0, 1, 2}, up.head(3).array().exp()});
  ASSERT_EQ(posteriors.size(), 1U);
  EXPECT_EQ(posteriors[0].belief, 0U);
  EXPECT_NEAR(meanLog(beliefs, posteriors)[3], 3, 0.05);
}

TEST(Adapt, WhatIsMeasuredFirstSaysMostOfTheRest) {
  Eigen::MatrixXd basis(5, 2); // one direction that four items share, one that the fifth has alone
  basis << 1, 0, 2, 0, 1, 0, 1, 0, 0, 1;
  const std::vector<int> all{0, 1, 2, 3, 4};
  const auto chosen = chooseByVariance(basis, Eigen::Vector2d(1, 1), Eigen::VectorXd::Constant(5, 0.01), all, 2);
  EXPECT_THAT(chosen, ::testing::ElementsAre(1, 4));
}

TEST(Adapt, FamiliesAndOperatorsHaveSpeedsOfTheirOwn) {
  KnownDevices known{{"a"}, Eigen::MatrixXd(60, 1)};
  std::vector<CallKind> kinds;
  Eigen::VectorXd ms(60);
  for (int i = 0; i < 60; ++i) {
    known.ms(i, 0) = std::exp(std::cos(i) * 3);
    kinds.push_back({i % 3, i % 3 == 2 ? 1 : 0}); // operators 0 and 1 are of one family
    ms[i] = known.ms(i, 0) * (i % 3 == 2 ? 4 : 0.5);
  }
  std::vector<int> measured; // none of operator 1
  for (int i = 0; i < 30; ++i) {
    if (i % 3 != 1) measured.push_back(i);
  }
  const Eigen::VectorXd predicted = CallMethod(known, kinds).predict(some(ms, measured));
  const Eigen::VectorXd common = OneFactor(known).predict(some(ms, measured));
  for (int i = 30; i < 60; ++i) {
    const double off = std::abs(std::log(predicted[i] / ms[i]));
    if (i % 3 != 1) EXPECT_LT(off, 0.1) << i;
    // Of a family of which one operator was measured, another one is nearer to it than to all.
    if (i % 3 == 1) EXPECT_LT(off, 0.5 * std::abs(std::log(common[i] / ms[i]))) << i;
  }
}

TEST(Adapt, ExpectedErrorIsThatOfPredictionsWithoutTheSampleItself) {
  const KnownDevices known = twoDevices();
  const Eigen::VectorXd ms = known.ms.col(0);
  const Samples samples = some(ms, {0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 1, 5, 9, 13, 17, 21, 25, 29, 33, 37});
  const ExpectedError exact = expectedError(predictLeftOut(BestShifted(known), samples), samples.ms);
  EXPECT_LT(exact.mape, 1e-6);
  EXPECT_EQ(exact.within10, 100);
  const ExpectedError off = expectedError(samples.ms * 2, samples.ms);
  EXPECT_NEAR(off.median, 100, 1e-9);
  EXPECT_NEAR(off.low, 0.5, 1e-9);
  EXPECT_EQ(off.high, 1);
  const ExpectedError few = expectedError(samples.ms.head(4) * 2, samples.ms.head(4));
  EXPECT_LT(few.low, 0.5);
}

} // namespace
} // namespace cobra::adapt
