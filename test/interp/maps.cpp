// std::map, unordered_map, multimap, set, multiset: looked up, changed, walked, nested.
#include <torch/torch.h>

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

using torch::Tensor;
using torch::nn::Linear;

// ---- a table of configurations by name
struct Config { std::vector<int64_t> layers; bool bottleneck; };
const std::map<std::string, Config> configs = {{"r18", {{2, 2}, false}}, {"r50", {{3, 4, 6}, true}}};
struct Table : torch::nn::Module {
  Tensor forward(Tensor x, const std::string& name) {
    const Config& c = configs.at(name);
    for (auto n : c.layers) x = x.repeat({n, 1}); // [[3 2]] [[12 2]] [[72 2]]
    return c.bottleneck ? x.t() : x; // [[2 72]]
  }
};
// cobra: Table net; auto x = torch::randn({1, 2}); net.forward(x, "r50");

// ---- order of keys, operator[] that inserts, insert that does not overwrite, emplace, erase
struct Ordered : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::map<int64_t, int64_t> m{{5, 1}, {2, 3}};
    m[4];
    m[4] += 2;
    m.insert({5, 100});
    auto [it, fresh] = m.emplace(9, 7);
    m.insert_or_assign(2, 6);
    m.erase(5);
    std::vector<int64_t> shape;
    for (auto& [k, v] : m) shape.push_back(k * v); // 2*6 4*2 9*7
    shape.push_back(it->second + fresh + static_cast<int64_t>(m.count(5)) + m.begin()->first + m.rbegin()->first); // 7 + 1 + 0 + 2 + 9
    return x.expand(shape); // [[12 8 63 19]]
  }
};
// cobra: Ordered net; auto x = torch::randn({1, 1, 1, 1}); net.forward(x);

// ---- lower_bound, upper_bound, find and end
struct Bounds : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::map<int64_t, int64_t> widths{{10, 4}, {20, 8}, {30, 16}};
    auto low = widths.lower_bound(11), up = widths.upper_bound(30);
    int64_t a = low->second, b = up == widths.end() ? 3 : 1;
    if (auto f = widths.find(20); f != widths.end()) b += std::distance(widths.begin(), f);
    return x.expand({a, b, std::prev(up)->second}); // [[8 4 16]]
  }
};
// cobra: Bounds net; auto x = torch::randn({1, 1, 1}); net.forward(x);

// ---- unordered_map of layers, filled in a loop, looked up by built names
struct ByName : torch::nn::Module {
  std::unordered_map<std::string, Linear> layers;
  ByName() {
    for (int i = 0; i < 3; ++i) {
      auto name = "fc" + std::to_string(i);
      layers.emplace(name, register_module(name, Linear(4 - i, 3 - i)));
    }
  }
  Tensor forward(Tensor x) {
    for (int i = 0; i < 3; ++i) x = layers.at("fc" + std::to_string(i))(x); // [[1 3]] [[1 2]] [[1 1]]
    if (layers.find("fc9") == layers.end() && !layers.contains("fc7")) x = x.expand({(int64_t)layers.size(), -1}); // [[3 1]]
    return x;
  }
};
// cobra: ByName net; auto x = torch::randn({1, 4}); net.forward(x);

// ---- sets: order, uniqueness, membership; difference made by hand
struct Sets : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::set<int64_t> s{3, 1, 3, 2};
    std::unordered_set<std::string> tags{"a", "b", "a"};
    auto inserted = s.insert(2).second;
    s.erase(3);
    std::set<int64_t, std::greater<int64_t>> down{1, 5, 3};
    std::multiset<int64_t> bag{4, 4, 2};
    std::vector<int64_t> shape(down.begin(), down.end()); // 5 3 1
    shape.push_back(*s.rbegin() + *s.begin() + inserted);  // 2 + 1 + 0
    shape.push_back(static_cast<int64_t>(tags.size() + bag.count(4) + bag.size())); // 2 + 2 + 3
    return x.expand(shape); // [[5 3 1 3 7]]
  }
};
// cobra: Sets net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- keys that are enums, pairs and structs with an order of their own
enum class Stage { Stem, Body, Head };
struct Key {
  int64_t a, b;
  bool operator<(const Key& o) const { return b != o.b ? b < o.b : a < o.a; }
};
struct OwnKeys : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::map<Stage, int64_t> stages{{Stage::Head, 3}, {Stage::Stem, 2}};
    std::map<std::pair<int, int>, int64_t> pairs{{{1, 2}, 5}, {{1, 1}, 4}};
    std::map<Key, int64_t> keys{{{1, 9}, 6}, {{2, 1}, 7}};
    return x.expand({stages.begin()->second, pairs[{1, 2}], pairs.begin()->second, keys.begin()->second}); // [[2 5 4 7]]
  }
};
// cobra: OwnKeys net; auto x = torch::randn({1, 1, 1, 1}); net.forward(x);

