#pragma once
#include <torch/torch.h>
struct BlockImpl : torch::nn::Module {
  torch::nn::Linear fc{nullptr};
  BlockImpl();
  torch::Tensor forward(torch::Tensor x);
};
TORCH_MODULE(Block);
