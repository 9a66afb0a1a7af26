#pragma once
#include <torch/torch.h>

struct NetImpl : torch::nn::Module {
  torch::nn::Linear first{nullptr}, second{nullptr};
  NetImpl(int width = 32)
      : first(register_module("first", torch::nn::Linear(16, width))),
        second(register_module("second", torch::nn::Linear(width, 10))) {}
  torch::Tensor forward(torch::Tensor x) {
    x = torch::relu(first->forward(x));
    return second->forward(x);
  }
};
TORCH_MODULE(Net);
