#include "predictor/infer/context.h"

#include <algorithm>
#include <cmath>

namespace cobra::infer {

bool isView(const ops::Operator& op) {
  const auto returns = op.returns();
  return !op.inPlace() && !returns.empty() && std::ranges::all_of(returns, [](const ops::Return& r) { return r.aliased && !r.written; });
}

double touchedBytes(const CallFeatures& features) {
  if (isView(*features.op)) return 0;
  return features.work.weightBytes + (features.op->inPlace() ? 0 : features.work.outputBytes);
}

Context contextOf(double footprint) {
  if (!(footprint > 0)) return {};
  Context context{1};
  const double mebibytes = std::log2(footprint) - 20;
  for (int step = 1; step < kContext; ++step) {
    context[static_cast<std::size_t>(step)] = static_cast<float>(std::clamp(mebibytes / 2 - (step - 1), 0.0, 1.0));
  }
  return context;
}

} // namespace cobra::infer
