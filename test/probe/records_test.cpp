// Files of records: written, cut off, mended, mixed up.

#include "predictor/format/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include <unistd.h>

namespace cobra {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Records : public ::testing::Test {
protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              ("cobra-records-" + std::to_string(::getpid()) + "-" + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// .gz where the build has zlib.
  fs::path file(const std::string& stem = "rows") const { return folder_ / (stem + (recordsCompress() ? ".jsonl.gz" : ".jsonl")); }

  static RecordHeader header() {
    RecordHeader header;
    header.device = "cpu-test";
    header.processor = "Test \"quoted\" CPU";
    header.versions = "LibTorch 2.11.0";
    header.seed = ~0ull;
    return header;
  }
  static Record row(std::int64_t number) {
    Record record;
    record.row = number;
    record.snippet = "aten::relu(self=f32[" + std::to_string(number + 1) + "])";
    record.medianMs = 0.5;
    record.p10Ms = 0.4375;
    record.p90Ms = 0.625;
    record.count = 17;
    record.batch = 3;
    record.stop = "converged";
    return record;
  }
  static Record failure(std::int64_t number) {
    Record record;
    record.row = number;
    record.snippet = "aten::conv2d(...)";
    record.error = "refused";
    record.reason = "line 1\nline 2 with \xff no UTF-8";
    return record;
  }

  void write(const fs::path& path, std::int64_t from, std::int64_t to) {
    auto opened = RecordWriter::open(path, header());
    ASSERT_TRUE(std::holds_alternative<RecordWriter>(opened)) << std::get<RecordError>(opened).sentence;
    for (std::int64_t i = from; i < to; ++i) ASSERT_FALSE(std::get<RecordWriter>(opened).append(row(i)));
    ASSERT_FALSE(std::get<RecordWriter>(opened).close());
  }
  static std::vector<std::int64_t> numbers(const RecordFile& file) {
    std::vector<std::int64_t> all;
    for (const Record& record : file.rows) all.push_back(record.row);
    return all;
  }
  static RecordFile read(const fs::path& path) {
    auto result = readRecords(path);
    EXPECT_TRUE(std::holds_alternative<RecordFile>(result)) << std::get<RecordError>(result).sentence;
    return std::holds_alternative<RecordFile>(result) ? std::get<RecordFile>(result) : RecordFile{};
  }
  static std::string mistake(const fs::path& path) {
    auto result = readRecords(path);
    return std::holds_alternative<RecordError>(result) ? std::get<RecordError>(result).sentence : "";
  }
  void put(const fs::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

  fs::path folder_;
};

TEST_F(Records, ComeBackAsTheyWereWritten) {
  auto opened = RecordWriter::open(file(), header());
  ASSERT_TRUE(std::holds_alternative<RecordWriter>(opened));
  auto& writer = std::get<RecordWriter>(opened);
  Record repeat = row(2);
  repeat.repeats = 0;
  for (const Record& record : {row(0), failure(1), repeat}) EXPECT_FALSE(writer.append(record));
  EXPECT_FALSE(writer.close());

  RecordFile back = read(file());
  EXPECT_EQ(back.header, header());
  ASSERT_EQ(back.rows.size(), 3u);
  EXPECT_EQ(back.rows[0], row(0));
  EXPECT_EQ(back.rows[1].error, "refused");
  EXPECT_THAT(back.rows[1].reason, HasSubstr("line 2"));
  EXPECT_EQ(back.rows[2], repeat);
  EXPECT_EQ(back.torn, "");
}

TEST_F(Records, AreContinuedWithoutLossOrRepeat) {
  write(file(), 0, 5);
  auto opened = RecordWriter::open(file(), header());
  ASSERT_TRUE(std::holds_alternative<RecordWriter>(opened));
  EXPECT_EQ(std::get<RecordWriter>(opened).present().rows.size(), 5u);
  EXPECT_FALSE(std::get<RecordWriter>(opened).append(row(5)));
  EXPECT_FALSE(std::get<RecordWriter>(opened).close());
  EXPECT_THAT(numbers(read(file())), ::testing::ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(Records, CutOffAnywhereReadUpToTheCutAndGoOnFromThere) {
  constexpr std::int64_t rows = 40;
  write(file(), 0, rows);
  std::ifstream in(file(), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  for (std::size_t length = 1; length < whole.size(); length += 7) {
    fs::path cut = file("cut");
    put(cut, whole.substr(0, length));
    auto opened = RecordWriter::open(cut, header());
    ASSERT_TRUE(std::holds_alternative<RecordWriter>(opened)) << length << ": " << std::get<RecordError>(opened).sentence;
    auto there = static_cast<std::int64_t>(std::get<RecordWriter>(opened).present().rows.size());
    ASSERT_LE(there, rows);
    for (std::int64_t i = there; i < rows; ++i) ASSERT_FALSE(std::get<RecordWriter>(opened).append(row(i)));
    ASSERT_FALSE(std::get<RecordWriter>(opened).close());
    RecordFile mended = read(cut);
    ASSERT_EQ(mended.torn, "") << length;
    ASSERT_EQ(mended.rows.size(), static_cast<std::size_t>(rows)) << length;
    for (std::int64_t i = 0; i < rows; ++i) ASSERT_EQ(mended.rows[i], row(i)) << length;
    fs::remove(cut);
  }
}

TEST_F(Records, SayThatTheyAreTorn) {
  write(file(), 0, 40);
  fs::resize_file(file(), fs::file_size(file()) - 6);
  EXPECT_THAT(read(file()).torn, HasSubstr("ends in the middle"));
}

TEST_F(Records, DamagedInTheMiddleAreAnError) {
  if (!recordsCompress()) GTEST_SKIP() << "this build has no zlib";
  write(file(), 0, 400);
  std::fstream middle(file(), std::ios::in | std::ios::out | std::ios::binary);
  middle.seekp(static_cast<std::streamoff>(fs::file_size(file()) / 2));
  middle << "\xff\xff\xff\xff\xff\xff";
  middle.close();
  EXPECT_THAT(mistake(file()), HasSubstr(file().string()));
}

TEST_F(Records, OfTwoDevicesAreRefused) {
  write(file(), 0, 3);
  RecordHeader other = header();
  other.device = "h200";
  auto opened = RecordWriter::open(file(), other);
  ASSERT_TRUE(std::holds_alternative<RecordError>(opened));
  EXPECT_THAT(std::get<RecordError>(opened).sentence, HasSubstr("device 'cpu-test', not 'h200'"));

  // The same by hand: two files put together.
  fs::path second = file("second");
  auto alone = RecordWriter::open(second, other);
  ASSERT_TRUE(std::holds_alternative<RecordWriter>(alone));
  EXPECT_FALSE(std::get<RecordWriter>(alone).close());
  std::ofstream(file(), std::ios::binary | std::ios::app) << std::ifstream(second, std::ios::binary).rdbuf();
  EXPECT_THAT(mistake(file()), HasSubstr(":5: a second header has device 'h200', not 'cpu-test'"));
}

struct BadFile {
  const char* text;
  const char* says;
};
const std::string goodHeader =
    R"({"schema":"cobra.records/1","kind":"layers","device":"d","processor":"p","clocks":"","versions":"v","dtype":"float32","space":"default","cache":"warm","pinned":"no","date":"","command":"","threads":1,"seed":1})"
    "\n";
const BadFile badFiles[] = {
    {"", "is empty"},
    {"{\"schema\":", "ends before its header does"},
    {"[]\n", ":1: is no JSON object"},
    {"{}\n", ":1: is no header"},
    {"{\"schema\":\"cobra.records/9\"}\n", ":1: the schema is 'cobra.records/9'"},
    {"+{\"row\":1}\n", ":2: 'snippet' is missing or no string"},
    {"+{\"row\":-1,\"snippet\":\"s\"}\n", ":2: 'row' is missing or no count"},
    {"+{\"row\":1e30,\"snippet\":\"s\"}\n", ":2: 'row' is missing or no count"},
    {"+{\"row\":18446744073709551615,\"snippet\":\"s\"}\n", ":2: 'row' is missing or no count"},
    {"+{\"row\":1,\"snippet\":\"s\",\"ms\":-1}\n", ":2: 'ms' is missing or no time"},
    {"+{\"row\":1,\"snippet\":\"s\",\"ms\":null}\n", ":2: 'ms' is missing or no time"},
    {"+{\"row\":1,\"snippet\":\"s\",\"error\":\"\",\"reason\":\"\"}\n", ":2: 'error' is empty"},
    {"+{\"row\":1,\"network\":\"\"}\n", ":2: 'network' is empty"},
    {"+{\"row\":1,\"network\":\"n\",\"ms\":1,\"p10\":1,\"p90\":1,\"count\":1,\"batch\":1,\"preempted\":0,\"stop\":\"\","
     "\"nodes\":[{\"snippet\":\"s\",\"ms\":1,\"from\":[0]}]}\n",
     ":2: 'from' names no earlier node"},
    {"+garbage\n", ":2: is no JSON object"},
};
TEST_F(Records, ThatAreWrongSayWhereAndWhy) {
  for (const BadFile& bad : badFiles) {
    std::string text = bad.text;
    if (text.starts_with('+')) text = goodHeader + text.substr(1);
    fs::path path = folder_ / "bad.jsonl";
    put(path, text);
    EXPECT_THAT(mistake(path), HasSubstr(bad.says)) << text;
  }
  EXPECT_THAT(mistake(folder_), HasSubstr("is no file"));
  EXPECT_THAT(mistake(folder_ / "missing.jsonl"), HasSubstr("missing.jsonl"));
}

TEST_F(Records, HoldNetworksWithTheirNodes) {
  Record network = row(0);
  network.snippet.clear();
  network.network = "a network, batch 1";
  network.clockMHz = 1980;
  network.at = 1'700'000'000;
  network.nodes = {{"aten::relu(self=f32[4])", 0.25, {}},
                   {"aten::neg(self=f32[4])", 0.125, {0}},
                   {"aten::add.Tensor(self=f32[4],other=f32[4],alpha=1)", 0.0625, {0, 1}}};
  Record repeat = network;
  repeat.row = firstRepeat;
  repeat.repeats = 0;
  repeat.nodes.clear();
  RecordHeader header = Records::header();
  header.kind = "networks";
  header.shard = "1/4";
  header.layout = "channels-last";
  auto opened = RecordWriter::open(file(), header);
  ASSERT_TRUE(std::holds_alternative<RecordWriter>(opened));
  for (const Record& record : {network, repeat}) EXPECT_FALSE(std::get<RecordWriter>(opened).append(record));
  EXPECT_FALSE(std::get<RecordWriter>(opened).close());
  RecordFile there = read(file());
  EXPECT_EQ(there.header, header);
  ASSERT_EQ(there.rows.size(), 2u);
  EXPECT_EQ(there.rows[0], network);
  EXPECT_EQ(there.rows[1], repeat);
}

/// Rows `numbers` under a shard's header.
void writeShard(const fs::path& path, RecordHeader header, const std::string& shard, const std::vector<Record>& rows) {
  header.shard = shard;
  auto opened = RecordWriter::open(path, header);
  ASSERT_TRUE(std::holds_alternative<RecordWriter>(opened));
  for (const Record& record : rows) ASSERT_FALSE(std::get<RecordWriter>(opened).append(record));
  ASSERT_FALSE(std::get<RecordWriter>(opened).close());
}

TEST_F(Records, OfShardsMerge) {
  Record repeat = row(1);
  repeat.repeats = 1;
  repeat.row = firstRepeat + 1;
  Record again = row(0);
  again.row = 4; // drawn once more by another shard
  writeShard(file("a"), header(), "0/2", {row(0), row(2), again});
  writeShard(file("b"), header(), "1/2", {row(1), row(3), repeat});
  std::int64_t duplicates = 0;
  auto merged = mergeRecords({file("b"), file("a"), file("a")}, duplicates);
  ASSERT_TRUE(std::holds_alternative<RecordFile>(merged)) << std::get<RecordError>(merged).sentence;
  EXPECT_THAT(numbers(std::get<RecordFile>(merged)), ::testing::ElementsAre(0, 1, 2, 3, firstRepeat + 1));
  EXPECT_EQ(duplicates, 4); // row 4, and the file that was named twice
  EXPECT_EQ(std::get<RecordFile>(merged).header.shard, "");
  ASSERT_FALSE(writeRecords(file("whole"), std::get<RecordFile>(merged)));
  EXPECT_EQ(read(file("whole")).rows, std::get<RecordFile>(merged).rows);
}

TEST_F(Records, OfDifferentMeasurementsDoNotMerge) {
  writeShard(file("a"), header(), "0/2", {row(0), row(2)});
  auto refused = [&](const RecordHeader& other, const std::vector<Record>& rows) {
    fs::remove(file("b"));
    writeShard(file("b"), other, "1/2", rows);
    std::int64_t duplicates = 0;
    auto merged = mergeRecords({file("a"), file("b")}, duplicates);
    return std::holds_alternative<RecordError>(merged) ? std::get<RecordError>(merged).sentence : "";
  };
  RecordHeader other = header();
  other.device = "h200";
  EXPECT_THAT(refused(other, {row(1)}), HasSubstr("was measured with device 'h200', not 'cpu-test'"));
  other = header();
  other.versions = "LibTorch 2.9.0";
  EXPECT_THAT(refused(other, {row(1)}), HasSubstr("versions 'LibTorch 2.9.0'"));
  Record changed = row(2);
  changed.snippet = "aten::neg(self=f32[1])";
  EXPECT_THAT(refused(header(), {changed}), HasSubstr("both have a row 2, of different calls"));
}

TEST_F(Records, OnAFullDiskAreAnErrorAndNoCrash) {
  auto opened = RecordWriter::open("/dev/full", header());
  ASSERT_TRUE(std::holds_alternative<RecordError>(opened));
  EXPECT_THAT(std::get<RecordError>(opened).sentence, HasSubstr("/dev/full: cannot be written: No space left on device"));
}

TEST(NoiseFloor, IsTheErrorOfOneMeasurement) {
  RecordFile file;
  auto measured = [](std::int64_t row, double ms, std::optional<std::int64_t> repeats = {}) {
    Record record;
    record.row = row;
    record.snippet = "s";
    record.medianMs = ms;
    record.repeats = repeats;
    return record;
  };
  EXPECT_FALSE(noiseFloor(file));
  file.rows = {measured(0, 1), measured(1, 100), measured(2, 7), measured(3, 1, 0), measured(4, 110, 1)};
  auto floor = noiseFloor(file);
  ASSERT_TRUE(floor);
  EXPECT_EQ(floor->pairs, 2);
  EXPECT_NEAR(floor->mape, 100 * (0 + 10 / (1.41421356 * 105)) / 2, 1e-6);
  EXPECT_EQ(floor->within1, 50);
  EXPECT_EQ(floor->within5, 50);
  EXPECT_EQ(floor->within10, 100);
}

} // namespace
} // namespace cobra
