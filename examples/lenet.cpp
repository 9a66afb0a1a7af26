// LeNet-5 on 28x28 digits: the layers are fields, registered one by one in the constructor.
#include <torch/torch.h>

#include <iostream>

struct LeNetImpl : torch::nn::Module {
  explicit LeNetImpl(int64_t classes = 10) {
    conv1 = register_module("conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(1, 6, 5).padding(2)));
    conv2 = register_module("conv2", torch::nn::Conv2d(6, 16, 5));
    fc1 = register_module("fc1", torch::nn::Linear(16 * 5 * 5, 120));
    fc2 = register_module("fc2", torch::nn::Linear(120, 84));
    fc3 = register_module("fc3", torch::nn::Linear(84, classes));
  }

  torch::Tensor forward(torch::Tensor x) {
    x = torch::max_pool2d(torch::relu(conv1->forward(x)), 2);
    x = torch::max_pool2d(torch::relu(conv2->forward(x)), 2);
    x = x.view({-1, 16 * 5 * 5});
    x = torch::relu(fc1->forward(x));
    x = torch::relu(fc2->forward(x));
    x = fc3->forward(x);
    return torch::log_softmax(x, /*dim=*/1);
  }

  torch::nn::Conv2d conv1{nullptr}, conv2{nullptr};
  torch::nn::Linear fc1{nullptr}, fc2{nullptr}, fc3{nullptr};
};
TORCH_MODULE(LeNet);

int main() {
  torch::manual_seed(1);
  torch::NoGradGuard no_grad;

  LeNet model;
  model->eval();
  auto scores = model->forward(torch::randn({64, 1, 28, 28}));
  std::cout << scores.argmax(1).sizes() << std::endl;
}
