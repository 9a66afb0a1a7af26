// A board-game network with two heads: move probabilities and the value of the position, as a tuple.
#include <torch/torch.h>

#include <iostream>
#include <memory>
#include <tuple>
#include <vector>

using namespace torch;

struct Residual : nn::Module {
  nn::Conv2d conv1, conv2;
  nn::BatchNorm2d bn1, bn2;

  explicit Residual(int width)
      : conv1(nn::Conv2dOptions(width, width, 3).padding(1)), conv2(nn::Conv2dOptions(width, width, 3).padding(1)),
        bn1(width), bn2(width) {
    register_module("conv1", conv1);
    register_module("conv2", conv2);
    register_module("bn1", bn1);
    register_module("bn2", bn2);
  }

  Tensor forward(Tensor x) {
    Tensor y = relu(bn1(conv1(x)));
    y = bn2(conv2(y));
    return relu(y.add_(x));
  }
};

struct PolicyValueNet : nn::Module {
  static constexpr int kBoard = 9, kPlanes = 17;

  nn::Sequential stem;
  std::vector<std::shared_ptr<Residual>> tower;
  nn::Conv2d policy_conv = nullptr, value_conv = nullptr;
  nn::Linear policy_fc = nullptr, value_fc1 = nullptr, value_fc2 = nullptr;

  PolicyValueNet(int width, int blocks)
      : stem(nn::Conv2d(nn::Conv2dOptions(kPlanes, width, {3, 3}).padding({1, 1})), nn::BatchNorm2d(width), nn::ReLU()) {
    register_module("stem", stem);
    for (int i = 0; i < blocks; ++i) {
      tower.push_back(std::make_shared<Residual>(width));
      register_module("block" + std::to_string(i), tower[i]);
    }
    policy_conv = register_module("policy_conv", nn::Conv2d(width, 2, 1));
    policy_fc = register_module("policy_fc", nn::Linear(2 * kBoard * kBoard, kBoard * kBoard + 1));
    value_conv = register_module("value_conv", nn::Conv2d(width, 1, 1));
    value_fc1 = register_module("value_fc1", nn::Linear(kBoard * kBoard, width));
    value_fc2 = register_module("value_fc2", nn::Linear(width, 1));
  }

  std::tuple<Tensor, Tensor> forward(Tensor planes) {
    Tensor x = stem->forward(planes);
    for (auto& block : tower)
      x = block->forward(x);
    return {policy(x), value(x)};
  }

private:
  Tensor policy(const Tensor& x) {
    auto p = relu(policy_conv(x)).view({x.size(0), -1});
    return softmax(policy_fc(p), -1);
  }
  Tensor value(const Tensor& x) {
    auto v = relu(value_conv(x)).reshape({x.size(0), kBoard * kBoard});
    v = relu(value_fc1(v));
    return value_fc2(v).tanh().squeeze(1);
  }
};

int main() {
  NoGradGuard no_grad;
  PolicyValueNet net(64, 5);
  net.eval();
  Tensor policy, value;
  std::tie(policy, value) = net.forward(torch::randn({8, 17, 9, 9}));
  std::cout << policy.sizes() << value.sizes() << std::endl;
}
