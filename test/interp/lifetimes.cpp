// Scopes: destructors that do work, statics, globals, constants, shadowing, moved things.
#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

using torch::Tensor;

// ---- guards undo at the end of the scope, in reverse order, also on the way out by return
struct Restore {
  int64_t& value;
  int64_t old;
  Restore(int64_t& v, int64_t next) : value(v), old(v) { v = next; }
  ~Restore() { value = old; }
};
struct Guarded : torch::nn::Module {
  int64_t width = 2;
  int64_t wide() {
    Restore r(width, 7);
    return width;
  }
  Tensor forward(Tensor x) {
    {
      Restore a(width, 5);
      Restore b(width, 6);
      x = x.expand({width, -1}); // [[6 3]]
    }
    return x.repeat({1, width}).narrow(1, 0, wide() - 3 + width); // [[6 6]] [[6 6]]
  }
};
// cobra: Guarded net; auto x = torch::randn({1, 3}); net.forward(x);

// ---- order of construction and destruction, written down by the objects themselves
struct Noted {
  std::string& log;
  char name;
  Noted(std::string& l, char n) : log(l), name(n) { log += n; }
  ~Noted() { log += static_cast<char>(name - 'a' + 'A'); }
};
struct Order : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::string log;
    for (int i = 0; i < 2; ++i) {
      Noted a(log, 'a');
      if (i == 1) break;
      Noted b(log, 'b');
    } // abBAaA
    try {
      Noted c(log, 'c');
      auto d = std::make_unique<Noted>(log, 'd');
      throw 1;
    } catch (int) {
      log += '!';
    } // cdDC!
    return x.expand({static_cast<int64_t>(log.find('!')), log == "abBAaAcdDC!" ? 2 : 9}); // [[10 2]]
  }
};
// cobra: Order net; auto x = torch::randn({1, 1}); net.forward(x);

// ---- static locals keep their value between calls, static members between objects
int64_t nextId() {
  static int64_t id = 3;
  return id++;
}
struct Statics : torch::nn::Module {
  int64_t mine = nextId();
  Tensor forward(Tensor x) {
    Statics other(0);
    static const std::vector<int64_t> table{4, other.mine, 6};
    return x.expand({mine, table[1], nextId(), nextId()}); // [[3 9 4 5]]
  }
  Statics() = default;
  explicit Statics(int) : mine(9) {}
};
// cobra: Statics net; auto x = torch::randn({1, 1, 1, 1}); net.forward(x);

// ---- globals: constants, tables, one that changes, initialized by functions and by each other
constexpr int64_t base = 4;
const int64_t doubled = base * 2;
static std::vector<int64_t> history;
const std::vector<int64_t> powers = [] {
  std::vector<int64_t> v;
  for (int64_t p = 1; p <= doubled; p *= 2) v.push_back(p);
  return v;
}();
extern int64_t later;
struct Globals : torch::nn::Module {
  Tensor forward(Tensor x) {
    history.push_back(x.size(0));
    history.push_back(later);
    return x.expand({base, doubled, static_cast<int64_t>(powers.size()), history.back() + static_cast<int64_t>(history.size())}); // [[4 8 4 13]]
  }
};
int64_t later = 11;
// cobra: Globals net; auto x = torch::randn({1, 1, 1, 1}); net.forward(x);

// ---- shadowing: fields by parameters, locals by inner blocks, loops by lambdas
struct Shadows : torch::nn::Module {
  int64_t n = 2;
  explicit Shadows(int64_t n) : n(n + 1) { this->n += n; }
  Tensor forward(Tensor x) {
    int64_t m = n;
    {
      int64_t n = 10;
      m += n;
      for (int64_t n = 0; n < 2; ++n) m += n;
    }
    if (int64_t m = 5; m > n) x = x.unsqueeze(0);
    return x.expand({m, n}); // [[18 7]]
  }
};
// cobra: Shadows net(3); auto x = torch::randn({1, 1}); net.forward(x);

// ---- constexpr and consteval functions, tables computed while compiling
constexpr std::array<int64_t, 5> squares() {
  std::array<int64_t, 5> a{};
  for (int64_t i = 0; i < 5; ++i) a[i] = i * i;
  return a;
}
consteval int64_t cube(int64_t n) { return n * n * n; }
struct Constants : torch::nn::Module {
  static constexpr auto table = squares();
  Tensor forward(Tensor x) {
    constexpr int64_t local = cube(2);
    if constexpr (local > 7) x = x.unsqueeze(0); // [[1 1 1]]
    return x.expand({table[3], local, table.size() + 0 == 5 ? 2 : 1}); // [[9 8 2]]
  }
};
// cobra: Constants net; auto x = torch::randn({1, 1}); net.forward(x);

// ---- moved: what was taken is gone, what took it has it
struct Moved : torch::nn::Module {
  std::vector<torch::nn::Linear> layers;
  explicit Moved(std::vector<torch::nn::Linear> given) : layers(std::move(given)) { left = given.size(); }
  std::size_t left;
  static std::vector<torch::nn::Linear> make() {
    std::vector<torch::nn::Linear> v{torch::nn::Linear(3, 4)};
    v.push_back(torch::nn::Linear(4, 5));
    return v;
  }
  Tensor forward(Tensor x) {
    auto taken = std::move(layers.back());
    const bool gone = layers.back().is_empty();
    layers.back() = std::move(taken);
    for (auto& l : layers) x = l(x); // [[1 4]] [[1 5]]
    std::string a = "name", b = std::move(a);
    Tensor y = std::move(x);
    return y.expand({gone + 1, x.defined() ? 9 : 5}).repeat({static_cast<int64_t>(b.size()), static_cast<int64_t>(left) + 1}); // [[2 5]] [[8 5]]
  }
};
// cobra: Moved net(Moved::make()); auto x = torch::randn({1, 3}); net.forward(x);

// ---- copies of structs are deep where they hold values and shallow where they hold pointers
struct Plan {
  std::vector<int64_t> widths{1, 2};
  std::shared_ptr<int64_t> shared = std::make_shared<int64_t>(5);
};
struct Copies : torch::nn::Module {
  Tensor forward(Tensor x) {
    Plan a, b = a;
    b.widths.push_back(3);
    *b.shared += 1;
    Plan c;
    c = b;
    c.widths[0] = 7;
    return x.expand({static_cast<int64_t>(a.widths.size()), *a.shared, b.widths[0] + c.widths[0], c.widths.back()}); // [[2 6 8 3]]
  }
};
// cobra: Copies net; auto x = torch::randn({1, 1, 1, 1}); net.forward(x);

// ---- references as members, references returned, const and not
class Store {
  std::vector<int64_t> data_{1, 2, 3};

public:
  int64_t& operator[](std::size_t i) { return data_[i]; }
  const int64_t& operator[](std::size_t i) const { return data_[i]; }
  const std::vector<int64_t>& all() const { return data_; }
  Store& add(int64_t n) { return data_.push_back(n), *this; }
};
struct Viewer {
  const Store& store;
  int64_t last() const { return store.all().back(); }
};
struct MemberReferences : torch::nn::Module {
  Tensor forward(Tensor x) {
    Store s;
    Viewer v{s};
    s.add(4).add(8)[0] = 6;
    const Store& fixed = s;
    return x.expand({v.last(), fixed[0], static_cast<int64_t>(s.all().size())}); // [[8 6 5]]
  }
};
// cobra: MemberReferences net; auto x = torch::randn({1, 1, 1}); net.forward(x);
