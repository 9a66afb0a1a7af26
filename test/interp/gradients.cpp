// Gradients: their shapes are known, and that the backward pass is missing is said. Only read: LibTorch runs more than the trace holds.
#include <torch/torch.h>

#include <vector>

using torch::Tensor;

// ---- a penalty on the gradient: its shape is that of the input
struct Penalty : torch::nn::Module {
  torch::nn::Linear score{4, 1};
  Penalty() { register_module("score", score); }
  Tensor forward(Tensor x) {
    auto at = x.detach().requires_grad_(true);                        // [[3 4]]
    auto y = score(at);                                               // [[3 1]]
    std::vector<Tensor> ones{torch::ones_like(y)};                    // [[3 1]]
    auto slopes = torch::autograd::grad({y}, {at}, ones, true, true); // open: the tool follows the forward pass, not torch::autograd::grad
    return (slopes[0].norm(2, 1) - 1).pow(2);                         // [[3]] [[3]] [[3]]
  }
};
// cobra: Penalty net; auto x = torch::randn({3, 4}); net.forward(x);

// ---- a step of training inside of what is run
struct Trainer : torch::nn::Module {
  torch::nn::Linear layer{4, 1};
  std::vector<Tensor> weights{layer->weight, layer->bias};
  torch::optim::SGD optimizer{weights, 0.1};
  Tensor step(Tensor x) {
    auto loss = layer(x).mean(); // [[3 1]] [[]]
    optimizer.zero_grad();
    loss.backward();  // open: the tool follows the forward pass, not at::Tensor::backward
    optimizer.step(); // open: what is called here is not known
    return loss;
  }
};
// cobra: Trainer net; auto x = torch::randn({3, 4}); net.step(x);
