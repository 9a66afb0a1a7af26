#pragma once
#include <torch/torch.h>

struct GateImpl : torch::nn::Module {
  GateImpl(int inputs, int width);
  torch::Tensor forward(torch::Tensor x, torch::Tensor mask);
  torch::nn::Linear wide, narrow;
};
TORCH_MODULE(Gate);
