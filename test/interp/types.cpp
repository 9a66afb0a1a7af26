// Types of one's own and questions about types: enums, aggregates, unions, bit fields, traits, sizeof, conversions.
#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

using torch::Tensor;

// ---- enums: values given and counted, arithmetic, flags, names by a switch
enum Old { Zero, One, Five = 5, Six };
enum class Flags : unsigned { None = 0, Norm = 1, Act = 2, Drop = 4 };
constexpr Flags operator|(Flags a, Flags b) { return static_cast<Flags>(static_cast<unsigned>(a) | static_cast<unsigned>(b)); }
constexpr bool has(Flags set, Flags one) { return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0; }
struct Enums : torch::nn::Module {
  Tensor forward(Tensor x) {
    Flags f = Flags::Norm | Flags::Drop;
    if (has(f, Flags::Act)) x = x.relu();
    if (has(f, Flags::Drop)) x = torch::dropout(x, 0.5, false); // [[1 1 1]]
    Old o = Six;
    using enum Flags;
    return x.expand({One + Five, o, static_cast<int64_t>(Norm | Act)}); // [[6 6 3]]
  }
};
// cobra: Enums net; auto x = torch::randn({1, 1, 1}); net.forward(x);

// ---- aggregates: nested, designated, with defaults, with bases, in arrays
struct Conv {
  int64_t out, kernel = 3, stride = 1;
};
struct Stage {
  Conv conv;
  int64_t repeat = 1;
  std::vector<int64_t> extra = {};
};
struct Based : Conv {
  bool last = false;
};
struct Aggregates : torch::nn::Module {
  Tensor forward(Tensor x) {
    Stage stages[] = {{{8}, 2}, {.conv = {.out = 4, .stride = 2}, .extra = {1, 2}}, {}};
    Based b{{6, 5}, true};
    int64_t sum = 0;
    for (const Stage& s : stages) sum += s.conv.out * s.repeat + s.conv.stride + static_cast<int64_t>(s.extra.size()); // 17 8 1
    auto copy = stages[0].conv;
    copy.out += 1;
    return x.expand({sum, b.out + b.kernel + b.last, copy.out - stages[0].conv.out + copy.kernel}); // [[26 12 4]]
  }
};
// cobra: Aggregates net; auto x = torch::randn({1, 1, 1}); net.forward(x);

// ---- sizeof, alignment, offsets of arrays, numeric limits of aliases
struct Sizes : torch::nn::Module {
  Tensor forward(Tensor x) {
    int64_t table[] = {1, 2, 3};
    struct Packed {
      char c;
      int32_t n;
    };
    return x.expand({sizeof(table) / sizeof(*table), sizeof(Packed), alignof(double), sizeof(float[3]), sizeof("four")}); // [[3 8 8 12 5]]
  }
};
// cobra: Sizes net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- type traits choose code and numbers
template <class T> int64_t kindOf() {
  if (std::is_integral_v<T>) return std::is_signed<T>::value ? 2 : 3;
  if constexpr (std::is_floating_point_v<T>) return 4;
  return std::is_base_of_v<torch::nn::Module, T> ? 5 : 6;
}
template <class T> struct Holder {
  using type = T;
  static constexpr bool small = sizeof(T) <= 4;
};
struct Traits : torch::nn::Module {
  using Index = std::conditional_t<Holder<int>::small, int64_t, int>;
  Tensor forward(Tensor x) {
    static_assert(std::is_same_v<Index, int64_t>);
    Index n = kindOf<std::underlying_type_t<Flags>>();
    const int64_t module = kindOf<torch::nn::LinearImpl>(), text = kindOf<std::decay_t<const std::string&>>();
    return x.expand({kindOf<int>(), n, kindOf<float>(), module, text}); // [[2 3 4 5 6]]
  }
};
// cobra: Traits net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- conversions: implicit, explicit, through constructors, to bool, between holders and pointers
struct Width {
  int64_t n;
  Width(int64_t n) : n(n) {}
  Width(const char* text) : n(std::stoll(text)) {}
  operator int64_t() const { return n; }
};
int64_t twice(Width w) { return 2 * w; }
struct Conversions : torch::nn::Module {
  torch::nn::Linear line{torch::nn::LinearOptions(2, 3)};
  Tensor forward(Tensor x) {
    torch::nn::ModuleHolder<torch::nn::LinearImpl> holder = line;
    std::shared_ptr<torch::nn::Module> any = line.ptr();
    auto* back = any->as<torch::nn::LinearImpl>();
    x = back->forward(x) + holder->forward(x); // [[1 3]] [[1 3]] [[1 3]]
    Width w = "5";
    return x.expand({twice(4), -1}).repeat({w, static_cast<int64_t>(static_cast<bool>(any)) + 'b' - 'a'}); // [[8 3]] [[40 6]]
  }
};
// cobra: Conversions net; auto x = torch::randn({1, 2}); net.forward(x);

// ---- nested types, types of members, deduced types, structured returns from auto functions
struct Net {
  struct Config {
    int64_t width = 4;
    using Size = int64_t;
  };
  static auto make() {
    struct Local {
      Config a;
      Config::Size b;
    };
    return Local{{6}, 7};
  }
};
struct Deduced : torch::nn::Module {
  Tensor forward(Tensor x) {
    auto local = Net::make();
    decltype(local.b) n = local.b;
    decltype(auto) w = (local.a.width);
    w += 1;
    auto pair = std::pair(n, 'c' - 'a');
    std::vector v{w, n};
    const auto f = [](auto... n) -> decltype((n + ...)) { return (n + ...); };
    return x.expand({local.a.width, pair.second, f(v[0], v[1]), static_cast<decltype(n)>(2.9)}); // [[7 2 14 2]]
  }
};
// cobra: Deduced net; auto x = torch::randn({1, 1, 1, 1}); net.forward(x);

// ---- bit fields and unnamed members
struct Bits {
  unsigned small : 3;
  unsigned big : 5;
  struct {
    int64_t h, w;
  };
};
struct BitFields : torch::nn::Module {
  Tensor forward(Tensor x) {
    Bits b{};
    b.small = 6;
    b.big = 31;
    b.h = b.small + 1;
    b.w = b.big / 4;
    return x.expand({b.small, b.h, b.w}); // [[6 7 7]]
  }
};
// cobra: BitFields net; auto x = torch::randn({1, 1, 1}); net.forward(x);
