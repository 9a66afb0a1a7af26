#include "predictor/train/commands.h"

#include "predictor/format/file.h"
#include "predictor/format/text_file.h"
#include "predictor/train/baselines.h"
#include "predictor/train/data_options.h"
#include "predictor/train/fit.h"
#include "predictor/train/progress_line.h"
#include "predictor/train/public_data.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <map>
#include <numeric>

namespace cobra::train {
namespace {

std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&now));
  return text;
}

void printErrors(const infer::Model& model) {
  std::printf("%-26s %-16s %6s %7s %6s %6s %6s %6s %7s\n", "operator", "device", "rows", "MAPE %", "±1 %", "±5 %", "±10 %", "band",
              "floor %");
  for (const auto& e : model.errors) {
    std::printf("%-26s %-16s %6d %7.2f %5.1f %5.1f %5.1f %6.1f %7s\n", e.op.c_str(), e.device.c_str(), e.rows, e.mape, e.within1, e.within5,
                e.within10, e.covered, e.floor < 0 ? "-" : std::to_string(e.floor).substr(0, 4).c_str());
  }
}

std::variant<infer::Model, std::string> readProfile(const std::string& file) {
  auto document = format::readSafetensors(file);
  if (auto* error = std::get_if<format::FormatError>(&document)) return error->sentence;
  return infer::readModel(std::get<format::Document>(std::move(document)), file);
}

struct FitCommand {
  DataOptions data;
  FitOptions options;
  std::string out, title = "layers";
  int runFit() {
    auto read = data.read();
    if (auto* error = std::get_if<RowError>(&read)) return fail(error->sentence);
    const auto& dataset = std::get<Dataset>(read);
    for (const auto& note : dataset.notes) std::fprintf(stderr, "note: %s\n", note.c_str());
    infer::Model model;
    model.title = title;
    model.date = today();
    model.registry = "LibTorch 2.11";
    model.vocabulary = makeVocabulary(dataset);
    model.devices = makeDevices(dataset, model.vocabulary);
    std::fprintf(stderr, "%zu rows, %zu calls, %zu operators, %zu devices\n", dataset.rows.size(), dataset.calls.size(),
                 model.vocabulary.operators.size(), model.devices.size());
    fit(dataset, model, options, ProgressLine());
    fitAnalytic(dataset, model);
    const auto predicted = predictRows(dataset, model);
    calibrate(dataset, model, predicted);
    model.errors = measureErrors(dataset, model, predicted);
    const std::string bytes = infer::printModel(model);
    if (auto error = format::writeFileAtomically(out, bytes)) return fail(error->sentence);
    printErrors(model);
    std::fprintf(stderr, "wrote %s, %zu KiB\n", out.c_str(), bytes.size() / 1024);
    return 0;
  }
};

struct EvalCommand {
  DataOptions data;
  std::string profile;
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
    model.errors = measureErrors(dataset, model, predictRows(dataset, model), by);
    if (!baselines) {
      printErrors(model);
      return 0;
    }
    printBeside(model, runBaselines(dataset, by, threads));
    return 0;
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

struct ParityCommand {
  DataOptions data;
  std::string profile;
  int rows = 2000;

  int runParity() {
    auto read = data.read();
    if (auto* error = std::get_if<RowError>(&read)) return fail(error->sentence);
    auto& dataset = std::get<Dataset>(read);
    auto loaded = readProfile(profile);
    if (auto* why = std::get_if<std::string>(&loaded)) return fail(*why);
    auto& model = std::get<infer::Model>(loaded);
    const std::size_t stride = std::max<std::size_t>(1, dataset.rows.size() / static_cast<std::size_t>(rows));
    std::vector<DatasetRow> some;
    for (std::size_t i = 0; i < dataset.rows.size(); i += stride) some.push_back(dataset.rows[i]);
    dataset.rows = std::move(some);
    const auto plain = predictRows(dataset, model);
    std::vector<int> chosen;
    for (std::size_t i = 0; i < plain.size(); ++i) {
      if (!std::isnan(plain[i])) chosen.push_back(static_cast<int>(i));
    }
    if (chosen.empty()) return fail("the profile knows none of these rows");
    const auto logs = networkLogs(dataset, model, chosen);
    double worst = 0;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      worst = std::max(worst, std::abs(plain[static_cast<std::size_t>(chosen[i])] / std::exp(logs[i]) - 1));
    }
    constexpr double kAllowed = 1e-4;
    std::printf("largest relative difference between LibTorch and plain C++ over %zu rows: %.2e (allowed %.0e)\n", chosen.size(), worst,
                kAllowed);
    return worst <= kAllowed ? 0 : 1;
  }
};

} // namespace

