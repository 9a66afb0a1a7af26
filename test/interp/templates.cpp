// Class and function templates over blocks, dimensions and counts; parameter packs; own registration macros.
#include <torch/torch.h>

#include <array>
#include <type_traits>

#define LAYER(name, ...) name = register_module(#name, __VA_ARGS__)

template <int D> struct ConvOf;
template <> struct ConvOf<1> { using type = torch::nn::Conv1d; using options = torch::nn::Conv1dOptions; };
template <> struct ConvOf<2> { using type = torch::nn::Conv2d; using options = torch::nn::Conv2dOptions; };

template <int D, class Activation> class UnitImpl : public torch::nn::Module {
public:
  UnitImpl(int64_t in, int64_t out, int64_t stride = 1)
      : conv(typename ConvOf<D>::options(in, out, 3).stride(stride).padding(1)), act() {
    register_module("conv", conv);
    register_module("act", act);
  }
  torch::Tensor forward(torch::Tensor x) { return act(conv(x)); }

private:
  typename ConvOf<D>::type conv;
  Activation act;
};
template <int D, class Activation = torch::nn::ReLU> class Unit : public torch::nn::ModuleHolder<UnitImpl<D, Activation>> {
public:
  using torch::nn::ModuleHolder<UnitImpl<D, Activation>>::ModuleHolder;
};

template <class Block, std::size_t N> torch::nn::Sequential stack(const std::array<int64_t, N>& widths, int64_t in) {
  torch::nn::Sequential layers;
  for (int64_t w : widths) {
    layers->push_back(Block(in, w, 2));
    in = w;
  }
  return layers;
}

template <class... Ts> torch::Tensor total(const Ts&... ts) { return (ts + ...); }
template <typename T> constexpr T half(T v) { return v / 2; }
template <bool Residual> struct Mix {
  static torch::Tensor apply(const torch::Tensor& a, const torch::Tensor& b) {
    if constexpr (Residual) return a + b;
    else return b;
  }
};

template <typename Block, bool Residual = false> struct Net : torch::nn::Module {
  Net() : body(stack<Block, 2>({8, 16}, 3)) {
    register_module("body", body);
    LAYER(line, Unit<1, torch::nn::Tanh>(16, 4));
    LAYER(fc, torch::nn::Linear(half<int64_t>(8), 6));
  }
  torch::Tensor forward(torch::Tensor x);
  torch::nn::Sequential body;
  Unit<1, torch::nn::Tanh> line{nullptr};
  torch::nn::Linear fc{nullptr};
};

template <typename Block, bool Residual> torch::Tensor Net<Block, Residual>::forward(torch::Tensor x) {
  x = body->forward(x);
  x = x.flatten(2);             // [[2 16 16]]
  x = line->forward(x);
  x = x.transpose(1, 2);        // [[2 16 4]]
  auto y = fc(x);
  y = Mix<Residual>::apply(y, y.relu()); // [[2 16 6]]
  return total(y, y, y);
}

// cobra: Net<Unit<2>, true> net; net.eval(); auto x = torch::randn({2, 3, 16, 16}); net.forward(x);
