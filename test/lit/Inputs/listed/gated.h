#pragma once
#include <torch/torch.h>

struct GatedImpl : torch::nn::Module {
  GatedImpl(int64_t width);
  torch::Tensor forward(torch::Tensor x);
  torch::nn::Linear line{nullptr};
};
TORCH_MODULE(Gated);

torch::Tensor doubled(torch::Tensor x);
