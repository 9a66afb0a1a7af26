// ParameterList and ParameterDict: filled, read by index and name, walked.
#include <torch/torch.h>

struct Listed : torch::nn::Module {
  Listed() {
    for (int64_t i = 1; i < 4; ++i) weights->append(torch::randn({i, i + 1}));
    register_module("weights", weights);
  }
  torch::Tensor forward(torch::Tensor x) {
    for (auto& item : *weights) x = x.matmul(item.value()); // [[5 2]] [[5 3]] [[5 4]]
    for (size_t i = 0; i < weights->size(); ++i) x = x * weights->at(i).size(1);
    x = x.matmul((*weights)[2].t()); // [[5 3]]
    return x.expand({static_cast<int64_t>(weights->size()), 5, 3}); // [[3 5 3]]
  }
  torch::nn::ParameterList weights;
};
// cobra: Listed net; auto x = torch::randn({5, 1}); net.forward(x);

struct Named : torch::nn::Module {
  Named() {
    weights->insert("in", torch::randn({4, 6}));
    weights->insert("out", torch::randn({6, 2}));
    register_module("weights", weights);
  }
  torch::Tensor forward(torch::Tensor x) {
    x = torch::mm(x, weights["in"]); // [[3 6]]
    for (const auto& name : weights->keys())
      if (name != "in") x = torch::mm(x, weights->get(name)); // [[3 2]]
    for (const auto& w : weights->values()) x = torch::cat({x, w.narrow(0, 0, 3)}, 1); // [[3 8]] [[3 10]]
    return x;
  }
  torch::nn::ParameterDict weights;
};
// cobra: Named net; auto x = torch::randn({3, 4}); net.forward(x);
