// Runs the three networks; the sources are compiled with it.
#include "resnet.h"

#include <iostream>

int main() {
  torch::NoGradGuard no_grad;
  auto image = torch::randn({1, 3, 224, 224});
  auto small = resnet18(), medium = resnet34();
  auto large = resnet50();
  small->eval();
  medium->eval();
  large->eval();
  std::cout << small->forward(image).sizes() << medium->forward(image).sizes()
            << large->forward(image).sizes() << std::endl;
}
