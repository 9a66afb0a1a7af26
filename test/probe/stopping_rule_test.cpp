// The stopping rule on samples whose true median is known.

#include "runtime-probe/stopping_rule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace cobra::probe {
namespace {

using Verdict = StoppingRule::Verdict;
using Noise = double (*)(std::mt19937_64&);

// Noise around a true median of 1, in the shapes that timings have.
double steady(std::mt19937_64&) { return 1; }
double normal1(std::mt19937_64& random) { return std::normal_distribution<>(1, 0.01)(random); }
double normal5(std::mt19937_64& random) { return std::normal_distribution<>(1, 0.05)(random); }
double normal30(std::mt19937_64& random) { return std::abs(std::normal_distribution<>(1, 0.3)(random)); }
/// One sample in ten is disturbed and takes ten times as long.
double spikes(std::mt19937_64& random) {
  double clean = std::normal_distribution<>(1, 0.01)(random);
  return std::bernoulli_distribution(0.1)(random) ? 10 * clean : clean;
}
/// A floor that nothing undercuts and a long tail; its median is 1.
double tail(std::mt19937_64& random) { return 0.9 + std::exponential_distribution<>(std::log(2) / 0.1)(random); }

struct Outcome {
  Verdict verdict;
  Summary summary;
};
/// Samples that take `each` seconds, until the rule stops.
Outcome run(Noise noise, StopLimits limits, double each, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  StoppingRule rule(limits);
  double elapsed = 0;
  Verdict verdict = Verdict::Continue;
  while (verdict == Verdict::Continue) {
    rule.add(noise(random));
    elapsed += each;
    verdict = rule.verdict(elapsed);
  }
  return {verdict, rule.summary()};
}

struct Case {
  const char* name;
  Noise noise;
  double each; // seconds a sample takes
  Verdict stops;
  std::int64_t fewest, mostSamples;
};
const Case cases[] = {
    {"no noise: as soon as it may", steady, 1e-4, Verdict::Converged, 8, 8},
    {"1 %: a handful", normal1, 1e-4, Verdict::Converged, 8, 40},
    {"5 %: a hundred or so", normal5, 1e-4, Verdict::Converged, 40, 400},
    {"30 %: the count runs out first", normal30, 1e-6, Verdict::Count, 1000, 1000},
    {"30 % of slow calls: the time runs out", normal30, 1e-2, Verdict::Time, 10, 11},
    {"outliers do not keep it busy", spikes, 1e-4, Verdict::Converged, 8, 60},
    {"a long tail", tail, 1e-5, Verdict::Converged, 30, 1000},
};

TEST(StoppingRule, StopsWhenTheMedianIsKnown) {
  for (const Case& c : cases) {
    Outcome result = run(c.noise, {}, c.each);
    EXPECT_EQ(name(result.verdict), name(c.stops)) << c.name;
    EXPECT_GE(result.summary.count, c.fewest) << c.name;
    EXPECT_LE(result.summary.count, c.mostSamples) << c.name;
  }
}

TEST(StoppingRule, ConvergedMeansThatTheMedianIsWithinTheWidth) {
  // 95 % intervals looked at again and again miss a little more often than 5 %; the full width as a bound
  // leaves room for that.
  for (Noise noise : {normal1, normal5, spikes, tail}) {
    int misses = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
      Outcome result = run(noise, {}, 1e-6, seed);
      if (result.verdict == Verdict::Converged && std::abs(result.summary.median - 1) > 0.02) ++misses;
    }
    EXPECT_LE(misses, 20) << "of 400";
  }
}

TEST(StoppingRule, ATighterWidthTakesMoreSamples) {
  std::int64_t wide = run(normal5, {.width = 0.04}, 1e-7).summary.count;
  std::int64_t narrow = run(normal5, {.width = 0.02}, 1e-7).summary.count;
  EXPECT_GT(narrow, 2 * wide); // four times in the mean
}

TEST(StoppingRule, TellsWhatItsSamplesCameTo) {
  StoppingRule rule({});
  EXPECT_EQ(rule.summary().count, 0);
  for (int i = 100; i >= 0; --i) rule.add(i);
  EXPECT_DOUBLE_EQ(rule.summary().median, 50);
  EXPECT_DOUBLE_EQ(rule.summary().p10, 10);
  EXPECT_DOUBLE_EQ(rule.summary().p90, 90);
  EXPECT_EQ(rule.summary().count, 101);
}

TEST(StoppingRule, HasNoIntervalFromTooFewSamples) {
  StoppingRule rule({.least = 1});
  for (int i = 0; i < 5; ++i) {
    rule.add(1);
    EXPECT_EQ(rule.verdict(0), Verdict::Continue) << "5 samples give no 95 % interval of the median, however equal they are";
  }
}

TEST(StoppingRule, IgnoresWhatIsNoTime) {
  StoppingRule rule({});
  rule.add(-1);
  rule.add(std::nan(""));
  rule.add(HUGE_VAL);
  EXPECT_EQ(rule.summary().count, 0);
  EXPECT_EQ(rule.verdict(1e9), Verdict::Time) << "even without a single sample";
}

} // namespace
} // namespace cobra::probe
