#include "predictor/train/commands/commands.h"

#include "predictor/format/file.h"
#include "predictor/train/card.h"
#include "predictor/train/commands/shared.h"
#include "predictor/train/data_options.h"
#include "predictor/train/evaluate.h"
#include "predictor/train/fit.h"
#include "predictor/train/progress_line.h"
#include "predictor/train/settings.h"
#include "predictor/train/training/interrupt.h"
#include "predictor/train/training/peers.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>

namespace cobra::train {
namespace {

/// SOURCE_DATE_EPOCH if it is set (reproducible-builds.org), else today.
std::string today() {
  std::time_t now = std::time(nullptr);
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH")) now = static_cast<std::time_t>(std::strtoll(epoch, nullptr, 10));
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&now));
  return text;
}

class FitCommand {
public:
  FitCommand() {
    data_.split.validate = 0.02;
    options_.validateEvery = 250;
  }

  void addTo(CLI::App& command) {
    command.add_option("--config", config_, "Settings as one JSON object; the command line goes before it");
    command.add_option("--out", out_, "Profile to write (.safetensors)")->required();
    command.add_option("--card", card_, "Model card to write beside it (Markdown)");
    command.add_option("--checkpoint", options_.checkpoint.file,
                       "Where the state of the training is kept; goes on from there if it is there");
    command.add_option("--checkpoint-steps", options_.checkpoint.everySteps, "Steps between two checkpoints; 0: by time alone")
        ->capture_default_str()
        ->check(CLI::Range(0, 100000000));
    command.add_option("--checkpoint-seconds", options_.checkpoint.everySeconds, "Seconds between two checkpoints")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1e9));
    command.add_option("--losses", losses_, "File that gets the loss of every step, one a line");
    command.add_flag("--together", together_, "Train with the processes that torchrun, srun or mpirun started beside this one");
    data_.addTo(command, settings_);
    FitOptions& o = options_;
    settings_.bind(command.add_option("--title", title_, "Title in the profile")->capture_default_str(), title_);
    settings_.bind(command.add_option("--seed", o.seed, "Seed of weights and order"), o.seed);
    settings_.bind(command.add_option("--steps", o.steps, "Training steps"), o.steps, 0, 100000000);
    settings_.bind(command.add_option("--groups", o.groups, "Operators in a step"), o.groups, 1, 256);
    settings_.bind(command.add_option("--rows", o.rowsPerGroup, "Rows of each"), o.rowsPerGroup, 1, 4096);
    settings_.bind(command.add_option("--rate", o.rate, "Peak learning rate"), o.rate, 0, 1);
    settings_.bind(command.add_option("--noise", o.noise, "Rows with a noisier label than this count less; 0: all alike"), o.noise, 0, 10);
    settings_.bind(command.add_option("--warm-up", o.warmUp, "Share of the steps in which the rate rises"), o.warmUp, 0, 0.99);
    settings_.bind(command.add_option("--decay", o.decay, "Weight decay"), o.decay, 0, 10);
    settings_.bind(command.add_option("--clip", o.clip, "Largest norm of a gradient"), o.clip, 1e-9, 1e9);
    settings_.bind(command.add_option("--average", o.average, "Decay of the average of the weights"), o.average, 0, 1);
    settings_.bind(command.add_option("--first-moment", o.firstMoment, "AdamW's beta 1"), o.firstMoment, 0, 0.9999);
    settings_.bind(command.add_option("--second-moment", o.secondMoment, "AdamW's beta 2"), o.secondMoment, 0, 0.999999);
    settings_.bind(command.add_option("--focus", o.focus, "Operators to draw twice as often"), o.focus);
    infer::Architecture& a = o.architecture;
    settings_.bind(command.add_option("--width", a.width, "Width of the encoder, a multiple of 16"), a.width, 16, 512);
    settings_.bind(command.add_option("--layers", a.layers, "Layers of the encoder"), a.layers, 1, 12);
    settings_.bind(command.add_option("--heads", a.heads, "Attention heads, a divisor of the width"), a.heads, 1, 64);
    settings_.bind(command.add_option("--inner", a.inner, "Width inside a layer, a multiple of 16"), a.inner, 16, 2048);
    settings_.bind(command.add_option("--hidden", a.hidden, "Width of the head, a multiple of 16"), a.hidden, 16, 2048);
    settings_.bind(command.add_option("--validate-every", o.validateEvery, "Steps between two looks at the validation rows; 0: none"),
                   o.validateEvery, 0, 100000000);
    settings_.bind(command.add_option("--patience", o.patience, "Looks without a better one that end the training; 0: all steps"),
                   o.patience, 0, 1000000);
    settings_.bind(command.add_option("--sums-steps", sums_.steps, "Steps of the second phase, with --networks: the sums of their calls"),
                   sums_.steps, 0, 100000000);
    settings_.bind(command.add_option("--sums-groups", sums_.groups, "... operators in a step, or networks"), sums_.groups, 1, 256);
    settings_.bind(command.add_option("--sums-rows", sums_.rows, "... rows of each"), sums_.rows, 1, 4096);
    settings_.bind(command.add_option("--sums-rate", sums_.rate, "... its peak learning rate"), sums_.rate, 0, 1);
    settings_.bind(command.add_option("--threads", o.threads, "Threads"), o.threads, 1, 1024);
  }

  int run() {
    if (!config_.empty()) {
      if (auto why = settings_.readFile(config_)) return fail(*why);
    }
    if (auto why = contradiction()) return fail(*why);
    if (auto why = nowhereToWrite()) return fail(*why);
    if (together_) {
      if (auto why = join()) return fail(*why);
    }
    auto read = data_.read();
    if (auto* error = std::get_if<RowError>(&read)) return fail(error->sentence);
    const auto& dataset = std::get<Dataset>(read);
    for (const auto& note : dataset.notes) std::fprintf(stderr, "note: %s\n", note.c_str());
    if (std::ranges::none_of(dataset.rows, [](const DatasetRow& row) { return row.part == Part::Train; })) {
      return fail("the split leaves none of the " + std::to_string(dataset.rows.size()) + " rows to train on");
    }
    if (leads() && !losses_.empty()) lossesOut_.open(losses_);
    infer::Model model = describe(dataset);
    std::fprintf(stderr, "%zu rows, %zu calls, %zu operators, %zu devices\n", dataset.rows.size(), dataset.calls.size(),
                 model.vocabulary.operators.size(), model.devices.size());
    const auto trained = train(dataset, model);
    if (auto* error = std::get_if<FitError>(&trained)) return fail(error->sentence);
    const auto& result = std::get<FitResult>(trained);
    if (result.interrupted) return interrupted(result, options_.checkpoint.file);
    const auto summed = learnSums(dataset, model);
    if (auto* error = std::get_if<FitError>(&summed)) return fail(error->sentence);
    if (const auto& second = std::get<FitResult>(summed); second.interrupted) return interrupted(second, sumsCheckpoint_);
    if (!leads()) return 0;
    fitAnalytic(dataset, model);
    const auto predicted = predictRows(dataset, model);
    calibrate(dataset, model, predicted);
    model.errors = measureErrors(dataset, model, predicted);
    if (auto why = calibrateTotals(data_, model)) return fail(*why);
    model.training = printRecord(recordOf(dataset, result, std::get<FitResult>(summed), predicted));
    return write(model);
  }

