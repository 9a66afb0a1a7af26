#include "vision/googlenet.h"

#include <iostream>

int main(int argc, const char* argv[]) {
  vision::models::GoogLeNet model(1000, /*aux_logits=*/argc > 1, true);
  model->train(argc > 1);
  torch::Tensor input = torch::ones({1, 3, 224, 224});
  auto out = model->forward(input);
  std::cout << out.output.sizes() << '\n';
  if (out.aux1.defined()) std::cout << out.aux1.sizes() << out.aux2.sizes() << '\n';
}
