// tuple, pair, optional, variant, any, reference_wrapper: made, taken apart, asked, visited.
#include <torch/torch.h>

#include <any>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

using torch::Tensor;

// ---- tuples: made, tied, with std::ignore, concatenated, by type
struct Tuples : torch::nn::Module {
  std::tuple<Tensor, int64_t, bool> parts(Tensor x) { return std::make_tuple(x.narrow(1, 0, 3), x.size(1), true); } // [[2 3]]
  Tensor forward(Tensor x) {
    Tensor y;
    int64_t n = 0;
    std::tie(y, n, std::ignore) = parts(x);
    auto both = std::tuple_cat(std::make_tuple(n, 2), std::make_tuple(std::string("abc")));
    auto& [a, b, text] = both;
    b += 1;
    std::tuple<int, double> t{7, 0.5};
    return y.unsqueeze(0).expand({a + std::get<1>(both) + static_cast<int64_t>(text.size()) + std::get<int>(t), -1, -1}); // [[1 2 3]] [[18 2 3]]
  }
};
// cobra: Tuples net; auto x = torch::randn({2, 5}); net.forward(x);

// ---- swapped through a tie, pairs compared and nested
struct Pairs : torch::nn::Module {
  Tensor forward(Tensor x) {
    int64_t a = 2, b = 5;
    std::tie(a, b) = std::make_pair(b, a);
    std::pair<int64_t, std::pair<int64_t, int64_t>> nested{a, {b, 3}};
    auto& [p, q] = nested;
    q.second *= 2;
    auto larger = std::max(std::make_pair(1, 9), std::make_pair(2, 0));
    return x.expand({nested.first, nested.second.first, nested.second.second, larger.first + p}); // [[5 2 6 7]]
  }
};
// cobra: Pairs net; auto x = torch::randn({1, 1, 1, 1}); net.forward(x);

// ---- std::apply over a tuple and an array
struct Applied : torch::nn::Module {
  Tensor forward(Tensor x) {
    auto shape = std::make_tuple(int64_t{2}, int64_t{3});
    x = std::apply([&](auto... n) { return x.expand({n...}); }, shape); // [[2 3]]
    int64_t sum = std::apply([](auto a, auto b, auto c) { return a + b * c; }, std::array<int64_t, 3>{1, 2, 3});
    return x.repeat({std::tuple_size_v<decltype(shape)>, sum}); // [[4 21]]
  }
};
// cobra: Applied net; auto x = torch::randn({1, 1}); net.forward(x);

// ---- optional: of numbers, layers, tensors; value_or, emplace, reset, compared, as an argument
struct Optionals : torch::nn::Module {
  std::optional<torch::nn::Linear> extra;
  std::optional<int64_t> none, some = 4;
  Optionals() { extra.emplace(torch::nn::LinearOptions(3, 2).bias(false)); }
  Tensor add(Tensor x, std::optional<Tensor> y = std::nullopt) { return y ? x + *y : x; } // [[1 2]]
  Tensor forward(Tensor x) {
    if (extra.has_value()) x = (*extra)(x); // [[1 2]]
    x = add(add(x), x);
    int64_t n = none.value_or(3) + some.value();
    if (none == std::nullopt && some == 4 && some > none) none = n;
    some.reset();
    return x.expand({*none + (some ? 100 : 1), 2}); // [[8 2]]
  }
};
// cobra: Optionals net; auto x = torch::randn({1, 3}); net.forward(x);

// ---- variant: alternatives asked for, changed, visited by a generic lambda and by overloads
template <class... F> struct Overloaded : F... { using F::operator()...; };
template <class... F> Overloaded(F...) -> Overloaded<F...>;
struct Variants : torch::nn::Module {
  using Width = std::variant<int64_t, double, std::string>;
  int64_t widthOf(const Width& w) {
    return std::visit(Overloaded{[](int64_t n) { return n; }, [](double d) { return static_cast<int64_t>(d * 10); },
                                 [](const std::string& s) { return static_cast<int64_t>(s.size()); }}, w);
  }
  Tensor forward(Tensor x) {
    std::vector<Width> widths{int64_t{3}, 0.5, std::string("four")};
    std::vector<int64_t> shape;
    for (const auto& w : widths) shape.push_back(widthOf(w));
    Width last = widths[1];
    if (std::holds_alternative<double>(last)) last = int64_t{7};
    if (auto* n = std::get_if<int64_t>(&last)) shape.push_back(*n + static_cast<int64_t>(last.index()));
    try {
      shape.push_back(static_cast<int64_t>(std::get<std::string>(last).size()));
    } catch (const std::bad_variant_access&) {
      shape.push_back(2);
    }
    return x.expand(shape); // [[3 5 4 7 2]]
  }
};
// cobra: Variants net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- variant of layers
struct AnyLayer : torch::nn::Module {
  std::vector<std::variant<torch::nn::Linear, torch::nn::Conv1d>> layers{torch::nn::Linear(6, 8), torch::nn::Conv1d(2, 3, 1)};
  Tensor forward(Tensor x) {
    for (auto& layer : layers)
      x = std::visit([&](auto& l) { return l->forward(x); }, layer); // [[2 8]] [[3 8]]
    return x;
  }
};
// cobra: AnyLayer net; auto x = torch::randn({2, 6}); net.forward(x);

