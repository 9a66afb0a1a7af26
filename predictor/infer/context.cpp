#include "predictor/infer/context.h"

#include <algorithm>
#include <cmath>

namespace cobra::infer {

bool isView(const ops::Operator& op) {
  const auto returns = op.returns();
  return !op.inPlace() && !returns.empty() && std::ranges::all_of(returns, [](const ops::Return& r) { return r.aliased && !r.written; });
}

void Surroundings::add(const CallFeatures& features) {
  if (isView(*features.op)) return;
  bytes += features.work.weightBytes + (features.op->inPlace() ? 0 : features.work.outputBytes);
  ms += 2e-3 + features.work.flops / (features.product ? 40e6 : 4e6);
}

Context contextOf(const Surroundings& around) {
  if (around == Surroundings{}) return {};
  const auto ramp = [](double value, double from, double to) {
    return static_cast<float>(std::clamp((std::log2(std::max(value, 1e-9)) - from) / (to - from), 0.0, 1.0));
  };
  return {1,
          ramp(around.bytes, 20, 22),
          ramp(around.bytes, 22, 24),
          ramp(around.bytes, 24, 26),
          ramp(around.ms, -3, -2),
          ramp(around.ms, -2, -1),
          ramp(around.ms, -1, 0),
          ramp(around.ms, 0, 2)};
}

} // namespace cobra::infer
