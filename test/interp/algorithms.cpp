// <algorithm> and <numeric>: what they compute decides sizes and layers.
#include <torch/torch.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <ranges>
#include <string>
#include <vector>

using torch::Tensor;
using Sizes = std::vector<int64_t>;

// ---- transform, one and two ranges, into back_inserter and in place
struct Transformed : torch::nn::Module {
  Tensor forward(Tensor x) {
    Sizes a{1, 2, 3}, b;
    std::transform(a.begin(), a.end(), std::back_inserter(b), [](int64_t n) { return n * 2; });         // 2 4 6
    std::transform(a.begin(), a.end(), b.begin(), b.begin(), [](int64_t n, int64_t m) { return n + m; }); // 3 6 9
    std::transform(b.cbegin(), b.cend(), a.begin(), b.begin(), std::minus<>());                          // 2 4 6
    return x.expand(b); // [[2 4 6]]
  }
};
// cobra: Transformed net; auto x = torch::randn({1, 1, 1}); net.forward(x);

// ---- accumulate with every kind of operation and start
struct Accumulated : torch::nn::Module {
  Tensor forward(Tensor x) {
    Sizes s{2, 3, 4};
    auto sum = std::accumulate(s.begin(), s.end(), 0L);
    auto product = std::accumulate(s.begin(), s.end(), int64_t{1}, std::multiplies<int64_t>());
    auto last = std::accumulate(s.begin(), s.end(), int64_t{0}, [](int64_t, int64_t n) { return n; });
    std::vector<double> d{0.6, 0.6, 0.6};
    auto cut = std::accumulate(d.begin(), d.end(), 0); // an int: 0 + 0.6 is 0 each time
    auto kept = std::accumulate(d.begin(), d.end(), 0.0);
    auto text = std::accumulate(s.begin(), s.end(), std::string(), [](std::string t, int64_t n) { return t + std::to_string(n); });
    auto reduced = std::reduce(s.begin(), s.end());
    return x.expand({sum, product, last + cut, static_cast<int64_t>(kept * 10), static_cast<int64_t>(text.size()) + reduced}); // [[9 24 4 18 12]]
  }
};
// cobra: Accumulated net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- reverse, rotate, sort with orders, unique and erase, iota, fill
struct Rearranged : torch::nn::Module {
  Tensor forward(Tensor x) {
    Sizes s(6);
    std::iota(s.begin(), s.end(), 1);                       // 1 2 3 4 5 6
    std::rotate(s.begin(), s.begin() + 2, s.end());         // 3 4 5 6 1 2
    std::reverse(s.begin() + 1, s.begin() + 4);             // 3 6 5 4 1 2
    std::sort(s.begin(), s.end() - 2, std::greater<>());    // 6 5 4 3 1 2
    s.insert(s.end(), {2, 2, 7});                           // 6 5 4 3 1 2 2 2 7
    s.erase(std::unique(s.begin(), s.end()), s.end());      // 6 5 4 3 1 2 7
    s.erase(std::remove_if(s.begin(), s.end(), [](auto n) { return n % 2 == 0; }), s.end()); // 5 3 1 7
    std::fill(s.begin() + 2, s.begin() + 3, 9);             // 5 3 9 7
    std::fill_n(std::back_inserter(s), 1, 2);
    std::stable_sort(s.begin(), s.end(), [](int64_t a, int64_t b) { return a % 3 < b % 3; }); // 3 9 7 5 2
    return x.expand(s); // [[3 9 7 5 2]]
  }
};
// cobra: Rearranged net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- found, counted, all and any
struct Searched : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::vector<std::string> names{"conv", "pool", "conv", "fc"};
    auto pool = std::find(names.begin(), names.end(), "pool") - names.begin();
    auto it = std::find_if(names.begin(), names.end(), [](const auto& n) { return n.size() < 3; });
    auto convs = std::count(names.begin(), names.end(), "conv");
    auto shorts = std::count_if(names.begin(), names.end(), [](const std::string& n) { return n[0] != 'c'; });
    bool all = std::all_of(names.begin(), names.end(), [](auto& n) { return !n.empty(); });
    bool any = std::any_of(names.begin(), names.end(), [](auto& n) { return n == "lstm"; });
    bool none = std::none_of(names.begin(), names.end(), [](auto& n) { return n == "gru"; });
    return x.expand({pool + 1, it - names.begin(), convs + shorts, all + 2 * any + 4 * none}); // [[2 3 4 5]]
  }
};
// cobra: Searched net; auto x = torch::randn({1, 1, 1, 1}); net.forward(x);

