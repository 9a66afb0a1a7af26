// An MLP whose widths come from a vector; the module is held by shared_ptr, the activation by std::function.
#include <torch/torch.h>

#include <functional>
#include <iostream>
#include <string>
#include <vector>

using Activation = std::function<torch::Tensor(const torch::Tensor&)>;

class MLP : public torch::nn::Module {
public:
  MLP(std::vector<int64_t> widths, Activation activation, bool normalize = false)
      : activation(std::move(activation)) {
    for (std::size_t i = 1; i < widths.size(); i++) {
      const auto name = "fc" + std::to_string(i);
      layers.emplace_back(register_module(name, torch::nn::Linear(widths[i - 1], widths[i])));
      torch::nn::init::xavier_uniform_(layers.back()->weight);
      if (normalize && i + 1 < widths.size()) {
        norms.push_back(std::make_shared<torch::nn::LayerNormImpl>(torch::nn::LayerNormOptions({widths[i]})));
        register_module("norm" + std::to_string(i), norms.back());
      }
    }
  }

  torch::Tensor forward(torch::Tensor x) {
    x = x.flatten(1);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      x = layers[i](x);
      if (i + 1 == layers.size()) break;
      if (!norms.empty()) x = norms[i]->forward(x);
      x = activation(x);
    }
    return x;
  }

private:
  Activation activation;
  std::vector<torch::nn::Linear> layers;
  std::vector<std::shared_ptr<torch::nn::LayerNormImpl>> norms;
};

int main() {
  const std::vector<int64_t> widths{28 * 28, 512, 256, 128, 10};
  auto net = std::make_shared<MLP>(
      widths, [](const torch::Tensor& x) { return torch::silu(x); }, true);
  net->eval();
  torch::NoGradGuard no_grad;
  std::cout << net->forward(torch::randn({32, 1, 28, 28})).sizes() << '\n';
}
