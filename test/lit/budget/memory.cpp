// Many objects, and few that are large: each ends at a budget of its own, long before the machine is short of memory.
// RUN: timeout 60 %cobra check --quiet --entry 'Copies model; model->forward(torch::randn({2, 16}));' %s -- %mock -I %inputs | FileCheck --check-prefix=OBJECTS %s
// RUN: timeout 60 %cobra check --quiet --entry 'Buffers model; model->forward(torch::randn({2, 16}));' %s -- %mock -I %inputs | FileCheck --check-prefix=OBJECTS %s
// RUN: timeout 60 %cobra check --quiet --entry 'Bytes model; model->forward(torch::randn({2, 16}));' %s -- %mock -I %inputs | FileCheck --check-prefix=BYTES %s
// OBJECTS: reading stopped: the budget of 4000000 objects is used up
// BYTES: reading stopped: the {{4[89][0-9]|500}} MB that this run had of the memory for one file are used up
#include "net.h"

struct CopiesImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    std::vector<std::vector<int>> table(900000, std::vector<int>(1000, 1));
    return x.view({static_cast<std::int64_t>(table.size()), -1});
  }
};
TORCH_MODULE(Copies);

struct BuffersImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    int* last = nullptr;
    for (int i = 0; i < 100000; ++i) last = new int[1000]();
    return x.view({last ? 2 : 4, -1});
  }
};
TORCH_MODULE(Buffers);

struct BytesImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    std::string text(900000, 'a');
    std::vector<std::string> texts;
    for (int i = 0; i < 100000; ++i) texts.push_back(text + std::to_string(i));
    return x.view({static_cast<std::int64_t>(texts.size()), -1});
  }
};
TORCH_MODULE(Bytes);
