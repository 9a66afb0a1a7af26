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

struct TextsImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    std::vector<std::string> texts(1LL << 40);
    return x.view({static_cast<std::int64_t>(texts.size()), -1});
  }
};
TORCH_MODULE(Texts);

// cobra: Sized model; model->forward(torch::randn({2, 16}));
// cobra: Resized model; model->forward(torch::randn({2, 16}));
// cobra: Assigned model; model->forward(torch::randn({2, 16}));
// cobra: Doubled model; model->forward(torch::randn({2, 16}));
// cobra: Text model; model->forward(torch::randn({2, 16}));
// cobra: Texts model; model->forward(torch::randn({2, 16}));
// CHECK: note: the elements of a container of 1099511627776 numbers are not followed
// CHECK: Sized::forward{{.*}}total withheld
// CHECK: note: the elements of a container of 1099511627776 numbers are not followed
// CHECK: Resized::forward{{.*}}total withheld
// CHECK: what is assigned to the container is not known
// CHECK: Assigned::forward{{.*}}total withheld
// CHECK: Doubled::forward{{.*}}total withheld
// CHECK-NEXT: {{.*}}the budget of 1000000 elements of one container is used up
// CHECK: Text::forward{{.*}}total withheld
// CHECK-NEXT: {{.*}}the budget of 1000000 bytes of one string is used up
// CHECK: Texts::forward{{.*}}total withheld
// CHECK-NEXT: {{.*}}the budget of 1000000 elements of one container is used up
