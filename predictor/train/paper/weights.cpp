#include "predictor/train/paper/weights.h"

#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <cmath>

namespace cobra::train::paper {

Weights::Weights(const std::vector<WeightShape>& shapes, std::uint64_t seed) {
  std::int64_t total = 0;
  for (const WeightShape& w : shapes) total += c10::multiply_integers(w.shape);
  flat = at::zeros({total});
  gradients = at::zeros({total});
  auto generator = at::detail::createCPUGenerator(seed);
  std::int64_t begin = 0;
  for (const WeightShape& w : shapes) {
    const std::int64_t size = c10::multiply_integers(w.shape);
    at::Tensor view = flat.narrow(0, begin, size).view(w.shape);
    switch (w.start) {
    case Start::Zero: break;
    case Start::One: view.fill_(1); break;
    case Start::Embedding: view.normal_(0, 0.02, generator); break;
    case Start::Matrix: view.normal_(0, 1 / std::sqrt(static_cast<double>(w.shape.at(0))), generator); break;
    }
    at::Tensor leaf = view.detach().requires_grad_(true);
    leaf.mutable_grad() = gradients.narrow(0, begin, size).view(w.shape);
    views_.emplace(w.name, std::move(leaf));
    begin += size;
  }
}

Adam::Adam(Weights& weights, double decay, double clip)
    : weights_(weights), decay_(decay), clip_(clip), first_(at::zeros_like(weights.flat)), second_(at::zeros_like(weights.flat)) {}

void Adam::step(double rate) {
  constexpr double kFirst = 0.9, kSecond = 0.999, kEpsilon = 1e-8;
  const c10::NoGradGuard noGrad;
  at::Tensor& g = weights_.gradients;
  const double norm = g.norm().item<double>();
  if (!std::isfinite(norm)) {
    g.zero_();
    return;
  }
  if (clip_ > 0 && norm > clip_) g.mul_(clip_ / norm);
  if (decay_ > 0) g.add_(weights_.flat, decay_);
  ++count_;
  first_.lerp_(g, 1 - kFirst);
  second_.mul_(kSecond).addcmul_(g, g, 1 - kSecond);
  const at::Tensor scale = second_.sqrt().mul_(1 / std::sqrt(1 - std::pow(kSecond, count_))).add_(kEpsilon);
  weights_.flat.addcdiv_(first_, scale, -rate / (1 - std::pow(kFirst, count_)));
  g.zero_();
}

} // namespace cobra::train::paper