// ---- maps of maps and of vectors
struct NestedMaps : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::map<std::string, std::map<std::string, std::vector<int64_t>>> m;
    m["a"]["x"] = {1, 2};
    m["a"]["y"].push_back(3);
    m["b"]["x"].assign({4, 5, 6});
    int64_t n = 0;
    for (const auto& [outer, inner] : m)
      for (const auto& [name, list] : inner)
        for (auto v : list) n += v * (outer == "b" ? 2 : 1) * (name == "y" ? 10 : 1); // 3 + 30 + 30
    return x.expand({n, static_cast<int64_t>(m["a"].size())}); // [[63 2]]
  }
};
// cobra: NestedMaps net; auto x = torch::randn({1, 1}); net.forward(x);

// ---- multimap: all values of a key
struct Multi : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::multimap<std::string, int64_t> m{{"k", 2}, {"j", 7}, {"k", 3}};
    m.emplace("k", 4);
    int64_t n = 0;
    auto [first, last] = m.equal_range("k");
    for (auto it = first; it != last; ++it) n = n * 10 + it->second;
    return x.expand({n, static_cast<int64_t>(m.count("k"))}); // [[234 3]]
  }
};
// cobra: Multi net; auto x = torch::randn({1, 1}); net.forward(x);

// ---- erased while walking, counted, merged
struct Walked : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::map<int64_t, int64_t> m;
    for (int64_t i = 0; i < 10; ++i) ++m[i % 4];
    for (auto it = m.begin(); it != m.end();) it = it->second > 2 ? m.erase(it) : std::next(it); // 2: 2, 3: 2
    std::map<int64_t, int64_t> other{{3, 50}, {7, 5}};
    m.merge(other);
    int64_t sum = 0;
    for (const auto& entry : m) sum += entry.first + entry.second; // 4 + 5 + 12
    return x.expand({sum, static_cast<int64_t>(other.size())}); // [[21 1]]
  }
};
// cobra: Walked net; auto x = torch::randn({1, 1}); net.forward(x);

// ---- OrderedDict of tensors and modules
struct Dict : torch::nn::Module {
  torch::OrderedDict<std::string, Tensor> features;
  Tensor forward(Tensor x) {
    features.insert("low", x.repeat({1, 2})); // [[2 6]]
    features.insert("high", x);
    Tensor y = features["low"];
    for (const auto& item : features)
      if (item.key() == "high") y = torch::cat({y, item.value()}, 1); // [[2 9]]
    for (const auto& [name, value] : std::map<std::string, Tensor>{{"a", y}, {"b", x}}) y = y.sum() + value; // [[]] [[2 9]] [[]] [[2 3]]
    return y.expand({static_cast<int64_t>(features.size()) * 2, 2, 3}); // [[4 2 3]]
  }
};
// cobra: Dict net; auto x = torch::randn({2, 3}); net.forward(x);

// ---- values of a class that are made of the numbers in the list
struct Sides : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    static const std::map<char, torch::ExpandingArray<2>> sides{{'s', 3}, {'h', {{1, 7}}}};
    const auto &square = *sides.at('s'), &flat = *sides.at('h');
    return x.expand({square[0], square[1], flat[0], flat[1]}); // [[3 3 1 7]]
  }
};
// cobra: Sides net; auto x = torch::randn({1, 1, 1, 1}); net.forward(x);
