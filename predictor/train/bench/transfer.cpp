#include "predictor/train/bench/transfer.h"

#include "predictor/adapt/simple.h"
#include "predictor/train/bench/figures.h"
#include "predictor/train/data_options.h"
#include "predictor/train/transfer/protocol.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <numeric>
#include <random>

#include <unistd.h>

namespace cobra::train {
namespace {

using Key = std::pair<std::string, std::size_t>; // method, samples

/// Scores of one method for one number of samples: by device, one for each draw.
using ByDevice = std::map<int, std::vector<TransferScore>>;

struct Means {
  double rank = 0, within10 = 0, mape = 0;
};

class TransferBench {
public:
  std::string latency = "predictor/profiles/data/networks/nasbench201.jsonl.gz";
  std::vector<std::size_t> samples{3, 10, 20};
  std::size_t sources = 900, candidates = 3000;
  int draws = 4;
  bool fixed = false;

  int run() {
    auto read = openNetworkTable(latency);
    if (auto* error = std::get_if<RowError>(&read)) return fail(error->sentence);
    const auto& table = std::get<NetworkTable>(read);
    if (table.places != 6 || table.choices.size() != 5) return fail("'" + latency + "' holds networks of another space than NAS-Bench-201");
    if (samples.empty()) return fail("name at least one number of samples");
    most_ = *std::ranges::max_element(samples);
    if (most_ + 2 > std::min(candidates, table.rows.size())) return fail("there are fewer networks to measure than samples are asked for");
    if (table.devices.size() < 3) return fail("'" + latency + "' has fewer than three devices");
    for (int draw = 0; draw < draws; ++draw) {
      const TransferData data(table, sources, static_cast<std::uint64_t>(draw));
      for (int device = 0; device < static_cast<int>(table.devices.size()); ++device) {
        showProgress(draw, table.devices[static_cast<std::size_t>(device)]);
        leaveOut(data, device);
      }
    }
    if (onTerminal_) std::fprintf(stderr, "\r\033[K");
    print(table);
    return 0;
  }

private:
  void showProgress(int draw, const std::string& device) const {
    if (onTerminal_) std::fprintf(stderr, "\r\033[Kdraw %d of %d, %s", draw + 1, draws, device.c_str());
  }

  void leaveOut(const TransferData& data, int device) {
    const std::vector<std::string> card{cardOf(data.table().devices[static_cast<std::size_t>(device)])};
    const std::vector<int> known = data.devicesWithout(card);
    std::vector<int> pool;
    for (Eigen::Index n = 0; n < data.ms(device).size(); ++n) {
      if (data.ms(device)[n] > 0) pool.push_back(static_cast<int>(n));
    }
    std::mt19937_64 random(data.measured().front() + 1000003ULL * static_cast<std::uint64_t>(device));
    std::ranges::shuffle(pool, random);
    pool.resize(std::min(pool.size(), candidates));
    const adapt::KnownDevices devices = data.known(known);
    const adapt::OneFactor factor(devices);
    const adapt::BestShifted shifted(devices);
    const adapt::RidgeOnDevices ridge(devices);
    for (const std::size_t count : samples) {
      const adapt::NetworkMethod ours(data.counts(), data.profiles(known), settingsFor(data, card.front(), known, count));
      const std::vector<int> designed = ours.choose(pool, count);
      const std::vector<int> drawn(pool.begin(), pool.begin() + static_cast<std::ptrdiff_t>(count));
      for (const adapt::Method* method : std::initializer_list<const adapt::Method*>{&factor, &shifted, &ridge, &ours}) {
        add(method->name() + ", random networks", data, device, *method, drawn);
        add(method->name() + ", chosen networks", data, device, *method, designed);
      }
    }
  }

  void add(const std::string& name, const TransferData& data, int device, const adapt::Method& method, const std::vector<int>& items) {
    if (std::ranges::find(order_, name) == order_.end()) order_.push_back(name);
    const Eigen::VectorXd& ms = data.ms(device);
    scores_[{name, items.size()}][device].push_back(scoreTransfer(method.predict({items, ms(items)}), ms, items));
  }

  /// From the known devices' networks of the first draw; the same for all columns of a card.
  const adapt::NetworkSettings& settingsFor(const TransferData& data, const std::string& card, const std::vector<int>& known,
                                            std::size_t count) {
    const auto [slot, isNew] = settings_.try_emplace({card, count});
    if (isNew && !fixed) slot->second = chooseTransferSettings(data, known, count);
    return slot->second;
  }

