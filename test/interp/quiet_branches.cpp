// Branches that only a run decides and that run no operator: checks that throw or end the program, a search for the largest, messages. The total is known.
#include <torch/torch.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>

struct Net : torch::nn::Module {
  torch::nn::Linear a{register_module("a", torch::nn::Linear(4, 3))};
  torch::Tensor forward(torch::Tensor x) {
    auto h = a(x); // [[2 3]]
    if (std::isnan(h.sum().item<float>())) throw std::runtime_error("not a number");
    float scores[3];
    for (int i = 0; i < 3; ++i) scores[i] = h[0][i].item<float>();
    int best = 0;
    for (int i = 1; i < 3; ++i)
      if (scores[i] > scores[best]) best = i;
    if (best == 2) std::cout << "the last one" << std::endl;
    std::ifstream file("weights.bin");
    if (file.fail() && std::getenv("STRICT")) std::exit(2);
    return h.relu(); // [[2 3]]
  }
};
// cobra: Net net; net.eval(); auto x = torch::randn({2, 4}); net.forward(x);
