// Random numbers that are the same with every compiler: the standard's distributions are not.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <random>

namespace cobra::probe {

/// One generator for each pair of a seed and a number in its sequence: SplitMix64 spreads both over the state.
inline std::mt19937_64 generatorFor(std::uint64_t seed, std::int64_t number) {
  std::uint64_t x = seed * 0x9E3779B97F4A7C15ull + static_cast<std::uint64_t>(number);
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return std::mt19937_64(x ^ (x >> 31));
}

class Random {
public:
  explicit Random(std::mt19937_64 generator) : generator_(generator) {}
  /// In [0, 1).
  double fraction() { return static_cast<double>(generator_() >> 11) * 0x1p-53; }
  bool chance(double probability) { return fraction() < probability; }
  /// Both ends included, uniform.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(generator_() % static_cast<std::uint64_t>(high - low + 1));
  }
  /// Both ends included, uniform in the logarithm; low above 0.
  std::int64_t logBetween(std::int64_t low, std::int64_t high) {
    double ratio = (static_cast<double>(high) + 1) / static_cast<double>(low);
    auto drawn = static_cast<std::int64_t>(static_cast<double>(low) * std::pow(ratio, fraction()));
    return drawn < low ? low : drawn > high ? high : drawn;
  }
  std::int64_t pick(std::initializer_list<std::int64_t> from) {
    return from.begin()[between(0, static_cast<std::int64_t>(from.size()) - 1)];
  }
  std::mt19937_64& generator() { return generator_; }

private:
  std::mt19937_64 generator_;
};

} // namespace cobra::probe
