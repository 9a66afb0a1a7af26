#include "predictor/train/bench/layers.h"

#include "predictor/train/baselines.h"
#include "predictor/train/bench/figures.h"
#include "predictor/train/bench/neighbours.h"
#include "predictor/train/data_options.h"
#include "predictor/train/estimate.h"
#include "predictor/train/fit.h"
#include "predictor/train/progress_line.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

namespace cobra::train {
namespace {

/// The figures of all seeds for one line of the table.
struct Figures {
  int rows = 0;
  double floor = -1;
  std::vector<double> mape, within1, within5, within10;
  double together = 0; // MAPE of the geometric mean of all seeds' predictions

  void add(const infer::ErrorLine& line) {
    rows = line.rows;
    floor = line.floor;
    mape.push_back(line.mape);
    within1.push_back(line.within1);
    within5.push_back(line.within5);
    within10.push_back(line.within10);
  }
};
using Key = std::pair<std::string, std::string>; // group, device

class LayersBench {
public:
  DataOptions data;
  FitOptions options;
  GroupBy by = GroupBy::Operator;
  int seeds = 3;
  double epochs = 60;
  bool validation = false;

  int run() {
    data.split.calibrate = validation ? 0.1 : 0; // no bands are asked for: all of the 80 % is trained on
    auto read = data.read();
    if (auto* error = std::get_if<RowError>(&read)) return fail(error->sentence);
    auto& dataset = std::get<Dataset>(read);
    if (validation) hideTestRows(dataset);
    for (const auto& note : dataset.notes) std::fprintf(stderr, "note: %s\n", note.c_str());
    const auto training = std::ranges::count(dataset.rows, Part::Train, &DatasetRow::part);
    options.steps = std::max(1, static_cast<int>(epochs * static_cast<double>(training) / (options.groups * options.rowsPerGroup)));
    std::map<Key, Figures> figures;
    infer::Model model;
    std::vector<double> logs(dataset.rows.size(), 0);
    for (int seed = 0; seed < seeds; ++seed) {
      options.seed = static_cast<std::uint64_t>(seed);
      model = train(dataset);
      std::vector<double> predicted = predictRows(dataset, model);
      if (data.split.by == SplitBy::Family) estimateUnknown(dataset, model, predicted); // what ships says that much of them
      for (const infer::ErrorLine& line : measureErrors(dataset, model, predicted, by)) figures[{line.op, line.device}].add(line);
      for (std::size_t i = 0; i < logs.size(); ++i) logs[i] += std::log(predicted[i]) / seeds;
    }
    std::ranges::transform(logs, logs.begin(), [](double x) { return std::exp(x); });
    for (const infer::ErrorLine& line : measureErrors(dataset, model, logs, by)) figures[{line.op, line.device}].together = line.mape;
    print(figures, runBaselines(dataset, by, options.threads), neighbourScores(dataset, by), training);
    return 0;
  }

private:
  /// What settings are chosen by: a part of the training rows stands in for the test rows.
  static void hideTestRows(Dataset& dataset) {
    std::erase_if(dataset.rows, [](const DatasetRow& row) { return row.part == Part::Test; });
    for (DatasetRow& row : dataset.rows) row.part = row.part == Part::Calibrate ? Part::Test : Part::Train;
  }

  infer::Model train(const Dataset& dataset) const {
    infer::Model model;
    model.vocabulary = makeVocabulary(dataset);
    model.devices = makeDevices(dataset, model.vocabulary);
    fit(dataset, model, options, ProgressLine("seed " + std::to_string(options.seed) + ": "));
    fitAnalytic(dataset, model);
    return model;
  }

  void print(const std::map<Key, Figures>& figures, const std::vector<BaselineLine>& baselines, const std::map<Key, Score>& neighbours,
             std::ptrdiff_t training) const {
    std::printf("%td training rows; split by %s, seed %llu; %d seeds of %d steps\n\n", training, splitName(data.split.by),
                static_cast<unsigned long long>(data.split.seed), seeds, options.steps);
    std::printf("| | device | rows | neighbours | mean | linear | trees | this | seeds together | ±1 | ±5 | ±10 | floor | this / trees |\n"
                "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (const BaselineLine& line : baselines) {
      const auto found = figures.find({line.op, line.device});
      if (found == figures.end()) continue;
      const Figures& own = found->second;
      char near[16] = "-", trees[16] = "-", floor[16] = "-", ratio[16] = "-";
      if (line.trees) {
        std::snprintf(trees, sizeof trees, "%.2f", line.trees->mape);
        std::snprintf(ratio, sizeof ratio, "%.2f", spreadOf(own.mape).mean / line.trees->mape);
      }
      if (const auto score = neighbours.find(found->first); score != neighbours.end()) {
        std::snprintf(near, sizeof near, "%.2f", score->second.mape);
      }
      if (own.floor >= 0) std::snprintf(floor, sizeof floor, "%.2f", own.floor);
      std::printf("| %s | %s | %d | %s | %.1f | %.2f | %s | %s | %.2f | %s | %s | %s | %s | %s |\n", line.op.c_str(), line.device.c_str(),
                  own.rows, near, line.mean.mape, line.linear.mape, trees, printSpread(own.mape, 2).c_str(), own.together,
                  printSpread(own.within1, 1).c_str(), printSpread(own.within5, 1).c_str(), printSpread(own.within10, 1).c_str(), floor,
                  ratio);
    }
    if (!haveTrees()) std::printf("\ntrees: this build has no XGBoost (Debian: libxgboost-dev)\n");
  }
};

} // namespace

void addLayersBench(CLI::App& bench, int& status) {
  auto run = std::make_shared<LayersBench>();
  auto* command = bench.add_subcommand("layers", "Single operators: MAPE on the 20 % of shapes that were not trained on");
  run->data.addTo(*command);
  command->add_option("--seeds", run->seeds, "Trainings, from seed 0 on")->capture_default_str()->check(CLI::Range(1, 100));
  command->add_option("--epochs", run->epochs, "Times that each training row is seen")->capture_default_str()->check(CLI::Range(0.01, 1e5));
  command->add_option("--groups", run->options.groups, "Operators in a step")->capture_default_str()->check(CLI::Range(1, 256));
  command->add_option("--rows", run->options.rowsPerGroup, "Rows of each")->capture_default_str()->check(CLI::Range(1, 4096));
  command->add_flag("--validation", run->validation,
                    "Measure on a part of the training rows instead of the test rows, to choose settings by");
  command->add_option("--noise", run->options.noise, "Rows with a noisier label than this count less (0: off)")->capture_default_str();
  command->add_option("--rate", run->options.rate, "Peak learning rate")->capture_default_str();
  command->add_option("--decay", run->options.decay, "Weight decay")->capture_default_str();
  command->add_option("--width", run->options.architecture.width, "Width of the encoder")->capture_default_str()->check(CLI::Range(8, 512));
  command->add_option("--layers", run->options.architecture.layers, "Layers of the encoder")
      ->capture_default_str()
      ->check(CLI::Range(1, 12));
  command->add_option("--threads", run->options.threads, "Threads")->capture_default_str()->check(CLI::Range(1, 1024));
  static const std::map<std::string, GroupBy> kGroups{
      {"operator", GroupBy::Operator}, {"family", GroupBy::Family}, {"device", GroupBy::Device}};
  command->add_option("--by", run->by, "What a line stands for: operator, family or device")->transform(CLI::CheckedTransformer(kGroups));
  command->callback([run, &status] { status = run->run(); });
}

} // namespace cobra::train
