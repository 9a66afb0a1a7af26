// Branches that only a run decides: what both sides agree on is known behind them; the total is not.
#include <torch/torch.h>

struct Net : torch::nn::Module {
  torch::nn::Linear a{register_module("a", torch::nn::Linear(4, 8))};
  torch::nn::Linear b{register_module("b", torch::nn::Linear(4, 8))};
  torch::nn::Linear c{register_module("c", torch::nn::Linear(8, 2))};
  torch::Tensor forward(torch::Tensor x) {
    torch::Tensor h;
    for (int i = 0; i < 3; ++i) {
      if (i == 0 || torch::rand(1)[0].item<double>() < 0.5) // open: which branch of the if is taken is not known
        h = a(x);
      else
        h = b(x).relu();
      h = h.sin(); // [[3 8]] [[3 8]] [[3 8]]
    }
    return c(h); // [[3 2]]
  }
};
// cobra: Net net; net.eval(); auto x = torch::randn({3, 4}); net.forward(x);
