#include "predictor/train/paper/totals.h"

#include "predictor/train/paper/features.h"
#include "predictor/train/trees.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cobra::train::paper {
namespace {

Table tableOf(const std::vector<MeasuredNetwork>& networks, const NetworkNumbers& numbers) {
  Table table;
  for (const MeasuredNetwork& network : networks) {
    const std::vector<float> row = numbers.of(network);
    table.columns = row.size();
    table.values.insert(table.values.end(), row.begin(), row.end());
  }
  return table;
}

std::vector<float> timesOf(const std::vector<MeasuredNetwork>& networks) {
  std::vector<float> out;
  for (const MeasuredNetwork& network : networks) out.push_back(static_cast<float>(network.ms));
  return out;
}

at::Tensor designOf(const Table& table) {
  const auto rows = static_cast<std::int64_t>(table.rows());
  return at::cat({at::ones({rows, 1}), at::tensor(table.values).view({rows, static_cast<std::int64_t>(table.columns)})}, 1).to(at::kDouble);
}

} // namespace

Totals layerwiseSum(const PaperData& data, const std::vector<double>& trainSums, const std::vector<double>& testSums) {
  // sum of |f s / t - 1| is least where f is the median of t / s with weights s / t.
  std::vector<std::pair<double, double>> ratios;
  double all = 0;
  for (std::size_t i = 0; i < trainSums.size(); ++i) {
    if (!(trainSums[i] > 0)) continue;
    ratios.emplace_back(data.train[i].ms / trainSums[i], trainSums[i] / data.train[i].ms);
    all += ratios.back().second;
  }
  std::ranges::sort(ratios);
  double factor = 1, passed = 0;
  for (const auto& [ratio, weight] : ratios) {
    factor = ratio;
    passed += weight;
    if (passed >= all / 2) break;
  }
  Totals out;
  for (const double sum : testSums) out.push_back(sum * factor);
  return out;
}

std::vector<double> measuredSums(const std::vector<MeasuredNetwork>& networks) {
  std::vector<double> out;
  for (const MeasuredNetwork& network : networks) out.push_back(std::accumulate(network.nodeMs.begin(), network.nodeMs.end(), 0.0));
  return out;
}

std::vector<double> sumsOf(const std::vector<MeasuredNetwork>& networks, const std::vector<double>& msOfSnippet) {
  std::vector<double> out;
  for (const MeasuredNetwork& network : networks) {
    double sum = 0;
    for (const int snippet : network.snippets) sum += msOfSnippet[static_cast<std::size_t>(snippet)];
    out.push_back(sum);
  }
  return out;
}

Totals constantTotal(const PaperData& data) {
  std::vector<float> times = timesOf(data.train);
  std::ranges::sort(times);
  return Totals(data.test.size(), times[times.size() / 2]);
}

Totals linearTotal(const PaperData& data) {
  const NetworkNumbers numbers(data);
  const at::Tensor known = designOf(tableOf(data.train, numbers));
  const at::Tensor scale = std::get<0>(known.abs().max(0)).clamp_min(1e-12);
  const at::Tensor x = known / scale / at::tensor(timesOf(data.train)).to(at::kDouble).unsqueeze(1); // weights 1/y: relative errors
  const at::Tensor gram = at::matmul(x.t(), x) + 1e-6 * at::eye(x.size(1), at::kDouble) * static_cast<double>(x.size(0));
  const at::Tensor wanted = at::matmul(x.t(), at::ones({x.size(0), 1}, at::kDouble));
  const at::Tensor weights = std::get<0>(at::linalg_lstsq(gram, wanted, std::nullopt, "gelsd"));
  const at::Tensor out = at::matmul(designOf(tableOf(data.test, numbers)) / scale, weights).squeeze(1).contiguous();
  return {out.data_ptr<double>(), out.data_ptr<double>() + out.numel()};
}

std::optional<Totals> treeTotal(const PaperData& data, int threads) {
  const NetworkNumbers numbers(data);
  std::vector<float> targets = timesOf(data.train);
  for (float& target : targets) target = std::log(target);
  const auto logs = fitTrees(tableOf(data.train, numbers), targets, tableOf(data.test, numbers), threads);
  if (!logs) return std::nullopt;
  Totals out;
  for (const float value : *logs) out.push_back(std::exp(value));
  return out;
}

} // namespace cobra::train::paper