private:
  std::optional<std::string> contradiction() const {
    const infer::Architecture& a = options_.architecture;
    if (data_.files.empty()) return "no rows are named: give --data, or \"data\" in the file of --config";
    if (a.width % a.heads != 0) return "--heads " + std::to_string(a.heads) + " does not divide --width " + std::to_string(a.width);
    for (const auto& [name, value] : {std::pair("--width", a.width), {"--inner", a.inner}, {"--hidden", a.hidden}}) {
      if (value % 16 != 0) return std::string(name) + " " + std::to_string(value) + " is not a multiple of 16";
    }
    const SplitRule& s = data_.split;
    if (s.test + s.calibrate + s.validate >= 1) return "--test, --calibrate and --validate together leave nothing to train on";
    if (options_.patience > 0 && (options_.validateEvery == 0 || s.validate <= 0)) {
      return "--patience needs validation rows (--validate) and looks at them (--validate-every)";
    }
    return std::nullopt;
  }

  /// Found before the training, not after it.
  std::optional<std::string> nowhereToWrite() const {
    for (const std::filesystem::path& file :
         {std::filesystem::path(out_), std::filesystem::path(card_), std::filesystem::path(losses_), options_.checkpoint.file}) {
      std::error_code ignored;
      if (file.has_parent_path() && !std::filesystem::is_directory(file.parent_path(), ignored)) {
        return "'" + file.string() + "' cannot be written: there is no folder '" + file.parent_path().string() + "'";
      }
    }
    return std::nullopt;
  }

  bool leads() const { return !peers_ || peers_->rank() == 0; }

  std::optional<std::string> join() {
    const auto launch = launchOf([](const char* name) -> const char* { return std::getenv(name); });
    if (const auto* why = std::get_if<std::string>(&launch)) return *why;
    auto joined = joinPeers(std::get<Launch>(launch));
    if (auto* why = std::get_if<std::string>(&joined)) return *why;
    peers_ = std::get<std::unique_ptr<Peers>>(std::move(joined));
    options_.peers = peers_.get();
    return std::nullopt;
  }

  infer::Model describe(const Dataset& dataset) const {
    infer::Model model;
    model.context = data_.networks.empty() ? 0 : infer::kContext;
    model.title = title_;
    model.date = today();
    model.registry = "LibTorch 2.11";
    model.vocabulary = makeVocabulary(dataset);
    model.devices = makeDevices(dataset, model.vocabulary);
    return model;
  }

  std::variant<FitResult, FitError> train(const Dataset& dataset, infer::Model& model) {
    const ProgressLine line;
    const auto progress = [&](const FitProgress& now) {
      if (leads()) line(now);
      if (lossesOut_.is_open()) lossesOut_ << now.stepLoss << '\n' << std::flush;
    };
    if (options_.checkpoint.file.empty()) return fit(dataset, model, options_, progress);
    const Interrupt interrupt; // without a checkpoint there is nothing to save: signals end the program
    options_.interrupted = &interrupt.flag();
    auto result = fit(dataset, model, options_, progress);
    options_.interrupted = nullptr;
    return result;
  }

  /// The second phase where networks were measured: what their calls are together, at a low rate.
  std::variant<FitResult, FitError> learnSums(const Dataset& all, infer::Model& model) {
    if (data_.networks.empty() || sums_.steps == 0) return FitResult{};
    auto read = data_.readSums(all);
    if (auto* error = std::get_if<RowError>(&read)) return FitError{error->sentence};
    const FitOptions first = options_;
    options_.steps = sums_.steps;
    options_.groups = sums_.groups;
    options_.rowsPerGroup = sums_.rows;
    options_.rate = sums_.rate;
    options_.goOn = true;
    options_.patience = 0;                                                   // its validation networks calibrate the bands of totals
    if (!first.checkpoint.file.empty()) options_.checkpoint.file += ".sums"; // the first phase's stays, should this one be killed
    auto result = train(std::get<Dataset>(read), model);
    sumsCheckpoint_ = options_.checkpoint.file;
    options_ = first;
    return result;
  }

  static int interrupted(const FitResult& result, const std::filesystem::path& checkpoint) {
    std::fprintf(stderr, "cobra-train: interrupted after step %d; the same command goes on from '%s'\n", result.steps, checkpoint.c_str());
    constexpr int kInterrupted = 130;
    return kInterrupted;
  }

  TrainingRecord recordOf(const Dataset& dataset, const FitResult& first, const FitResult& second,
                          const std::vector<double>& predicted) const {
    const auto count = [&](Part part) { return static_cast<int>(std::ranges::count(dataset.rows, part, &DatasetRow::part)); };
    return {.trainingRows = count(Part::Train),
            .calibrationRows = count(Part::Calibrate),
            .validationRows = count(Part::Validate),
            .testRows = count(Part::Test),
            .steps = first.steps + second.steps,
            .validation = second.steps > 0 ? validationMape(dataset, predicted) : first.validation,
            .settings = settings_.print()};
  }

  /// Percent; -1 without validation rows. What the first phase saw is no longer true of weights that a second one moved.
  static double validationMape(const Dataset& dataset, const std::vector<double>& predicted) {
    ScoreKeeper keeper;
    for (std::size_t i = 0; i < dataset.rows.size(); ++i) {
      if (dataset.rows[i].part == Part::Validate && std::isfinite(predicted[i])) keeper.add(predicted[i], dataset.rows[i].ms);
    }
    const Score score = keeper.score();
    return score.rows > 0 ? score.mape : -1;
  }

  int write(const infer::Model& model) const {
    const std::string bytes = infer::printModel(model);
    if (auto error = format::writeFileAtomically(out_, bytes)) return fail(error->sentence);
    if (!card_.empty()) {
      if (auto error = format::writeFileAtomically(card_, printCard(model))) return fail(error->sentence);
    }
    std::error_code ignored; // nothing is left to go on with
    for (const auto& file : {options_.checkpoint.file, sumsCheckpoint_}) {
      if (!file.empty()) std::filesystem::remove(file, ignored);
    }
    printErrors(model);
    std::fprintf(stderr, "wrote %s, %zu KiB\n", out_.c_str(), bytes.size() / 1024);
    return 0;
  }

  struct Sums {
    int steps = 600, groups = 8, rows = 12;
    double rate = 5e-4;
  };

  DataOptions data_;
  FitOptions options_;
  Sums sums_;
  std::filesystem::path sumsCheckpoint_; // of the second phase, once it has run
  std::ofstream lossesOut_;
  Settings settings_;
  std::unique_ptr<Peers> peers_;
  bool together_ = false;
  std::string config_, out_, card_, losses_, title_ = "layers";
};

} // namespace

void addFitCommand(CLI::App& app, int& status) {
  auto run = std::make_shared<FitCommand>();
  auto* command = app.add_subcommand("fit", "Train a profile");
  run->addTo(*command);
  command->callback([run, &status] { status = run->run(); });
}

} // namespace cobra::train
