// Class templates: over blocks, numbers, functions, packs; specialized, constrained, derived from their own argument.
#include <torch/torch.h>

#include <concepts>
#include <type_traits>

using torch::Tensor;

// ---- over the block, with a static member of the block
struct BasicBlock : torch::nn::Module {
  static constexpr int64_t expansion = 1;
  explicit BasicBlock(int64_t c) : conv(register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(c, c, 3).padding(1)))) {}
  Tensor forward(Tensor x) { return conv(x) + x; }
  torch::nn::Conv2d conv;
};
struct WideBlock : torch::nn::Module {
  static constexpr int64_t expansion = 4;
  explicit WideBlock(int64_t c) : conv(register_module("conv", torch::nn::Conv2d(c, c * expansion, 1))) {}
  Tensor forward(Tensor x) { return conv(x); }
  torch::nn::Conv2d conv;
};
template <class Block> struct OverBlock : torch::nn::Module {
  explicit OverBlock(int64_t c) : block(register_module("block", std::make_shared<Block>(c))), head(c * Block::expansion, 10) {
    register_module("head", head);
  }
  Tensor forward(Tensor x) { return head(block->forward(x).mean({2, 3})); } // [[1 8]] [[1 10]] [[1 32]] [[1 10]]
  std::shared_ptr<Block> block;
  torch::nn::Linear head;
};
// cobra: OverBlock<BasicBlock> net(8); auto x = torch::randn({1, 8, 4, 4}); net.forward(x);
// cobra: auto net = std::make_shared<OverBlock<WideBlock>>(8); auto x = torch::randn({1, 8, 4, 4}); net->forward(x);

// ---- over the dimension: a trait chooses the layer
template <int D> struct ConvFor;
template <> struct ConvFor<1> { using type = torch::nn::Conv1d; };
template <> struct ConvFor<2> { using type = torch::nn::Conv2d; };
template <> struct ConvFor<3> { using type = torch::nn::Conv3d; };
template <int D> struct OverDimension : torch::nn::Module {
  using Conv = typename ConvFor<D>::type;
  Conv conv{torch::nn::ConvOptions<D>(2, 4, 3).stride(2)};
  OverDimension() { this->register_module("conv", conv); }
  Tensor forward(Tensor x) { return conv(x).flatten(1); } // [[1 4 3 3 3]] [[1 108]]
};
// cobra: OverDimension<3> net; auto x = torch::randn({1, 2, 7, 7, 7}); net.forward(x);

// ---- numbers as arguments, arithmetic among them
template <int64_t In, int64_t Out, int64_t Mid = (In + Out) / 2> struct Numbers : torch::nn::Module {
  torch::nn::Linear a{In, Mid}, b{Mid, Out};
  Tensor forward(Tensor x) { return b(a(x)); } // [[2 6]] [[2 3]]
};
// cobra: Numbers<9, 3> net; auto x = torch::randn({2, 9}); net.forward(x);

// ---- a pack of numbers, folded
template <int64_t... Widths> struct Pack : torch::nn::Module {
  static constexpr int64_t total = (Widths + ...);
  std::vector<torch::nn::Linear> heads;
  Pack() { (heads.push_back(register_module("h" + std::to_string(Widths), torch::nn::Linear(4, Widths))), ...); }
  Tensor forward(Tensor x) {
    std::vector<Tensor> out;
    for (auto& h : heads) out.push_back(h(x));
    auto joined = torch::cat(out, 1); // [[3 10]]
    return joined.view({3, total / int64_t(sizeof...(Widths)) - 1, -1}); // [[3 2 5]]
  }
};
// cobra: Pack<2, 3, 5> net; auto x = torch::randn({3, 4}); net.forward(x);

// ---- a pack of layers held in a tuple, applied one after another
template <class... Layers> struct Chain : torch::nn::Module {
  std::tuple<Layers...> layers;
  explicit Chain(Layers... given) : layers(std::move(given)...) {
    int i = 0;
    std::apply([&](auto&... layer) { (register_module("layer" + std::to_string(i++), layer), ...); }, layers);
  }
  Tensor forward(Tensor x) {
    std::apply([&](auto&... layer) { ((x = layer(x)), ...); }, layers); // [[2 6]] [[2 6]] [[2 3]]
    return x;
  }
};
// cobra: Chain<torch::nn::Linear, torch::nn::ReLU, torch::nn::Linear> net(torch::nn::Linear(5, 6), torch::nn::ReLU(), torch::nn::Linear(6, 3)); auto x = torch::randn({2, 5}); net.forward(x);

