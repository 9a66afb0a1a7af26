#include "predictor/infer/number.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cobra::infer {
namespace {
constexpr std::int64_t kLargest = std::int64_t{1} << 52; // exact as a double
constexpr int kBits = 10, kOneHot = 17, kMultiples = 7;
constexpr int kUsed = 2 + 6 + 3 * kMultiples + kBits + kOneHot;
static_assert(kUsed == kNumberWidth);
} // namespace

void embedNumber(std::int64_t value, std::span<float, kNumberWidth> out) {
  const bool negative = value < 0;
  const std::int64_t v = value == INT64_MIN ? kLargest : std::min(std::abs(value), kLargest);
  const double log = std::log2(static_cast<double>(v) + 1.0);
  float* next = out.data();
  const auto put = [&](double x) { *next++ = static_cast<float>(x); };
  put(log / 8);
  put(log * log / 64);
  for (const double frequency : {0.5, 1.0, 2.0}) {
    put(std::sin(2 * std::numbers::pi * frequency * log));
    put(std::cos(2 * std::numbers::pi * frequency * log));
  }
  for (int i = 1; i <= kMultiples; ++i) {
    const std::int64_t m = std::int64_t{1} << i;
    const std::int64_t rounded = (v + m - 1) / m * m;
    put(v % m == 0 ? 1 : 0);
    put(static_cast<double>(rounded - v) / static_cast<double>(m));
    put(v == 0 ? 0 : std::log2(static_cast<double>(rounded) / static_cast<double>(v)));
  }
  for (int i = 0; i < kBits; ++i) put(static_cast<double>((v >> i) & 1));
  for (int i = 0; i < kOneHot; ++i) put(std::min<std::int64_t>(v, kOneHot - 1) == i ? 1 : 0);
  if (negative) std::ranges::for_each(out, [](float& x) { x = -x; });
}

} // namespace cobra::infer
