// Mixture of experts: soft routing, and top-k routing that sends each token to its own experts.
#include <torch/torch.h>
#include <iostream>

struct ExpertImpl : torch::nn::Module {
  ExpertImpl(int64_t d, int64_t h) : w1(d, h), w2(h, d) { register_module("w1", w1); register_module("w2", w2); }
  torch::Tensor forward(torch::Tensor x) { return w2(torch::relu(w1(x))); }
  torch::nn::Linear w1, w2;
};
TORCH_MODULE(Expert);

// Every expert sees every token.
class SoftMoE : public torch::nn::Module {
 public:
  SoftMoE(int64_t d, int64_t h, int64_t n) : gate(d, n) {
    register_module("gate", gate);
    for (int64_t i = 0; i < n; ++i) experts->push_back(Expert(d, h));
    register_module("experts", experts);
  }
  torch::Tensor forward(torch::Tensor x) {
    auto weights = torch::softmax(gate(x), -1);
    std::vector<torch::Tensor> outs;
    for (auto& e : *experts) outs.emplace_back(e->as<ExpertImpl>()->forward(x));
    return torch::einsum("...ne,...n->...e", {torch::stack(outs, -2), weights});
  }

 private:
  torch::nn::Linear gate;
  torch::nn::ModuleList experts;
};

// Tokens are gathered for each expert: how many there are is decided by the data.
class SparseMoE : public torch::nn::Module {
 public:
  SparseMoE(int64_t d, int64_t h, int64_t n, int64_t k) : k_(k), n_(n) {
    gate = register_module("gate", torch::nn::Linear(torch::nn::LinearOptions(d, n).bias(false)));
    for (int64_t i = 0; i < n; ++i) experts.push_back(register_module("expert" + std::to_string(i), Expert(d, h)));
  }
  torch::Tensor forward(torch::Tensor x) {
    auto shape = x.sizes().vec();
    x = x.view({-1, x.size(-1)});
    auto logits = gate(x);
    torch::Tensor weights, chosen;
    std::tie(weights, chosen) = torch::topk(logits, k_);
    weights = torch::softmax(weights, 1, torch::kFloat).type_as(x);
    auto results = torch::zeros_like(x);
    for (int64_t i = 0; i < n_; ++i) {
      auto where = torch::where(chosen == i);
      auto batch = where[0], nth = where[1];
      if (batch.numel() == 0) continue;
      auto part = experts[i]->forward(x.index({batch}));
      results.index_add_(0, batch, weights.index({batch, nth, torch::indexing::None}) * part);
    }
    return results.view(shape);
  }

 private:
  int64_t k_, n_;
  torch::nn::Linear gate{nullptr};
  std::vector<Expert> experts;
};

// Capacity-limited dispatch keeps all shapes fixed (Switch Transformer).
class SwitchFFN : public torch::nn::Module {
 public:
  SwitchFFN(int64_t d, int64_t h, int64_t n, double capacity) : n_(n), capacity_(capacity) {
    router = register_module("router", torch::nn::Linear(d, n));
    w1 = register_parameter("w1", torch::randn({n, d, h}) / std::sqrt((double)d));
    w2 = register_parameter("w2", torch::randn({n, h, d}) / std::sqrt((double)h));
  }
  torch::Tensor forward(torch::Tensor x) {
    const auto B = x.size(0), T = x.size(1), D = x.size(2);
    const auto tokens = B * T, slots = static_cast<int64_t>(std::ceil(capacity_ * tokens / n_));
    auto flat = x.reshape({tokens, D});
    auto probs = torch::softmax(router(flat), -1);
    auto [p, expert] = probs.max(-1);
    auto onehot = torch::one_hot(expert, n_).to(torch::kFloat);
    auto position = torch::cumsum(onehot, 0) * onehot - 1;
    auto keep = (position < slots).logical_and(onehot > 0);
    auto dispatch = torch::one_hot(position.clamp(0, slots - 1).to(torch::kLong), slots).to(torch::kFloat) * keep.unsqueeze(-1);
    auto in = torch::einsum("tes,td->esd", {dispatch, flat});
    auto out = torch::bmm(torch::relu(torch::bmm(in, w1)), w2);
    auto combine = dispatch * p.view({-1, 1, 1});
    return torch::einsum("tes,esd->td", {combine, out}).view({B, T, D});
  }

 private:
  int64_t n_;
  double capacity_;
  torch::nn::Linear router{nullptr};
  torch::Tensor w1, w2;
};

int main() {
  SparseMoE moe(64, 256, 8, 2);
  moe.eval();
  torch::NoGradGuard g;
  std::cout << moe.forward(torch::randn({2, 10, 64})).sizes() << '\n';
}
// cobra: SoftMoE m(16, 32, 4); m.eval(); auto x = torch::randn({2, 5, 16}); m.forward(x);
// cobra: SwitchFFN m(16, 32, 4, 1.25); m.eval(); auto x = torch::randn({2, 6, 16}); m.forward(x);
