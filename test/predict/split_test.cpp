// Splits by shape, family and size keep what they promise, and the audit finds it where they don't.
#include "predictor/train/audit.h"

#include <gmock/gmock.h>

namespace cobra::train {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Two families of operators on two devices, every shape on both.
RowTable table() {
  RowTable rows;
  const int a = rows.device({.name = "a"}), b = rows.device({.name = "b"});
  for (int i = 1; i <= 120; ++i) {
    const std::string n = std::to_string(8 * i);
    for (const std::string& call :
         {"aten::relu(self=f32[" + n + "])", "aten::linear(input=f32[4," + n + "],weight=f32[3," + n + "],bias=None)",
          "aten::softmax.int(self=f32[" + n + "],dim=0,dtype=None)"}) {
      rows.rows.push_back({.calls = {call}, .device = a, .ms = 1});
      rows.rows.push_back({.calls = {call}, .device = b, .ms = 2});
    }
  }
  return rows;
}
Dataset dataset(const SplitRule& rule) { return std::get<Dataset>(makeDataset(table(), rule)); }

class Splitting : public ::testing::TestWithParam<SplitBy> {};

TEST_P(Splitting, HoldsWhatItPromisesAndLeavesRowsOnBothSides) {
  const SplitRule rule{.seed = 3, .validate = 0.05, .by = GetParam()};
  const Audit found = audit(dataset(rule), rule);
  EXPECT_THAT(found.violations, IsEmpty());
  EXPECT_GT(found.trained, 0);
  EXPECT_GT(found.tested, 0);
  EXPECT_GT(found.validated, 0);
  EXPECT_EQ(found.trained + found.calibrated + found.validated + found.tested, 720);
}

TEST_P(Splitting, ARowMovedToTheOtherSideIsFound) {
  const SplitRule rule{.seed = 3, .by = GetParam()};
  Dataset data = dataset(rule);
  for (std::size_t i = 0; i + 1 < data.rows.size(); i += 2) { // both devices of a shape
    if (data.rows[i].part != Part::Test) continue;
    data.rows[i].part = Part::Train;
    break;
  }
  EXPECT_THAT(audit(data, rule).violations, Contains(HasSubstr("trained on")));
}

INSTANTIATE_TEST_SUITE_P(Train, Splitting, ::testing::Values(SplitBy::Shape, SplitBy::Family, SplitBy::Size));

TEST(SplitBySize, TestsOnTheLargestOfEveryOperator) {
  const Dataset data = dataset({.test = 0.25, .by = SplitBy::Size});
  constexpr std::size_t kRowsOfASize = 6; // three operators on two devices, 120 sizes in ascending order
  for (std::size_t i = 0; i < data.rows.size(); ++i) {
    EXPECT_EQ(data.rows[i].part == Part::Test, i / kRowsOfASize >= 90) << data.snippets[static_cast<std::size_t>(data.rows[i].main)];
  }
}

TEST(SplitByFamily, AnotherSeedTakesOtherFamilies) {
  std::set<std::string> families;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const Dataset data = dataset({.seed = seed, .by = SplitBy::Family});
    for (const DatasetRow& row : data.rows) {
      if (row.part == Part::Test) families.insert(groupOf(data, row, GroupBy::Family));
    }
  }
  EXPECT_GE(families.size(), 2U);
}

TEST(Audits, OfASplitWithoutTestRowsSaySo) {
  const SplitRule rule{.test = 0};
  EXPECT_THAT(audit(dataset(rule), rule).violations, Contains("there are no test rows"));
}

TEST(Audits, FindShapesThatWereToBeKeptApart) {
  Dataset data = dataset({});
  const auto trained = std::ranges::find(data.rows, Part::Train, &DatasetRow::part);
  ASSERT_NE(trained, data.rows.end());
  const std::set<std::string> apart{shapeOf(data.calls[static_cast<std::size_t>(trained->main)])};
  EXPECT_THAT(audit(data, {}, apart).violations, Contains(HasSubstr("1 shapes that were to be kept apart are trained on")));
  keepApart(data, apart);
  EXPECT_THAT(audit(data, {}, apart).violations, IsEmpty());
}

} // namespace
} // namespace cobra::train
