// Tensors written down in the program: what they are copied into first, and small values that decide what runs.
#include <torch/torch.h>

struct Literals : torch::nn::Module {
  Literals() : linear(register_module("linear", torch::nn::Linear(3, 4))) {}

  torch::Tensor forward(torch::Tensor x) {
    std::vector<double> weights{0.5, 0.25, 0.25};
    std::vector<int> picks = {2, 0};
    auto w = torch::tensor(weights);                      // [[3]] [[3]]
    auto d = torch::tensor(weights, torch::kFloat64);     // [[3]] [[3]]
    auto p = torch::tensor(picks);                        // [[2]] [[2]]
    auto counts = torch::tensor({1, 3, 2});
    int64_t times = counts.max().item<int64_t>();
    x = linear(x * w * d.to(torch::kFloat)).index_select(0, p);
    if ((counts > 2).any().item<bool>()) x = x.repeat({times, 1});   // [[6 4]]
    for (int64_t i = 0; i < counts.size(0); ++i)
      if (counts[i].item<int64_t>() % 2 == 0) x = torch::cat({x, x}, 1); // [[6 8]]
    return x;
  }
  torch::nn::Linear linear;
};

// cobra: Literals net; net.eval(); auto x = torch::randn({5, 3}); net.forward(x);
