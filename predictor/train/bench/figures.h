// Figures that several benches print.
#pragma once

#include <span>
#include <string>

namespace cobra::train {

/// Rank correlation of two series of one length (Spearman 1904), ties at their mean rank; 0 where one does not vary.
double spearman(std::span<const double> a, std::span<const double> b);

/// Mean and (sample) standard deviation over seeds.
struct Spread {
  double mean = 0, deviation = 0;
};
Spread spreadOf(std::span<const double> values);
/// "3.46 ±0.05", or "3.46" of a single value.
std::string printSpread(std::span<const double> values, int digits);

} // namespace cobra::train
