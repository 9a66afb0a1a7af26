// std::vector, array, deque, list, forward_list, initializer_list, span, stack, queue, bitset, C arrays: sizes and layers in them.
#include <torch/torch.h>

#include <array>
#include <bitset>
#include <deque>
#include <forward_list>
#include <list>
#include <queue>
#include <span>
#include <stack>
#include <vector>

using torch::Tensor;
using torch::nn::Linear;

// ---- vector: insert, erase, resize, assign, swap, front, back, nested
struct Vectors : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::vector<int64_t> v{4, 5};
    v.insert(v.begin() + 1, 2, 9);          // 4 9 9 5
    v.insert(v.end(), {7, 8});              // 4 9 9 5 7 8
    v.erase(v.begin() + 1, v.begin() + 3);  // 4 5 7 8
    v.pop_back();
    v.resize(5, 1); // 4 5 7 1 1
    std::vector<int64_t> w;
    w.assign(2, v.front());
    w.swap(v);
    w.erase(w.end() - 1);
    v.push_back(w.at(2)); // 4 4 7
    std::vector<std::vector<int64_t>> table(2, v);
    table[1][0] = static_cast<int64_t>(w.size());
    return x.expand({table[0][0], table[1].front(), table.back().back()}); // [[4 4 7]]
  }
};
// cobra: Vectors net; auto x = torch::randn({1, 1, 1}); net.forward(x);

// ---- vector of layers: emplace_back, reserve, iterators, reverse iterators
struct Layers : torch::nn::Module {
  std::vector<Linear> layers;
  Layers() {
    layers.reserve(3);
    for (int64_t w : {8, 4, 2}) layers.emplace_back(w, w / 2);
  }
  Tensor forward(Tensor x) {
    for (auto it = layers.begin(); it != layers.end(); ++it) x = (*it)->forward(x); // [[1 4]] [[1 2]] [[1 1]]
    int64_t k = 0, n = 0;
    for (auto it = layers.rbegin(); it != layers.rend(); it++) n += ++k * (*it)->options.in_features(); // 2 + 8 + 24
    for (auto it = layers.crbegin(); it < layers.crend(); it += 2) n += it[0].get()->options.out_features(); // 1 + 4
    return x.expand({n, -1}); // [[39 1]]
  }
};
// cobra: Layers net; auto x = torch::randn({1, 8}); net.forward(x);

// ---- array: aggregate, filled, copied, of arrays, in structured bindings
struct Arrays : torch::nn::Module {
  std::array<int64_t, 3> sizes{2, 3};
  Tensor forward(Tensor x) {
    auto copy = sizes;
    copy[2] = static_cast<int64_t>(copy.size());
    std::array<std::array<int, 2>, 2> grid{{{1, 2}, {3, 4}}};
    std::array<int64_t, 2> same;
    same.fill(grid[1][1]);
    auto [a, b, c] = copy;
    return x.expand({a, b, c, same[0] + sizes[2], std::get<1>(same)}); // [[2 3 3 4 4]]
  }
};
// cobra: Arrays net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- C arrays: of numbers, of strings, of structs, with two dimensions, walked by pointer
struct Row { const char* kind; int64_t out, times; };
const Row rows[] = {{"conv", 6, 2}, {"pool", 0, 1}, {"conv", 4, 1}};
struct CArrays : torch::nn::Module {
  torch::nn::Sequential net;
  CArrays() {
    int64_t in = 3;
    for (const Row* r = rows; r < rows + sizeof(rows) / sizeof(rows[0]); ++r)
      for (int i = 0; i < r->times; ++i) {
        if (std::string(r->kind) == "pool") net->push_back(torch::nn::MaxPool2d(2));
        else net->push_back(torch::nn::Conv2d(in, r->out, 1)), in = r->out;
      }
    register_module("net", net);
  }
  Tensor forward(Tensor x) {
    int64_t grid[2][3] = {{1, 2, 3}, {4, 5}};
    x = net->forward(x); // [[1 6 8 8]] [[1 6 8 8]] [[1 6 4 4]] [[1 4 4 4]]
    int64_t total = 0;
    for (auto& line : grid)
      for (int64_t n : line) total += n;
    return x.expand({total + static_cast<int64_t>(std::size(grid)), -1, -1, -1}); // [[17 4 4 4]]
  }
};
// cobra: CArrays net; auto x = torch::randn({1, 3, 8, 8}); net.forward(x);

// ---- deque and list: both ends, splice, sort, reverse, remove
struct Lists : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::deque<int64_t> d{3};
    d.push_front(2);
    d.push_back(4);
    d.emplace_front(1); // 1 2 3 4
    d.pop_back();
    std::list<int64_t> l(d.begin(), d.end()), other{9, 8};
    l.splice(l.end(), other); // 1 2 3 9 8
    l.sort(std::greater<>()); // 9 8 3 2 1
    l.reverse();              // 1 2 3 8 9
    l.remove(3);
    l.remove_if([](int64_t n) { return n > 8; }); // 1 2 8
    auto it = std::next(l.begin());
    l.insert(it, 5); // 1 5 2 8
    std::forward_list<int64_t> f{7, 6};
    f.push_front(3);
    return x.expand({*std::next(l.begin()), *it, l.back(), f.front() + static_cast<int64_t>(other.size())}); // [[5 2 8 3]]
  }
};
// cobra: Lists net; auto x = torch::randn({1, 1, 1, 1}); net.forward(x);