  static Means meansOf(const std::vector<TransferScore>& scores) {
    Means m;
    for (const TransferScore& s : scores) {
      m.rank += s.rank / static_cast<double>(scores.size());
      m.within10 += s.within10 / static_cast<double>(scores.size());
      m.mape += s.mape / static_cast<double>(scores.size());
    }
    return m;
  }

  /// Columns of a card that was measured at several batch sizes are the table's GPUs.
  static std::vector<int> gpus(const NetworkTable& table) {
    std::map<std::string, std::vector<int>> cards;
    for (std::size_t d = 0; d < table.devices.size(); ++d) cards[cardOf(table.devices[d])].push_back(static_cast<int>(d));
    std::vector<int> out;
    for (const auto& [card, columns] : cards) {
      if (columns.size() > 1) out.insert(out.end(), columns.begin(), columns.end());
    }
    return out;
  }

  static Means meanOver(const ByDevice& scores, const std::vector<int>& devices) {
    std::vector<TransferScore> means;
    for (const int device : devices) {
      const Means m = meansOf(scores.at(device));
      means.push_back({m.rank, m.within10, m.mape});
    }
    return meansOf(means);
  }

  void print(const NetworkTable& table) const {
    std::vector<int> all(table.devices.size());
    std::iota(all.begin(), all.end(), 0);
    const std::vector<int> gpu = gpus(table);
    std::printf("%s: %zu networks, %zu columns, each left out in turn with its card; %d draws; known devices from %zu networks\n\n",
                table.title.c_str(), table.rows.size(), table.devices.size(), draws, sources);
    std::printf("| method | samples | rho | ±10 | GPU columns: rho | ±10 |\n|---|---|---|---|---|---|\n");
    for (const std::string& method : order_) {
      for (const std::size_t count : samples) {
        const ByDevice& scores = scores_.at({method, count});
        const Means every = meanOver(scores, all);
        std::printf("| %s | %zu | %.4f | %.1f |", method.c_str(), count, every.rank, every.within10);
        if (gpu.empty()) {
          std::printf(" - | - |\n");
        } else {
          const Means graphics = meanOver(scores, gpu);
          std::printf(" %.4f | %.1f |\n", graphics.rank, graphics.within10);
        }
      }
    }
    const std::string& ours = order_.back();
    std::printf("\n%s, by device: rho / ±10 (MAPE)\n\n| device |", ours.c_str());
    for (const std::size_t count : samples) std::printf(" %zu |", count);
    std::printf("\n|---|");
    for (std::size_t i = 0; i < samples.size(); ++i) std::printf("---|");
    std::printf("\n");
    for (const int device : all) {
      std::printf("| %s |", table.devices[static_cast<std::size_t>(device)].c_str());
      for (const std::size_t count : samples) {
        const Means m = meansOf(scores_.at({ours, count}).at(device));
        std::printf(" %.3f / %.1f (%.1f) |", m.rank, m.within10, m.mape);
      }
      std::printf("\n");
    }
  }

  std::size_t most_ = 0;
  bool onTerminal_ = ::isatty(STDERR_FILENO) == 1;
  std::vector<std::string> order_;
  std::map<Key, ByDevice> scores_;
  std::map<std::pair<std::string, std::size_t>, adapt::NetworkSettings> settings_;
};

} // namespace

void addTransferBench(CLI::App& bench, int& status) {
  auto run = std::make_shared<TransferBench>();
  auto* command = bench.add_subcommand("transfer", "Networks on a device from a few measurements on it: each device left out in turn");
  command->add_option("--latency", run->latency, "Table of networks (cobra-train import-networks)")->capture_default_str();
  command->add_option("--samples", run->samples, "Networks measured on the new device")->delimiter(',')->check(CLI::Range(1, 1000));
  command->add_option("--draws", run->draws, "Random draws, from seed 0 on")->capture_default_str()->check(CLI::Range(1, 100));
  command->add_option("--sources", run->sources, "Networks measured on known devices")
      ->capture_default_str()
      ->check(CLI::Range(20, 1000000));
  command->add_option("--candidates", run->candidates, "Random networks among which those to measure are chosen")
      ->capture_default_str()
      ->check(CLI::Range(2, 1000000));
  command->add_flag("--fixed", run->fixed, "The default settings for every device, instead of those that the known devices favour");
  command->callback([run, &status] { status = run->run(); });
}

} // namespace cobra::train
