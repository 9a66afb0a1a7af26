// The split, the vocabulary and the bands, on rows small enough to check by hand.
#include "predictor/train/dataset.h"
#include "predictor/train/evaluate.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

namespace cobra::train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string relu(int size) { return "aten::relu(self=f32[" + std::to_string(size) + "])"; }
std::string linear(int rows, int in, const char* bias = "None") {
  return "aten::linear(input=f32[" + std::to_string(rows) + "," + std::to_string(in) + "],weight=f32[3," + std::to_string(in) +
         "],bias=" + bias + ")";
}

RowTable table(const std::vector<std::vector<std::string>>& rows) {
  RowTable table;
  const int device = table.device({.name = "d"});
  for (const auto& calls : rows) table.rows.push_back({.calls = calls, .device = device, .ms = 1});
  return table;
}

constexpr SplitRule kAllTraining{.seed = 0, .test = 0, .calibrate = 0};

TEST(Splits, GiveEachPartItsShareAndAreTheSameEveryTime) {
  std::map<Part, int> counts;
  for (int i = 0; i < 10000; ++i) {
    const std::string key = "call " + std::to_string(i);
    ++counts[partOf(key, {})];
    EXPECT_EQ(partOf(key, {}), partOf(key, {}));
  }
  EXPECT_NEAR(counts[Part::Test], 2000, 120);
  EXPECT_NEAR(counts[Part::Calibrate], 800, 90);
}

TEST(Splits, AnotherSeedSplitsOtherwise) {
  int moved = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = std::to_string(i);
    moved += (partOf(key, {.seed = 0}) == Part::Test) != (partOf(key, {.seed = 1}) == Part::Test);
  }
  EXPECT_GT(moved, 200);
}

TEST(Splits, KeepAShapeOnOneSideForAllDevicesAndActivations) {
  RowTable rows;
  const int a = rows.device({.name = "a"}), b = rows.device({.name = "b"});
  for (int i = 1; i < 200; ++i) {
    rows.rows.push_back({.calls = {linear(i, 8)}, .device = a, .ms = 1});
    rows.rows.push_back({.calls = {linear(i, 8), relu(3 * i)}, .device = b, .ms = 1});
  }
  const auto data = std::get<Dataset>(makeDataset(rows, {}));
  for (std::size_t i = 0; i + 1 < data.rows.size(); i += 2) EXPECT_EQ(data.rows[i].part, data.rows[i + 1].part);
}

TEST(Datasets, ARowIsAboutItsProduct) {
  const auto data = std::get<Dataset>(makeDataset(table({{linear(4, 8), relu(100000)}}), kAllTraining));
  EXPECT_EQ(data.kindOf(data.rows[0]), "aten::linear");
}

TEST(Datasets, RowsOfUnknownOperatorsAreLeftOutAndCounted) {
  const auto data = std::get<Dataset>(makeDataset(table({{relu(4)}, {"aten::no_such_thing(self=f32[4])"}}), kAllTraining));
  EXPECT_EQ(data.rows.size(), 1U);
  ASSERT_EQ(data.notes.size(), 1U);
  EXPECT_THAT(data.notes[0], HasSubstr("1 rows are left out"));
}

TEST(Datasets, WithNothingLeftIsAnError) {
  EXPECT_TRUE(std::holds_alternative<RowError>(makeDataset(table({}), kAllTraining)));
  EXPECT_TRUE(std::holds_alternative<RowError>(makeDataset(table({{"gibberish"}}), kAllTraining)));
}

TEST(Vocabularies, SpendNoTokenOnWhatNeverChangesOrRepeats) {
  const auto data = std::get<Dataset>(makeDataset(table({{linear(4, 8)}, {linear(5, 9)}, {relu(4)}, {relu(5)}}), kAllTraining));
  const auto vocabulary = makeVocabulary(data);
  const auto& entry = vocabulary.operators[static_cast<std::size_t>(vocabulary.operatorIndex("aten::linear"))];
  std::vector<std::string> tokens, fixed;
  for (const int p : entry.tokens) tokens.push_back(vocabulary.parameters[static_cast<std::size_t>(p)].name);
  for (const auto& f : entry.fixed) fixed.push_back(vocabulary.parameters[static_cast<std::size_t>(f.parameter)].name);
  EXPECT_THAT(tokens, ElementsAre("input", "weight", "output"));
  EXPECT_THAT(fixed, ElementsAre("written as", "bias"));
  const auto& unary = vocabulary.operators[static_cast<std::size_t>(vocabulary.operatorIndex("aten::relu"))];
  ASSERT_EQ(unary.fixed.size(), 2U);
  EXPECT_GE(unary.fixed[1].sameAs, 0); // the output repeats the input
}