// ---- initializer_list: as a parameter, in a for, of strings
int64_t product(std::initializer_list<int64_t> list) {
  int64_t p = 1;
  for (auto n : list) p *= n;
  return p;
}
struct Listed : torch::nn::Module {
  Listed(std::initializer_list<int64_t> widths) : widths(widths) {}
  std::vector<int64_t> widths;
  Tensor forward(Tensor x) {
    auto dims = {1, 0};
    for (int d : dims) x = x.unsqueeze(d); // [[2 1]] [[1 2 1]]
    int64_t n = 0;
    for (const char* s : {"a", "bc"}) n += static_cast<int64_t>(std::string(s).size());
    return x.expand({product({n, 2}), -1, widths.at(1)}); // [[6 2 7]]
  }
};
// cobra: Listed net{5, 7}; auto x = torch::randn({2}); net.forward(x);

// ---- span and IntArrayRef: views of what others own
int64_t last(std::span<const int64_t> s) { return s.empty() ? 0 : s.back(); }
int64_t sum(at::IntArrayRef s) {
  int64_t n = 0;
  for (auto v : s) n += v;
  return n;
}
struct Views : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::vector<int64_t> v{1, 2, 3, 4};
    std::span<int64_t> all(v), tail = all.subspan(2);
    tail[0] = 9; // 1 2 9 4
    auto shape = x.sizes().vec();
    shape.push_back(last(all.first(3)));
    shape[0] = sum(v) + sum({1, 1}) + sum(x.sizes().slice(1)); // 16 + 2 + 2
    return x.unsqueeze(-1).expand(shape).narrow(2, 0, static_cast<int64_t>(tail.size())); // [[1 2 1]] [[20 2 9]] [[20 2 2]]
  }
};
// cobra: Views net; auto x = torch::randn({1, 2}); net.forward(x);

// ---- stack, queue, priority_queue: features of the way down, taken in the other order
struct Adaptors : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::stack<Tensor> skips;
    std::queue<int64_t> fifo;
    std::priority_queue<int64_t> heap;
    for (int64_t k : {2, 5, 3}) {
      skips.push(x.repeat({1, k})); // [[1 2]] [[1 5]] [[1 3]]
      fifo.push(k);
      heap.push(k);
    }
    auto y = skips.top();
    skips.pop();
    while (!skips.empty()) {
      y = torch::cat({y, skips.top()}, 1); // [[1 8]] [[1 10]]
      skips.pop();
    }
    fifo.pop();
    return y.expand({heap.top() * 10 + fifo.front(), -1}); // [[55 10]]
  }
};
// cobra: Adaptors net; auto x = torch::randn({1, 1}); net.forward(x);

// ---- bitset and vector<bool>: which layers are there
struct Bits : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::vector<bool> on(3, true);
    on[1] = false;
    std::bitset<8> mask(0b10110);
    mask.set(0).flip(1);
    int64_t n = 0;
    for (bool b : on) n += b;
    for (std::size_t i = 0; i < on.size(); ++i)
      if (on[i]) x = x.unsqueeze(0); // [[1 1]] [[1 1 1]]
    return x.expand({n, static_cast<int64_t>(mask.count()), mask.test(2) ? 5 : 4}); // [[2 3 5]]
  }
};
// cobra: Bits net; auto x = torch::randn({1}); net.forward(x);

// ---- references into containers stay what they name
struct References : torch::nn::Module {
  std::vector<int64_t> widths{3, 5};
  int64_t& first() { return widths[0]; }
  Tensor forward(Tensor x) {
    auto& w = widths;
    w.front() += 1;
    int64_t& back = w.back();
    back *= 2;
    first() -= 2;
    auto copy = widths;
    copy[0] = 100;
    const auto& [a, b] = std::make_pair(std::ref(widths[0]), back);
    a += 5;
    return x.expand({widths[0], b, back}); // [[7 10 10]]
  }
};
// cobra: References net; auto x = torch::randn({1, 1, 1}); net.forward(x);

// ---- elements made in place in queues and stacks
struct InPlace : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::queue<std::pair<int64_t, Tensor>> waiting;
    std::stack<Tensor> done;
    for (int64_t n : {5, 1, 3}) waiting.emplace(n, x);
    while (!waiting.empty()) {
      auto [n, t] = waiting.front();
      waiting.pop();
      done.emplace(t.narrow(0, 0, n)); // [[5]] [[1]] [[3]]
    }
    return done.top().relu(); // [[3]]
  }
};
// cobra: InPlace net; auto x = torch::randn({6}); net.forward(x);
