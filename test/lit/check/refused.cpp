// A run that LibTorch would refuse has been told: nothing says beside it that nothing runs the model.
// RUN: %cobra check --quiet %s -- %mock | FileCheck %s
#include <torch/torch.h>

struct Net : torch::nn::Module {
  Net(int64_t width) : line(register_module("line", torch::nn::Linear(width, 4))) {}
  torch::Tensor forward(torch::Tensor x) { return line(x); }
  torch::nn::Linear line;
};

int main() {
  Net net(8);
  net.forward(torch::randn({2, 9}));
}

// CHECK: refused.cpp:7:51: warning: LibTorch would throw here:
// CHECK: remark: Net::forward on [2,9] float32: total withheld
// CHECK-NOT: nothing runs
