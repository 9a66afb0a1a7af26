#include "predictor/train/bench/figures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <vector>

namespace cobra::train {
namespace {

std::vector<double> ranksOf(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = (static_cast<double>(begin) + static_cast<double>(end) - 1) / 2;
    begin = end;
  }
  return ranks;
}

} // namespace

double spearman(std::span<const double> a, std::span<const double> b) {
  const std::vector<double> ranksA = ranksOf(a), ranksB = ranksOf(b);
  const double middle = (static_cast<double>(a.size()) - 1) / 2;
  double both = 0, squaresA = 0, squaresB = 0;
  for (std::size_t i = 0; i < ranksA.size(); ++i) {
    const double x = ranksA[i] - middle, y = ranksB[i] - middle;
    both += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return squaresA > 0 && squaresB > 0 ? both / std::sqrt(squaresA * squaresB) : 0;
}

Spread spreadOf(std::span<const double> values) {
  if (values.empty()) return {};
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, values.size() > 1 ? std::sqrt(squares / (static_cast<double>(values.size()) - 1)) : 0};
}

std::string printSpread(std::span<const double> values, int digits) {
  const Spread spread = spreadOf(values);
  char text[64];
  if (values.size() < 2) {
    std::snprintf(text, sizeof text, "%.*f", digits, spread.mean);
  } else {
    std::snprintf(text, sizeof text, "%.*f ±%.*f", digits, spread.mean, digits, spread.deviation);
  }
  return text;
}

} // namespace cobra::train
