#include "predictor/train/bench/adapt.h"

#include "predictor/adapt/call_table.h"
#include "predictor/adapt/cross_validation.h"
#include "predictor/adapt/simple.h"
#include "predictor/infer/predictor.h"
#include "predictor/infer/profile.h"
#include "predictor/train/bench/figures.h"
#include "predictor/train/data_options.h"
#include "predictor/train/rows.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <random>
#include <set>

namespace cobra::train {
namespace {

/// Figures of one method for one number of samples, one for each draw.
struct Figures {
  std::vector<double> median, mape, within10, inBand;
};

class AdaptBench {
public:
  std::vector<std::string> files;
  std::string device, from;
  std::vector<std::size_t> samples{10, 30, 100};
  std::size_t most = 4000;
  int draws = 4;

  int run() {
    adapt::CallSamples rows;
    if (auto error = read(rows)) return fail(*error);
    auto found = findDevice(from, {});
    if (auto* error = std::get_if<ProfileError>(&found)) return fail(error->sentence);
    const auto& model = static_cast<const infer::ModelProfile&>(*std::get<std::shared_ptr<const Profile>>(found)).model();
    const adapt::CallTable table = adapt::tableOf(model, rows, std::vector<std::string>{device});
    const std::size_t largest = *std::ranges::max_element(samples);
    if (table.calls.size() < largest + 20) {
      return fail("the profile of '" + from + "' knows the operators of " + std::to_string(table.calls.size()) + " rows; that is too few");
    }
    const adapt::Samples all = adapt::samplesOf(table, rows);
    std::string basis;
    for (const std::string& name : table.known.names) basis += (basis.empty() ? "" : ", ") + name;
    std::printf("%s from %s: %zu rows of operators that it knows, of %zu; %d draws, the rest of the rows is predicted\n\n", device.c_str(),
                basis.c_str(), table.calls.size(), rows.calls.size(), draws);
    std::printf("| method | samples | median %% | MAPE %% | ±10 %% | in 90 %% band |\n|---|---|---|---|---|---|\n");
    for (std::size_t d = 0; d < table.known.names.size(); ++d) {
      line(table.known.names[d] + " as it is", 0, adapt::expectedError(table.known.ms.col(static_cast<Eigen::Index>(d)), all.ms));
    }
    if (model.deviceIndex(device) >= 0) printOwn(model, device, rows, table, all);
    const adapt::OneFactor factor(table.known);
    const adapt::BestShifted shifted(table.known);
    const adapt::RidgeOnDevices ridge(table.known);
    const adapt::CallMethod ours(table.known, table.kinds);
    std::vector<const adapt::Method*> methods{&factor, &ridge, &ours};
    if (table.devices.size() > 1) methods.insert(methods.begin() + 1, &shifted);
    for (const std::size_t count : samples) {
      for (const adapt::Method* method : methods) measure(*method, all, count);
    }
    return 0;
  }

private:
  /// Rows of one call on the device, `most` of them at random.
  std::optional<std::string> read(adapt::CallSamples& out) const {
    std::set<std::string, std::less<>> seen;
    for (const std::string& file : files) {
      auto rows = readRows(file);
      if (auto* error = std::get_if<RowError>(&rows)) return error->sentence;
      const auto& table = std::get<RowTable>(rows);
      for (const Row& row : table.rows) {
        if (row.calls.size() != 1 || table.devices[static_cast<std::size_t>(row.device)].name != device) continue;
        if (!seen.insert(row.calls.front()).second) continue;
        auto call = parseSnippet(row.calls.front());
        if (auto* parsed = std::get_if<Call>(&call)) out.calls.push_back({std::move(*parsed), row.ms});
      }
    }
    if (out.calls.empty()) return "there is no row of one call on '" + device + "'";
    std::mt19937_64 random(1);
    std::ranges::shuffle(out.calls, random);
    out.calls.resize(std::min(out.calls.size(), most));
    return std::nullopt;
  }

  /// A network that was trained on rows of the device: what adapting can hope for at most.
  static void printOwn(const infer::Model& model, const std::string& own, const adapt::CallSamples& rows, const adapt::CallTable& table,
                       const adapt::Samples& all) {
    // Only the device itself is left to ask.
    std::vector<std::string> others;
    for (const auto& one : model.devices) {
      if (one.name != own) others.push_back(one.name);
    }
    const adapt::CallTable itself = adapt::tableOf(model, rows, others);
    if (itself.calls != table.calls) return;
    line(own + " itself, trained on (upper bound)", 0, adapt::expectedError(itself.known.ms.col(0), all.ms));
  }

  static void line(const std::string& method, std::size_t count, const adapt::ExpectedError& error) {
    std::printf("| %s | %s | %.1f | %.1f | %.1f | - |\n", method.c_str(), count ? std::to_string(count).c_str() : "-", error.median,
                error.mape, error.within10);
  }

  void measure(const adapt::Method& method, const adapt::Samples& all, std::size_t count) const {
    Figures figures;
    for (int draw = 0; draw < draws; ++draw) {
      std::vector<int> order(all.items);
      std::mt19937_64 random(static_cast<std::uint64_t>(draw));
      std::ranges::shuffle(order, random);
      const std::vector<int> drawn(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count));
      const std::vector<int> rest(order.begin() + static_cast<std::ptrdiff_t>(count), order.end());
      const adapt::Samples known{drawn, all.ms(drawn)};
      const Eigen::VectorXd predicted = method.predict(known);
      const adapt::ExpectedError error = adapt::expectedError(predicted(rest), all.ms(rest));
      figures.median.push_back(error.median);
      figures.mape.push_back(error.mape);
      figures.within10.push_back(error.within10);
      const adapt::ExpectedError promised = adapt::expectedError(adapt::predictLeftOut(method, known), known.ms);
      const Eigen::ArrayXd ratio = all.ms(rest).array() / predicted(rest).array();
      const auto held = (ratio >= promised.low && ratio <= promised.high).count();
      figures.inBand.push_back(100 * static_cast<double>(held) / static_cast<double>(rest.size()));
    }
    std::printf("| %s | %zu | %s | %s | %s | %s |\n", method.name().c_str(), count, printSpread(figures.median, 1).c_str(),
                printSpread(figures.mape, 1).c_str(), printSpread(figures.within10, 1).c_str(), printSpread(figures.inBand, 1).c_str());
  }
};

} // namespace

void addAdaptBench(CLI::App& bench, int& status) {
  auto run = std::make_shared<AdaptBench>();
  auto* command = bench.add_subcommand("adapt", "Calls on a device from a few of them and a linked-in profile of other devices");
  command->add_option("--data", run->files, "Rows of the device (records, or tables of rows)")->required();
  command->add_option("--device", run->device, "The device, as the rows name it")->required();
  command->add_option("--from", run->from, "A device of the profile to adapt")->required();
  command->add_option("--samples", run->samples, "Rows that are known")->delimiter(',')->check(CLI::Range(2, 2000));
  command->add_option("--draws", run->draws, "Random draws, from seed 0 on")->capture_default_str()->check(CLI::Range(1, 100));
  command->add_option("--most", run->most, "Rows taken at random where there are more")
      ->capture_default_str()
      ->check(CLI::Range(50, 1000000));
  command->callback([run, &status] { status = run->run(); });
}

} // namespace cobra::train