TEST(Vocabularies, AChangedFixedArgumentIsUnseen) {
  const auto data = std::get<Dataset>(makeDataset(table({{linear(4, 8)}, {linear(5, 9)}, {linear(5, 9, "f32[3]")}}), kAllTraining));
  Dataset withoutBias = data;
  withoutBias.rows.pop_back();
  const auto vocabulary = makeVocabulary(withoutBias);
  infer::EncodedCall encoded;
  ASSERT_TRUE(vocabulary.encode(data.calls[0], encoded));
  EXPECT_FALSE(encoded.unseen);
  ASSERT_TRUE(vocabulary.encode(data.calls[2], encoded));
  EXPECT_TRUE(encoded.unseen);
}

TEST(Coverage, HoldsTheRangeOfEveryInteger) {
  const auto data = std::get<Dataset>(makeDataset(table({{linear(4, 80)}, {linear(50, 9)}}), kAllTraining));
  const auto vocabulary = makeVocabulary(data);
  const auto devices = makeDevices(data, vocabulary);
  ASSERT_EQ(devices[0].coverage.size(), 1U);
  const auto& coverage = devices[0].coverage[0];
  EXPECT_EQ(coverage.rows, 2);
  EXPECT_EQ(coverage.numbers[0][0].low, 4);
  EXPECT_EQ(coverage.numbers[0][0].high, 50);
  EXPECT_EQ(coverage.numbers[0][1].low, 9);
  EXPECT_EQ(coverage.numbers[0][1].high, 80);
}

TEST(Scores, CountRowsWithinTheirShares) {
  ScoreKeeper keeper;
  keeper.add(1.005, 1);
  keeper.add(0.96, 1);
  keeper.add(1.08, 1);
  keeper.add(3, 2);
  const Score score = keeper.score();
  EXPECT_EQ(score.rows, 4);
  EXPECT_NEAR(score.mape, (0.5 + 4 + 8 + 50) / 4, 1e-9);
  EXPECT_EQ(score.within1, 25);
  EXPECT_EQ(score.within5, 50);
  EXPECT_EQ(score.within10, 75);
}

TEST(Bands, HoldNinetyPercentOfTheCalibrationRows) {
  RowTable rows;
  const int device = rows.device({.name = "d"});
  for (int i = 1; i <= 60; ++i) rows.rows.push_back({.calls = {relu(i)}, .device = device, .ms = 1 + 0.01 * i});
  auto data = std::get<Dataset>(makeDataset(rows, kAllTraining));
  infer::Model model;
  model.vocabulary = makeVocabulary(data);
  model.devices = makeDevices(data, model.vocabulary);
  for (auto& row : data.rows) row.part = Part::Calibrate;
  calibrate(data, model, std::vector<double>(data.rows.size(), 1.0));
  const auto& bands = model.devices[0].coverage[0].bands;
  ASSERT_EQ(bands.size(), 1U);
  int inside = 0;
  for (const auto& row : data.rows) inside += row.ms >= bands[0].low && row.ms <= bands[0].high;
  EXPECT_GE(inside, 54);
  EXPECT_LE(inside, 57);
  EXPECT_DOUBLE_EQ(bands[0].low, 1.03); // rank floor(61 x 0.05) = 3
}

TEST(Bands, AreMissingWhereTooFewRowsWereHeldBack) {
  auto data = std::get<Dataset>(makeDataset(table({{relu(4)}, {relu(5)}}), kAllTraining));
  infer::Model model;
  model.vocabulary = makeVocabulary(data);
  model.devices = makeDevices(data, model.vocabulary);
  calibrate(data, model, {1, 1});
  EXPECT_THAT(model.devices[0].coverage[0].bands, IsEmpty());
}

} // namespace
} // namespace cobra::train