// ---- any
struct Anything : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::any a = int64_t{3}, b = std::string("xy"), c;
    int64_t n = std::any_cast<int64_t>(a) + static_cast<int64_t>(std::any_cast<std::string>(b).size());
    a = 2;
    if (!c.has_value()) n += std::any_cast<int>(a);
    return x.expand({n, 2}); // [[7 2]]
  }
};
// cobra: Anything net; auto x = torch::randn({1, 2}); net.forward(x);

// ---- structured bindings: of structs, arrays, by reference, const, in loops over maps
struct Dims { int64_t h, w; const char* name; };
struct Bindings : torch::nn::Module {
  Tensor forward(Tensor x) {
    Dims d{2, 3, "d"};
    auto& [h, w, name] = d;
    h = 6;
    int64_t raw[2] = {4, 5};
    auto [a, b] = raw;
    raw[0] = 100;
    const auto& [c, e, f] = d;
    for (auto [k, v] : std::vector<std::pair<int64_t, int64_t>>{{1, 2}, {3, 4}}) a += k * v;
    return x.expand({d.h, c + e, a, b, static_cast<int64_t>(std::string(f).size())}); // [[6 9 18 5 1]]
  }
};
// cobra: Bindings net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- reference_wrapper, and vectors of references
struct Wrapped : torch::nn::Module {
  Tensor forward(Tensor x) {
    int64_t a = 2, b = 3;
    std::vector<std::reference_wrapper<int64_t>> refs{a, b};
    for (auto& r : refs) r.get() *= 2;
    auto ca = std::cref(a);
    int64_t& rb = refs[1];
    rb += 1;
    return x.expand({a, b, ca + 1}); // [[4 7 5]]
  }
};
// cobra: Wrapped net; auto x = torch::randn({1, 1, 1}); net.forward(x);

// ---- results in structs, some by designated initializers, some nested
struct Head { Tensor out; int64_t stride = 1; };
struct Result { Tensor main; std::vector<Head> heads; std::optional<Tensor> aux; };
struct Structs : torch::nn::Module {
  Result run(Tensor x) {
    Result r{.main = x.sum(1)}; // [[4]]
    r.heads.push_back({x.t(), 2}); // [[3 4]]
    r.heads.push_back({.out = x});
    if (r.heads.back().stride == 1) r.aux = r.main.unsqueeze(1); // [[4 1]]
    return r;
  }
  Tensor forward(Tensor x) {
    auto [main, heads, aux] = run(x);
    return heads[0].out.mm(*aux).repeat({heads[0].stride, 1}); // [[3 1]] [[6 1]]
  }
};
// cobra: Structs net; auto x = torch::randn({4, 3}); net.forward(x);

// ---- variants of several numbers, as JSON-like configurations are made of
class Setting {
public:
  using List = std::vector<Setting>;
  Setting() : v_(std::monostate{}) {}
  Setting(bool b) : v_(b) {}
  Setting(int i) : v_(i) {}
  Setting(double d) : v_(d) {}
  Setting(const char* s) : v_(std::string(s)) {}
  Setting(std::initializer_list<Setting> l) : v_(List(l)) {}
  int number() const {
    if (auto b = std::get_if<bool>(&v_)) return *b ? 100 : 200;
    if (auto i = std::get_if<int>(&v_)) return *i;
    if (auto d = std::get_if<double>(&v_)) return static_cast<int>(*d * 2);
    return std::holds_alternative<std::monostate>(v_) ? 1 : 7;
  }
  Setting& operator[](size_t i) { return std::get<List>(v_).at(i); }
  std::size_t kind() const { return v_.index(); }
  void put(int i) { v_ = i; }
  void put(bool b) { v_.emplace<bool>(b); }

private:
  std::variant<std::monostate, bool, int, double, std::string, List> v_;
};
struct Configured : torch::nn::Module {
  Setting setting{3, 4.5, "x", {2, true}, Setting()};
  Tensor forward(Tensor x) {
    x = x.expand({setting[0].number(), setting[1].number(), setting[2].number(), setting[3][0].number(), setting[4].number()}); // [[3 9 7 2 1]]
    auto copy = setting;
    copy[0].put(true);
    copy[1].put(5);
    std::variant<int64_t, int32_t, float> sizes = 6;
    const auto width = std::visit([](auto n) -> int64_t { return std::is_same_v<decltype(n), int32_t> ? n + 1 : n - 1; }, sizes);
    x = x.sum().expand({copy[0].number(), copy[1].number(), static_cast<int64_t>(copy[3][1].kind()), setting[0].number(),
                        static_cast<int64_t>(width)});
    return x.relu(); // [[100 5 1 3 7]]
  }
};
// cobra: Configured net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);
