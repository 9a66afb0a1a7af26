#include "predictor/train/nets/factors.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace cobra::train {
namespace {

/// What two columns have in common that differ by a constant and a factor; empty for a constant.
std::vector<int> shapeOf(std::vector<int> column) {
  const auto [least, most] = std::ranges::minmax(column);
  int unit = 0;
  for (const int value : column) unit = std::gcd(unit, value - least);
  if (unit == 0) return {};
  const bool falls = *std::ranges::find_if(column, [&](int value) { return value == least || value == most; }) == most;
  for (int& value : column) value = (falls ? most - value : value - least) / unit; // a column and its negative are the same
  return column;
}

std::string_view operatorOf(std::string_view part) { return part.substr(0, part.find('(')); }

} // namespace

Factors::Factors(const NetworkParts& parts, std::span<const std::string> networks, std::size_t most) {
  std::set<std::vector<int>> shapes;
  std::vector<int> column(networks.size());
  for (std::size_t part = 0; part < parts.names.size(); ++part) {
    for (std::size_t i = 0; i < networks.size(); ++i) column[i] = parts.counts.at(networks[i])[part];
    std::vector<int> shape = shapeOf(column);
    if (!shape.empty() && shapes.insert(std::move(shape)).second) chosen_.push_back(part);
  }
  if (chosen_.size() <= most) {
    for (std::size_t i = 0; i < chosen_.size(); ++i) groups_.push_back({i});
  } else {
    std::map<std::string_view, std::vector<std::size_t>> byOperator;
    for (std::size_t i = 0; i < chosen_.size(); ++i) byOperator[operatorOf(parts.names[chosen_[i]])].push_back(i);
    for (auto& [name, members] : byOperator) groups_.push_back(std::move(members));
  }
  training_ = raw(parts, networks);
  scale_ = scaleOf(training_);
  std::vector<at::Tensor> pooled;
  for (const auto& group : groups_) {
    at::Tensor sum = at::zeros({training_.size(0)}, at::kDouble);
    for (const std::size_t i : group) sum = sum + training_.select(1, static_cast<std::int64_t>(i));
    pooled.push_back(sum.min());
  }
  least_ = pooled.empty() ? at::zeros({0}, at::kDouble) : at::stack(pooled);
}

Factors::Scale Factors::scaleOf(const at::Tensor& x) {
  const at::Tensor mean = x.mean(0);
  return {mean, (x - mean).square().mean(0).sqrt().clamp_min(1e-12)};
}

at::Tensor Factors::raw(const NetworkParts& parts, std::span<const std::string> networks) const {
  const auto rows = static_cast<std::int64_t>(networks.size()), width = static_cast<std::int64_t>(chosen_.size());
  at::Tensor x = at::empty({rows, width}, at::kDouble);
  double* at = x.data_ptr<double>();
  for (const std::string& network : networks) {
    const std::vector<int>& counts = parts.counts.at(network);
    for (const std::size_t part : chosen_) *at++ = counts[part];
  }
  return x;
}

at::Tensor Factors::sums(const NetworkParts& parts, std::span<const std::string> networks) const {
  const at::Tensor x = scale_.apply(raw(parts, networks));
  return at::cat({at::ones({x.size(0), 1}, at::kDouble), x}, 1);
}

at::Tensor Factors::products(const at::Tensor& counts, const Corrections& which) const {
  std::vector<at::Tensor> pooled, present, columns;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    at::Tensor sum = at::zeros({counts.size(0)}, at::kDouble);
    for (const std::size_t i : groups_[g]) sum = sum + counts.select(1, static_cast<std::int64_t>(i));
    present.push_back((sum > least_[static_cast<std::int64_t>(g)]).to(at::kDouble));
    pooled.push_back(std::move(sum));
  }
  if (which.presence) columns = present;
  for (std::size_t a = 0; a < pooled.size() && which.products; ++a)
    for (std::size_t b = a; b < pooled.size(); ++b) columns.push_back(pooled[a] * pooled[b]);
  for (std::size_t a = 0; a < pooled.size() && which.presenceTimes; ++a)
    for (std::size_t b = 0; b < pooled.size(); ++b)
      if (a != b) columns.push_back(present[a] * pooled[b]);
  return columns.empty() ? at::zeros({counts.size(0), 0}, at::kDouble) : at::stack(columns, 1);
}

at::Tensor Factors::corrections(const NetworkParts& parts, std::span<const std::string> networks, const Corrections& which) const {
  const Scale scale = scaleOf(products(training_, which));
  return scale.apply(products(raw(parts, networks), which));
}

} // namespace cobra::train
