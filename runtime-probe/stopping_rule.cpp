#include "runtime-probe/stopping_rule.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cobra::probe {

void StoppingRule::add(double sample) {
  if (!std::isfinite(sample) || sample < 0) return;
  sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), sample), sample);
}

double StoppingRule::quantile(double share) const {
  double at = share * static_cast<double>(sorted_.size() - 1);
  auto below = static_cast<std::size_t>(at);
  std::size_t above = std::min(below + 1, sorted_.size() - 1);
  return std::lerp(sorted_[below], sorted_[above], at - static_cast<double>(below));
}

double StoppingRule::relativeWidth() const {
  // The interval from the r-th smallest to the s-th smallest sample, r = n/2 - z √n / 2, s = n/2 + 1 + z √n /
  // 2, outwards.
  auto n = static_cast<double>(sorted_.size());
  double spread = limits_.z * std::sqrt(n) / 2;
  auto first = static_cast<std::int64_t>(std::floor(n / 2 - spread));
  auto last = static_cast<std::int64_t>(std::ceil(n / 2 + 1 + spread));
  if (first < 1 || last > static_cast<std::int64_t>(sorted_.size())) return std::numeric_limits<double>::infinity();
  double median = quantile(0.5);
  double width = sorted_[last - 1] - sorted_[first - 1];
  return median > 0 ? width / median : std::numeric_limits<double>::infinity();
}

StoppingRule::Verdict StoppingRule::verdict(double elapsed) const {
  auto count = static_cast<std::int64_t>(sorted_.size());
  if (count >= limits_.least && relativeWidth() <= limits_.width) return Verdict::Converged;
  if (count >= limits_.most) return Verdict::Count;
  if (elapsed >= limits_.seconds) return Verdict::Time;
  return Verdict::Continue;
}

Summary StoppingRule::summary() const {
  if (sorted_.empty()) return {};
  return {quantile(0.5), quantile(0.1), quantile(0.9), static_cast<std::int64_t>(sorted_.size())};
}

std::string_view name(StoppingRule::Verdict verdict) {
  switch (verdict) {
  case StoppingRule::Verdict::Continue: return "continue";
  case StoppingRule::Verdict::Converged: return "converged";
  case StoppingRule::Verdict::Time: return "time";
  case StoppingRule::Verdict::Count: return "count";
  }
  return "continue";
}

} // namespace cobra::probe
