// Loops of every kind decide how many layers there are and what their sizes are.
#include <torch/torch.h>

#include <array>
#include <deque>
#include <list>
#include <vector>

struct Loops : torch::nn::Module {
  Loops() {
    const int sizes[] = {3, 8, 16, 24};
    for (int i = 0; i + 1 < 4; ++i) register_module("conv" + std::to_string(i), convs[i] = torch::nn::Conv2d(sizes[i], sizes[i + 1], 3));
    int width = 24;
    while (width > 6) {
      down->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(width, width / 2, 1)));
      width /= 2;
    }
    register_module("down", down);
    int n = 0;
    do {
      register_module("late" + std::to_string(n), torch::nn::Linear(6, 6));
      ++n;
    } while (n < 2);
    for (auto& [size, repeat] : std::vector<std::pair<int64_t, int>>{{6, 1}, {12, 2}}) {
      for (int i = 0; i < repeat; i++) {
        tail->push_back(torch::nn::Linear(last, size));
        last = size;
      }
    }
    register_module("tail", tail);
  }

  torch::Tensor forward(torch::Tensor x) {
    for (auto& conv : convs) {
      if (conv.is_empty()) continue;
      x = torch::relu(conv->forward(x)); // [[2 8 18 18]] [[2 16 16 16]] [[2 24 14 14]]
    }
    x = down->forward(x);
    x = x.mean({2, 3}); // [[2 6]]
    for (size_t i = 0; i < tail->size(); ++i) x = tail[i]->as<torch::nn::Linear>()->forward(x);
    for (int step = 10; step > 0; step -= 3) {
      if (step == 4) break;
      x = x + step; // [[2 12]]
    }
    std::list<torch::Tensor> parts;
    for (int i = 0; i < 3; i++) parts.push_back(x * i);
    std::vector<torch::Tensor> reversed(parts.rbegin(), parts.rend());
    x = torch::cat(reversed, 1); // [[2 36]]
    std::deque<torch::Tensor> queue{x, x};
    while (!queue.empty()) {
      auto head = queue.front();
      queue.pop_front();
      if (queue.size() == 1) queue.push_back(head.narrow(1, 0, 4)); // [[2 4]]
      if (queue.size() > 2 || head.size(1) == 4) break;
      x = head.sum(1, true); // [[2 1]]
    }
    return x;
  }

  std::array<torch::nn::Conv2d, 4> convs{nullptr, nullptr, nullptr, nullptr};
  torch::nn::Sequential down, tail;
  int64_t last = 6;
};

// cobra: auto net = std::make_shared<Loops>(); net->eval(); auto x = torch::randn({2, 3, 20, 20}); net->forward(x);
