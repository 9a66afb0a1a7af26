// A billion operators, and branches that nobody can decide nested forty deep, where both sides are read: both end.
// RUN: timeout 60 %cobra check --quiet %s -- %mock -I %inputs > %t.out
// RUN: FileCheck %s < %t.out
#include "net.h"

bool unknown(int);

struct EndlessImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    for (long i = 0; i < 1000000000; ++i) x = torch::relu(x);
    return x;
  }
};
TORCH_MODULE(Endless);

struct LongImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    for (int i = 0; i < 1000; ++i)
      for (int j = 0; j < 1000; ++j) x = x.relu();
    return x;
  }
};
TORCH_MODULE(Long);

struct ForkedImpl : torch::nn::Module {
  torch::nn::Linear fc = register_module("fc", torch::nn::Linear(16, 16));
  torch::Tensor descend(torch::Tensor x, int depth) {
    if (depth == 0) return fc->forward(x);
    if (unknown(depth))
      x = descend(x, depth - 1);
    else
      x = descend(x + x, depth - 1);
    return x;
  }
  torch::Tensor forward(torch::Tensor x) { return descend(x, 40); }
};
TORCH_MODULE(Forked);

struct WaitingImpl : torch::nn::Module {
  torch::Tensor descend(torch::Tensor x, int depth) {
    if (depth == 0) return x.relu();
    while (unknown(depth)) x = descend(x, depth - 1);
    for (; unknown(depth);) x = descend(x, depth - 1);
    return x;
  }
  torch::Tensor forward(torch::Tensor x) { return descend(x, 40); }
};
TORCH_MODULE(Waiting);

struct NestedImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    if (unknown(0)) {
    if (unknown(1)) {
    if (unknown(2)) {
    if (unknown(3)) {
    if (unknown(4)) {
    if (unknown(5)) {
    if (unknown(6)) {
    if (unknown(7)) {
    if (unknown(8)) {
    if (unknown(9)) {
    if (unknown(10)) {
    if (unknown(11)) {
    if (unknown(12)) {
    if (unknown(13)) {
    if (unknown(14)) {
    if (unknown(15)) {
    if (unknown(16)) {
    if (unknown(17)) {
    if (unknown(18)) {
    if (unknown(19)) {
    if (unknown(20)) {
    if (unknown(21)) {
    if (unknown(22)) {
    if (unknown(23)) {
    if (unknown(24)) {
    if (unknown(25)) {
    if (unknown(26)) {
    if (unknown(27)) {
    if (unknown(28)) {
    if (unknown(29)) {
    if (unknown(30)) {
    if (unknown(31)) {
    if (unknown(32)) {
    if (unknown(33)) {
    if (unknown(34)) {
    if (unknown(35)) {
    if (unknown(36)) {
    if (unknown(37)) {
    if (unknown(38)) {
    if (unknown(39)) {
    x = x.relu();
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    }
    return x;
  }
};
TORCH_MODULE(Nested);

// cobra: Endless model; model->forward(torch::randn({2, 16}));
// cobra: Long model; model->forward(torch::randn({2, 16}));
// cobra: Forked model; model->forward(torch::randn({2, 16}));
// cobra: Waiting model; model->forward(torch::randn({2, 16}));
// cobra: Nested model; model->forward(torch::randn({2, 16}));
// CHECK-DAG: operators.cpp:{{[0-9]+}}:{{.*}}the budget of 100000 operators is used up
// CHECK-DAG: Nested::forward{{.*}}total withheld
// CHECK-DAG: Endless::forward{{.*}}total withheld
// CHECK-DAG: Long::forward{{.*}}total withheld
// CHECK-DAG: Forked::forward{{.*}}total withheld
// CHECK-DAG: Waiting::forward{{.*}}total withheld
