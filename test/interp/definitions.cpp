// Where things are defined: in the class, out of line, in namespaces, in nested and local classes, behind friends and aliases.
#include <torch/torch.h>

// ---- constructor and forward out of line
struct OutOfLine : torch::nn::Module {
  OutOfLine(int64_t in, int64_t out);
  torch::Tensor forward(torch::Tensor x);
  torch::nn::Linear line{nullptr};
};
OutOfLine::OutOfLine(int64_t in, int64_t out) : line(register_module("line", torch::nn::Linear(in, out))) {}
torch::Tensor OutOfLine::forward(torch::Tensor x) {
  return line(x).relu(); // [[2 5]]
}
// cobra: auto net = std::make_shared<OutOfLine>(3, 5); auto x = torch::randn({2, 3}); net->forward(x);

// ---- declared as an Impl with TORCH_MODULE, defined later
class HeldImpl : public torch::nn::Module {
public:
  explicit HeldImpl(int width = 4);
  torch::Tensor forward(const torch::Tensor& input);

private:
  torch::nn::Linear a{nullptr}, b{nullptr};
};
TORCH_MODULE(Held);
HeldImpl::HeldImpl(int width) {
  a = register_module("a", torch::nn::Linear(width, width * 2));
  b = register_module("b", torch::nn::Linear(width * 2, 1));
}
torch::Tensor HeldImpl::forward(const torch::Tensor& input) {
  return b->forward(torch::tanh(a->forward(input))); // [[7 8]] [[7 8]] [[7 1]]
}
// cobra: Held held(4); auto x = torch::randn({7, 4}); held->forward(x);

// ---- namespaces, nested and anonymous, with using and an alias
namespace zoo {
namespace {
constexpr int64_t hidden = 6;
}
inline namespace v2 {
int64_t twice(int64_t n) { return 2 * n; }
} // namespace v2
namespace blocks {
struct Block : torch::nn::Module {
  Block() { register_module("line", line); }
  torch::Tensor forward(torch::Tensor x) { return line(x); } // [[1 12]]
  torch::nn::Linear line{hidden, twice(hidden)};
};
} // namespace blocks
} // namespace zoo
namespace zb = zoo::blocks;
using zoo::blocks::Block;
struct Namespaces : torch::nn::Module {
  std::shared_ptr<zb::Block> block = register_module("block", std::make_shared<Block>());
  torch::Tensor forward(torch::Tensor x) { return block->forward(x); }
};
// cobra: auto net = std::make_shared<Namespaces>(); auto x = torch::randn({1, 6}); net->forward(x);

// ---- a class inside a class
struct Outer : torch::nn::Module {
  struct Settings {
    int64_t width = 3;
    struct Deep {
      int64_t depth = 2;
    } deep;
  };
  struct InnerImpl : torch::nn::Module {
    explicit InnerImpl(const Settings& s) : line(register_module("line", torch::nn::Linear(s.width, s.width))) {}
    torch::Tensor forward(torch::Tensor x) { return line(x).sigmoid(); } // [[4 3]] [[4 3]]
    torch::nn::Linear line;
  };
  TORCH_MODULE(Inner);
  explicit Outer(Settings s) : settings(s), inner(s) { register_module("inner", inner); }
  torch::Tensor forward(torch::Tensor x) {
    for (int64_t i = 0; i < settings.deep.depth; ++i) x = inner(x);
    return x;
  }
  Settings settings;
  Inner inner;
};
// cobra: Outer::Settings s; s.deep.depth = 3; auto net = std::make_shared<Outer>(s); auto x = torch::randn({4, 3}); net->forward(x);

