// Rows of measured networks as the two phases of a training read them.
#include "predictor/train/data_options.h"

#include "predictor/format/records.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include <unistd.h>

namespace cobra::train {
namespace {

std::string relu(int size) { return "aten::relu(self=f32[1," + std::to_string(size) + "])"; }

class TwoPhases : public ::testing::Test {
protected:
  TwoPhases() : folder(std::filesystem::temp_directory_path() / ("cobra-phases-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder);
    RecordFile layers, networks, apart;
    layers.header.device = networks.header.device = apart.header.device = "test-device";
    layers.header.kind = "layers";
    networks.header.kind = apart.header.kind = "networks";
    for (int i = 0; i < 40; ++i) {
      layers.rows.push_back(record(i, ""));
      layers.rows.back().snippet = relu(1000 + i);
      networks.rows.push_back(record(i, "small " + std::to_string(i)));
      networks.rows.back().nodes = {{relu(1000 + i), 0.1, {}}, {relu(2000 + i), 0.1, {0}}, {relu(3000 + i), 0.2, {1}}};
    }
    apart.rows.push_back(record(0, "apart 0"));
    for (int i = 0; i < 40; i += 2) apart.rows.back().nodes.push_back({relu(2000 + i), 0.1, {}});
    EXPECT_FALSE(writeRecords(folder / "layers.jsonl", layers));
    EXPECT_FALSE(writeRecords(folder / "networks.jsonl", networks));
    EXPECT_FALSE(writeRecords(folder / "apart.jsonl", apart));
    options.files = {path("layers.jsonl")};
    options.networks = {path("networks.jsonl")};
  }
  ~TwoPhases() override { std::filesystem::remove_all(folder); }

  static Record record(int row, const std::string& network) {
    Record out;
    out.row = row;
    out.network = network;
    out.medianMs = 0.4;
    out.count = 9;
    return out;
  }
  std::string path(const char* name) const { return (folder / name).string(); }
  static std::set<std::string> trainedIn(const Dataset& data) {
    std::set<std::string> snippets;
    for (const DatasetRow& row : data.rows) {
      if (row.part != Part::Train) continue;
      for (const int call : row.calls) snippets.insert(data.snippets[static_cast<std::size_t>(call)]);
    }
    return snippets;
  }

  std::filesystem::path folder;
  DataOptions options;
};

TEST_F(TwoPhases, TheSecondLearnsNoCallThatTheFirstDidNot) {
  const auto first = std::get<Dataset>(options.read());
  const auto second = std::get<Dataset>(options.readSums(first));
  const auto sums = std::ranges::count_if(second.rows, [](const DatasetRow& r) { return r.part == Part::Train && r.calls.size() > 1; });
  EXPECT_GT(sums, 10);
  EXPECT_THAT(trainedIn(first), ::testing::IsSupersetOf(trainedIn(second)));
}

TEST_F(TwoPhases, WhatIsKeptApartIsLearnedInNeither) {
  options.apart = {path("apart.jsonl")};
  const auto first = std::get<Dataset>(options.read());
  const auto second = std::get<Dataset>(options.readSums(first));
  for (int i = 0; i < 40; i += 2) {
    EXPECT_FALSE(trainedIn(first).contains(relu(2000 + i)));
    EXPECT_FALSE(trainedIn(second).contains(relu(2000 + i)));
  }
  EXPECT_FALSE(trainedIn(second).empty());
}

TEST_F(TwoPhases, NetworksThatCannotBeReadAreOneSentence) {
  const auto first = std::get<Dataset>(options.read());
  options.networks = {path("none.jsonl")};
  EXPECT_THAT(std::get<RowError>(options.readSums(first)).sentence, ::testing::HasSubstr("none.jsonl"));
}

} // namespace
} // namespace cobra::train
