#include "predictor/train/nets/rivals.h"

#include "predictor/train/nets/robust.h"
#include "predictor/train/trees.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cobra::train {
namespace {

using Networks = std::span<const std::string>;

/// One column for each place and choice but the last.
Table oneHot(const NetworkTable& table, Networks networks) {
  const std::size_t choices = table.choices.size();
  Table x{.values = {}, .columns = static_cast<std::size_t>(table.places) * choices};
  x.values.resize(networks.size() * x.columns, 0.0F);
  for (std::size_t i = 0; i < networks.size(); ++i)
    for (std::size_t place = 0; place < networks[i].size(); ++place)
      x.values[i * x.columns + place * choices + static_cast<std::size_t>(networks[i][place] - '0')] = 1;
  return x;
}

Table counted(const NetworkTable& table, Networks networks) {
  Table x{.values = {}, .columns = table.choices.size()};
  x.values.resize(networks.size() * x.columns, 0.0F);
  for (std::size_t i = 0; i < networks.size(); ++i)
    for (const char digit : networks[i]) x.values[i * x.columns + static_cast<std::size_t>(digit - '0')] += 1;
  return x;
}

at::Tensor tensorOf(const Table& table) {
  const auto rows = static_cast<std::int64_t>(table.rows());
  const at::Tensor x = at::tensor(table.values).view({rows, static_cast<std::int64_t>(table.columns)}).to(at::kDouble);
  return at::cat({at::ones({rows, 1}, at::kDouble), x}, 1);
}

at::Tensor withProducts(const at::Tensor& x) {
  std::vector<at::Tensor> columns{x};
  for (std::int64_t a = 1; a < x.size(1); ++a)
    for (std::int64_t b = a; b < x.size(1); ++b) columns.push_back((x.select(1, a) * x.select(1, b)).unsqueeze(1));
  return at::cat(columns, 1);
}

std::vector<double> valuesOf(const at::Tensor& out) {
  const at::Tensor flat = out.contiguous();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

std::vector<double> mean(const NetworkTable&, const NetworkSample& training, Networks asked) {
  const double value = std::accumulate(training.ms.begin(), training.ms.end(), 0.0) / static_cast<double>(training.ms.size());
  return std::vector<double>(asked.size(), value);
}

std::vector<double> leastSquares(const NetworkTable& table, const NetworkSample& training, Networks asked) {
  const at::Tensor x = tensorOf(oneHot(table, training.networks)), y = at::tensor(training.ms, at::kDouble);
  const at::Tensor gram = at::matmul(x.t(), x) + 1e-6 * at::eye(x.size(1), at::kDouble);
  return valuesOf(at::matmul(tensorOf(oneHot(table, asked)), at::linalg_solve(gram, at::matmul(x.t(), y))));
}

template <Table (*Columns)(const NetworkTable&, Networks)>
std::vector<double> trees(const NetworkTable& table, const NetworkSample& training, Networks asked) {
  std::vector<float> logs;
  for (const double ms : training.ms) logs.push_back(static_cast<float>(std::log(ms)));
  const auto out = fitTrees(Columns(table, training.networks), logs, Columns(table, asked), 1);
  std::vector<double> ms;
  if (out)
    for (const float value : *out) ms.push_back(std::exp(static_cast<double>(value)));
  return ms;
}

template <bool Products> std::vector<double> leastDeviations(const NetworkTable& table, const NetworkSample& training, Networks asked) {
  const auto design = [&](Networks networks) {
    const at::Tensor x = tensorOf(counted(table, networks));
    return Products ? withProducts(x) : x;
  };
  const at::Tensor weights = fitRobust(design(training.networks), at::tensor(training.ms, at::kDouble), {});
  return valuesOf(at::matmul(design(asked), weights));
}

double medianOf(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double modeOf(const std::vector<double>& values) {
  double at = medianOf(values);
  for (int round = 0; round < 30; ++round) {
    double sum = 0, weights = 0;
    for (const double value : values) {
      const double error = (value / at - 1) / 0.01, weight = 1 / (1 + error * error);
      sum += weight * value;
      weights += weight;
    }
    at = sum / weights;
  }
  return at;
}

std::string countsKey(std::string network) {
  std::ranges::sort(network);
  return network;
}

} // namespace

std::vector<NetworkRival> networkRivals() {
  return {{"mean", mean},
          {"linear, one-hot", leastSquares},
          {"trees, one-hot", trees<oneHot>},
          {"trees, counts", trees<counted>},
          {"LAD, counts", leastDeviations<false>},
          {"LAD, counts and products", leastDeviations<true>}};
}

std::vector<double> sameCounts(const NetworkSample& all, Networks asked, bool mode) {
  std::map<std::string, std::vector<std::size_t>> classes;
  std::map<std::string, std::size_t, std::less<>> index;
  for (std::size_t i = 0; i < all.networks.size(); ++i) {
    classes[countsKey(all.networks[i])].push_back(i);
    index[all.networks[i]] = i;
  }
  std::vector<double> middle;
  for (const std::string& network : asked) {
    std::vector<double> others;
    for (const std::size_t i : classes.at(countsKey(network)))
      if (i != index.at(network)) others.push_back(all.ms[i]);
    middle.push_back(others.empty() ? std::nan("") : mode ? modeOf(others) : medianOf(others));
  }
  return middle;
}

} // namespace cobra::train
