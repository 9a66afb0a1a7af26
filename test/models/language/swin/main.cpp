#include <iostream>

#include "swin.h"

// cobra: swin::Options o; o.image_size = 32; o.patch_size = 2; o.embed_dim = 12; o.depths = {2, 2}; o.num_heads = {2, 4}; o.window_size = 4; o.num_classes = 10; swin::SwinTransformer net(o); net->eval(); auto x = torch::randn({2, 3, 32, 32}); net->forward(x);
int main() {
  swin::Options options;
  swin::SwinTransformer net(options);
  net->eval();
  torch::NoGradGuard no_grad;
  auto input = torch::randn({1, 3, options.image_size, options.image_size});
  auto logits = net->forward(input);
  std::cout << "logits " << logits.sizes() << "\n";
}
