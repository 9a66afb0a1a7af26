#pragma once
#include "block.h"
struct TowerImpl : torch::nn::Module {
  Block block{nullptr};
  TowerImpl();
  torch::Tensor forward(torch::Tensor x);
};
TORCH_MODULE(Tower);
