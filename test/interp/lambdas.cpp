// Lambdas: every capture, generic, recursive, immediately called, mutable, stored, returned, passed on.
#include <torch/torch.h>

#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

using torch::Tensor;
using torch::nn::Linear;

// ---- captures by value see the value at that time, by reference the latest
struct Captures : torch::nn::Module {
  Tensor forward(Tensor x) {
    int64_t n = 2;
    auto byValue = [n](Tensor t) { return t.repeat({n, 1}); };      // [[2 3]] [[4 3]]
    auto byReference = [&n](Tensor t) { return t.repeat({n, 1}); }; // [[10 3]]
    auto mixed = [&, n](Tensor t) { return byValue(t).narrow(1, 0, n); }; // [[4 2]]
    n = 5;
    auto a = byValue(x), b = byReference(a);
    return mixed(b.slice(0, 0, 2)); // [[2 3]]
  }
};
// cobra: Captures net; auto x = torch::randn({1, 3}); net.forward(x);

// ---- this, and a copy of *this that keeps the old value
struct CapturesThis : torch::nn::Module {
  Linear line{3, 4};
  int64_t width = 4;
  Tensor forward(Tensor x) {
    auto run = [this](Tensor t) { return line(t).view({-1, width}); };  // [[2 4]] [[1 8]]
    auto old = [*this](Tensor t) { return t.reshape({width, -1}); };    // [[4 2]]
    width = 8;
    return old(run(x));
  }
};
// cobra: CapturesThis net; auto x = torch::randn({2, 3}); net.forward(x);

// ---- init-captures, of values, references and moved things
struct InitCaptures : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::vector<int64_t> shape{3, 2};
    auto view = [s = std::move(shape), last = x.size(-1)](Tensor t) { return t.view({s[0], s[1], last / 2}); }; // [[3 2 2]]
    auto& target = x;
    auto set = [&t = target](int64_t d) { t = t.unsqueeze(d); }; // [[1 3 4]] [[1 3 4 1]]
    x = view(x).flatten(1);                                      // [[3 4]]
    set(0);
    set(-1);
    return shape.empty() ? x.squeeze() : x; // [[3 4]]
  }
};
// cobra: InitCaptures net; auto x = torch::randn({3, 4}); net.forward(x);

// ---- mutable state, one copy each
struct Mutable : torch::nn::Module {
  Tensor forward(Tensor x) {
    auto next = [n = int64_t{0}]() mutable { return ++n; };
    next();
    auto other = next;
    next();
    return x.expand({next(), other(), 4}); // [[3 2 4]]
  }
};
// cobra: Mutable net; auto x = torch::randn({1, 1, 4}); net.forward(x);

// ---- generic lambdas, with packs, and templates with explicit parameters
struct Generic : torch::nn::Module {
  Linear a{4, 3};
  torch::nn::ReLU act;
  Tensor forward(Tensor x) {
    auto run = [](auto& layer, const auto& in) { return layer->forward(in); }; // [[2 3]] [[2 3]]
    auto all = [&](auto t, auto&... layers) {
      ((t = run(layers, t)), ...);
      return t;
    };
    auto times = []<class T>(T n) { return n * T(2); };
    return all(x, a, act).repeat({times(int64_t{1}), static_cast<int64_t>(times(1.5))}); // [[4 9]]
  }
};
// cobra: Generic net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- recursive: through std::function, through its own argument, as a Y combinator
struct Recursive : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::function<int64_t(int64_t)> fib = [&](int64_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); };
    auto fold = [](auto&& self, Tensor t, int64_t n) -> Tensor { return n == 0 ? t : self(self, t.unsqueeze(0), n - 1); }; // [[1 2]] [[1 1 2]]
    return fold(fold, x, 2).expand({fib(6), -1, -1}); // [[8 1 2]]
  }
};
// cobra: Recursive net; auto x = torch::randn({2}); net.forward(x);

// ---- called where it is written, to initialize a constant and a member
struct Immediate : torch::nn::Module {
  const int64_t width = [] {
    int64_t w = 1;
    while (w < 10) w *= 2;
    return w;
  }();
  Linear line = [this] {
    Linear l(torch::nn::LinearOptions(4, width).bias(false));
    register_module("line", l);
    return l;
  }();
  Tensor forward(Tensor x) { return line(x); } // [[3 16]]
};
// cobra: Immediate net; auto x = torch::randn({3, 4}); net.forward(x);

