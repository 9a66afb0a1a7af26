// Numbers exactly as C++ has them: widths, signs, roundings, conversions.
#include <torch/torch.h>

#include <cmath>
#include <cstdint>
#include <limits>

using torch::Tensor;

// ---- division and modulo of negative numbers, precedence, increments
struct Division : torch::nn::Module {
  Tensor forward(Tensor x) {
    int a = -7, b = 2;
    int n = 3;
    int m = n++ * 2 + --n; // 6 + 3
    return x.expand({a / b + 10, a % b + 10, -(a >> 1), 7 - 2 * 3 + (1 + 2) % 2, m + n}); // [[7 9 4 2 12]]
  }
};
// cobra: Division net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- unsigned wraps, signed and unsigned compared, size_t counting down
struct Unsigned : torch::nn::Module {
  Tensor forward(Tensor x) {
    unsigned a = 3, b = 5;
    int64_t difference = (a - b) >> 28;          // 15
    bool surprising = -1 < static_cast<int>(a) && static_cast<unsigned>(-1) > a;
    std::uint8_t byte = 250;
    byte += 10; // 4
    std::size_t count = 0;
    for (std::size_t i = 5; i-- > 0;) count += i; // 10
    std::uint16_t narrow = static_cast<std::uint16_t>(70000); // 4464
    return x.expand({difference, surprising + 1, byte, static_cast<int64_t>(count), narrow / 1000}); // [[15 2 4 10 4]]
  }
};
// cobra: Unsigned net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- numbers that do not fit: int into char, long into int, double into int
struct Narrowed : torch::nn::Module {
  Tensor forward(Tensor x) {
    int64_t wide = (int64_t{1} << 32) + 6;
    int cut = static_cast<int>(wide);         // 6
    signed char c = static_cast<signed char>(200); // -56
    int truncated = static_cast<int>(-2.9) + 10;   // 8
    bool yes = 0.2;
    int64_t folded = static_cast<std::uint32_t>(-1) / 1000000000; // 4
    return x.expand({cut, c + 60, truncated, yes + 1, folded}); // [[6 4 8 2 4]]
  }
};
// cobra: Narrowed net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- shifts, masks, powers of two, digits
constexpr bool isPowerOfTwo(int64_t n) { return n > 0 && (n & (n - 1)) == 0; }
struct Bits : torch::nn::Module {
  Tensor forward(Tensor x) {
    int flags = 0b101 | 0x10;
    flags &= ~0x1; // 0b10100
    flags ^= 0b11; // 23
    int64_t next = 1;
    while (next < 37) next <<= 1;
    int ones = 0;
    for (int f = flags; f; f &= f - 1) ++ones;
    return x.expand({flags, next, ones, isPowerOfTwo(next) ? 2 : 3, (flags >> 2) & 3, ~-4}); // [[23 64 4 2 1 3]]
  }
};
// cobra: Bits net; auto x = torch::randn({1, 1, 1, 1, 1, 1}); net.forward(x);

// ---- ceil, floor, round, pow, sqrt, log2 and their kin
struct Rounded : torch::nn::Module {
  Tensor forward(Tensor x) {
    int64_t a = static_cast<int64_t>(std::ceil(7 / 2.0)), b = std::floor(-1.5) + 5, c = std::round(2.5), d = std::lround(3.49);
    int64_t e = std::pow(2, 5), f = std::sqrt(50), g = std::log2(64), h = static_cast<int>(std::pow(10.0f, 2));
    int64_t i = std::fmod(11, 4), j = std::trunc(-3.7) + 8, k = std::nearbyint(4.5), l = std::cbrt(27.0) + 0.5;
    return x.expand({a, b, c, d, e, f, g, h, i, j, k, l}); // [[4 3 3 3 32 7 6 100 3 5 4 3]]
  }
};
// cobra: Rounded net; auto x = torch::randn({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}); net.forward(x);

// ---- float and double round differently, and a size hangs on it
struct Precision : torch::nn::Module {
  Tensor forward(Tensor x) {
    float f = 0.1f;
    double d = 0.1;
    int64_t a = static_cast<int64_t>(f * 3 * 10), b = static_cast<int64_t>(d * 3 * 10); // 3 and 3
    int64_t c = static_cast<int64_t>(0.7 * 10), e = static_cast<int64_t>(0.7f * 10);     // 7 and 7 (6.99999988 rounds to 7)
    int64_t g = static_cast<int64_t>(0.29 * 100), h = static_cast<int64_t>(0.29f * 100); // 28 and 29
    float big = 16777216.0f;
    big += 1;
    int64_t i = big == 16777216.0f ? 2 : 3;
    int64_t j = f == d ? 1 : 2;
    return x.expand({a, b, c, e, g, h, i, j}); // [[3 3 7 7 28 29 2 2]]
  }
};
// cobra: Precision net; auto x = torch::randn({1, 1, 1, 1, 1, 1, 1, 1}); net.forward(x);

