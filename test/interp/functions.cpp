// Functions: pointers to them and to members, std::function and bind, functors, templates, recursion, operators and literals of one's own.
#include <torch/torch.h>

#include <functional>
#include <utility>
#include <vector>

using namespace std::placeholders;
using torch::Tensor;
using torch::nn::Linear;

// ---- pointers to functions: in a table, as an argument, as a return value
int64_t half(int64_t n) { return n / 2; }
int64_t square(int64_t n) { return n * n; }
using Step = int64_t (*)(int64_t);
Step choose(bool big) { return big ? &square : half; }
struct Pointers : torch::nn::Module {
  Tensor forward(Tensor x) {
    Step table[] = {half, square, choose(true), *choose(false)};
    int64_t n = 6;
    for (Step s : table) n = s(n); // 3 9 81 40
    int64_t (*last)(int64_t) = choose(false);
    return x.expand({(*last)(n), 2}); // [[20 2]]
  }
};
// cobra: Pointers net; auto x = torch::randn({1, 2}); net.forward(x);

// ---- pointers to members: methods and fields
struct Members : torch::nn::Module {
  Linear wide{4, 8}, narrow{4, 2};
  int64_t a = 3, b = 5;
  Tensor up(Tensor x) { return wide(x); }     // [[1 8]]
  Tensor down(Tensor x) { return narrow(x); } // [[1 2]]
  Tensor forward(Tensor x) {
    Tensor (Members::*run)(Tensor) = &Members::up;
    int64_t Members::*count = &Members::b;
    auto y = (this->*run)(x);
    run = &Members::down;
    Members& self = *this;
    return torch::cat({y, (self.*run)(x)}, 1).expand({self.*count, -1}); // [[1 10]] [[5 10]]
  }
};
// cobra: Members net; auto x = torch::randn({1, 4}); net.forward(x);

// ---- std::bind, mem_fn and placeholders out of order
Tensor combine(Tensor x, int64_t rows, int64_t columns) { return x.expand({rows, columns}); } // [[2 7]]
struct Bound : torch::nn::Module {
  Linear line{1, 1};
  Tensor run(Tensor x, int64_t n) { return line(x).repeat({n, 1}); } // [[2 1]]
  Tensor forward(Tensor x) {
    auto wide = std::bind(combine, _2, 2, _1);
    std::function<Tensor(Tensor)> twice = std::bind(&Bound::run, this, _1, 2);
    auto member = std::mem_fn(&Bound::run);
    return wide(7, twice(x)) + member(*this, x, 2); // [[2 7]]
  }
};
// cobra: Bound net; auto x = torch::randn({1, 1}); net.forward(x);

// ---- std::function: empty, reassigned, compared with null
struct StdFunction : torch::nn::Module {
  std::function<Tensor(Tensor)> before, after = nullptr;
  StdFunction() {
    after = [](Tensor x) { return x.mean(0); }; // [[5]]
  }
  Tensor forward(Tensor x) {
    if (before) x = before(x);
    if (after != nullptr) x = after(x);
    after = {};
    return after ? after(x) : x.unsqueeze(0); // [[1 5]]
  }
};
// cobra: StdFunction net; auto x = torch::randn({3, 5}); net.forward(x);

// ---- functors with state, templates of functions, overloads chosen by type
struct Affine {
  int64_t a, b;
  int64_t operator()(int64_t n) const { return a * n + b; }
  Tensor operator()(const Tensor& x) const { return x.mul(a).add(b); } // [[11 2]] [[11 2]]
};
template <class F, class T> auto applyTo(const F& f, const T& t) { return f(t); }
struct Functors : torch::nn::Module {
  Tensor forward(Tensor x) { return applyTo(Affine{2, 1}, x.expand({applyTo(Affine{2, 1}, int64_t{5}), 2})); } // [[11 2]]
};
// cobra: Functors net; auto x = torch::randn({1, 2}); net.forward(x);

// ---- recursion: mutual, with accumulators
int64_t odd(int64_t n);
int64_t even(int64_t n) { return n == 0 ? 1 : odd(n - 1); }
int64_t odd(int64_t n) { return n == 0 ? 2 : even(n - 1); }
int64_t ackermann(int64_t m, int64_t n) { return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1)); }
struct Recursion : torch::nn::Module {
  Tensor tree(Tensor x, int64_t depth) { return depth == 0 ? x : torch::cat({tree(x, depth - 1), tree(x, depth - 1)}, 0); } // [[2 1]] [[2 1]] [[4 1]]
  Tensor forward(Tensor x) { return tree(x, 2).expand({4, even(7) + ackermann(2, 2)}); } // [[4 9]]
};
// cobra: Recursion net; auto x = torch::randn({1, 1}); net.forward(x);

