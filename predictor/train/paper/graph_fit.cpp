#include "predictor/train/paper/graph_fit.h"

#include <ATen/Context.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <random>

namespace cobra::train::paper {
namespace {

double medianOf(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// Where a step gets the features of its networks from.
using FeatureSource = std::function<std::vector<at::Tensor>(const GraphSet& set, std::span<const std::size_t> chosen, bool training)>;

class Fit {
public:
  Fit(const GraphData& data, const GraphFitOptions& options, std::int64_t features, FeatureSource source)
      : data_(data), options_(options), source_(std::move(source)),
        gcn_({.features = features, .width = options.width, .layers = options.layers, .dropout = options.dropout}, options.seed),
        unit_(medianOf(data.train.ms)) {}

  /// `also`: weights that learn with the graph network's.
  GraphFitResult run(Weights* also, const std::function<void(int)>& afterEpoch) {
    at::manual_seed(options_.seed);
    std::mt19937_64 random(options_.seed);
    Adam own(gcn_.weights(), options_.decay, 0);
    std::optional<Adam> other;
    if (also) other.emplace(*also, options_.decay, 0);
    const int every = std::max(1, options_.epochs / options_.checks);
    GraphFitResult best{.test = {}, .validation = 1e300};
    std::vector<std::size_t> order(data_.train.ms.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (int epoch = 1; epoch <= options_.epochs; ++epoch) {
      std::ranges::shuffle(order, random);
      for (std::size_t begin = 0; begin < order.size(); begin += static_cast<std::size_t>(options_.batch)) {
        const std::size_t size = std::min(order.size() - begin, static_cast<std::size_t>(options_.batch));
        errorOf(data_.train, std::span(order).subspan(begin, size), true).backward();
        own.step(options_.rate);
        if (other) other->step(options_.rate);
      }
      if (epoch % every == 0 || epoch == options_.epochs) {
        const double error = validationError();
        if (error < best.validation) best = {answers(data_.test), error, epoch};
      }
      if (afterEpoch) afterEpoch(epoch);
    }
    if (best.test.empty()) best.test = answers(data_.test);
    return best;
  }

private:
  at::Tensor predict(const GraphSet& set, std::span<const std::size_t> chosen, bool training) const {
    std::vector<at::Tensor> adjacency;
    for (const std::size_t i : chosen) adjacency.push_back(set.adjacency[i]);
    return gcn_.forward(makeGraphBatch(source_(set, chosen, training), adjacency), training) * unit_;
  }
  at::Tensor errorOf(const GraphSet& set, std::span<const std::size_t> chosen, bool training) const {
    std::vector<float> wanted;
    for (const std::size_t i : chosen) wanted.push_back(static_cast<float>(set.ms[i]));
    const at::Tensor ms = at::tensor(wanted);
    return ((predict(set, chosen, training) - ms).abs() / ms).mean();
  }
  std::vector<double> answers(const GraphSet& set) const {
    const c10::NoGradGuard noGrad;
    std::vector<double> out;
    for (std::size_t i = 0; i < set.ms.size(); ++i) out.push_back(predict(set, std::span(&i, 1), false).item<double>());
    return out;
  }
  double validationError() const {
    const std::vector<double> predicted = answers(data_.validate);
    double sum = 0;
    for (std::size_t i = 0; i < predicted.size(); ++i) sum += std::abs(predicted[i] / data_.validate.ms[i] - 1);
    return 100 * sum / static_cast<double>(predicted.size());
  }

  const GraphData& data_;
  const GraphFitOptions& options_;
  FeatureSource source_;
  Gcn gcn_;
  double unit_;
};

/// Runs the encoder over the distinct snippets of the chosen networks and gives each node its row.
class EncodedNodes {
public:
  EncodedNodes(const GraphData& data, const FineTuneData& text, const Encoder& encoder) : data_(data), text_(text), encoder_(encoder) {}

  std::vector<at::Tensor> operator()(const GraphSet& set, std::span<const std::size_t> chosen, bool training) const {
    const auto& nodes = &set == &data_.train ? text_.train : &set == &data_.validate ? text_.validate : text_.test;
    std::map<int, std::int64_t> rows;
    std::vector<std::vector<int>> ids;
    for (const std::size_t network : chosen) {
      for (const int snippet : nodes[network]) {
        if (rows.try_emplace(snippet, static_cast<std::int64_t>(ids.size())).second)
          ids.push_back(text_.tokens[static_cast<std::size_t>(snippet)]);
      }
    }
    const TokenBatch batch = makeTokenBatch(ids, text_.padding);
    const at::Tensor encoded = Encoder::pooled(encoder_.hidden(batch, training), batch);
    std::vector<at::Tensor> out;
    for (const std::size_t network : chosen) {
      std::vector<std::int64_t> which;
      for (const int snippet : nodes[network]) which.push_back(rows.at(snippet));
      out.push_back(encoded.index_select(0, at::tensor(which, at::TensorOptions().dtype(at::kLong))));
    }
    return out;
  }

private:
  const GraphData& data_;
  const FineTuneData& text_;
  const Encoder& encoder_;
};

} // namespace

GraphFitResult fitGraphs(const GraphData& data, const GraphFitOptions& options) {
  const FeatureSource source = [](const GraphSet& set, std::span<const std::size_t> chosen, bool) {
    std::vector<at::Tensor> out;
    for (const std::size_t i : chosen) out.push_back(set.features[i]);
    return out;
  };
  return Fit(data, options, data.train.features.at(0).size(1), source).run(nullptr, {});
}

GraphFitResult fineTune(const GraphData& data, const FineTuneData& text, Encoder& encoder, const GraphFitOptions& options,
                        const std::function<void(int)>& afterEpoch) {
  return Fit(data, options, encoder.sizes().width, EncodedNodes(data, text, encoder)).run(&encoder.weights(), afterEpoch);
}

} // namespace cobra::train::paper