// ---- a class local to a function, returned behind its base
struct Stage : torch::nn::Module {
  virtual torch::Tensor forward(torch::Tensor x) = 0;
};
std::shared_ptr<Stage> localStage(int64_t n) {
  struct Local : Stage {
    explicit Local(int64_t n) : line(n, n + 1) { register_module("line", line); }
    torch::Tensor forward(torch::Tensor x) override { return line->forward(x).exp(); } // [[2 4]]
    torch::nn::Linear line;
  };
  return std::make_shared<Local>(n);
}
struct UsesLocal : torch::nn::Module {
  std::shared_ptr<Stage> stage = register_module("stage", localStage(3));
  torch::Tensor forward(torch::Tensor x) { return stage->forward(x); }
};
// cobra: auto net = std::make_shared<UsesLocal>(); auto x = torch::randn({2, 3}); net->forward(x);

// ---- a friend function and a friend class build it
class Closed : public torch::nn::Module {
  friend torch::Tensor runClosed(Closed& net, torch::Tensor x);
  friend struct Opener;
  torch::nn::Linear line_{3, 2};
  int64_t times_ = 0;

public:
  torch::Tensor forward(torch::Tensor x) { return runClosed(*this, x); }
};
torch::Tensor runClosed(Closed& net, torch::Tensor x) { return net.line_(x).repeat({1, net.times_}); } // [[5 6]]
struct Opener {
  static void open(Closed& net) { net.times_ = 3; }
};
// cobra: Closed net; Opener::open(net); auto x = torch::randn({5, 3}); net.forward(x);

// ---- names of types: typedef, using, alias template, decltype
typedef std::vector<int64_t> Sizes;
using Layer = torch::nn::Linear;
template <class T> using Pair = std::pair<T, T>;
struct Aliases : torch::nn::Module {
  Pair<Layer> layers{Layer(4, 3), Layer(3, 2)};
  decltype(layers)* self = &layers;
  Aliases() {
    register_module("first", layers.first);
    register_module("second", layers.second);
  }
  torch::Tensor forward(torch::Tensor x) {
    decltype(auto) both = (layers);
    Sizes shape{2, -1};
    return self->second(both.first(x)).reshape(shape); // [[3 3]] [[3 2]] [[2 3]]
  }
};
// cobra: Aliases net; auto x = torch::randn({3, 4}); net.forward(x);

// ---- overloads of forward, by number and type of arguments
struct Overloads : torch::nn::Module {
  torch::nn::Linear line = register_module("line", torch::nn::Linear(4, 4));
  torch::Tensor forward(torch::Tensor x) { return line(x); }
  torch::Tensor forward(torch::Tensor x, int64_t times) { return forward(x).repeat({times, 1}); } // [[6 4]]
  torch::Tensor forward(torch::Tensor x, double scale) { return forward(x, int64_t(3)).mul(scale); } // [[6 4]]
};
// cobra: Overloads net; auto x = torch::randn({2, 4}); net.forward(x, 0.5);

// ---- default arguments, some of them computed
int64_t widthFor(int64_t in, int64_t ratio = 3) { return in * ratio + 1; }
struct Defaults : torch::nn::Module {
  explicit Defaults(int64_t in = 2, int64_t out = widthFor(2), bool bias = false)
      : line(register_module("line", torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(bias)))) {}
  torch::Tensor forward(torch::Tensor x, int64_t dim = -1, bool keep = true) { return line(x).sum(dim, keep); } // [[3 1]]
  torch::nn::Linear line;
};
// cobra: Defaults net; auto x = torch::randn({3, 2}); net.forward(x);

// ---- static members: functions, constants, a counter
struct Statics : torch::nn::Module {
  static constexpr int64_t base = 3;
  static int64_t made;
  inline static std::vector<int64_t> table{5, 4};
  static int64_t next() { return base + made++; }
  Statics() {
    for (int i = 0; i < 2; ++i) layers.push_back(register_module("l" + std::to_string(i), torch::nn::Linear(next(), table[i])));
  }
  torch::Tensor forward(torch::Tensor x) {
    x = layers[0](x); // [[2 5]]
    return layers[1](x.narrow(1, 0, Statics::base + 1)); // [[2 4]]
  }
  std::vector<torch::nn::Linear> layers;
};
int64_t Statics::made = 0;
// cobra: Statics net; auto x = torch::randn({2, 3}); net.forward(x);
