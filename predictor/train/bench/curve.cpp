#include "predictor/train/bench/curve.h"

#include "predictor/train/baselines.h"
#include "predictor/train/bench/figures.h"
#include "predictor/train/data_options.h"
#include "predictor/train/estimate.h"
#include "predictor/train/evaluate.h"
#include "predictor/train/fit.h"
#include "predictor/train/hash.h"
#include "predictor/train/progress_line.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <map>

namespace cobra::train {
namespace {

/// The same rows with `count` of those to train on, by shape in an order drawn by the seed, so that each set holds the
/// smaller ones.
Dataset withTrainingRows(const Dataset& data, std::size_t count, std::uint64_t seed) {
  std::map<std::pair<std::uint64_t, std::size_t>, std::size_t> order; // the index keeps apart what shares a hash
  for (std::size_t i = 0; i < data.rows.size(); ++i) {
    if (data.rows[i].part != Part::Train) continue;
    Hash hash(seed);
    hash.add(shapeOf(data.calls[static_cast<std::size_t>(data.rows[i].main)]));
    order.emplace(std::pair(hash.value(), i), i);
  }
  std::vector<bool> kept(data.rows.size(), false);
  for (const auto& [key, row] : order) {
    if (count == 0) break;
    kept[row] = true;
    --count;
  }
  Dataset some = data;
  some.rows.clear();
  for (std::size_t i = 0; i < data.rows.size(); ++i) {
    if (data.rows[i].part != Part::Train || kept[i]) some.rows.push_back(data.rows[i]);
  }
  return some;
}

class CurveBench {
public:
  DataOptions data;
  FitOptions options;
  std::vector<std::size_t> counts{100, 300, 1000, 3000};
  int seeds = 3, leastSteps = 1000;
  double epochs = 60;

  int run() {
    data.split.calibrate = 0;
    auto read = data.read();
    if (auto* error = std::get_if<RowError>(&read)) return fail(error->sentence);
    const auto& dataset = std::get<Dataset>(read);
    const auto all = static_cast<std::size_t>(std::ranges::count(dataset.rows, Part::Train, &DatasetRow::part));
    if (all == 0) return fail("the split leaves no row to train on");
    std::erase_if(counts, [&](std::size_t count) { return count >= all; });
    counts.push_back(all);
    std::printf("MAPE in percent on the test rows; split by %s, seed %llu; %d seeds, %.0f epochs and at least %d steps\n\n"
                "| training rows | device | test rows | mean | linear | trees | this | floor |\n|---|---|---|---|---|---|---|---|\n",
                splitName(data.split.by), static_cast<unsigned long long>(data.split.seed), seeds, epochs, leastSteps);
    for (const std::size_t count : counts) {
      if (const int status = point(withTrainingRows(dataset, count, data.split.seed), count)) return status;
    }
    if (!haveTrees()) std::printf("\ntrees: this build has no XGBoost (Debian: libxgboost-dev)\n");
    return 0;
  }

private:
  int point(const Dataset& dataset, std::size_t count) {
    options.steps = std::max(leastSteps, static_cast<int>(epochs * static_cast<double>(count) / (options.groups * options.rowsPerGroup)));
    std::map<std::string, std::vector<double>> mapes;
    std::map<std::string, infer::ErrorLine> lines;
    for (int seed = 0; seed < seeds; ++seed) {
      options.seed = static_cast<std::uint64_t>(seed);
      infer::Model model;
      model.vocabulary = makeVocabulary(dataset);
      model.devices = makeDevices(dataset, model.vocabulary);
      const auto trained = fit(dataset, model, options, ProgressLine(std::to_string(count) + " rows, seed " + std::to_string(seed) + ": "));
      if (const auto* error = std::get_if<FitError>(&trained)) return fail(error->sentence);
      fitAnalytic(dataset, model);
      auto predicted = predictRows(dataset, model);
      estimateUnknown(dataset, model, predicted); // few rows leave some operators unseen: all points are of the same test rows
      for (const infer::ErrorLine& line : measureErrors(dataset, model, predicted, GroupBy::Device)) {
        mapes[line.device].push_back(line.mape);
        lines[line.device] = line;
      }
    }
    for (const BaselineLine& line : runBaselines(dataset, GroupBy::Device, options.threads))
      print(line, lines[line.device], mapes[line.device], count);
    std::fflush(stdout);
    return 0;
  }

  static void print(const BaselineLine& baseline, const infer::ErrorLine& own, const std::vector<double>& mapes, std::size_t count) {
    char trees[16] = "-", floor[16] = "-";
    if (baseline.trees) std::snprintf(trees, sizeof trees, "%.2f", baseline.trees->mape);
    if (own.floor >= 0) std::snprintf(floor, sizeof floor, "%.2f", own.floor);
    std::printf("| %zu | %s | %d | %.1f | %.2f | %s | %s | %s |\n", count, baseline.device.c_str(), own.rows, baseline.mean.mape,
                baseline.linear.mape, trees, printSpread(mapes, 2).c_str(), floor);
  }
};

} // namespace

void addCurveBench(CLI::App& bench, int& status) {
  auto run = std::make_shared<CurveBench>();
  auto* command = bench.add_subcommand("curve", "Learning curve: the error on the same test rows for more and more training rows");
  run->data.addTo(*command);
  command->add_option("--counts", run->counts, "Numbers of training rows; all of them come last")->capture_default_str();
  command->add_option("--seeds", run->seeds, "Trainings of each, from seed 0 on")->capture_default_str()->check(CLI::Range(1, 100));
  command->add_option("--epochs", run->epochs, "Times that each training row is seen")->capture_default_str()->check(CLI::Range(0.01, 1e5));
  command->add_option("--least-steps", run->leastSteps, "Steps of the smallest sets")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000000));
  command->add_option("--groups", run->options.groups, "Operators in a step")->capture_default_str()->check(CLI::Range(1, 256));
  command->add_option("--rows", run->options.rowsPerGroup, "Rows of each")->capture_default_str()->check(CLI::Range(1, 4096));
  command->add_option("--rate", run->options.rate, "Peak learning rate")->capture_default_str();
  command->add_option("--threads", run->options.threads, "Threads")->capture_default_str()->check(CLI::Range(1, 1024));
  command->callback([run, &status] { status = run->run(); });
}

} // namespace cobra::train