// ---- operators of one's own classes
struct Size {
  int64_t h = 0, w = 0;
  Size operator+(const Size& o) const { return {h + o.h, w + o.w}; }
  Size& operator*=(int64_t k) { return h *= k, w *= k, *this; }
  int64_t operator[](int i) const { return i == 0 ? h : w; }
  bool operator==(const Size&) const = default;
  auto operator<=>(const Size& o) const { return h * w <=> o.h * o.w; }
  Size& operator++() { return ++h, *this; }
  Size operator++(int) { Size old = *this; ++w; return old; }
  explicit operator bool() const { return h > 0; }
  operator int64_t() const { return h * w; }
  int64_t operator()(int64_t k) const { return k + w; }
};
Size operator-(const Size& s) { return {s.w, s.h}; }
struct Operators : torch::nn::Module {
  Tensor forward(Tensor x) {
    Size s = Size{1, 2} + -Size{1, 1};
    s *= 2;        // 4 6
    ++s;           // 5 6
    Size old = s++; // old 5 6, s 5 7
    if (old == s || !s || s < old) return x;
    int64_t all = s;
    return x.expand({s[0], old[1], s(3), all}); // [[5 6 10 35]]
  }
};
// cobra: Operators net; auto x = torch::randn({1, 1, 1, 1}); net.forward(x);

// ---- literals of one's own
constexpr int64_t operator""_k(unsigned long long n) { return static_cast<int64_t>(n) * 1024; }
constexpr double operator""_percent(long double p) { return static_cast<double>(p) / 100; }
int64_t operator""_len(const char*, std::size_t n) { return static_cast<int64_t>(n); }
struct Literals : torch::nn::Module {
  Tensor forward(Tensor x) { return x.expand({2_k, "three"_len, static_cast<int64_t>(50.0_percent * 4)}); } // [[2048 5 2]]
};
// cobra: Literals net; auto x = torch::randn({1, 1, 1}); net.forward(x);

// ---- variadic templates and C variadics, index sequences, forwarding
template <class... T> int64_t count(const T&...) { return sizeof...(T); }
template <class T> int64_t addAll(T t) { return t; }
template <class T, class... Rest> int64_t addAll(T t, Rest... rest) { return t + addAll(rest...); }
template <std::size_t... I> std::vector<int64_t> squares(std::index_sequence<I...>) { return {int64_t(I * I)...}; }
template <class M, class... A> std::shared_ptr<M> build(A&&... a) { return std::make_shared<M>(std::forward<A>(a)...); }
struct Variadic : torch::nn::Module {
  std::shared_ptr<torch::nn::LinearImpl> line = build<torch::nn::LinearImpl>(torch::nn::LinearOptions(addAll(1, 2, 3L), 4));
  Tensor forward(Tensor x) {
    auto s = squares(std::make_index_sequence<4>{}); // 0 1 4 9
    return line->forward(x).expand({s.back(), count(x, s, 'c'), -1}); // [[1 4]] [[9 3 4]]
  }
};
// cobra: Variadic net; auto x = torch::randn({1, 6}); net.forward(x);

// ---- arguments passed by value, reference, pointer, moved; several results
void grow(std::vector<int64_t> byValue, std::vector<int64_t>& byReference, int64_t* byPointer, const int64_t& fixed) {
  byValue.push_back(9);
  byReference.push_back(fixed);
  *byPointer += fixed + static_cast<int64_t>(byValue.size());
}
std::tuple<Tensor, int64_t> split(Tensor x) { return {x.chunk(2, 1)[0], x.size(1) / 2}; } // [[3 4]]
struct Arguments : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::vector<int64_t> a{1}, b;
    int64_t n = 1;
    grow(a, b, &n, 4);
    auto [y, w] = split(x);
    return y.unsqueeze(0).expand({n, static_cast<int64_t>(a.size()) * b[0] - 1, w}); // [[1 3 4]] [[7 3 4]]
  }
};
// cobra: Arguments net; auto x = torch::randn({3, 8}); net.forward(x);
