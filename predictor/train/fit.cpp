#include "predictor/train/fit.h"

#include "predictor/train/network.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

namespace cobra::train {
namespace {

/// The rows of one operator, drawn without repeats until all were seen.
class Deck {
public:
  void add(int row) { rows_.push_back(row); }
  std::size_t size() const { return rows_.size(); }

  int draw(std::mt19937_64& random) {
    if (next_ == 0) {
      for (std::size_t i = rows_.size(); i > 1; --i) std::swap(rows_[i - 1], rows_[random() % i]);
    }
    const int row = rows_[next_];
    next_ = (next_ + 1) % rows_.size();
    return row;
  }

private:
  std::vector<int> rows_;
  std::size_t next_ = 0;
};

/// Decides which operators a step trains on: the more rows and the more error, the more often.
class Sampler {
public:
  Sampler(const Dataset& data, const Inputs& inputs, const FitOptions& options) : options_(options), random_(options.seed + 1) {
    std::map<std::string, Deck> decks;
    for (std::size_t i = 0; i < data.rows.size(); ++i) {
      if (data.rows[i].part != Part::Train || inputs.units[i].empty()) continue;
      decks[data.kindOf(data.rows[i])].add(static_cast<int>(i));
    }
    for (auto& [name, deck] : decks) {
      const bool focus = std::ranges::find(options.focus, name) != options.focus.end();
      decks_.push_back({std::move(deck), focus ? 2.0 : 1.0, 0.5});
    }
  }
  bool empty() const { return decks_.empty(); }

  /// Rows of the next step; the decks they are from stay known for learn().
  const std::vector<int>& next() {
    rows_.clear();
    drawn_.clear();
    std::vector<double> weights;
    for (const Kind& kind : decks_) {
      weights.push_back(kind.focus * std::sqrt(static_cast<double>(kind.deck.size())) * std::clamp(kind.loss, 0.02, 0.5));
    }
    std::discrete_distribution<std::size_t> choose(weights.begin(), weights.end());
    for (int g = 0; g < options_.groups; ++g) {
      const std::size_t kind = choose(random_);
      for (int i = 0; i < options_.rowsPerGroup; ++i) rows_.push_back(decks_[kind].deck.draw(random_));
      drawn_.push_back(kind);
    }
    return rows_;
  }

  void learn(const at::Tensor& errors) {
    const at::Tensor means = errors.detach().view({options_.groups, options_.rowsPerGroup}).mean(1);
    for (std::size_t g = 0; g < drawn_.size(); ++g) {
      double& loss = decks_[drawn_[g]].loss;
      loss += 0.05 * (means[static_cast<std::int64_t>(g)].item<double>() - loss);
    }
  }

private:
  struct Kind {
    Deck deck;
    double focus, loss;
  };
  const FitOptions& options_;
  std::mt19937_64 random_;
  std::vector<Kind> decks_;
  std::vector<int> rows_;
  std::vector<std::size_t> drawn_;
};

/// 8 % linear warm-up, then half a cosine down to nearly nothing.
double rateAt(double share, double peak) {
  constexpr double kWarm = 0.08;
  if (share < kWarm) return peak * share / kWarm;
  return peak * (0.001 + 0.999 * 0.5 * (1 + std::cos(std::numbers::pi * (share - kWarm) / (1 - kWarm))));
}

/// AdamW (Loshchilov & Hutter 2019) over one flat vector of weights.
class Optimizer {
public:
  Optimizer(Network& network, const FitOptions& options)
      : network_(network), options_(options), first_(at::zeros_like(network.weights)), second_(at::zeros_like(network.weights)) {}

