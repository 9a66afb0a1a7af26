#include "predictor/train/training/trainer.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

namespace cobra::train {
namespace {

std::vector<int> trainingRows(const Dataset& data, const Inputs& inputs) {
  std::vector<int> rows;
  for (std::size_t i = 0; i < data.rows.size(); ++i) {
    if (data.rows[i].part == Part::Train && !inputs.units[i].empty()) rows.push_back(static_cast<int>(i));
  }
  return rows;
}

at::Tensor logsOf(const Dataset& data) {
  std::vector<float> logs;
  for (const DatasetRow& row : data.rows) logs.push_back(static_cast<float>(std::log(row.ms)));
  return at::tensor(logs);
}

/// How much each row counts: errors of a good model and of the label add up in squares, and an L1 loss wants 1 / their scale
/// (Laplace's law of errors). Mean 1 over the training rows.
at::Tensor weightsOf(const Dataset& data, double noise) {
  std::vector<float> weights;
  double sum = 0, count = 0;
  for (const DatasetRow& row : data.rows) {
    const double floor = std::isnan(row.floor) ? 0 : row.floor;
    weights.push_back(static_cast<float>(row.weight * (noise > 0 ? noise / std::hypot(noise, floor) : 1)));
    if (row.part != Part::Train) continue;
    sum += weights.back();
    ++count;
  }
  return at::tensor(weights) * (count > 0 ? count / sum : 1.0);
}

at::Tensor indices(const std::vector<int>& rows) { return at::tensor(rows, at::TensorOptions().dtype(at::kInt)).to(at::kLong); }

bool asked(const FitOptions& options) { return options.interrupted && *options.interrupted; }

infer::Model& withArchitecture(infer::Model& model, const infer::Architecture& architecture) {
  model.architecture = architecture;
  return model;
}

Network begun(const infer::Model& model, const FitOptions& options, bool drift) {
  Network network(model, options.seed, drift);
  if (options.goOn) network.copyFrom(model);
  return network;
}

} // namespace

Trainer::Trainer(const Dataset& data, infer::Model& model, const FitOptions& options)
    : options_(options), model_(withArchitecture(model, options.architecture)), fingerprint_(fingerprint(data, options)),
      inputs_(data, model), training_(trainingRows(data, inputs_)), labels_(logsOf(data)), weights_(weightsOf(data, options.noise)),
      network_(begun(model, options, inputs_.drift.defined())), averaged_(model, options.seed, inputs_.drift.defined()),
      optimizer_(network_, options), sampler_(data, training_, options), validation_(data, inputs_), stop_(options.patience) {}

at::Tensor Trainer::learnFrom(const std::vector<int>& rows, double share) {
  const at::Tensor chosen = indices(rows);
  const at::Tensor errors = (network_.forward(inputs_, makeLearningBatch(inputs_, rows)) - labels_.index_select(0, chosen)).abs();
  const at::Tensor loss = (errors * weights_.index_select(0, chosen)).mean();
  (share < 1 ? loss * share : loss).backward();
  if (!options_.peers) interrupted_ = asked(options_);
  return errors.detach();
}

at::Tensor Trainer::learnTogether(const std::vector<int>& rows, Peers& peers) {
  const auto count = static_cast<std::int64_t>(rows.size());
  const std::int64_t begin = count * peers.rank() / peers.size(), end = count * (peers.rank() + 1) / peers.size();
  at::Tensor all = at::zeros({count + 1}); // and whether to end
  if (asked(options_)) all[count].fill_(1);
  if (begin < end) {
    const std::vector<int> own(rows.begin() + begin, rows.begin() + end);
    all.narrow(0, begin, end - begin).copy_(learnFrom(own, static_cast<double>(end - begin) / static_cast<double>(count)));
  }
  const c10::NoGradGuard noGrad;
  peers.sum(all);
  peers.sum(network_.gradients);
  interrupted_ = all[count].item<float>() > 0;
  return all.narrow(0, 0, count);
}

FitProgress Trainer::step() {
  const std::vector<int>& rows = sampler_.next();
  const at::Tensor errors = options_.peers ? learnTogether(rows, *options_.peers) : learnFrom(rows, 1);
  sampler_.learn(errors);
  {
    const c10::NoGradGuard noGrad;
    optimizer_.step(step_);
  }
  const double loss = errors.mean().item<double>();
  if (std::isfinite(loss)) recent_ = step_ == 0 ? loss : recent_ + 0.02 * (loss - recent_);
  ++step_;
  if (options_.validateEvery > 0 && (step_ % options_.validateEvery == 0 || step_ == options_.steps)) validate();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun_;
  return {.step = step_,
          .steps = options_.steps,
          .loss = recent_,
          .stepLoss = loss,
          .seconds = secondsBefore_ + elapsed.count(),
          .validation = lastValidation_};
}

void Trainer::validate() {
  {
    const c10::NoGradGuard noGrad;
    averaged_.weights.copy_(optimizer_.averaged());
  }
  lastValidation_ = validation_.mape(averaged_, inputs_);
  if (options_.peers) { // all take the first one's word, or one might stop where another goes on
    at::Tensor told = at::zeros({1});
    if (options_.peers->rank() == 0) told.fill_(lastValidation_);
    options_.peers->sum(told);
    lastValidation_ = told.item<double>();
  }
  stop_.look(lastValidation_, step_, optimizer_.averaged());
}

FitResult Trainer::finish() {
  const bool best = stop_.state().weights.defined();
  network_.copyTo(model_, best ? stop_.state().weights : optimizer_.averaged());
  return {.steps = best ? stop_.state().bestStep : step_,
          .validation = best ? stop_.state().best : lastValidation_,
          .validationRows = validation_.rows()};
}

Checkpoint Trainer::checkpoint() const {
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun_;
  return {.training = fingerprint_,
          .step = step_,
          .recent = recent_,
          .validation = lastValidation_,
          .seconds = secondsBefore_ + elapsed.count(),
          .weights = network_.weights,
          .optimizer = optimizer_.state(),
          .sampler = sampler_.state(),
          .stop = stop_.state()};
}

std::optional<std::string> Trainer::restore(const Checkpoint& c) {
  if (c.training != fingerprint_) return "is of another training: its rows, split or settings differ";
  const auto size = network_.weights.numel();
  for (const at::Tensor* tensor : {&c.weights, &c.optimizer.first, &c.optimizer.second, &c.optimizer.averaged}) {
    if (tensor->numel() != size) return "holds another number of weights than this training has";
  }
  if (c.stop.weights.defined() && c.stop.weights.numel() != size) return "holds another number of weights than this training has";
  if (c.step < 0 || c.step > options_.steps || !sampler_.restore(c.sampler)) return "contradicts itself";
  const c10::NoGradGuard noGrad;
  network_.weights.copy_(c.weights);
  optimizer_.restore(c.optimizer);
  stop_.restore(c.stop);
  step_ = c.step;
  recent_ = c.recent;
  lastValidation_ = c.validation;
  secondsBefore_ = c.seconds;
  return std::nullopt;
}

} // namespace cobra::train
