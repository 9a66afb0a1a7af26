// Where a model may be run: a test's body, a function without parameters, a class of its own with likely inputs. One run for each, none twice.
// RUN: %cobra check --quiet %s -- %mock -I %inputs | FileCheck %s
#include "net.h"

/// What GoogleTest makes of TEST(Nets, Runs).
struct Nets_Runs_Test {
  void TestBody() {
    Net net(8);
    net->forward(torch::randn({3, 16}));
  }
};

struct InnerImpl : torch::nn::Module {
  InnerImpl(int width) : linear(register_module("linear", torch::nn::Linear(width, width))) {}
  torch::Tensor forward(torch::Tensor x) { return torch::relu(linear->forward(x)); }
  torch::nn::Linear linear;
};
TORCH_MODULE(Inner);

/// Its parts are no models of their own.
struct OuterImpl : torch::nn::Module {
  OuterImpl() : a(register_module("a", Inner(12))), b(register_module("b", Inner(12))) {}
  torch::Tensor forward(torch::Tensor x) { return b->forward(a->forward(x)); }
  Inner a, b;
};
TORCH_MODULE(Outer);

struct BuiltImpl : torch::nn::Module {
  BuiltImpl(int width) : linear(register_module("linear", torch::nn::Linear(20, width))) {}
  torch::Tensor forward(torch::Tensor x) { return linear->forward(x); }
  torch::nn::Linear linear;
};
TORCH_MODULE(Built);

Built makeBuilt() { return Built(40); }

/// Two inputs, of which the code says what it wants; a configuration with defaults.
struct Sizes {
  int left = 6, right = 9;
};
struct PairImpl : torch::nn::Module {
  explicit PairImpl(Sizes s) : l(register_module("l", torch::nn::Linear(s.left, 4))), r(register_module("r", torch::nn::Linear(s.right, 4))) {}
  torch::Tensor forward(torch::Tensor x, torch::Tensor y) { return l->forward(x) + r->forward(y); }
  torch::nn::Linear l, r;
};
TORCH_MODULE(Pair);

/// No forward, but a method that computes.
struct EncoderImpl : torch::nn::Module {
  EncoderImpl() : linear(register_module("linear", torch::nn::Linear(7, 4))) {}
  torch::Tensor encode(torch::Tensor x) { return linear->forward(x); }
  torch::nn::Linear linear;
};
TORCH_MODULE(Encoder);

struct ScaledImpl : torch::nn::Module {
  ScaledImpl(int width) : linear(register_module("linear", torch::nn::Linear(width, width))) {}
  torch::Tensor forward(torch::Tensor x, bool twice) { return twice ? linear->forward(linear->forward(x)) : linear->forward(x); }
  torch::nn::Linear linear;
};
TORCH_MODULE(Scaled);

// CHECK-NOT: Inner::forward
// CHECK-DAG: Net::forward on [3,16] float32:
// CHECK-DAG: Outer::forward on [1,12] float32 (assumed):
// CHECK-DAG: Built::forward on [1,20] float32 (assumed): {{.*}}840 parameters
// CHECK-DAG: Pair::forward on [1,6] float32, [1,9] float32 (assumed):
// CHECK-DAG: Encoder::encode on [1,7] float32 (assumed):
// CHECK-DAG: nothing runs Scaled: its constructor needs arguments
// CHECK-DAG: // cobra: Scaled model(/*width=*/64); model->forward(/*x=*/torch::randn({1, 3, 224, 224}), /*twice=*/true);
// CHECK-NOT: Inner::forward
