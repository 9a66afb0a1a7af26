// What a run takes next, and that it does not depend on having been interrupted.

#include "runtime-probe/campaign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace cobra::probe {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

CampaignSetting setting(std::vector<std::string> operators = {}) {
  return {.seed = 7, .memoryLimit = 64 << 20, .operators = std::move(operators)};
}

Campaign make(const CampaignSetting& wanted, std::vector<Call> calls = {}) {
  auto made = Campaign::make(wanted, std::move(calls));
  EXPECT_TRUE(std::holds_alternative<Campaign>(made)) << std::get<CampaignError>(made).sentence;
  return std::move(std::get<Campaign>(made));
}

/// Takes `count` rows after those in `rows`.
void take(Campaign& campaign, std::size_t count, std::vector<Record>& rows) {
  for (; count > 0; --count) {
    auto call = campaign.next();
    if (!call) return;
    Record record;
    record.row = campaign.row();
    record.snippet = printSnippet(*call);
    campaign.add(record);
    rows.push_back(record);
  }
}

TEST(Campaign, InterruptedAnywhereGoesOnAsIfItHadNotBeen) {
  std::vector<Record> whole;
  Campaign once = make(setting());
  take(once, 60, whole);
  ASSERT_EQ(whole.size(), 60u);
  for (std::size_t cut : {0, 1, 30, 59}) {
    std::vector<Record> rows(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
    Campaign resumed = make(setting());
    for (const Record& record : rows) resumed.add(record);
    take(resumed, 60 - cut, rows);
    EXPECT_EQ(rows, whole) << cut;
  }
}

TEST(Campaign, MeasuresNothingTwice) {
  std::vector<Record> rows;
  Campaign campaign = make(setting({"aten::relu", "aten::linear"}));
  take(campaign, 400, rows);
  std::set<std::string> distinct;
  for (const Record& record : rows) distinct.insert(record.snippet);
  EXPECT_EQ(distinct.size(), rows.size());
}

TEST(Campaign, KeepsOperatorsInBalanceAndCatchesUpOnNewOnes) {
  std::vector<Record> rows;
  Campaign before = make(setting({"aten::sin", "aten::cos"}));
  take(before, 40, rows);
  Campaign after = make(setting({"aten::sin", "aten::cos", "aten::exp"}));
  for (const Record& record : rows) after.add(record);
  take(after, 50, rows);
  std::map<std::string, int> counts;
  for (const Record& record : rows) ++counts[record.snippet.substr(0, record.snippet.find('('))];
  EXPECT_EQ(counts, (std::map<std::string, int>{{"aten::cos", 30}, {"aten::exp", 30}, {"aten::sin", 30}}));
}

TEST(Campaign, DrawsSmallAndLargeCallsAlike) {
  std::vector<Record> rows;
  Campaign campaign = make(setting({"aten::relu"}));
  take(campaign, 200, rows);
  // Spread evenly over the logarithm of the work, a fair share lies in the upper third of what was drawn.
  std::vector<double> logs;
  for (const Record& record : rows) {
    auto call = parseSnippet(record.snippet);
    logs.push_back(std::log(static_cast<double>(std::get<TensorType>(std::get<Call>(call).arguments[0]).elements())));
  }
  auto [least, most] = std::ranges::minmax(logs);
  auto upper = std::ranges::count_if(logs, [&](double l) { return l > least + (most - least) * 2 / 3; });
  EXPECT_GT(upper, 30);
  EXPECT_LT(upper, 120);
}

TEST(Campaign, StaysInsideItsLimits) {
  CampaignSetting small = setting({"aten::relu", "aten::linear"});
  small.memoryLimit = 1 << 16;
  small.flopLimit = 1 << 14;
  std::vector<Record> rows;
  Campaign campaign = make(small);
  take(campaign, 50, rows);
  ASSERT_FALSE(rows.empty());
  for (const Record& record : rows) {
    auto parsed = parseSnippet(record.snippet);
    const Call& call = std::get<Call>(parsed);
    auto answer = ops::evaluate(*call.op, call.arguments);
    EXPECT_LE(std::get<ops::Effect>(answer).flops, 1 << 14) << record.snippet;
    EXPECT_LE(std::get<ops::Effect>(answer).bytes, 1 << 16) << record.snippet;
  }
}

TEST(Campaign, TakesTheCallsItIsGivenFirst) {
  std::vector<Call> calls;
  for (const char* snippet : {"aten::relu(self=f32[3])", "aten::relu(self=f32[5])"}) calls.push_back(std::get<Call>(parseSnippet(snippet)));
  CampaignSetting half = setting({"aten::relu"});
  half.dtype = DType::BFloat16;
  std::vector<Record> rows;
  Campaign campaign = make(half, calls);
  take(campaign, 3, rows);
  EXPECT_EQ(rows[0].snippet, "aten::relu(self=bf16[3])");
  EXPECT_EQ(rows[1].snippet, "aten::relu(self=bf16[5])");
  EXPECT_THAT(rows[2].snippet, HasSubstr("bf16"));
}

TEST(Campaign, OfAnUnknownOperatorIsRefused) {
  auto made = Campaign::make(setting({"aten::no_such_thing"}), {});
  ASSERT_TRUE(std::holds_alternative<CampaignError>(made));
  EXPECT_EQ(std::get<CampaignError>(made).sentence, "the registry has no operator aten::no_such_thing");
}

} // namespace
} // namespace cobra::probe