// ---- stored in containers, chosen by name
struct Stored : torch::nn::Module {
  std::map<std::string, std::function<Tensor(const Tensor&)>> acts{
      {"relu", [](const Tensor& t) { return torch::relu(t); }},
      {"glu", [](const Tensor& t) { return torch::glu(t, -1); }}}; // [[2 4]]
  std::vector<std::function<int64_t(int64_t)>> steps;
  Stored() {
    for (int64_t k = 1; k <= 3; ++k) steps.push_back([k](int64_t n) { return n * k + 1; });
  }
  Tensor forward(Tensor x) {
    int64_t n = 1;
    for (const auto& s : steps) n = s(n);
    return acts.at("glu")(x).repeat({1, n}); // [[2 64]]
  }
};
// cobra: Stored net; auto x = torch::randn({2, 8}); net.forward(x);

// ---- a function makes lambdas; lambdas make lambdas
auto adder(int64_t n) {
  return [n](int64_t m) { return [=](int64_t k) { return n + m * k; }; };
}
struct Returned : torch::nn::Module {
  Tensor forward(Tensor x) { return x.new_zeros({adder(2)(3)(4), 2}).matmul(x); } // [[14 2]] [[14 3]]
};
// cobra: Returned net; auto x = torch::randn({2, 3}); net.forward(x);

// ---- handed to a template and to a function pointer
template <class F> Tensor twice(F&& f, Tensor x) { return std::forward<F>(f)(f(std::move(x))); }
Tensor once(Tensor (*f)(Tensor), Tensor x) { return f(x); }
struct Passed : torch::nn::Module {
  Linear line{3, 3};
  Tensor forward(Tensor x) {
    x = twice([&](Tensor t) { return line(t); }, x);       // [[2 3]] [[2 3]]
    return once([](Tensor t) { return t.sum(); }, x) + 1.0; // [[]] [[]]
  }
};
// cobra: Passed net; auto x = torch::randn({2, 3}); net.forward(x);

// ---- a builder in the constructor, as most models have one
struct Builder : torch::nn::Module {
  torch::nn::Sequential net;
  Builder() {
    int64_t width = 3;
    auto block = [&](int64_t out, bool norm = true) {
      net->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(width, out, 3).padding(1).stride(norm ? 2 : 1)));
      if (norm) net->push_back(torch::nn::BatchNorm2d(out));
      net->push_back(torch::nn::ReLU(true));
      width = out;
    };
    block(8);
    block(16);
    block(4, false);
    register_module("net", net);
  }
  Tensor forward(Tensor x) { return net->forward(x); } // [[1 8 8 8]] [[1 8 8 8]] [[1 8 8 8]] [[1 16 4 4]] [[1 16 4 4]] [[1 16 4 4]] [[1 4 4 4]] [[1 4 4 4]]
};
// cobra: Builder net; net.eval(); auto x = torch::randn({1, 3, 16, 16}); net.forward(x);

// ---- names that a structured binding gave, captured
struct Spot {
  Tensor value;
  int64_t times;
};
struct Bindings : torch::nn::Module {
  Tensor forward(Tensor x) {
    auto [best, index] = x.topk(2, 1);
    auto pick = [&](const Tensor& t) { return t.gather(1, index); };
    auto kept = [index, &best] { return best.index_select(0, index[0]); };
    x = pick(x) + kept().sum();                                       // [[3 2]]
    std::map<std::string, Spot> spots{{"a", {x, 2}}, {"b", {x, 3}}};
    for (auto& [name, spot] : spots) {
      auto& [value, times] = spot;
      auto longer = [&] { return value.repeat({1, times}); };         // [[3 4]] [[3 6]]
      auto outer = [&] { return [=] { return longer().sum(1) * times; }; };
      if (name == "b") x = outer()();
      else longer();
    }
    return x;
  }
};
// cobra: Bindings net; auto x = torch::randn({3, 3}); net.forward(x);

// ---- a class of several lambdas, for std::visit
template <class... F> struct Overloaded : F... { using F::operator()...; };
template <class... F> Overloaded(F...) -> Overloaded<F...>;
struct Wide { int64_t by; };
struct Deep { std::string how; };
struct Visited : torch::nn::Module {
  std::vector<std::variant<Wide, Deep>> steps{Wide{2}, Deep{"twice"}, Wide{3}};
  Tensor forward(Tensor x) {
    int64_t last = 1;
    for (const auto& step : steps)
      std::visit(Overloaded{[&](const Wide& w) { x = x.repeat({1, w.by * last}); last = w.by; }, // [[2 6]] [[2 36]]
                            [&, n = 1](const Deep& d) { x = d.how == "twice" ? x + n : x; }}, step);
    return x.relu(); // [[2 36]]
  }
};
// cobra: Visited net; auto x = torch::randn({2, 3}); net.forward(x);
