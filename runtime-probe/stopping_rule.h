// When a measurement has been repeated often enough.
//
// The rule stops when the median is known well enough: when its distribution-free confidence interval, read
// off the order statistics (Conover, Practical Nonparametric Statistics, 3.2), is narrow against the median.
// It makes no assumption about the shape of the noise, which on a computer is never normal. One object
// belongs to one measurement and one thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace cobra::probe {

struct StopLimits {
  double width = 0.02;    // of the interval, as a share of the median
  double z = 1.96;        // standard score of the interval's level: 1.96 is 95 %
  std::int64_t least = 8; // samples before anything but time may stop
  std::int64_t most = 1000;
  double seconds = 0.1; // of sampling
};

/// What the samples came to, in the unit they were given in.
struct Summary {
  double median = 0, p10 = 0, p90 = 0;
  std::int64_t count = 0;
};

class StoppingRule {
public:
  enum class Verdict : std::uint8_t { Continue, Converged, Time, Count };

  explicit StoppingRule(const StopLimits& limits) : limits_(limits) {}

  /// One sample; negative or not finite ones are ignored.
  void add(double sample);
  /// `elapsed` seconds since the first sample was begun. Time stops at any number of samples, even none.
  Verdict verdict(double elapsed) const;
  /// Width of the confidence interval over the median; infinite while there are too few samples for one.
  double relativeWidth() const;
  /// All zero while there are no samples.
  Summary summary() const;

private:
  double quantile(double share) const;

  StopLimits limits_;
  std::vector<double> sorted_;
};

/// "converged", "time", "count", as they stand in records; "continue".
std::string_view name(StoppingRule::Verdict verdict);

} // namespace cobra::probe
