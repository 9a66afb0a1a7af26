// Inheritance: virtual calls, constructors of every kind, slicing, casts, mixins.
#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

using torch::Tensor;

// ---- an abstract base holds the layers, the derived class the forward
struct Base : torch::nn::Module {
  explicit Base(int64_t in, int64_t out) : line(register_module("line", torch::nn::Linear(in, out))) {}
  virtual ~Base() = default;
  virtual Tensor forward(Tensor x) = 0;
  virtual int64_t times() const { return 1; }
  torch::nn::Linear line;
};
struct Derived : Base {
  Derived() : Base(3, 4) {}
  Tensor forward(Tensor x) override { return line(x).repeat({times(), 1}); } // [[2 4]] [[4 4]]
};
struct MoreDerived final : Derived {
  int64_t times() const override { return Derived::times() + 1; }
};
struct ThroughBase : torch::nn::Module {
  std::shared_ptr<Base> net = register_module("net", std::static_pointer_cast<Base>(std::make_shared<MoreDerived>()));
  Tensor forward(Tensor x) { return net->forward(x); }
};
// cobra: ThroughBase net; auto x = torch::randn({2, 3}); net.forward(x);

// ---- a call in the base's constructor does not reach the derived class
struct Early : torch::nn::Module {
  Early() { line = register_module("line", torch::nn::Linear(4, width())); }
  virtual int64_t width() { return 2; }
  torch::nn::Linear line{nullptr};
};
struct Late : Early {
  int64_t width() override { return 9; }
  Tensor forward(Tensor x) { return line(x).expand({width() / 3, -1, -1}); } // [[5 2]] [[3 5 2]]
};
// cobra: Late net; auto x = torch::randn({5, 4}); net.forward(x);

// ---- delegating constructors
struct Delegating : torch::nn::Module {
  Delegating(int64_t in, int64_t out, int64_t depth) : size(in) {
    for (int64_t i = 0; i < depth; ++i, size = out) layers->push_back(torch::nn::Linear(size, out));
    register_module("layers", layers);
  }
  Delegating(int64_t in, int64_t out) : Delegating(in, out, 2) { size += 1; }
  Delegating() : Delegating(4, 3) { size *= 2; }
  Tensor forward(Tensor x) { return layers->forward(x).view({-1, size}); } // [[8 3]] [[8 3]] [[3 8]]
  int64_t size = 0;
  torch::nn::Sequential layers;
};
// cobra: Delegating net; auto x = torch::randn({8, 4}); net.forward(x);

// ---- inherited constructors, and fields with initializers of their own
struct Made : torch::nn::Module {
  explicit Made(int64_t n, double p = 0.5) : n(n), drop(register_module("drop", torch::nn::Dropout(p))) {}
  int64_t n;
  torch::nn::Dropout drop;
};
struct Inherited : Made {
  using Made::Made;
  torch::nn::Linear line = register_module("line", torch::nn::Linear(n, n + 2));
  Tensor forward(Tensor x) { return drop(line(x)); } // [[3 6]] [[3 6]]
};
// cobra: auto net = std::make_shared<Inherited>(4, 0.25); net->eval(); auto x = torch::randn({3, 4}); net->forward(x);

// ---- the overridden method calls the base's, which calls back
struct Super : torch::nn::Module {
  torch::nn::Linear a{4, 4};
  virtual Tensor body(Tensor x) { return a(x); } // [[2 4]]
  virtual Tensor tail(Tensor x) { return x; }
  virtual Tensor forward(Tensor x) { return tail(body(x)); }
};
struct Sub : Super {
  torch::nn::Linear b{4, 3};
  Tensor body(Tensor x) override { return b(Super::body(x)); } // [[2 3]]
  Tensor tail(Tensor x) override { return x.cos(); }           // [[2 3]]
};
// cobra: Sub net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- two bases, one of them no module; a virtual base shared by both sides
struct Named {
  std::string label = "n";
  int64_t rank() const { return static_cast<int64_t>(label.size()); }
};
struct TwoBases : torch::nn::Module, Named {
  torch::nn::Linear line{2, 2};
  TwoBases() { label += "ame"; }
  Tensor forward(Tensor x) {
    x = line(x);
    for (int64_t i = x.dim(); i < rank(); ++i) x = x.unsqueeze(0); // [[1 3 2]] [[1 1 3 2]]
    return x;
  }
};
// cobra: TwoBases net; auto x = torch::randn({3, 2}); net.forward(x);
struct Root : torch::nn::Module {
  int64_t width = 3;
};
struct Left : virtual Root {
  Left() { width += 1; }
};
struct Right : virtual Root {
  Right() { width *= 2; }
};
struct Diamond : Left, Right {
  torch::nn::Linear line = register_module("line", torch::nn::Linear(2, width));
  Tensor forward(Tensor x) { return line(x); } // [[3 8]]
};
// cobra: Diamond net; auto x = torch::randn({3, 2}); net.forward(x);

