#include "predictor/train/fit.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace cobra::train {

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
