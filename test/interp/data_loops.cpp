// Loops outside of models that run long: they are followed some way, and what they change is open; the model behind them is known.
#include <torch/torch.h>

struct NetImpl : torch::nn::Module {
  explicit NetImpl(int64_t classes) : fc(register_module("fc", torch::nn::Linear(12, classes))) {}
  torch::Tensor forward(torch::Tensor x) {
    return fc(x.flatten(1)); // [[5 12]] [[5 7]]
  }
  torch::nn::Linear fc;
};
TORCH_MODULE(Net);

torch::Tensor images(int64_t count) {
  auto all = torch::empty({count, 3, 4});
  auto labels = torch::empty({count}, torch::kLong);
  for (int64_t i = 0; i < count; ++i) {
    labels[i] = i % 7;
    all[i] = torch::full({3, 4}, static_cast<double>(i));
  }
  return all;
}

torch::Tensor smoothed(torch::Tensor x) {
  int64_t left = 100000;
  while (left > 0) {
    x.mul_(0.999).add_(0.001);
    --left;
  }
  return x;
}

// cobra: auto data = images(50000); Net net(7); net->eval(); auto x = data.slice(0, 0, 5); net->forward(x);
// cobra: auto y = smoothed(torch::randn({5, 3, 4})); Net net(7); net->eval(); net->forward(y);
