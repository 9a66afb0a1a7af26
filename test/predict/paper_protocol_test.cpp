// The whole protocol of the published method on a small invented device.
#include "predictor/train/paper/protocol.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <set>

#include <unistd.h>

namespace cobra::train::paper {
namespace {

using ::testing::HasSubstr;

std::string relu(int channels) { return "aten::relu(self=f32[1," + std::to_string(channels) + ",8,8])"; }
std::string linear(int out) { return "aten::linear(input=f32[4,16],weight=f32[" + std::to_string(out) + ",16],bias=None)"; }

class PaperProtocol : public ::testing::Test {
protected:
  PaperProtocol() : folder(std::filesystem::temp_directory_path() / ("cobra-paper-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder);
    RecordFile layers, networks;
    layers.header.device = networks.header.device = "test-device";
    networks.header.kind = "networks";
    for (int i = 1; i <= 40; ++i) {
      layers.rows.push_back(layer(2 * i, relu(i), 0.001 * i));
      layers.rows.push_back(layer(2 * i + 1, linear(i), 0.002 * i + 0.01));
    }
    for (int i = 0; i < 14; ++i) {
      Record network;
      network.row = i;
      network.network = "cobra-2022 " + std::to_string(i);
      network.count = 9;
      for (int n = 0; n < 2 + i % 3; ++n) {
        const int channels = 3 * i + n + 20;
        network.nodes.push_back({relu(channels), 0.001 * channels, n ? std::vector<int>{n - 1} : std::vector<int>{}});
        network.medianMs += 0.001 * channels;
      }
      network.medianMs *= 1.1;
      networks.rows.push_back(network);
    }
    Record again = networks.rows[3];
    again.repeats = again.row;
    again.row += firstRepeat;
    again.medianMs *= 1.05;
    again.nodes.clear();
    networks.rows.push_back(again);
    EXPECT_FALSE(writeRecords(folder / "layers.jsonl", layers));
    EXPECT_FALSE(writeRecords(folder / "networks.jsonl", networks));
  }
  ~PaperProtocol() override { std::filesystem::remove_all(folder); }

  static Record layer(std::int64_t row, const std::string& snippet, double ms) {
    Record record;
    record.row = row;
    record.snippet = snippet;
    record.medianMs = ms;
    record.count = 9;
    return record;
  }
  PaperRequest request() const {
    PaperRequest out;
    out.layerFiles = {(folder / "layers.jsonl").string()};
    out.networkFiles = {(folder / "networks.jsonl").string()};
    out.operators = paperOperators();
    out.networkKind = "cobra-2022";
    out.layerTest = 0.2;
    return out;
  }
  std::filesystem::path folder;
};

TEST_F(PaperProtocol, LayersOfTestNetworksAreNotTrainedOn) {
  PaperRequest wanted = request();
  for (const bool inside : {false, true}) {
    wanted.layersOfNetworks = inside;
    const auto read = readPaperData(wanted);
    ASSERT_TRUE(std::holds_alternative<PaperData>(read)) << std::get<RowError>(read).sentence;
    const auto& data = std::get<PaperData>(read);
    EXPECT_EQ(data.test.size(), 4U); // a quarter of 14
    EXPECT_EQ(data.validate.size(), 1U);
    EXPECT_EQ(data.train.size(), 9U);
    std::set<std::string> tested, all(data.layerText.begin(), data.layerText.end());
    for (const MeasuredNetwork& network : data.test) {
      for (const int snippet : network.snippets) tested.insert(data.snippets[static_cast<std::size_t>(snippet)]);
    }
    for (const std::string& snippet : tested) EXPECT_FALSE(all.contains(snippet)) << snippet;
    EXPECT_GT(data.removed, 0U);
    EXPECT_EQ(all.size(), data.layerText.size()) << "a layer is one row";
    EXPECT_EQ(data.networkLayers > 0, inside);
    ASSERT_TRUE(data.networkFloor);
    EXPECT_EQ(data.networkFloor->pairs, 1);
  }
}

TEST_F(PaperProtocol, TheSeedDecidesTheSplit) {
  PaperRequest wanted = request();
  const auto names = [&](std::uint64_t seed) {
    wanted.split.seed = seed;
    std::vector<std::string> out;
    const auto read = readPaperData(wanted);
    for (const MeasuredNetwork& network : std::get<PaperData>(read).test) out.push_back(network.name);
    return out;
  };
  EXPECT_EQ(names(1), names(1));
  EXPECT_NE(names(1), names(2));
}

TEST_F(PaperProtocol, SaysWhatIsMissing) {
  PaperRequest wanted = request();
  wanted.networkKind = "unheard-of";
  EXPECT_THAT(std::get<RowError>(readPaperData(wanted)).sentence, HasSubstr("at least 2, 1 and 1 are needed"));
  wanted = request();
  std::swap(wanted.layerFiles, wanted.networkFiles);
  EXPECT_THAT(std::get<RowError>(readPaperData(wanted)).sentence, HasSubstr("holds layers, not networks"));
  wanted = request();
  wanted.operators = {"aten::conv2d"};
  EXPECT_THAT(std::get<RowError>(readPaperData(wanted)).sentence, HasSubstr("no row is left"));
}

TEST_F(PaperProtocol, PrintsEveryTable) {
  ProtocolOptions options;
  options.data = request();
  options.sizes = sizesAt(0.01);
  options.scale = 0.01;
  options.each = folder / "each.tsv";
  options.sizes.encoder.width = 32;
  options.sizes.pretraining.epochs = 2;
  options.sizes.graph.epochs = 2;
  options.sizes.fineTuneEpochs = 1;
  options.seeds = 2;
  options.fineTuneSeeds = 1;
  options.own.calls = {.architecture = {.width = 16, .layers = 1, .heads = 2, .inner = 16, .hidden = 16}, .steps = 5};
  options.own.totals = {.architecture = options.own.calls.architecture, .steps = 5, .goOn = true};
  options.ownSeeds = 2;
  ::testing::internal::CaptureStdout();
  const auto error = Protocol(options).run();
  const std::string text = ::testing::internal::GetCapturedStdout();
  ASSERT_FALSE(error) << *error;
  EXPECT_THAT(text, HasSubstr("at scale 0.01"));
  EXPECT_THAT(text, HasSubstr("a WordPiece vocabulary trained on the"));
  for (const char* line :
       {"| aten::relu |", "| aten::linear |", "| all |", "| trained with the latency appended |", "| trained without |", "| BRP-NAS |",
        "| BRP-NAS++ |", "| cobra-2022 |", "1.65; 45.3 / 96.2 / 99.0", "| noise floor, 1 repeats |",
        "| layer-wise sum of layers measured inside the test networks (no prediction) |", "| no latency in pre-training |",
        "| no encoder: one-hot type |", "| no graph |", "| this | 2 |", "| this, seeds together | 1 |",
        "| this, without the calls of test networks | 2 |", "| Laplacian |", "| fine-tuned encoder |"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  // The invented networks take 1.1 times the sum of their layers: one factor says it exactly.
  EXPECT_THAT(text, HasSubstr("| layer-wise sum of layers measured inside the test networks (no prediction) | 1 | - | 0.00 | 0.000 | 100.0 "
                              "| 100.0 | 100.0 | 100.0 |"));
  std::ifstream each(folder / "each.tsv");
  std::string header, row;
  ASSERT_TRUE(std::getline(each, header));
  int rows = 0;
  while (std::getline(each, row)) ++rows;
  EXPECT_EQ(rows, 4);
  EXPECT_THAT(header, HasSubstr("fine-tuned encoder"));
}

TEST_F(PaperProtocol, WithoutThePublishedMethodsTheOwnOneIsPrintedWithItsCurve) {
  ProtocolOptions options;
  options.data = request();
  options.published = false;
  options.own.calls = {.architecture = {.width = 16, .layers = 1, .heads = 2, .inner = 16, .hidden = 16}, .steps = 5};
  options.own.totals = {.architecture = options.own.calls.architecture, .steps = 5, .goOn = true};
  options.ownSeeds = 1;
  options.curve = {4, 100};
  ::testing::internal::CaptureStdout();
  const auto error = Protocol(options).run();
  const std::string text = ::testing::internal::GetCapturedStdout();
  ASSERT_FALSE(error) << *error;
  EXPECT_THAT(text, HasSubstr("| this | 1 |"));
  EXPECT_THAT(text, HasSubstr("| 4 | 1 |"));
  EXPECT_THAT(text, HasSubstr("| 9 | 1 |")) << "there are no more";
  EXPECT_THAT(text, ::testing::Not(HasSubstr("BRP-NAS")));
}

} // namespace
} // namespace cobra::train::paper
