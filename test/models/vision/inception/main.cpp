#include "nets/parallel_net.h"

#include <iostream>

int main(int argc, const char* argv[]) {
  nets::ParallelNet net(1000, /*early_heads=*/argc > 1, true);
  net->train(argc > 1);
  auto answer = net->forward(torch::ones({1, 3, 224, 224}));
  std::cout << answer.scores.sizes() << " and " << answer.early.size() << " early answers\n";
}
