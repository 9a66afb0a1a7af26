// Work that grows without end in the language itself: each budget names itself, on the line that ran.
// RUN: timeout 60 %cobra check --quiet %s -- %mock -I %inputs > %t.out
// RUN: FileCheck %s < %t.out
#include "net.h"

struct StepsImpl : torch::nn::Module {
  int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
  torch::Tensor forward(torch::Tensor x) {
    return x.view({fibonacci(60), 16}); // STEPS
  }
};
TORCH_MODULE(Steps);
struct TurnsImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    int width = 16;
    while (width > 0) width = width + 1 - 1; // TURNS
    return x.view({-1, width});
  }
};
TORCH_MODULE(Turns);
struct NestedImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    for (long i = 0; i < 100000; ++i)
      for (long j = 0; j < 100000; ++j)
        for (long k = 0; k < 100000; ++k) x = x;
    return x;
  }
};
TORCH_MODULE(Nested);
struct DepthImpl : torch::nn::Module {
  int down(int n) { return down(n + 1) + 1; }
  torch::Tensor forward(torch::Tensor x) { return x.view({down(0), 16}); }
};
TORCH_MODULE(Depth);
template <int N> struct Ladder {
  static int height() { return 1 + Ladder<N - 1>::height(); }
};
template <> struct Ladder<0> {
  static int height() { return 0; }
};
struct TemplateImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) { return x.view({Ladder<800>::height(), -1}); }
};
TORCH_MODULE(Template);

// cobra: Steps model; model->forward(torch::randn({2, 16}));
// cobra: Turns model; model->forward(torch::randn({2, 16}));
// cobra: Nested model; model->forward(torch::randn({2, 16}));
// cobra: Depth model; model->forward(torch::randn({2, 16}));
// cobra: Template model; model->forward(torch::randn({2, 16}));
// CHECK-DAG: steps.cpp:{{[0-9]+}}:{{.*}}the budget of 20000000 steps is used up
// CHECK-DAG: Turns::forward{{.*}}total withheld
// CHECK-DAG: steps.cpp:{{[0-9]+}}:{{.*}}the loop on line {{[0-9]+}} turns more often than the budget of 200000
// CHECK-DAG: Nested::forward{{.*}}total withheld
// CHECK-DAG: Depth::forward{{.*}}total withheld
// CHECK-DAG: steps.cpp:{{[0-9]+}}:{{.*}}calls nest deeper than the budget of 400
// CHECK-DAG: Template::forward{{.*}}total withheld
