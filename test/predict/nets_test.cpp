#include "predictor/train/nets/head.h"
#include "predictor/train/nets/rivals.h"
#include "predictor/train/nets/robust.h"

#include "predictor/format/text_file.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

namespace cobra::train {
namespace {

class Nets : public ::testing::Test {
protected:
  Nets() { at::set_num_threads(1); }
  std::filesystem::path write(const std::string& name, const std::string& text) {
    const auto file = std::filesystem::path(::testing::TempDir()) / name;
    EXPECT_FALSE(replaceText(file, text));
    return file;
  }
  std::string refusal(const std::string& text) {
    const auto read = readNetworkTable(write("refused.jsonl", text));
    const auto* error = std::get_if<RowError>(&read);
    return error ? error->sentence : "";
  }
};

constexpr const char* kHeader =
    R"({"schema":"cobra.networks/1","title":"T","source":"public","origin":"O","choices":["a","b"],"places":3,"devices":["d","e_32"]})"
    "\n";

TEST_F(Nets, ATableIsReadAsItWasPrinted) {
  NetworkTable table{.title = "T", .origin = "O", .command = "C", .choices = {"a", "b"}, .places = 3, .devices = {"d", "e_32"}, .rows = {}};
  table.rows.push_back({"010", {1.5, std::nan("")}});
  table.rows.push_back({"111", {2, 3.25}});
  const auto read = readNetworkTable(write("table.jsonl", printNetworkTable(table)));
  ASSERT_TRUE(std::holds_alternative<NetworkTable>(read)) << std::get<RowError>(read).sentence;
  const auto& back = std::get<NetworkTable>(read);
  EXPECT_EQ(printNetworkTable(back), printNetworkTable(table));
  EXPECT_TRUE(std::isnan(back.rows[0].ms[1]));
  EXPECT_EQ(back.device("e_32"), 1);
  EXPECT_EQ(back.device("f"), -1);
}

TEST_F(Nets, WhatIsWrongInATableIsSaidWithItsLine) {
  const std::string header = kHeader;
  EXPECT_NE(refusal(header + R"({"network":"012","ms":[1,2]})").find("line 2: '012' is no network of this space"), std::string::npos);
  EXPECT_NE(refusal(header + R"({"network":"01","ms":[1,2]})").find("is no network"), std::string::npos);
  EXPECT_NE(refusal(header + R"({"network":"010","ms":[1]})").find("one time for each device"), std::string::npos);
  EXPECT_NE(refusal(header + R"({"network":"010","ms":[1,0]})").find("not a positive number"), std::string::npos);
  EXPECT_NE(refusal(header + "{\"network\":\"010\",\"ms\":[1,2]}\n{\"network\":\"010\",\"ms\":[1,2]}").find("a second time"),
            std::string::npos);
  EXPECT_NE(refusal(header + "{\"network\":\"010\"").find("not a JSON object"), std::string::npos);
  EXPECT_NE(refusal(header).find("holds no networks"), std::string::npos);
  EXPECT_NE(refusal(R"({"schema":"cobra.rows/1"})").find("not the header"), std::string::npos);
}

TEST_F(Nets, PublishedNotationsBecomeDigits) {
  const auto cells = importNetworkTable(write("cells.csv", "arch,gpu_1\n|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|"
                                                           "nor_conv_1x1~1|none~2|,2.5\n"));
  ASSERT_TRUE(std::holds_alternative<NetworkTable>(cells)) << std::get<RowError>(cells).sentence;
  EXPECT_EQ(std::get<NetworkTable>(cells).rows.at(0).network, "301420");
  EXPECT_EQ(std::get<NetworkTable>(cells).rows.at(0).ms, std::vector<double>{2.5});
  const auto blocks = importNetworkTable(write("blocks.csv", "arch,phone\n7 8 1 8 4 8 8 8 7 4 1 4 7 3 2 7 3 2 4 2 4 5,\n"));
  ASSERT_TRUE(std::holds_alternative<NetworkTable>(blocks));
  EXPECT_EQ(std::get<NetworkTable>(blocks).rows.at(0).network, "7818488874147327324245");
  const auto wrong = importNetworkTable(write("wrong.csv", "arch,phone\n7 9,1\n"));
  ASSERT_TRUE(std::holds_alternative<RowError>(wrong));
  EXPECT_NE(std::get<RowError>(wrong).sentence.find("line 2: '7 9' is no network"), std::string::npos);
}

TEST_F(Nets, ATableIsOpenedByItsName) {
  const std::string csv = "arch,gpu_1\n7 8 1 8 4 8 8 8 7 4 1 4 7 3 2 7 3 2 4 2 4 5,2.5\n";
  const auto published = openNetworkTable(write("opened.csv", csv));
  ASSERT_TRUE(std::holds_alternative<NetworkTable>(published));
  const auto own = openNetworkTable(write("opened.jsonl", printNetworkTable(std::get<NetworkTable>(published))));
  ASSERT_TRUE(std::holds_alternative<NetworkTable>(own));
  EXPECT_EQ(std::get<NetworkTable>(own).rows.at(0).ms, std::vector<double>{2.5});
  EXPECT_TRUE(std::holds_alternative<RowError>(openNetworkTable(write("csv_inside.jsonl", csv))));
}

TEST_F(Nets, GraphsAreCountsBySnippet) {
  const std::string header = R"j({"schema":"cobra.network-graphs/1","title":"T","snippets":["aten::relu(x)","aten::t(y)"]})j"
                             "\n";
  const auto read = readNetworkGraphs(write("graphs.jsonl", header + R"({"network":"010","graph":"ab","counts":[3,1]})"));
  ASSERT_TRUE(std::holds_alternative<NetworkParts>(read)) << std::get<RowError>(read).sentence;
  EXPECT_EQ(std::get<NetworkParts>(read).counts.at("010"), (std::vector<int>{3, 1}));
  const auto wrong = readNetworkGraphs(write("graphs.jsonl", header + R"({"network":"010","graph":"ab","counts":[3]})"));
  ASSERT_TRUE(std::holds_alternative<RowError>(wrong));
  EXPECT_NE(std::get<RowError>(wrong).sentence.find("one count for each snippet"), std::string::npos);
}

/// Four parts: b = 2 a + 1, c independent, d the same in all.
NetworkParts someParts(std::vector<std::string>& names) {
  NetworkParts parts;
  parts.names = {"a", "b", "c", "d"};
  for (int a = 0; a < 6; ++a)
    for (int c = 0; c < 6; ++c) {
      names.push_back(std::to_string(a) + std::to_string(c));
      parts.counts[names.back()] = {a, 2 * a + 1, c, 7};
    }
  return parts;
}

TEST_F(Nets, PartsThatSayTheSameAreOneColumn) {
  std::vector<std::string> names;
  const NetworkParts parts = someParts(names);
  const Factors factors(parts, names);
  EXPECT_EQ(factors.columns(), 2U);
  EXPECT_EQ(factors.sums(parts, names).size(1), 3); // with the constant
  EXPECT_EQ(factors.corrections(parts, names, {.presence = true}).size(1), 2);
  EXPECT_EQ(factors.corrections(parts, names, {.products = true}).size(1), 3);
  EXPECT_EQ(factors.corrections(parts, names, {}).size(1), 0);
}

TEST_F(Nets, AFifthOfSlowRunsDoesNotMoveTheFit) {
  std::vector<std::string> names;
  const NetworkParts parts = someParts(names);
  NetworkSample sample{names, {}};
  std::vector<double> quiet;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& counts = parts.counts.at(names[i]);
    quiet.push_back(3 + 2.0 * counts[0] + 0.5 * counts[2]);
    sample.ms.push_back(quiet.back() * (i % 5 == 1 ? 1.17 : 1));
  }
  const std::vector<double> out = NetworkHead(parts, sample, {.corrections = {}, .decay = 0}).predict(parts, names);
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_NEAR(out[i] / quiet[i], 1, 2e-3) << names[i];
}

TEST_F(Nets, WhetherAPartComesAtAllIsChosenWhereItMatters) {
  std::vector<std::string> names;
  const NetworkParts parts = someParts(names);
  NetworkSample sample{names, {}};
  for (const std::string& name : names) {
    const auto& counts = parts.counts.at(name);
    sample.ms.push_back(10 + counts[0] + counts[2] + (counts[2] > 0 ? 4 : 0));
  }
  EXPECT_TRUE(chooseHead(parts, sample).corrections.presence);
}

TEST_F(Nets, LeastDeviationsGoThroughTheMiddle) {
  const at::Tensor x = at::ones({5, 1}, at::kDouble);
  const at::Tensor y = at::tensor({1.0, 1.0, 1.0, 5.0, 9.0}, at::kDouble);
  EXPECT_NEAR(fitRobust(x, y, {})[0].item<double>(), 1, 1e-3);
}

TEST_F(Nets, SameCountsLeaveTheNetworkItselfOut) {
  const NetworkSample all{{"001", "010", "100", "111"}, {1, 2, 4, 9}};
  const std::vector<double> middle = sameCounts(all, all.networks, false);
  EXPECT_DOUBLE_EQ(middle[0], 3);
  EXPECT_DOUBLE_EQ(middle[2], 1.5);
  EXPECT_TRUE(std::isnan(middle[3]));
}

} // namespace
} // namespace cobra::train