  void step(double rate) {
    ++count_;
    at::Tensor& g = network_.gradients;
    const double norm = g.norm().item<double>();
    if (!std::isfinite(norm)) { // a broken step is dropped, not learned
      g.zero_();
      return;
    }
    if (norm > options_.clip) g.mul_(options_.clip / norm);
    first_.mul_(kFirst).add_(g, 1 - kFirst);
    second_.mul_(kSecond).addcmul_(g, g, 1 - kSecond);
    network_.weights.addcmul_(network_.weights, network_.decayed, -rate * options_.decay);
    const double size = rate / (1 - std::pow(kFirst, count_));
    const at::Tensor scale = (second_ / (1 - std::pow(kSecond, count_))).sqrt_().add_(1e-8);
    network_.weights.addcdiv_(first_, scale, -size);
    g.zero_();
  }

private:
  static constexpr double kFirst = 0.9, kSecond = 0.98;
  Network& network_;
  const FitOptions& options_;
  at::Tensor first_, second_;
  int count_ = 0;
};

/// How much each row counts: errors of a good model and of the label add up in squares, and an L1 loss wants 1 / their scale
/// (Laplace's law of errors). Mean 1 over the training rows.
at::Tensor weightsOf(const Dataset& data, double noise) {
  std::vector<float> weights;
  double sum = 0, count = 0;
  for (const DatasetRow& row : data.rows) {
    const double floor = std::isnan(row.floor) ? 0 : row.floor;
    weights.push_back(noise > 0 ? static_cast<float>(noise / std::hypot(noise, floor)) : 1.0F);
    if (row.part != Part::Train) continue;
    sum += weights.back();
    ++count;
  }
  return at::tensor(weights) * (count > 0 ? count / sum : 1.0);
}

} // namespace

void fit(const Dataset& data, infer::Model& model, const FitOptions& options, const std::function<void(const FitProgress&)>& progress) {
  at::set_num_threads(options.threads);
  const auto start = std::chrono::steady_clock::now();
  model.architecture = options.architecture;
  const Inputs inputs(data, model);
  Sampler sampler(data, inputs, options);
  Network network(model, options.seed);
  at::Tensor averaged = network.weights.clone();
  Optimizer optimizer(network, options);
  std::vector<float> times;
  for (const DatasetRow& row : data.rows) times.push_back(static_cast<float>(std::log(row.ms)));
  const at::Tensor labels = at::tensor(times), weights = weightsOf(data, options.noise);
  double recent = 0;
  for (int step = 0; step < options.steps && !sampler.empty(); ++step) {
    const auto& rows = sampler.next();
    const at::Tensor chosen = at::tensor(rows, at::TensorOptions().dtype(at::kInt)).to(at::kLong);
    const at::Tensor errors = (network.forward(inputs, makeBatch(inputs, rows)) - labels.index_select(0, chosen)).abs();
    const at::Tensor loss = (errors * weights.index_select(0, chosen)).mean();
    loss.backward();
    sampler.learn(errors);
    {
      const c10::NoGradGuard noGrad;
      optimizer.step(rateAt(static_cast<double>(step) / options.steps, options.rate));
      const double keep = std::min(options.average, (1.0 + step) / (10.0 + step));
      averaged.lerp_(network.weights, 1 - keep);
    }
    const double value = loss.item<double>();
    recent = step == 0 ? value : recent + 0.02 * (value - recent);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    progress({step + 1, options.steps, recent, elapsed.count()});
  }
  network.copyTo(model, averaged);
}

std::vector<double> networkLogs(const Dataset& data, infer::Model& model, std::span<const int> rows) {
  const c10::NoGradGuard noGrad;
  const Inputs inputs(data, model);
  Network network(model, 0);
  network.copyFrom(model);
  const at::Tensor logs = network.forward(inputs, makeBatch(inputs, rows)).to(at::kDouble);
  return {logs.data_ptr<double>(), logs.data_ptr<double>() + logs.numel()};
}

void fitAnalytic(const Dataset& data, infer::Model& model) {
  for (std::size_t d = 0; d < data.devices.size(); ++d) {
    const int index = model.deviceIndex(data.devices[d].name);
    if (index < 0) continue;
    auto& device = model.devices[static_cast<std::size_t>(index)];
    std::map<std::string, int> counts;
    for (const DatasetRow& row : data.rows) {
      if (row.part == Part::Train && row.device == static_cast<int>(d)) ++counts[data.kindOf(row)];
    }
    std::vector<float> flops, bytes, launches, ms, weights;
    const double perFlop = 1e-6 / device.spec.gflops, perByte = 1e-6 / device.spec.gbytes;
    for (const DatasetRow& row : data.rows) {
      if (row.part != Part::Train || row.device != static_cast<int>(d)) continue;
      double f = 0, b = 0;
      for (const int call : row.calls) {
        const infer::Work& work = data.calls[static_cast<std::size_t>(call)].work;
        f += work.flops;
        b += work.inputBytes + work.weightBytes + work.outputBytes;
      }
      flops.push_back(static_cast<float>(f * perFlop));
      bytes.push_back(static_cast<float>(b * perByte));
      launches.push_back(static_cast<float>(row.calls.size()));
      ms.push_back(static_cast<float>(row.ms));
      weights.push_back(1.0F / static_cast<float>(counts[data.kindOf(row)]));
    }
    if (ms.empty()) continue;
    const at::Tensor work = at::stack({at::tensor(launches), at::tensor(flops), at::tensor(bytes)}, 1);
    const at::Tensor wanted = at::tensor(ms).log();
    const at::Tensor weight = at::tensor(weights) / at::tensor(weights).sum();
    // In logarithms, so that no coefficient turns negative; started at 0.01 ms a call and half the rated
    // speed.
    at::Tensor logs = at::tensor({std::log(0.01F), std::log(2.0F), std::log(2.0F)}).requires_grad_(true);
    at::Tensor momentum = at::zeros(3), square = at::zeros(3);
    constexpr int kSteps = 400;
    for (int step = 0; step < kSteps; ++step) {
      const at::Tensor loss = ((at::matmul(work, logs.exp()).log() - wanted).abs() * weight).sum();
      loss.backward();
      const c10::NoGradGuard noGrad;
      at::Tensor& g = logs.mutable_grad();
      momentum.mul_(0.9).add_(g, 0.1);
      square.mul_(0.99).addcmul_(g, g, 0.01);
      logs.addcdiv_(momentum, square.sqrt() + 1e-8, -0.05 * (1 - static_cast<double>(step) / kSteps));
      g.zero_();
    }
    const c10::NoGradGuard noGrad;
    const at::Tensor c = logs.exp().to(at::kDouble);
    device.analytic = {c[0].item<double>(), c[1].item<double>() * perFlop, c[2].item<double>() * perByte};
    // Weighted quantiles of measured / estimated.
    const at::Tensor ratio = (wanted - at::matmul(work, logs.exp()).log()).exp();
    const auto [sorted, order] = ratio.sort();
    const at::Tensor share = weight.index_select(0, order).cumsum(0);
    const auto quantile = [&](double q) {
      const auto at = std::min<std::int64_t>((share < q).sum().item<std::int64_t>(), sorted.size(0) - 1);
      return sorted[at].item<double>();
    };
    device.analytic.low = std::min(1.0, quantile(0.05));
    device.analytic.high = std::max(1.0, quantile(0.95));
  }
}

} // namespace cobra::train
