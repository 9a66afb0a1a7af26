// Whole networks whose times are known, learned from the calls inside them.
#include "predictor/train/nets/whole.h"

#include "predictor/train/evaluate.h"
#include "predictor/train/network.h"

#include <c10/core/GradMode.h>

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace cobra::train {
namespace {

const DeviceSource kDevice{.name = "cpu-test", .title = "invented", .source = "measured"};

std::string relu(int size) { return "aten::relu(self=f32[1," + std::to_string(size) + "])"; }

/// Alone a call takes 1 us and 1 ns a number. Inside a network it takes half as long again, and twice as long in one that touches 16 MiB.
double msOf(int size, double footprint) {
  const double alone = 1e-3 + 1e-6 * size;
  return footprint == 0 ? alone : alone * (footprint >= (16 << 20) ? 2 : 1.5);
}

std::vector<NetworkRun> networks(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<NetworkRun> out;
  for (int i = 0; i < count; ++i) {
    NetworkRun run{.name = "invented " + std::to_string(i)};
    const bool large = i % 2 == 1;
    std::vector<int> sizes;
    double footprint = 0;
    for (std::size_t n = 3 + random() % 4; n > 0; --n) sizes.push_back(1000 + static_cast<int>(random() % 60000));
    if (large) sizes.push_back(5 << 20);
    for (const int size : sizes) footprint += 4.0 * size;
    for (const int size : sizes) {
      run.calls.push_back(relu(size));
      run.callMs.push_back(msOf(size, footprint));
      run.ms += run.callMs.back();
    }
    out.push_back(std::move(run));
  }
  return out;
}

RowTable alone() {
  RowTable table;
  const int device = table.device(kDevice);
  std::mt19937 random(9);
  for (int i = 0; i < 60; ++i) {
    const int size = 1000 + static_cast<int>(random() % 60000);
    table.rows.push_back({.calls = {relu(size)}, .device = device, .ms = msOf(size, 0)});
  }
  return table;
}

WholeOptions small() {
  WholeOptions options;
  options.calls = {
      .architecture = {.width = 16, .layers = 1, .heads = 2, .inner = 32, .hidden = 32}, .steps = 900, .groups = 2, .rowsPerGroup = 24};
  options.totals = {.architecture = options.calls.architecture, .steps = 100, .groups = 2, .rowsPerGroup = 8, .rate = 5e-4, .goOn = true};
  return options;
}

double errorOf(const std::vector<double>& predicted, const std::vector<NetworkRun>& runs) {
  ScoreKeeper keeper;
  for (std::size_t i = 0; i < runs.size(); ++i) keeper.add(predicted[i], runs[i].ms);
  return keeper.score().mape;
}

TEST(WholeNetworks, AreLearnedFromTheCallsInsideThem) {
  const auto train = networks(80, 1), test = networks(40, 2);
  auto made = trainWhole(alone(), kDevice, train, networks(10, 3), {}, small(), [](const FitProgress&) {});
  ASSERT_TRUE(std::holds_alternative<infer::Model>(made));
  const auto& model = std::get<infer::Model>(made);
  EXPECT_LT(errorOf(predictWhole(model, kDevice, test), test), 4);
  // The calls alone are told apart from those inside.
  RowTable table;
  table.rows = {{.calls = {relu(30001)}, .device = table.device(kDevice), .ms = msOf(30001, 0)}};
  const auto data = std::get<Dataset>(makeDataset(table, {}));
  EXPECT_NEAR(predictRows(data, model)[0] / msOf(30001, 0), 1, 0.12);
}

TEST(WholeNetworks, WhatSurroundsACallStartsAtZero) {
  RowTable table = alone();
  NetworkRows rows(0);
  for (const NetworkRun& network : networks(6, 1)) rows.calls(network, Part::Train, table.rows);
  table.rows.push_back({.calls = table.rows.back().calls, .device = 0, .ms = 1});
  const auto data = std::get<Dataset>(makeDataset(table, {.test = 0, .calibrate = 0}));
  infer::Model model;
  model.context = infer::kContext;
  model.vocabulary = makeVocabulary(data);
  model.devices = makeDevices(data, model.vocabulary);
  const Inputs inputs(data, model);
  const Network network(model, 5);
  const int last = static_cast<int>(data.rows.size()) - 1; // the same call, alone
  const c10::NoGradGuard noGrad;
  const at::Tensor logs = network.forward(inputs, makeBatch(inputs, std::vector<int>{last - 1, last}));
  EXPECT_TRUE(data.rows[static_cast<std::size_t>(last - 1)].inside());
  EXPECT_FALSE(data.rows[static_cast<std::size_t>(last)].inside());
  EXPECT_FLOAT_EQ(logs[0].item<float>(), logs[1].item<float>());
}

TEST(WholeNetworks, CallsKeptApartAreNotLearned) {
  const auto train = networks(10, 1);
  std::set<std::string> all = callsOf(train);
  WholeOptions options = small();
  options.calls.steps = 2;
  options.totals.steps = 0;
  auto made = trainWhole({}, kDevice, train, {}, all, options, [](const FitProgress&) {});
  ASSERT_TRUE(std::holds_alternative<FitError>(made)) << "nothing is left";
  all.erase(all.begin());
  made = trainWhole({}, kDevice, train, {}, all, options, [](const FitProgress&) {});
  ASSERT_TRUE(std::holds_alternative<infer::Model>(made));
  EXPECT_EQ(std::get<infer::Model>(made).devices[0].coverage[0].rows, 1);
}

TEST(WholeNetworks, ACallThatComesTwiceCountsTwice) {
  const NetworkRun twice{.name = "t", .calls = {relu(5000), relu(5000)}, .callMs = {1, 1}, .ms = 2};
  WholeOptions options = small();
  options.calls.steps = 2;
  options.totals.steps = 0;
  auto made = trainWhole({}, kDevice, networks(10, 1), {}, {}, options, [](const FitProgress&) {});
  auto& model = std::get<infer::Model>(made);
  RowTable table;
  NetworkRows rows(table.device(kDevice));
  table.rows = {rows.whole(twice, Part::Test)};
  const auto data = std::get<Dataset>(makeDataset(table, {}));
  const std::vector<int> first{0};
  EXPECT_NEAR(std::exp(networkLogs(data, model, first)[0]) / predictRows(data, model)[0], 1, 1e-4) << "LibTorch and plain C++";
}

} // namespace
} // namespace cobra::train
