// Measured networks as rows.
#include "predictor/train/nets/measured.h"

#include "predictor/train/dataset.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include <unistd.h>

namespace cobra::train {
namespace {

using ::testing::HasSubstr;

std::string relu(int size) { return "aten::relu(self=f32[1," + std::to_string(size) + "])"; }

class MeasuredNetworks : public ::testing::Test {
protected:
  MeasuredNetworks() : folder(std::filesystem::temp_directory_path() / ("cobra-measured-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder);
    for (const char* name : {"a.jsonl", "b.jsonl"}) {
      RecordFile file;
      file.header.device = "test-device";
      file.header.kind = "networks";
      // Both files hold the same networks; the second one those of another kind, too.
      for (int i = 0; i < (name[0] == 'a' ? 40 : 60); ++i) {
        Record row;
        row.row = i;
        row.network = (i < 40 ? "small " : "large ") + std::to_string(i) + " of seed 1";
        row.medianMs = 0.25 + 0.001 * i;
        row.count = 9;
        row.nodes = {{relu(1000 + i), 0.1, {}}, {relu(2000 + i), 0.1, {0}}};
        file.rows.push_back(row);
      }
      EXPECT_FALSE(writeRecords(folder / name, file));
    }
  }
  ~MeasuredNetworks() override { std::filesystem::remove_all(folder); }
  std::string path(const char* name) const { return (folder / name).string(); }
  std::filesystem::path folder;
};

std::set<std::string> namesOf(const std::vector<NetworkRun>& runs, const std::string& kind) {
  std::set<std::string> names;
  for (const NetworkRun& run : runs) {
    if (run.kind() == kind) names.insert(run.name);
  }
  return names;
}

TEST_F(MeasuredNetworks, ANetworkIsOnOneSideHoweverOftenItWasMeasured) {
  const auto one = std::get<NetworkRuns>(readNetworkRuns({path("a.jsonl")}, {}));
  const auto both = std::get<NetworkRuns>(readNetworkRuns({path("a.jsonl"), path("b.jsonl")}, {}));
  EXPECT_EQ(one.device.name, "test-device");
  EXPECT_EQ(one.parts.test.size(), 10U);
  EXPECT_EQ(one.parts.validate.size(), 3U);
  EXPECT_EQ(one.parts.train.size(), 27U);
  EXPECT_EQ(both.parts.test.size(), 2 * 10U + 5U) << "each kind is split by itself";
  EXPECT_EQ(namesOf(both.parts.test, "small"), namesOf(one.parts.test, "small"));
  for (const NetworkRun& run : both.parts.train) {
    EXPECT_FALSE(namesOf(both.parts.test, run.kind()).contains(run.name));
    EXPECT_FALSE(namesOf(both.parts.validate, run.kind()).contains(run.name));
  }
}

TEST_F(MeasuredNetworks, CallsAddUpToTheWhole) {
  const NetworkRun run{.name = "small 1", .calls = {relu(1000), relu(3000)}, .callMs = {0.1, 0.3}, .ms = 0.5};
  NetworkRows rows(2);
  std::vector<Row> calls;
  rows.calls(run, Part::Train, calls);
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_DOUBLE_EQ(calls[0].ms, 0.125);
  EXPECT_DOUBLE_EQ(calls[1].ms, 0.375);
  EXPECT_DOUBLE_EQ(calls[0].around.bytes, 1 + 4 * 4000);
  EXPECT_GT(calls[0].around.ms, 4e-3);
  EXPECT_EQ(calls[0].device, 2);
  EXPECT_DOUBLE_EQ(calls[1].weight / calls[0].weight, std::sqrt(3.0));
  const Row whole = rows.whole(run, Part::Test);
  EXPECT_EQ(whole.calls, run.calls);
  EXPECT_DOUBLE_EQ(whole.ms, 0.5);
  EXPECT_EQ(whole.part, Part::Test);

  RowTable table{.devices = {{}, {}, {.name = "test-device"}}, .rows = calls};
  table.rows.push_back(whole);
  table.rows.push_back({.calls = {relu(7)}, .device = 2, .ms = 1});
  const auto data = std::get<Dataset>(makeDataset(table, {.test = 0, .calibrate = 0}));
  EXPECT_TRUE(data.rows[0].inside());
  EXPECT_FALSE(data.rows[3].inside());
  EXPECT_EQ(data.rows[0].part, Part::Train);
  EXPECT_EQ(data.rows[2].part, Part::Test);
}

TEST_F(MeasuredNetworks, ASumHoldsOnlyTheCallsThatMayBeKnown) {
  const NetworkRun run{
      .name = "small 1", .calls = {relu(1000), relu(2000), relu(3000)}, .callMs = {0.1, 0.4, 0.3}, .ms = 1.6}; // twice its calls
  NetworkRows rows(2);
  const auto row = rows.sum(run, {relu(1000), relu(3000)}, Part::Train);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->calls, (std::vector{relu(1000), relu(3000)}));
  EXPECT_DOUBLE_EQ(row->ms, 0.8);
  EXPECT_DOUBLE_EQ(row->around.bytes, 1 + 4 * 6000) << "the network around them stays whole";
  EXPECT_FALSE(rows.sum(run, {relu(2000)}, Part::Train)) << "one call is no sum";
}

TEST_F(MeasuredNetworks, WithoutTimesOfCallsGiveNoRows) {
  std::vector<Row> calls;
  NetworkRows(0).calls({.name = "x", .calls = {relu(1)}, .callMs = {0}, .ms = 1}, Part::Train, calls);
  EXPECT_TRUE(calls.empty());
}

TEST_F(MeasuredNetworks, BadFilesAreSentences) {
  EXPECT_THAT(std::get<RowError>(readNetworkRuns({path("none.jsonl")}, {})).sentence, HasSubstr("none.jsonl"));
  RecordFile layers;
  layers.header.device = "test-device";
  EXPECT_FALSE(writeRecords(folder / "layers.jsonl", layers));
  EXPECT_THAT(std::get<RowError>(readNetworkRuns({path("layers.jsonl")}, {})).sentence, HasSubstr("holds layers, not networks"));
  RecordFile other;
  other.header.device = "other";
  other.header.kind = "networks";
  EXPECT_FALSE(writeRecords(folder / "other.jsonl", other));
  EXPECT_THAT(std::get<RowError>(readNetworkRuns({path("a.jsonl"), path("other.jsonl")}, {})).sentence,
              HasSubstr("is of the device other"));
  EXPECT_THAT(std::get<RowError>(readNetworkRuns({path("other.jsonl")}, {})).sentence, HasSubstr("no measured network"));
}

} // namespace
} // namespace cobra::train
