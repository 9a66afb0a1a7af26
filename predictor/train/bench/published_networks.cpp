#include "predictor/train/bench/published_networks.h"

#include "predictor/train/bench/figures.h"
#include "predictor/train/data_options.h"
#include "predictor/train/evaluate.h"
#include "predictor/train/nets/rivals.h"

#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>

namespace cobra::train {
namespace {

/// The figures of all seeds for one line of the table.
struct Line {
  std::string name;
  std::vector<double> within1 = {}, within5 = {}, within10 = {}, mape = {}, rank = {}, seconds = {};

  void add(const std::vector<double>& predicted, const std::vector<double>& measured, double time) {
    ScoreKeeper keeper;
    std::vector<double> known, of;
    for (std::size_t i = 0; i < predicted.size(); ++i) {
      if (std::isnan(predicted[i])) continue;
      keeper.add(predicted[i], measured[i]);
      known.push_back(predicted[i]);
      of.push_back(measured[i]);
    }
    if (known.empty()) return;
    const Score score = keeper.score();
    within1.push_back(score.within1);
    within5.push_back(score.within5);
    within10.push_back(score.within10);
    mape.push_back(score.mape);
    rank.push_back(spearman(known, of));
    seconds.push_back(time);
  }
  void print() const {
    if (mape.empty()) return;
    std::printf("| %s | %s | %s | %s | %s | %s | %.1f |\n", name.c_str(), printSpread(within1, 1).c_str(), printSpread(within5, 1).c_str(),
                printSpread(within10, 1).c_str(), printSpread(mape, 2).c_str(), printSpread(rank, 4).c_str(), spreadOf(seconds).mean);
  }
};

double secondsSince(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

/// A training part by seed, the rest of the table the test part.
struct Split {
  NetworkSample training, test;
};
Split splitOf(const NetworkSample& all, std::size_t training, std::uint64_t seed) {
  std::vector<std::size_t> order(all.networks.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::mt19937_64 random(seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]); // the same everywhere
  Split split;
  for (std::size_t i = 0; i < order.size(); ++i) {
    NetworkSample& part = i < training ? split.training : split.test;
    part.networks.push_back(all.networks[order[i]]);
    part.ms.push_back(all.ms[order[i]]);
  }
  return split;
}

class PublishedBench {
public:
  std::string latency, graphs;
  std::vector<std::string> devices;
  int training = 900, seeds = 3;
  bool classes = false; // enough networks share their counts for a ceiling

  int run() {
    at::set_num_threads(1);
    auto read = openNetworkTable(latency);
    if (auto* error = std::get_if<RowError>(&read)) return fail(error->sentence);
    const auto& table = std::get<NetworkTable>(read);
    NetworkParts parts = partsOfChoices(table);
    if (!graphs.empty()) {
      auto made = readNetworkGraphs(graphs);
      if (auto* error = std::get_if<RowError>(&made)) return fail(error->sentence);
      parts = std::get<NetworkParts>(std::move(made));
      for (const auto& row : table.rows)
        if (!parts.counts.contains(row.network)) return fail("'" + graphs + "' has no graph of network " + row.network);
    }
    if (devices.empty()) devices = table.devices;
    for (const std::string& device : devices)
      if (table.device(device) < 0) return fail("'" + latency + "' has no device '" + device + "'");
    for (const std::string& device : devices)
      if (const int status = measure(table, parts, device)) return status;
    return 0;
  }

private:
  int measure(const NetworkTable& table, const NetworkParts& parts, const std::string& device) const {
    NetworkSample all;
    for (const auto& row : table.rows) {
      const double ms = row.ms[static_cast<std::size_t>(table.device(device))];
      if (std::isnan(ms)) continue;
      all.networks.push_back(row.network);
      all.ms.push_back(ms);
    }
    const auto size = static_cast<std::size_t>(training);
    if (size + 10 > all.networks.size()) return fail("'" + latency + "' has too few networks on " + device);
    const std::vector<NetworkRival> rivals = networkRivals();
    std::vector<Line> lines;
    for (const NetworkRival& rival : rivals) lines.push_back({.name = rival.name});
    Line own{.name = "**this**"}, median{.name = "ceiling: median of the same counts"}, mode{.name = "ceiling: mode of the same counts"},
        more{.name = "this, trained on 80 %"};
    std::vector<std::string> chosen;
    for (int seed = 0; seed < seeds; ++seed) {
      const Split split = splitOf(all, size, static_cast<std::uint64_t>(seed));
      for (std::size_t r = 0; r < rivals.size(); ++r) {
        const auto begun = std::chrono::steady_clock::now();
        const std::vector<double> out = rivals[r].predict(table, split.training, split.test.networks);
        lines[r].add(out, split.test.ms, secondsSince(begun));
      }
      const auto begun = std::chrono::steady_clock::now();
      const HeadSettings settings = chooseHead(parts, split.training);
      const std::vector<double> out = NetworkHead(parts, split.training, settings).predict(parts, split.test.networks);
      own.add(out, split.test.ms, secondsSince(begun));
      chosen.push_back(settings.print());
      if (classes) {
        median.add(sameCounts(all, split.test.networks, false), split.test.ms, 0);
        mode.add(sameCounts(all, split.test.networks, true), split.test.ms, 0);
      } else {
        const Split wide = splitOf(all, all.networks.size() * 4 / 5, static_cast<std::uint64_t>(seed));
        const auto again = std::chrono::steady_clock::now();
        const std::vector<double> wideOut = NetworkHead(parts, wide.training, settings).predict(parts, wide.test.networks);
        more.add(wideOut, wide.test.ms, secondsSince(again));
      }
    }
    std::printf("%s, %s: %zu networks to train, %zu to test, seeds 0 to %d; parts from %s\n\n", table.title.c_str(), device.c_str(), size,
                all.networks.size() - size, seeds - 1, graphs.empty() ? "the networks' names" : "graphs");
    std::printf("| | ±1 | ±5 | ±10 | MAPE | Spearman | s |\n|---|---|---|---|---|---|---|\n");
    for (const Line& line : lines) line.print();
    own.print();
    for (const Line* line : {&median, &mode, &more}) line->print();
    std::printf("\n");
    for (std::size_t i = 0; i < chosen.size(); ++i) std::printf("seed %zu chose %s\n", i, chosen[i].c_str());
    std::printf("\n");
    return 0;
  }
};

void add(CLI::App& bench, int& status, const std::string& name, const std::string& help, bool classes) {
  auto run = std::make_shared<PublishedBench>();
  run->classes = classes;
  auto* command = bench.add_subcommand(name, help);
  command->add_option("--latency", run->latency, "Published latencies: their CSV, or what cobra-train import-networks makes of it")->required()->check(CLI::ExistingFile);
  command->add_option("--graphs", run->graphs, "Graphs of the networks (scripts/network-graphs); without, choices are counted")
      ->check(CLI::ExistingFile);
  command->add_option("--device", run->devices, "Columns of the table; all if none is named");
  command->add_option("--train", run->training, "Networks to train on")->capture_default_str()->check(CLI::Range(20, 1000000));
  command->add_option("--seeds", run->seeds, "Splits, from seed 0 on")->capture_default_str()->check(CLI::Range(1, 100));
  command->callback([run, &status] { status = run->run(); });
}

} // namespace

void addPublishedNetworksBenches(CLI::App& bench, int& status) {
  add(bench, status, "nasbench201", "NAS-Bench-201: shares within 1, 5 and 10 % on networks that were not trained on", true);
  add(bench, status, "fbnet", "FBNet: the same", false);
}

} // namespace cobra::train
