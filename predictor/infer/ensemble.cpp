#include "predictor/infer/ensemble.h"

#include <algorithm>
#include <cmath>

namespace cobra::infer {

Ensemble::Ensemble(const Model& model, const Kernels& kernels) {
  members_.reserve(static_cast<std::size_t>(model.members));
  for (int member = 0; member < model.members; ++member) members_.emplace_back(model, member, kernels);
}

void Ensemble::run(std::span<const EncoderInput> batch, int device, std::span<Estimate> estimates) {
  ms_.resize(batch.size());
  std::ranges::fill(estimates, Estimate{});
  const auto count = static_cast<double>(members_.size());
  // Welford's running mean and sum of squares, of logarithms: `ms` and `spread` hold them until the end.
  double seen = 0;
  for (Encoder& member : members_) {
    member.run(batch, device, ms_);
    ++seen;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const double log = std::log(ms_[i]), before = log - estimates[i].ms;
      estimates[i].ms += before / seen;
      estimates[i].spread += before * (log - estimates[i].ms);
    }
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    estimates[i].ms = members_.size() == 1 ? ms_[i] : std::exp(estimates[i].ms);
    estimates[i].spread = std::sqrt(std::max(0.0, estimates[i].spread) / count);
  }
}

} // namespace cobra::infer