void addImportCommand(CLI::App& app, int& status) {
  auto request = std::make_shared<ImportRequest>();
  auto out = std::make_shared<std::string>();
  auto* command = app.add_subcommand("import-public", "Turn a published table (CSV, gzip) into rows of our own form");
  command->add_option("kind", request->kind, "What the table holds")->required()->check(CLI::IsMember(publicKinds()));
  command->add_option("file", request->file, "The table")->required();
  command->add_option("--device", request->device, "Name of the device, where the table has no such column");
  command->add_option("--out", *out, "Rows to write (.jsonl.gz)")->required();
  command->callback([request, out, &status] {
    auto text = importPublic(*request);
    if (auto* error = std::get_if<RowError>(&text)) {
      status = fail(error->sentence);
    } else if (auto error = replaceText(*out, std::get<std::string>(text))) {
      status = fail(error->sentence);
    }
  });
}

void addFitCommand(CLI::App& app, int& status) {
  auto run = std::make_shared<FitCommand>();
  auto* command = app.add_subcommand("fit", "Train a profile");
  run->data.addTo(*command);
  command->add_option("--out", run->out, "Profile to write (.safetensors)")->required();
  command->add_option("--title", run->title, "Title in the profile");
  command->add_option("--steps", run->options.steps, "Training steps")->capture_default_str()->check(CLI::Range(0, 100000000));
  command->add_option("--seed", run->options.seed, "Seed of weights and order")->capture_default_str();
  command->add_option("--groups", run->options.groups, "Operators in a step")->capture_default_str()->check(CLI::Range(1, 256));
  command->add_option("--rows", run->options.rowsPerGroup, "Rows of each")->capture_default_str()->check(CLI::Range(1, 4096));
  command->add_option("--rate", run->options.rate, "Peak learning rate")->capture_default_str();
  command->add_option("--layers", run->options.architecture.layers, "Layers of the encoder")
      ->capture_default_str()
      ->check(CLI::Range(1, 12));
  command->add_option("--threads", run->options.threads, "Threads")->capture_default_str()->check(CLI::Range(1, 1024));
  command->add_option("--focus", run->options.focus, "Operators to draw twice as often");
  command->callback([run, &status] { status = run->runFit(); });
}

void addEvalCommand(CLI::App& app, int& status) {
  auto run = std::make_shared<EvalCommand>();
  auto* command = app.add_subcommand("eval", "Error on rows the profile was not trained on");
  run->data.addTo(*command);
  command->add_option("--profile", run->profile, "Profile")->required();
  command->add_flag("--baselines", run->baselines, "Beside mean, linear regression and boosted trees, as a Markdown table");
  command->add_option("--threads", run->threads, "Threads of the trees")->capture_default_str();
  static const std::map<std::string, GroupBy> kGroups{
      {"operator", GroupBy::Operator}, {"family", GroupBy::Family}, {"device", GroupBy::Device}};
  command->add_option("--by", run->by, "What a line stands for: operator, family or device")->transform(CLI::CheckedTransformer(kGroups));
  command->callback([run, &status] { status = run->runEval(); });
}

void addParityCommand(CLI::App& app, int& status) {
  auto run = std::make_shared<ParityCommand>();
  auto* command = app.add_subcommand("parity", "Compare LibTorch's results with those of the plain C++ that ships");
  run->data.addTo(*command);
  command->add_option("--profile", run->profile, "Profile")->required();
  command->add_option("--rows", run->rows, "Rows to compare")->capture_default_str()->check(CLI::Range(1, 100000000));
  command->callback([run, &status] { status = run->runParity(); });
}

} // namespace cobra::train