// ---- the activation is a type with a static function
struct Relu { static Tensor apply(const Tensor& x) { return torch::relu(x); } };
struct Swish { static Tensor apply(const Tensor& x) { return x * torch::sigmoid(x); } }; // [[2 4]] [[2 4]]
template <class Activation> class Activated : public torch::nn::Module {
  torch::nn::Linear line{4, 4};

public:
  Tensor forward(Tensor x) { return Activation::apply(line(x)); }
};
// cobra: Activated<Swish> net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- the activation is a function pointer
template <Tensor (*F)(const Tensor&)> struct WithFunction : torch::nn::Module {
  torch::nn::Linear line{4, 2};
  Tensor forward(Tensor x) { return F(line(x)); } // [[5 2]]
};
Tensor squareOf(const Tensor& x) { return x.pow(2); } // [[5 2]]
// cobra: WithFunction<&squareOf> net; auto x = torch::randn({5, 4}); net.forward(x);

// ---- if constexpr takes one side; the other would not even compile
template <class T> struct Chosen : torch::nn::Module {
  T layer{nullptr};
  Chosen() {
    if constexpr (std::is_same_v<T, torch::nn::Linear>)
      layer = register_module("layer", T(6, 2));
    else
      layer = register_module("layer", T(torch::nn::Conv1dOptions(6, 2, 1)));
  }
  Tensor forward(Tensor x) {
    if constexpr (std::is_same_v<T, torch::nn::Conv1d>) x = x.unsqueeze(-1); // [[3 6 1]]
    return layer(x); // [[3 2 1]]
  }
};
// cobra: Chosen<torch::nn::Conv1d> net; auto x = torch::randn({3, 6}); net.forward(x);

// ---- the base knows the derived class
template <class Derived> struct Crtp : torch::nn::Module {
  Derived& self() { return static_cast<Derived&>(*this); }
  Tensor forward(Tensor x) { return self().finish(self().hidden(x)) / static_cast<double>(Derived::scale); } // [[2 3]]
};
struct Concrete : Crtp<Concrete> {
  static constexpr int scale = 4;
  torch::nn::Linear line{5, 3};
  Tensor hidden(Tensor x) { return line(x); } // [[2 3]]
  Tensor finish(Tensor x) { return x.softmax(-1); }
};
// cobra: Concrete net; auto x = torch::randn({2, 5}); net.forward(x);

// ---- concepts choose between overloads
template <class T> concept HasHidden = requires(T t) { { t.hidden } -> std::convertible_to<int64_t>; };
struct Plain { int64_t in = 4, out = 3; };
struct Deep { int64_t in = 4, out = 3, hidden = 8; };
template <class C> struct Constrained : torch::nn::Module {
  torch::nn::Sequential net;
  explicit Constrained(C c) { fill(c); register_module("net", net); }
  void fill(const C& c) { net->push_back(torch::nn::Linear(c.in, c.out)); }
  void fill(const C& c) requires HasHidden<C> {
    net->push_back(torch::nn::Linear(c.in, c.hidden));
    net->push_back(torch::nn::Linear(c.hidden, c.out));
  }
  Tensor forward(Tensor x) { return net->forward(x); } // [[2 8]] [[2 3]]
};
// cobra: Constrained<Deep> net(Deep{}); auto x = torch::randn({2, 4}); net.forward(x);

// ---- a template as an argument of a template; a partial specialization
template <class T> struct Once : torch::nn::Module {
  T layer{4, 4};
  Tensor forward(Tensor x) { return layer(x); }
};
template <class T> struct Twice : torch::nn::Module {
  T layer{4, 4};
  Tensor forward(Tensor x) { return layer(layer(x)); } // [[1 4]] [[1 4]]
};
template <template <class> class How, class T> struct Wrapped : torch::nn::Module {
  How<T> inner;
  Tensor forward(Tensor x) { return inner.forward(x).relu(); } // [[1 4]]
};
template <class T> struct Wrapped<Once, T> : torch::nn::Module {
  Once<T> inner;
  Tensor forward(Tensor x) { return inner.forward(x).tanh(); }
};
// cobra: Wrapped<Twice, torch::nn::Linear> net; auto x = torch::randn({1, 4}); net.forward(x);

// ---- recursion over the depth, ended by a specialization
template <int Depth> struct Nested : torch::nn::Module {
  torch::nn::Linear line{Depth + 1, Depth};
  Nested<Depth - 1> rest;
  Tensor forward(Tensor x) { return rest.forward(line(x)); } // [[1 3]] [[1 2]] [[1 1]]
};
template <> struct Nested<0> : torch::nn::Module {
  Tensor forward(Tensor x) { return x.sin(); } // [[1 1]]
};
// cobra: Nested<3> net; auto x = torch::randn({1, 4}); net.forward(x);