// ---- widths by a ratio, made divisible: what mobile networks do
int64_t makeDivisible(double v, int64_t by = 8) {
  auto made = std::max<int64_t>(by, static_cast<int64_t>(v + by / 2.0) / by * by);
  if (made < 0.9 * v) made += by;
  return made;
}
struct Scaled : torch::nn::Module {
  std::vector<torch::nn::Linear> layers;
  Scaled(double width, double depth) {
    int64_t in = 4;
    for (auto [out, times] : std::vector<std::pair<int64_t, int>>{{16, 1}, {24, 2}})
      for (int i = 0; i < static_cast<int>(std::ceil(times * depth)); ++i) {
        layers.emplace_back(in, makeDivisible(out * width));
        in = layers.back()->options.out_features();
      }
  }
  Tensor forward(Tensor x) {
    for (auto& l : layers) x = l(x); // [[1 24]] [[1 24]] [[1 32]] [[1 32]] [[1 32]]
    return x;
  }
};
// cobra: Scaled net(1.2, 1.1); auto x = torch::randn({1, 4}); net.forward(x);

// ---- int and int64_t products, overflow kept out by a cast
struct Products : torch::nn::Module {
  Tensor forward(Tensor x) {
    int a = 1 << 16;
    int64_t wide = static_cast<int64_t>(a) * a / (int64_t{1} << 30); // 4
    unsigned wrapped = static_cast<unsigned>(a) * static_cast<unsigned>(a) + 3; // 3
    int64_t mixed = a / 3 * 3 == a ? 1 : 2;
    int64_t d = 5 / 2 * 2.0 + 5 / 2.0; // 4 + 2.5
    return x.expand({wide, wrapped, mixed, d}); // [[4 3 2 6]]
  }
};
// cobra: Products net; auto x = torch::randn({1, 1, 1, 1}); net.forward(x);

// ---- limits, infinities, not a number
struct Limits : torch::nn::Module {
  Tensor forward(Tensor x) {
    auto huge = std::numeric_limits<double>::infinity();
    int64_t a = huge > 1e300 && -huge < 0 ? 2 : 1, b = std::isnan(std::sqrt(-1.0)) ? 3 : 1;
    double nan = std::numeric_limits<double>::quiet_NaN();
    int64_t c = nan == nan ? 1 : 4, d = !(nan < 1) ? 5 : 1;
    int64_t e = std::numeric_limits<std::int16_t>::max() / 1000, f = std::numeric_limits<int>::min() < 0 ? 6 : 1;
    return x.expand({a, b, c, d, e, f}); // [[2 3 4 5 32 6]]
  }
};
// cobra: Limits net; auto x = torch::randn({1, 1, 1, 1, 1, 1}); net.forward(x);

// ---- output sizes computed as papers write them
struct Sizes : torch::nn::Module {
  static int64_t outOf(int64_t in, int64_t k, int64_t s, int64_t p, int64_t d = 1) { return (in + 2 * p - d * (k - 1) - 1) / s + 1; }
  torch::nn::Conv2d conv{torch::nn::Conv2dOptions(3, 4, 3).stride(2).padding(1)};
  torch::nn::Linear head{nullptr};
  Sizes() {
    int64_t s = outOf(outOf(17, 3, 2, 1), 2, 2, 0);
    head = torch::nn::Linear(4 * s * s, 5);
  }
  Tensor forward(Tensor x) {
    x = torch::max_pool2d(conv(x), 2);                // [[1 4 9 9]] [[1 4 4 4]]
    return head(x.view({-1, head->weight.size(1)})); // [[1 64]] [[1 5]]
  }
};
// cobra: Sizes net; auto x = torch::randn({1, 3, 17, 17}); net.forward(x);

// ---- compound assignment, commas, conditional chains, short circuits with effects
struct Compound : torch::nn::Module {
  Tensor forward(Tensor x) {
    int64_t a = 10, b = 3, calls = 0;
    a += b, b *= 2, a -= 1; // 12 6
    a /= 5;                 // 2
    b %= 4;                 // 2
    auto touch = [&](bool r) { return ++calls, r; };
    if (touch(false) && touch(true)) a = 99;
    if (touch(true) || touch(true)) b |= 4; // 6
    int64_t c = a > 5 ? 1 : a > 1 ? b > 5 ? 7 : 8 : 9;
    double half = 1;
    half /= 4;
    int64_t d = 6;
    d *= half + 0.5; // 4.5 cut to 4
    return x.expand({a, b, calls, c, d}); // [[2 6 2 7 4]]
  }
};
// cobra: Compound net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);
