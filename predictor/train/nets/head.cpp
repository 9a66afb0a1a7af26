#include "predictor/train/nets/head.h"

#include "predictor/train/nets/robust.h"

#include <cmath>
#include <cstdio>
#include <limits>

namespace cobra::train {
namespace {

constexpr int kFolds = 5;

/// One fold: what is fitted and what is held out.
struct Fold {
  NetworkSample known, held;
};

std::vector<Fold> foldsOf(const NetworkSample& sample) {
  std::vector<Fold> folds(kFolds);
  for (std::size_t i = 0; i < sample.networks.size(); ++i)
    for (std::size_t f = 0; f < kFolds; ++f) {
      NetworkSample& part = i % kFolds == f ? folds[f].held : folds[f].known;
      part.networks.push_back(sample.networks[i]);
      part.ms.push_back(sample.ms[i]);
    }
  return folds;
}

double lossOf(const NetworkParts& parts, const std::vector<Fold>& folds, const HeadSettings& settings) {
  double sum = 0;
  for (const Fold& fold : folds) {
    const std::vector<double> out = NetworkHead(parts, fold.known, settings).predict(parts, fold.held.networks);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double error = out[i] / fold.held.ms[i] - 1;
      sum += std::log1p(error * error * 1e4);
    }
  }
  return std::isfinite(sum) ? sum : std::numeric_limits<double>::infinity();
}

} // namespace

std::string HeadSettings::print() const {
  std::string text = "sum";
  if (corrections.presence) text += " + presence";
  if (corrections.products) text += " + products";
  if (corrections.presenceTimes) text += " + presence x counts";
  char numbers[96];
  std::snprintf(numbers, sizeof numbers, ", decay %g/%g, width %g %%", sumDecay, decay, width * 100);
  return text + numbers;
}

NetworkHead::NetworkHead(const NetworkParts& parts, const NetworkSample& training, const HeadSettings& settings)
    : settings_(settings), factors_(parts, training.networks) {
  const at::Tensor sums = factors_.sums(parts, training.networks);
  const at::Tensor more = factors_.corrections(parts, training.networks, settings.corrections);
  at::Tensor decay =
      at::cat({at::full({sums.size(1)}, settings.sumDecay, at::kDouble), at::full({more.size(1)}, settings.decay, at::kDouble)});
  decay[0] = 0; // the constant
  weights_ = fitRobust(at::cat({sums, more}, 1), at::tensor(training.ms, at::kDouble), {.width = settings.width, .decay = decay});
}

std::vector<double> NetworkHead::predict(const NetworkParts& parts, std::span<const std::string> networks) const {
  const at::Tensor x = at::cat({factors_.sums(parts, networks), factors_.corrections(parts, networks, settings_.corrections)}, 1);
  const at::Tensor out = at::matmul(x, weights_).contiguous();
  return {out.data_ptr<double>(), out.data_ptr<double>() + out.numel()};
}

HeadSettings chooseHead(const NetworkParts& parts, const NetworkSample& training) {
  const std::vector<Fold> folds = foldsOf(training);
  HeadSettings best;
  double least = std::numeric_limits<double>::infinity();
  const auto consider = [&](const HeadSettings& settings) {
    const double loss = lossOf(parts, folds, settings);
    if (loss >= least) return;
    least = loss;
    best = settings;
  };
  for (const Corrections& which : {Corrections{}, Corrections{.presence = true}, Corrections{.products = true},
                                   Corrections{.presence = true, .products = true}, Corrections{true, true, true}}) {
    HeadSettings settings;
    settings.corrections = which;
    consider(settings);
  }
  for (const double decay : {1e-6, 1e-5, 1e-3, 1e-2}) {
    HeadSettings settings = best;
    settings.decay = decay;
    consider(settings);
  }
  for (const double decay : {1e-5, 1e-4, 1e-3, 1e-2}) {
    HeadSettings settings = best;
    settings.sumDecay = decay;
    consider(settings);
  }
  for (const double width : {0.0, 0.005, 0.02, 0.05}) {
    HeadSettings settings = best;
    settings.width = width;
    consider(settings);
  }
  return best;
}

} // namespace cobra::train