// ---- extremes of values, lists, ranges; clamp; minmax; comparators
struct Extremes : torch::nn::Module {
  Tensor forward(Tensor x) {
    Sizes s{4, 9, 2, 9};
    int64_t a = std::max({3, 8, 5}), b = std::min<int64_t>(x.size(0) + 2, 7), c = std::clamp<int64_t>(12, 1, 6);
    auto [low, high] = std::minmax(s[0], s[1]);
    auto big = std::max_element(s.begin(), s.end()) - s.begin();
    auto nearest = *std::min_element(s.begin(), s.end(), [](auto p, auto q) { return std::abs(p - 5) < std::abs(q - 5); });
    auto byText = std::max(std::string("ab"), std::string("b"), [](auto& p, auto& q) { return p.size() < q.size(); });
    auto [first, last] = std::minmax_element(s.begin(), s.end());
    return x.expand({a, b, c, low + high, big + nearest, static_cast<int64_t>(byText.size()), *first + (last - s.begin())}); // [[8 3 6 13 5 2 5]]
  }
};
// cobra: Extremes net; auto x = torch::randn({1, 1, 1, 1, 1, 1, 1}); net.forward(x);

// ---- sums along the way, inner products, differences
struct Scans : torch::nn::Module {
  Tensor forward(Tensor x) {
    Sizes s{1, 2, 3}, sums, steps(3), scaled(3);
    std::partial_sum(s.begin(), s.end(), std::back_inserter(sums));        // 1 3 6
    std::adjacent_difference(sums.begin(), sums.end(), steps.begin());     // 1 2 3
    std::exclusive_scan(s.begin(), s.end(), scaled.begin(), 4, std::plus<>()); // 4 5 7
    auto dot = std::inner_product(s.begin(), s.end(), sums.begin(), int64_t{0}); // 1 + 6 + 18
    return x.expand({sums.back(), steps[1], scaled[2], dot}); // [[6 2 7 25]]
  }
};
// cobra: Scans net; auto x = torch::randn({1, 1, 1, 1}); net.forward(x);

// ---- generated, copied, filled into what is there
struct Copied : torch::nn::Module {
  Tensor forward(Tensor x) {
    Sizes from{5, 6, 7, 8}, to(2), odd;
    std::copy(from.begin(), from.begin() + 2, to.begin());
    std::copy_n(from.rbegin(), 1, std::back_inserter(to));
    std::copy_if(from.begin(), from.end(), std::back_inserter(odd), [](int64_t n) { return n % 2; });
    int64_t n = 1;
    std::generate(from.begin(), from.end(), [&n] { return n *= 2; });
    to.insert(to.end(), odd.begin(), odd.end());
    to.push_back(from.back());
    std::swap_ranges(to.begin(), to.begin() + 1, from.begin());
    return x.expand(to); // [[2 6 8 5 7 16]]
  }
};
// cobra: Copied net; auto x = torch::randn({1, 1, 1, 1, 1, 1}); net.forward(x);

// ---- bounds of sorted ranges, structs sorted by a field, for_each
struct Entry { std::string name; int64_t width; };
struct Ordered : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::vector<Entry> e{{"c", 3}, {"a", 7}, {"b", 5}};
    std::sort(e.begin(), e.end(), [](const Entry& p, const Entry& q) { return p.name < q.name; });
    Sizes s{1, 4, 4, 8};
    auto low = std::lower_bound(s.begin(), s.end(), 4) - s.begin(), up = std::upper_bound(s.begin(), s.end(), 4) - s.begin();
    bool there = std::binary_search(s.begin(), s.end(), 8);
    int64_t total = 0;
    std::for_each(e.begin(), e.end(), [&total](Entry& entry) { total += entry.width++; });
    return x.expand({e[0].width, e[2].width, low + 2 * up, there + 1, total}); // [[8 4 7 2 15]]
  }
};
// cobra: Ordered net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- two containers side by side
struct Zipped : torch::nn::Module {
  std::vector<torch::nn::Linear> layers;
  Zipped() {
    Sizes in{4, 5, 6}, out(in.begin() + 1, in.end());
    out.push_back(2);
    for (size_t i = 0; i < std::min(in.size(), out.size()); ++i) layers.emplace_back(register_module("l" + std::to_string(i), torch::nn::Linear(in[i], out[i])));
  }
  Tensor forward(Tensor x) {
    std::vector<bool> acts{true, false, true};
    auto act = acts.begin();
    for (auto& layer : layers) {
      x = layer(x); // [[1 5]] [[1 6]] [[1 2]]
      if (*act++) x = x.relu(); // [[1 5]] [[1 2]]
    }
    return x;
  }
};
// cobra: Zipped net; auto x = torch::randn({1, 4}); net.forward(x);

// ---- std::ranges: the range itself in place of two iterators
struct Ranges : torch::nn::Module {
  Tensor forward(Tensor x) {
    Sizes s{3, 1, 2}, squares;
    std::ranges::sort(s);
    std::ranges::transform(s, std::back_inserter(squares), [](int64_t n) { return n * n; });
    std::ranges::reverse(squares);
    auto found = std::ranges::find(squares, 4);
    auto best = std::ranges::max(s);
    return x.expand({squares[0], *found, std::ranges::count_if(s, [](auto n) { return n > 1; }), best}); // [[9 4 2 3]]
  }
};
// cobra: Ranges net; auto x = torch::randn({1, 1, 1, 1}); net.forward(x);
