#include "predictor/train/fit.h"

#include "predictor/train/training/trainer.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <chrono>

namespace cobra::train {
namespace {

/// Keeps the state of a trainer on disk as its rule says.
class Keeper {
public:
  explicit Keeper(const CheckpointRule& rule) : rule_(rule) {}

  /// Goes on from the file if it is there.
  std::optional<FitError> resume(Trainer& trainer) const {
    std::error_code ignored;
    if (rule_.file.empty() || !std::filesystem::exists(rule_.file, ignored)) return std::nullopt;
    auto read = readCheckpoint(rule_.file);
    if (auto* why = std::get_if<std::string>(&read)) return FitError{*why};
    if (auto why = trainer.restore(std::get<Checkpoint>(read))) return FitError{"the checkpoint '" + rule_.file.string() + "' " + *why};
    return std::nullopt;
  }
  std::optional<FitError> keepIfDue(const Trainer& trainer, int step) {
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - last_;
    const bool due = since.count() >= rule_.everySeconds || (rule_.everySteps > 0 && step % rule_.everySteps == 0);
    return due ? keep(trainer) : std::nullopt;
  }
  std::optional<FitError> keep(const Trainer& trainer) {
    if (rule_.file.empty()) return std::nullopt;
    if (auto why = writeCheckpoint(rule_.file, trainer.checkpoint())) return FitError{*why};
    last_ = std::chrono::steady_clock::now();
    return std::nullopt;
  }

private:
  const CheckpointRule& rule_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// Peers that don't go on from the same step would learn from different rows.
std::optional<FitError> disagreement(const Trainer& trainer, Peers* peers) {
  if (!peers) return std::nullopt;
  at::Tensor steps = at::full({1}, static_cast<float>(trainer.stepsDone()));
  try {
    peers->sum(steps);
  } catch (const std::runtime_error& error) {
    return FitError{std::string("a process that trains with this one is gone: ") + error.what()};
  }
  if (steps.item<float>() == static_cast<float>(trainer.stepsDone() * peers->size())) return std::nullopt;
  return FitError{"the processes don't go on from the same step: --checkpoint must name a file that all of them see"};
}

} // namespace

std::variant<FitResult, FitError> fit(const Dataset& data, infer::Model& model, const FitOptions& options,
                                      const std::function<void(const FitProgress&)>& progress) {
  at::set_num_threads(options.threads);
  Trainer trainer(data, model, options);
  if (!trainer.hasRows()) {
    trainer.finish();
    return FitError{"no row is left to train on"};
  }
  const bool leader = !options.peers || options.peers->rank() == 0;
  Keeper keeper(options.checkpoint);
  if (auto error = keeper.resume(trainer)) return *error;
  if (auto error = disagreement(trainer, options.peers)) return *error;
  while (!trainer.done()) {
    FitProgress now;
    try {
      now = trainer.step();
    } catch (const std::runtime_error& error) {
      if (!options.peers) throw;
      return FitError{std::string("a process that trains with this one is gone: ") + error.what()};
    }
    progress(now);
    if (trainer.interrupted()) {
      if (auto error = leader ? keeper.keep(trainer) : std::nullopt) return *error;
      return FitResult{.steps = now.step, .validation = now.validation, .interrupted = true};
    }
    if (leader && now.step < now.steps) {
      if (auto error = keeper.keepIfDue(trainer, now.step)) return *error;
    }
  }
  return trainer.finish();
}

std::vector<double> networkLogs(const Dataset& data, infer::Model& model, std::span<const int> rows) {
  const c10::NoGradGuard noGrad;
  const Inputs inputs(data, model);
  Network network(model, 0);
  network.copyFrom(model);
  const at::Tensor logs = network.forward(inputs, makeBatch(inputs, rows)).to(at::kDouble);
  return {logs.data_ptr<double>(), logs.data_ptr<double>() + logs.numel()};
}

} // namespace cobra::train
