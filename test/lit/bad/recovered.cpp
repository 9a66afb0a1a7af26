// Where a type is misspelt, Clang goes on with what it could make of the rest; so does the reading.
// RUN: not %cobra check --quiet %s -- %mock | FileCheck %s
#include <torch/torch.h>

#include <string>

struct Net : torch::nn::Module {
  explicit Net(const std::string& layers) {
    std::nosuch from = 0;
    while (from <= layers.size()) {
      auto to = layers.find(',', from);
      std::string word = layers.substr(from, to - from);
      from = to + 1;
    }
  }
  torch::Tensor forward(torch::Tensor x) { return torch::relu(x); }
};

// cobra: Net net("a,b"); net.forward(torch::randn({2, 8}));

// CHECK: recovered.cpp:9:{{.*}}error: does not compile: no type named 'nosuch' in namespace 'std'
// CHECK: remark: Net::forward on [2,8] float32
