// Networks of a closed space on a new device.
#include "predictor/adapt/network_method.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

namespace cobra::adapt {
namespace {

std::vector<std::string> everyThirdCell() {
  std::vector<std::string> cells;
  for (int code = 0; code < 15625; code += 13) {
    std::string cell;
    for (int rest = code, edge = 0; edge < 6; ++edge, rest /= 5) cell += static_cast<char>('0' + rest % 5);
    cells.push_back(cell);
  }
  return cells;
}

class Networks : public ::testing::Test {
protected:
  Networks() : cells(everyThirdCell()), counts(countCells(cells)), all(cells.size()) { std::iota(all.begin(), all.end(), 0); }

  Eigen::VectorXd timesOf(const Eigen::Vector<double, 5>& perOperator, double rest, Unused unused = Unused::Run) const {
    return (counts.of(unused) * perOperator).array() + rest;
  }

  std::vector<std::string> cells;
  OperatorCounts counts;
  std::vector<int> all;
};

TEST_F(Networks, AreCountedWithAndWithoutOperatorsThatNothingReads) {
  // Edge 0-1 is read by nothing: neither 1-2 nor 1-3 passes anything on. 2-3 is: its input comes from 0-2.
  const OperatorCounts one = countCells(std::vector<std::string>{"330301"});
  EXPECT_EQ(one.all.row(0), (Eigen::RowVector<double, 5>(2, 1, 0, 3, 0)));
  EXPECT_EQ(one.used.row(0), (Eigen::RowVector<double, 5>(0, 1, 0, 2, 0)));
}

TEST_F(Networks, ProfilesSayHowADeviceTreatsUnusedOperators) {
  const Eigen::Vector<double, 5> cost(0, 0.1, 1, 3, 0.5);
  EXPECT_EQ(profileSource(counts, all, timesOf(cost, 2)).unused, Unused::Run);
  EXPECT_EQ(profileSource(counts, all, timesOf(cost, 2, Unused::Dropped)).unused, Unused::Dropped);
}

TEST_F(Networks, LeastAbsoluteDeviationsPassByRowsThatAreFarOff) {
  Eigen::VectorXd ms = timesOf({0, 0.1, 1, 3, 0.5}, 2);
  for (Eigen::Index i = 0; i < ms.size(); i += 4) ms[i] *= 1.3; // a quarter of the runs on a throttled machine
  const Eigen::VectorXd fit = fitLeastAbsolute(sumFeatures(counts.all, false), ms);
  EXPECT_NEAR(fit[3], 3, 0.05);
  EXPECT_NEAR(fit[0], 2, 0.05);
}

TEST_F(Networks, ADeviceBetweenTheKnownOnesIsFoundFromThree) {
  const Eigen::Vector<double, 5> gpu(0.02, 0.03, 0.6, 0.7, 0.1), cpu(0, 0.02, 0.8, 3, 0.3), between = (gpu + cpu) / 2;
  std::vector<SourceProfile> sources;
  for (const double speed : {0.5, 1.0, 2.0}) {
    sources.push_back(profileSource(counts, all, speed * timesOf(gpu * (1 + 0.05 * speed), 3)));
    sources.push_back(profileSource(counts, all, speed * timesOf(cpu * (1 + 0.05 * speed), 1)));
  }
  std::vector<const SourceProfile*> known;
  for (const auto& source : sources) known.push_back(&source);
  const NetworkMethod method(counts, known);
  for (const Unused unused : {Unused::Run, Unused::Dropped}) {
    const Eigen::VectorXd ms = 7 * timesOf(between, 2, unused);
    const std::vector<int> items = method.choose(all, unused == Unused::Run ? 3 : 10);
    const Eigen::VectorXd predicted = method.predict({items, ms(items)});
    const auto close = ((predicted.array() / ms.array() - 1).abs() < 0.1).count();
    EXPECT_GT(close, static_cast<Eigen::Index>(0.9 * static_cast<double>(ms.size()))) << (unused == Unused::Run ? "run" : "dropped");
  }
}

TEST_F(Networks, ChoicesAreDistinctAndAsManyAsAskedFor) {
  const SourceProfile one = profileSource(counts, all, timesOf({0, 0.1, 1, 3, 0.5}, 2));
  const SourceProfile two = profileSource(counts, all, timesOf({0, 0.3, 2, 3, 0.1}, 1));
  const NetworkMethod method(counts, {&one, &two});
  std::vector<int> chosen = method.choose(all, 20);
  std::ranges::sort(chosen);
  EXPECT_EQ(chosen.size(), 20U);
  EXPECT_EQ(std::ranges::unique(chosen).size(), 0U);
}

} // namespace
} // namespace cobra::adapt
