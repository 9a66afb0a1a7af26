// AlexNet: everything in two Sequential fields, built where they are declared.
#include <torch/torch.h>

#include <iostream>

using namespace torch::nn;

// cobra: auto net = std::make_shared<AlexNet>(1000); net->eval(); auto x = torch::randn({16, 3, 224, 224}); net->forward(x);
class AlexNet : public Module {
public:
  explicit AlexNet(int64_t num_classes)
      : classifier(Dropout(0.5),
                   Linear(256 * 6 * 6, 4096),
                   ReLU(ReLUOptions().inplace(true)),
                   Dropout(0.5),
                   Linear(4096, 4096),
                   ReLU(ReLUOptions().inplace(true)),
                   Linear(4096, num_classes)) {
    register_module("features", features);
    register_module("avgpool", avgpool);
    register_module("classifier", classifier);
  }

  torch::Tensor forward(torch::Tensor x) {
    x = features->forward(x);
    x = avgpool->forward(x);
    x = torch::flatten(x, 1);
    return classifier->forward(x);
  }

private:
  Sequential features{
      Conv2d(Conv2dOptions(3, 64, 11).stride(4).padding(2)),
      ReLU(ReLUOptions().inplace(true)),
      MaxPool2d(MaxPool2dOptions(3).stride(2)),
      Conv2d(Conv2dOptions(64, 192, 5).padding(2)),
      ReLU(ReLUOptions().inplace(true)),
      MaxPool2d(MaxPool2dOptions(3).stride(2)),
      Conv2d(Conv2dOptions(192, 384, 3).padding(1)),
      ReLU(ReLUOptions().inplace(true)),
      Conv2d(Conv2dOptions(384, 256, 3).padding(1)),
      ReLU(ReLUOptions().inplace(true)),
      Conv2d(Conv2dOptions(256, 256, 3).padding(1)),
      ReLU(ReLUOptions().inplace(true)),
      MaxPool2d(MaxPool2dOptions(3).stride(2)),
  };
  AdaptiveAvgPool2d avgpool{AdaptiveAvgPool2dOptions({6, 6})};
  Sequential classifier;
};

int main() {
  AlexNet net(1000);
  net.eval();
  torch::NoGradGuard guard;
  std::cout << net.forward(torch::randn({1, 3, 224, 224})).sizes() << '\n';
}
