// Entries that end in a call of a plain function: what it runs around its models is part of the graph, what the entry makes before it is not.
#include <torch/torch.h>

// cobra: Head net; net->eval(); auto x = torch::randn({4, 6}); auto y = x.relu(); detect(net, y);
// cobra: Pair pair; auto x = torch::randn({2, 6}); auto loss = pair.loss(x);
// cobra: auto p = torch::rand({8}); focal(p);
// cobra: auto p = torch::rand({2, 3, 4}); HeadImpl::decode(p);

struct HeadImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) { return fc(x); }
  static torch::Tensor decode(const torch::Tensor& p) { return p.argmax(1); }  // [[2 4]]
  torch::nn::Linear fc{register_module("fc", torch::nn::Linear(6, 10))};
};
TORCH_MODULE(Head);

torch::Tensor normalized(const torch::Tensor& x) { return x / x.norm(); }

torch::Tensor detect(Head& net, const torch::Tensor& x) {
  auto scores = net(normalized(x)).sigmoid();  // [[4 10]]
  auto [best, index] = scores.topk(3);
  return torch::cat({best, index.to(torch::kFloat)}, 1);  // [[4 6]]
}

struct Pair {
  Head a, b;
  torch::Tensor loss(const torch::Tensor& x) { return torch::mse_loss(a(x), b(x)); }  // [[]]
};

torch::Tensor focal(const torch::Tensor& p, double gamma = 2) { return (torch::pow(1 - p, gamma) * p.log()).mean(); }  // [[8]] [[]]
