// The greatest of numbers that nobody knows is not known, and that is said.
// REQUIRES: libtorch
// RUN: %cobra check --quiet %s -- -std=c++20 | FileCheck %s
#include <torch/torch.h>

#include <algorithm>
#include <vector>

struct Unknown : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    std::vector<int64_t> counts(static_cast<size_t>(x.sum().item<int64_t>()), 2);
    return x.repeat({std::ranges::max(counts)});
  }
};

// cobra: Unknown net; auto x = torch::rand({3}); net.forward(x);
// CHECK: Unknown::forward on [3] float32: total withheld
// CHECK: aten::repeat cannot be sized: its argument repeats is not known
