// The layers of the published method: kinds, ranges, distribution.

#include "runtime-probe/paper_layers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <string>

namespace cobra::probe::paper {
namespace {

constexpr int samples = 20'000;

/// Every sample's value, by name: H, K, ...
using Values = std::map<std::string, std::vector<std::int64_t>>;

void note(Values& values, const Sample& sample) {
  const ops::Operator& op = *sample.call.op;
  auto shape = [&](const char* name) {
    return std::get<TensorType>(sample.call.arguments.at(static_cast<std::size_t>(op.indexOf(name)))).shape;
  };
  auto list = [&](const char* argument, const std::string& as) {
    int at = op.indexOf(argument);
    if (at < 0) return;
    for (std::int64_t value : std::get<std::vector<std::int64_t>>(sample.call.arguments.at(static_cast<std::size_t>(at))))
      values[as].push_back(value);
  };
  Shape input = shape(op.parameters()[0].name.c_str());
  ASSERT_EQ(input[0], 1);
  for (std::size_t i = 1; i < input.size(); ++i) values["H, W, C"].push_back(input[i]);
  if (op.indexOf("weight") >= 0 && op.name() != "aten::batch_norm") values["out"].push_back(shape("weight")[0]);
  if (op.indexOf("kernel_size") >= 0) list("kernel_size", "K");
  if (op.name() == "aten::conv2d") {
    Shape weight = shape("weight");
    values["K"].insert(values["K"].end(), {weight[2], weight[3]});
    EXPECT_EQ(weight[1], input[1] / std::gcd(input[1], weight[0])) << "groups = gcd(C_in, C_out)";
  }
  list("stride", "S");
  list("padding", "P");
  if (op.name() == "aten::conv2d") list("dilation", "D");
  if (op.name() == "aten::add.Tensor" || op.name() == "aten::add") values["M"].push_back(sample.times + 1);
}

/// The largest distance of the sample's distribution from the uniform one on low..high.
double distance(std::vector<std::int64_t> values, std::int64_t low, std::int64_t high) {
  std::ranges::sort(values);
  double worst = 0, count = static_cast<double>(values.size());
  for (std::int64_t bound = low; bound <= high; ++bound) {
    double below = static_cast<double>(std::ranges::upper_bound(values, bound) - values.begin()) / count;
    double uniform = static_cast<double>(bound - low + 1) / static_cast<double>(high - low + 1);
    worst = std::max(worst, std::abs(below - uniform));
  }
  return worst;
}

TEST(PaperLayers, ComeInThePapersShares) {
  std::map<std::size_t, int> counts;
  double total = 0;
  for (std::int64_t row = 0; row < samples; ++row) ++counts[draw({.seed = 3}, row).first];
  for (const Kind& kind : kinds) total += static_cast<double>(kind.samples);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    double share = static_cast<double>(kinds[i].samples) / total;
    EXPECT_NEAR(counts[i], samples * share, 5 * std::sqrt(samples * share * (1 - share))) << kinds[i].name;
  }
}

TEST(PaperLayers, StayInThePapersRanges) {
  const std::map<std::string, std::pair<std::int64_t, std::int64_t>> ranges = {
      {"H, W, C", {1, 1000}}, {"out", {1, 1000}}, {"K", {1, 10}}, {"S", {1, 10}}, {"P", {0, 10}}, {"D", {1, 5}}, {"M", {2, 10}}};
  Values values;
  for (std::int64_t row = 0; row < samples; ++row) note(values, draw({.seed = 4}, row).second);
  for (const auto& [name, range] : ranges) {
    ASSERT_FALSE(values[name].empty()) << name;
    auto [least, most] = std::ranges::minmax(values[name]);
    EXPECT_EQ(least, range.first) << name;
    EXPECT_EQ(most, range.second) << name;
  }
  EXPECT_EQ(values.size(), ranges.size());
}

TEST(PaperLayers, AreUniformWhereNothingIsRefused) {
  // ReLU, batch norm, linear and add take whatever is drawn; so the draw shows as it is.
  Values values;
  for (std::int64_t row = 0; row < samples; ++row) {
    auto [kind, sample] = draw({.seed = 5}, row);
    if (kinds[kind].name == "convolution" || kinds[kind].name.ends_with("pool")) continue;
    note(values, sample);
  }
  // Kolmogorov and Smirnov: 1.95 / sqrt(n) is exceeded once in a thousand samples.
  const double size = 1.95 / std::sqrt(static_cast<double>(values["H, W, C"].size()));
  EXPECT_LT(distance(values["H, W, C"], 1, 1000), size);
  EXPECT_LT(distance(values["out"], 1, 1000), 1.95 / std::sqrt(static_cast<double>(values["out"].size())));
  EXPECT_LT(distance(values["M"], 2, 10), 1.95 / std::sqrt(static_cast<double>(values["M"].size())));
}

TEST(PaperLayers, AreDrawnAgainUntilTheyFit) {
  const Limits limits{.seed = 6, .bytes = 4 << 20, .flops = 100'000'000};
  for (std::int64_t row = 0; row < 300; ++row) {
    Sample sample = draw(limits, row).second;
    auto answer = ops::evaluate(*sample.call.op, sample.call.arguments);
    ASSERT_TRUE(std::holds_alternative<ops::Effect>(answer)) << printSnippet(sample.call);
    const auto& effect = std::get<ops::Effect>(answer);
    EXPECT_LE(effect.bytes * sample.times, limits.bytes) << printSnippet(sample.call);
    EXPECT_LE(effect.flops * sample.times, limits.flops) << printSnippet(sample.call);
    EXPECT_GT(effect.outputs[0].elements(), 0);
  }
}

TEST(PaperLayers, OfAllShardsAreThoseOfOneRun) {
  const Limits limits{.seed = 7, .bytes = 1 << 20, .flops = 10'000'000};
  auto snippets = [&](Shard shard, int count) {
    std::map<std::int64_t, std::string> rows;
    auto planned = plan(limits, shard);
    for (int i = 0; i < count && planned->next(); ++i) {
      Record record = planned->what();
      record.row = planned->row();
      rows[record.row] = record.snippet + record.network;
      planned->add(record);
    }
    return rows;
  };
  auto whole = snippets({}, 30), parts = snippets({0, 3}, 10);
  parts.merge(snippets({1, 3}, 10));
  parts.merge(snippets({2, 3}, 10));
  EXPECT_EQ(whole.size(), 30u);
  EXPECT_EQ(parts, whole);
}

} // namespace
} // namespace cobra::probe::paper