// ---- a derived layer sliced into its base: the copy shares nothing of the derived class
struct Wide : torch::nn::LinearImpl {
  Wide(int64_t in, int64_t out) : torch::nn::LinearImpl(in, out), extra(out) {}
  Tensor forward(const Tensor& x) { return torch::nn::LinearImpl::forward(x).repeat({1, extra}); } // [[2 6]] [[2 36]]
  int64_t extra;
};
struct Sliced : torch::nn::Module {
  Wide wide{3, 6};
  Tensor forward(Tensor x) {
    torch::nn::LinearImpl plain = wide;
    return plain.forward(x) + wide.forward(x).slice(1, 0, 6); // [[2 6]] [[2 6]] [[2 6]]
  }
};
// cobra: Sliced net; auto x = torch::randn({2, 3}); net.forward(x);

// ---- dynamic_cast and dynamic_pointer_cast choose by the class that is there
struct Shape : torch::nn::Module {
  virtual ~Shape() = default;
};
struct Square : Shape {
  int64_t side = 4;
};
struct Circle : Shape {
  int64_t radius = 3;
};
struct Casts : torch::nn::Module {
  std::vector<std::shared_ptr<Shape>> shapes{std::make_shared<Square>(), std::make_shared<Circle>()};
  Tensor forward(Tensor x) {
    for (auto& s : shapes) {
      if (auto square = std::dynamic_pointer_cast<Square>(s)) x = x.narrow(1, 0, square->side); // [[2 4]]
      if (auto* circle = dynamic_cast<Circle*>(s.get()); circle != nullptr) x = x.narrow(1, 0, circle->radius); // [[2 3]]
    }
    try {
      (void)dynamic_cast<Square&>(*shapes[1]);
    } catch (const std::bad_cast&) {
      x = x.neg(); // [[2 3]]
    }
    return x;
  }
};
// cobra: Casts net; auto x = torch::randn({2, 9}); net.forward(x);

// ---- the class is chosen by a factory
enum class Kind { Small, Large };
struct Encoder : torch::nn::Module {
  virtual Tensor forward(Tensor x) { return x; }
};
struct SmallEncoder : Encoder {
  torch::nn::Linear line{4, 2};
  Tensor forward(Tensor x) override { return line(x); }
};
struct LargeEncoder : Encoder {
  torch::nn::Linear line{4, 16};
  Tensor forward(Tensor x) override { return line(x).relu(); } // [[1 16]] [[1 16]]
};
std::unique_ptr<Encoder> makeEncoder(Kind kind) {
  switch (kind) {
  case Kind::Small: return std::make_unique<SmallEncoder>();
  case Kind::Large: return std::make_unique<LargeEncoder>();
  }
  throw std::invalid_argument("no such encoder");
}
// cobra: auto net = makeEncoder(Kind::Large); auto x = torch::randn({1, 4}); net->forward(x);

// ---- hidden names: a field and a method of the derived class hide the base's
struct Visible : torch::nn::Module {
  int64_t n = 2;
  int64_t get() const { return n; }
};
struct Hidden : Visible {
  int64_t n = 5;
  int64_t get() const { return n * 10 + Visible::get() + Visible::n; }
  Tensor forward(Tensor x) { return x.expand({get(), -1}); } // [[54 3]]
};
// cobra: Hidden net; auto x = torch::randn({1, 3}); net.forward(x);
