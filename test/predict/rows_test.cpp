// Files of rows: what is read from good ones, one sentence for bad ones.
#include "predictor/train/rows.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace cobra::train {
namespace {

using ::testing::HasSubstr;

class RowFiles : public ::testing::Test {
protected:
  RowFiles() : path(std::filesystem::temp_directory_path() / ("cobra-rows-" + std::to_string(::getpid()) + ".jsonl")) {}
  ~RowFiles() override { std::filesystem::remove(path); }

  std::variant<RowTable, RowError> read(const std::string& text) const {
    std::ofstream(path) << text;
    return readRows(path);
  }
  std::filesystem::path path;
};

constexpr const char* kHeader = R"j({"schema":"cobra.rows/1","title":"t","source":"public","origin":"o","devices":["a","b"]})j"
                                "\n";

TEST_F(RowFiles, OneLineIsOneRowForEachDeviceThatMeasuredIt) {
  const auto table =
      std::get<RowTable>(read(std::string(kHeader) + R"j({"calls":["aten::relu(self=f32[4])"],"ms":[0.5,null],"std":[0.05,null]})j"
                                                     "\n"
                                                     R"j({"calls":["x","y"],"ms":[1,2],"at":0.25})j"));
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.devices[0].name, "a");
  EXPECT_EQ(table.devices[0].source, "public");
  EXPECT_EQ(table.rows[0].ms, 0.5);
  EXPECT_NEAR(table.rows[0].floor, 0.1 * 0.4274, 1e-3);
  EXPECT_EQ(table.rows[2].calls.size(), 2U);
  EXPECT_EQ(table.rows[2].device, 1);
  EXPECT_TRUE(std::isnan(table.rows[2].floor));
  EXPECT_FALSE(table.rows[0].at);
  EXPECT_EQ(table.rows[2].at, 0.25);
}

TEST_F(RowFiles, RecordsOfTheProbeAreRowsWithoutTheirRepeatsAndFailures) {
  const auto read = this->read(
      R"j({"schema":"cobra.records/1","kind":"layers","device":"cpu-x","processor":"X 1","clocks":"","versions":"LibTorch 2.11.0","threads":1,"dtype":"float32","space":"default","seed":1,"cache":"warm","pinned":"no","date":"2026-01-01T00:00:00Z","command":"c"})j"
      "\n"
      R"j({"row":0,"snippet":"aten::relu(self=f32[4])","ms":0.41,"p10":0.4,"p90":0.42,"count":41,"batch":1,"stop":"converged","preempted":0})j"
      "\n"
      R"j({"row":1,"snippet":"aten::relu(self=f32[5])","error":"memory","reason":"too big"})j"
      "\n"
      R"j({"row":2,"repeats":0,"snippet":"aten::relu(self=f32[4])","ms":0.42,"p10":0.4,"p90":0.43,"count":41,"batch":1,"stop":"converged","preempted":0})j"
      "\n");
  ASSERT_TRUE(std::holds_alternative<RowTable>(read)) << std::get<RowError>(read).sentence;
  const auto& table = std::get<RowTable>(read);
  ASSERT_EQ(table.rows.size(), 1U);
  EXPECT_NEAR(table.rows[0].floor, 0.01 / (1.41421 * 0.415), 1e-4);
  EXPECT_EQ(table.devices[0].name, "cpu-x");
  EXPECT_EQ(table.devices[0].source, "measured");
  ASSERT_EQ(table.notes.size(), 1U);
  EXPECT_THAT(table.notes[0], HasSubstr("1 rows of"));
}

struct BadRows {
  const char* what;
  std::string text;
  const char* sentence;
};
class BadRowFiles : public RowFiles, public ::testing::WithParamInterface<BadRows> {};

TEST_P(BadRowFiles, IsOneSentenceWithTheLine) {
  const auto table = read(GetParam().text);
  const auto* error = std::get_if<RowError>(&table);
  ASSERT_NE(error, nullptr) << GetParam().what;
  EXPECT_THAT(error->sentence, HasSubstr(GetParam().sentence));
}

const std::string kStart = kHeader;
const BadRows kBadRows[] = {
    {"a time of zero", kStart + R"j({"calls":["x"],"ms":[0,1]})j", "line 2: a time is not a positive number"},
    {"a negative time", kStart + R"j({"calls":["x"],"ms":[1,-1]})j", "line 2: a time is not"},
    {"NaN", kStart + R"j({"calls":["x"],"ms":[NaN,1]})j", "line 2: it is not a JSON object"},
    {"one time for two devices", kStart + R"j({"calls":["x"],"ms":[1]})j", "line 2: it does not have one time"},
    {"no calls", kStart + R"j({"calls":[],"ms":[1,1]})j", "line 2: it has no list of calls"},
    {"calls that are numbers", kStart + R"j({"calls":[1],"ms":[1,1]})j", "line 2: a call is not text"},
    {"a time after the run", kStart + R"j({"calls":["x"],"ms":[1,1],"at":1.5})j", "line 2: 'at' is not from 0 to 1"},
    {"half a line", kStart + R"j({"calls":["x"],"ms")j", "line 2: it is not a JSON object"},
    {"no devices", R"j({"schema":"cobra.rows/1","devices":[]})j", "line 1: the header names no devices"},
};
INSTANTIATE_TEST_SUITE_P(Train, BadRowFiles, ::testing::ValuesIn(kBadRows));

TEST(RowTables, JoinByDeviceName) {
  RowTable a, b;
  a.rows.push_back({.calls = {"x"}, .device = a.device({.name = "one"}), .ms = 1});
  b.device({.name = "two"});
  b.rows.push_back({.calls = {"y"}, .device = b.device({.name = "one"}), .ms = 2});
  a.append(b);
  EXPECT_EQ(a.devices.size(), 2U);
  EXPECT_EQ(a.rows[1].device, 0);
}

TEST(NoiseFloor, IsTheExpectedErrorOfTheMedianOfFive) {
  // sqrt(2/pi) x 0.5357: E|median of five standard normals|
  EXPECT_NEAR(floorOfMedian(2, 1), 0.4274 / 2, 1e-4);
}

} // namespace
} // namespace cobra::train
