// Containers and strings that no machine holds, made at once or by doubling: nothing of them is built.
// RUN: timeout 60 %cobra check --quiet %s -- %mock -I %inputs > %t.out
// RUN: FileCheck %s < %t.out
#include "net.h"

struct SizedImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    std::vector<std::int64_t> sizes(1LL << 40, 1);
    return x.view(sizes);
  }
};
TORCH_MODULE(Sized);

struct ResizedImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    std::vector<std::int64_t> sizes;
    sizes.resize(1LL << 40, 3);
    return x.view(sizes);
  }
};
TORCH_MODULE(Resized);

struct AssignedImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    std::vector<std::int64_t> sizes;
    sizes.assign(1LL << 40, 3);
    return x.view(sizes);
  }
};
TORCH_MODULE(Assigned);

struct DoubledImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    std::vector<std::int64_t> sizes{1, 2};
    for (int i = 0; i < 100; ++i) sizes.insert(sizes.end(), sizes.begin(), sizes.end());
    return x.view(sizes);
  }
};
TORCH_MODULE(Doubled);

struct TextImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    std::string text = "ab";
    for (int i = 0; i < 100; ++i) text += text; // TEXT
    return x.view({static_cast<std::int64_t>(text.size()), -1});
  }
};
TORCH_MODULE(Text);

struct CopiesImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    std::vector<std::vector<int>> table(900000, std::vector<int>(900000, 1));
    return x.view({static_cast<std::int64_t>(table.size()), -1});
  }
};
TORCH_MODULE(Copies);

struct ChainImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    struct Link {
      Link* next = nullptr;
      int a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
    };
    Link* last = nullptr;
    for (int i = 0; i < 100000; ++i)
      for (int j = 0; j < 100000; ++j) last = new Link{last};
    return x.view({last ? 2 : 4, -1});
  }
};
TORCH_MODULE(Chain);

// cobra: Sized model; model->forward(torch::randn({2, 16}));
// cobra: Resized model; model->forward(torch::randn({2, 16}));
// cobra: Assigned model; model->forward(torch::randn({2, 16}));
// cobra: Doubled model; model->forward(torch::randn({2, 16}));
// cobra: Text model; model->forward(torch::randn({2, 16}));
// cobra: Copies model; model->forward(torch::randn({2, 16}));
// cobra: Chain model; model->forward(torch::randn({2, 16}));
// CHECK-DAG: containers.cpp:{{[0-9]+}}:{{.*}}the budget of 1000000 elements of one container is used up
// CHECK-DAG: containers.cpp:{{[0-9]+}}:{{.*}}the budget of 1000000 bytes of one string is used up
// CHECK-DAG: containers.cpp:{{[0-9]+}}:{{.*}}the budget of 4000000 objects is used up
// CHECK-DAG: Sized::forward{{.*}}total withheld
// CHECK-DAG: Resized::forward{{.*}}total withheld
// CHECK-DAG: Assigned::forward{{.*}}total withheld
// CHECK-DAG: Doubled::forward{{.*}}total withheld
// CHECK-DAG: Text::forward{{.*}}total withheld
// CHECK-DAG: Copies::forward{{.*}}total withheld
// CHECK-DAG: Chain::forward{{.*}}total withheld
