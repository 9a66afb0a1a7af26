// Nothing hangs: a loop without end in a constructor and a recursion without end each run into a budget that names itself.
// RUN: %cobra check --quiet %s -- %mock -I %inputs | FileCheck %s
#include "net.h"

struct LoopImpl : torch::nn::Module {
  torch::nn::Linear fc{nullptr};
  LoopImpl() {
    int width = 1;
    while (width > 0) width = width + 1 - 1;
    fc = register_module("fc", torch::nn::Linear(16, width));
  }
  torch::Tensor forward(torch::Tensor x) { return fc->forward(x); }
};
TORCH_MODULE(Loop);

struct DeepImpl : torch::nn::Module {
  int down(int n) { return down(n + 1) + 1; }
  torch::Tensor forward(torch::Tensor x) { return x.view({down(0), 16}); }
};
TORCH_MODULE(Deep);

// cobra: Loop loop; loop->forward(torch::randn({2, 16}));
// cobra: Deep deep; deep->forward(torch::randn({2, 16}));
// CHECK-DAG: endless.cpp:{{.*}}loop
// CHECK-DAG: endless.cpp:{{.*}}{{depth|nested|deep}}
