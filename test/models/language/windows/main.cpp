#include <iostream>

#include "windows.h"

// cobra: windows::Options o; o.pixels = 32; o.patch = 2; o.width = 12; o.layers = {2, 2}; o.heads = {2, 4}; o.side = 4; o.kinds = 10; windows::WindowNet net(o); net->eval(); auto x = torch::randn({2, 3, 32, 32}); net->forward(x);
int main() {
  windows::Options options;
  windows::WindowNet net(options);
  net->eval();
  torch::NoGradGuard no_grad;
  std::cout << net->forward(torch::randn({1, 3, options.pixels, options.pixels})).sizes() << "\n";
}
