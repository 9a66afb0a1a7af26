// A program that builds a model with what only a run has: the line to paste has the input that the program gives it.
// RUN: %cobra check --quiet %s -- %mock | FileCheck %s
#include <torch/torch.h>

#include <cstdlib>

struct Net : torch::nn::Module {
  Net(int64_t width) : line(register_module("line", torch::nn::Linear(8, width))) {}
  torch::Tensor forward(torch::Tensor x) { return line(x); }
  torch::nn::Linear line;
};

int main() {
  Net net(std::atoi(std::getenv("WIDTH")));
  net.forward(torch::randn({2, 8}));
  net.forward(torch::randn({5, 8}));
}

// The reason stands once, though two calls have it.
// CHECK: given.cpp:9:51: remark: not known: aten::linear cannot be sized: its argument weight is not known
// CHECK: note: the environment is only known at run time
// CHECK-NOT: remark: not known:
// CHECK: remark: Net::forward on [2,8] float32: total withheld
// CHECK: remark: Net::forward on [5,8] float32: total withheld
// CHECK: remark: nothing runs Net: the program builds it with values that only a run has
// CHECK: note: add a comment such as // cobra: auto model = std::make_shared<Net>(/*width=*/64); model->forward(torch::randn({2, 8}));
