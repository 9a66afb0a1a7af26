#include "predictor/train/commands/commands.h"

#include "predictor/format/text_file.h"
#include "predictor/train/baselines.h"
#include "predictor/train/commands/shared.h"
#include "predictor/train/data_options.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <map>

namespace cobra::train {
namespace {

struct EvalCommand {
  DataOptions data;
  std::string profile, each;
  bool baselines = false;
  GroupBy by = GroupBy::Operator;
  int threads = 1;

  int runEval() {
    auto read = data.read();
    if (auto* error = std::get_if<RowError>(&read)) return fail(error->sentence);
    const auto& dataset = std::get<Dataset>(read);
    auto loaded = readProfile(profile);
    if (auto* why = std::get_if<std::string>(&loaded)) return fail(*why);
    auto& model = std::get<infer::Model>(loaded);
    const std::vector<double> predicted = predictRows(dataset, model);
    model.errors = measureErrors(dataset, model, predicted, by);
    if (!each.empty()) {
      if (auto error = replaceText(each, printEach(dataset, predicted))) return fail(error->sentence);
    }
    if (!baselines) {
      printErrors(model);
      return 0;
    }
    printBeside(model, runBaselines(dataset, by, threads));
    return 0;
  }

  /// Tab-separated: device, measured and predicted milliseconds of every test row, its calls.
  static std::string printEach(const Dataset& data, const std::vector<double>& predicted) {
    std::string text = "device\tmeasured ms\tpredicted ms\tcalls\n";
    for (std::size_t r = 0; r < data.rows.size(); ++r) {
      const DatasetRow& row = data.rows[r];
      if (row.part != Part::Test) continue;
      char times[64];
      std::snprintf(times, sizeof times, "\t%.6g\t%.6g\t", row.ms, predicted[r]);
      text += data.devices[static_cast<std::size_t>(row.device)].name + times;
      for (const int call : row.calls) text += data.snippets[static_cast<std::size_t>(call)] + ' ';
      text.back() = '\n';
    }
    return text;
  }

  static void printBeside(const infer::Model& model, const std::vector<BaselineLine>& lines) {
    std::printf("| | device | rows | mean | linear | trees | this | ±1 | ±5 | ±10 | in band | floor |\n"
                "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (const BaselineLine& line : lines) {
      const auto e = std::ranges::find_if(model.errors, [&](const auto& x) { return x.op == line.op && x.device == line.device; });
      if (e == model.errors.end()) continue;
      char trees[16] = "-", floor[16] = "-";
      if (line.trees) std::snprintf(trees, sizeof trees, "%.2f", line.trees->mape);
      if (e->floor >= 0) std::snprintf(floor, sizeof floor, "%.2f", e->floor);
      std::printf("| %s | %s | %d | %.1f | %.2f | %s | %.2f | %.0f | %.0f | %.0f | %.1f | %s |\n", line.op.c_str(), line.device.c_str(),
                  e->rows, line.mean.mape, line.linear.mape, trees, e->mape, e->within1, e->within5, e->within10, e->covered, floor);
    }
    if (!haveTrees()) std::printf("\ntrees: this build has no XGBoost (Debian: libxgboost-dev)\n");
  }
};

} // namespace

void addEvalCommand(CLI::App& app, int& status) {
  auto run = std::make_shared<EvalCommand>();
  auto* command = app.add_subcommand("eval", "Error on rows the profile was not trained on");
  run->data.addTo(*command);
  command->add_option("--profile", run->profile, "Profile")->required();
  command->add_option("--each", run->each, "File that gets every test row, measured and predicted (tab-separated)");
  command->add_flag("--baselines", run->baselines, "Beside mean, linear regression and boosted trees, as a Markdown table");
  command->add_option("--threads", run->threads, "Threads of the trees")->capture_default_str();
  static const std::map<std::string, GroupBy> kGroups{
      {"operator", GroupBy::Operator}, {"family", GroupBy::Family}, {"device", GroupBy::Device}};
  command->add_option("--by", run->by, "What a line stands for: operator, family or device")->transform(CLI::CheckedTransformer(kGroups));
  command->callback([run, &status] { status = run->runEval(); });
}

} // namespace cobra::train
