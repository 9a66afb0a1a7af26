// Every line of test/ops/tables against the registry. Needs no LibTorch.
#include "test/ops/table.h"

#include "predictor/ops/space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace cobra::test {
namespace {

const std::vector<TableLine>& lines() {
  static const std::vector<TableLine> all = readTables(COBRA_OPS_TABLES);
  return all;
}

std::string nameOf(const TableLine& line) {
  std::string name = line.file.substr(0, line.file.rfind('.')) + "_" + std::to_string(line.line);
  if (line.op != nullptr) name += "_" + std::string(line.op->fullName().substr(line.op->fullName().rfind(':') + 1));
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

class Table : public testing::TestWithParam<TableLine> {};

TEST_P(Table, HoldsFor) {
  const TableLine& line = GetParam();
  SCOPED_TRACE("tables/" + line.file + ":" + std::to_string(line.line) + ": " + line.text);
  ASSERT_EQ(line.mistake, "");
  const ops::Answer answer = ops::evaluate(*line.op, line.arguments);
  if (const auto* unknown = std::get_if<ExpectedUnknown>(&line.expected)) {
    ASSERT_TRUE(std::holds_alternative<ops::Unknown>(answer)) << describe(answer);
    EXPECT_EQ(std::get<ops::Unknown>(answer).parameter, unknown->parameter);
  } else if (const auto* error = std::get_if<ExpectedError>(&line.expected)) {
    ASSERT_TRUE(std::holds_alternative<ops::Misuse>(answer)) << describe(answer);
    EXPECT_NE(std::get<ops::Misuse>(answer).sentence.find(error->part), std::string::npos) << describe(answer);
  } else {
    ASSERT_TRUE(std::holds_alternative<ops::Effect>(answer)) << describe(answer);
    const auto& expected = std::get<ExpectedEffect>(line.expected);
    const auto& effect = std::get<ops::Effect>(answer);
    EXPECT_EQ(describe(effect.outputs), describe(expected.outputs));
    if (expected.flops) {
      EXPECT_EQ(effect.flops, *expected.flops);
    }
    if (expected.bytes) {
      EXPECT_EQ(effect.bytes, *expected.bytes);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, Table, testing::ValuesIn(lines()), [](const auto& info) { return nameOf(info.param); });

TEST(Registry, EveryOperatorHasATableLine) {
  std::set<const ops::Operator*> seen;
  for (const auto& line : lines()) seen.insert(line.op);
  std::string missing;
  for (const auto& op : ops::all())
    if (!seen.contains(&op)) missing += "\n  " + std::string(op.fullName());
  EXPECT_EQ(missing, "") << "operators without a line in test/ops/tables";
}

TEST(Registry, HoldsEveryOperatorOnce) {
  std::set<std::string_view> names;
  for (const auto& op : ops::all()) EXPECT_TRUE(names.insert(op.fullName()).second) << op.fullName() << " is there twice";
}

TEST(Registry, EverySpaceCanBeRead) {
  for (const auto& op : ops::all())
    if (!op.space().empty()) {
      EXPECT_EQ(ops::spaceMistake(op).value_or(""), "");
    }
}

TEST(Notation, SaysWhatIsWrongWithALine) {
  EXPECT_EQ(readLine("no_such_operator [1] -> [1]").mistake, "aten::no_such_operator is not in the registry");
  EXPECT_EQ(readLine("relu -> [1]").mistake, "no value for self");
  EXPECT_EQ(readLine("relu [1] [1] -> [1]").mistake, "more arguments than the schema has");
  EXPECT_EQ(readLine("relu [1 -> [1]").mistake, "a bracket or quote is not closed");
  EXPECT_EQ(readLine("relu f31[1] -> [1]").mistake, "'f31' is not a dtype");
  EXPECT_EQ(readLine("relu [1]").mistake, "a line is: operator, arguments, ->, result");
  EXPECT_EQ(readLine("relu [1] ->").mistake, "nothing after the arrow");
}

// Sizes that LibTorch itself can't hold, so not in the tables.
TEST(Split, OfTheLargestSizeEnds) {
  const std::int64_t largest = INT64_MAX, piece = 5'000'000'000'000'000'000;
  const ops::Operator* split = ops::find("aten::split.Tensor");
  ASSERT_NE(split, nullptr);
  const std::vector<Argument> arguments{TensorType{DType::Float32, {largest}}, piece, std::int64_t{0}};
  const ops::Answer answer = ops::evaluate(*split, arguments);
  const auto* effect = std::get_if<ops::Effect>(&answer);
  ASSERT_NE(effect, nullptr);
  ASSERT_EQ(effect->outputs.size(), 2U);
  EXPECT_EQ(effect->outputs[1].shape, Shape{largest - piece});
}

} // namespace
} // namespace cobra::test
