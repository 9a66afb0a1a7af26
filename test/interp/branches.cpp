// Branches that only a run decides: what both sides agree on is known behind them; the total is not.
#include <torch/torch.h>

struct Net : torch::nn::Module {
  torch::nn::Linear a{register_module("a", torch::nn::Linear(4, 8))};
  torch::nn::Linear b{register_module("b", torch::nn::Linear(4, 8))};
  torch::nn::Linear c{register_module("c", torch::nn::Linear(8, 2))};
  torch::Tensor forward(torch::Tensor x) {
    torch::Tensor h;
    for (int i = 0; i < 3; ++i) {
      if (i == 0 || torch::rand(1)[0].item<double>() < 0.5) // open: which branch of the if is taken is not known
        h = a(x);
      else
        h = b(x).relu();
      h = h.sin(); // [[3 8]] [[3 8]] [[3 8]]
    }
    return c(h); // [[3 2]]
  }
};
// cobra: Net net; net.eval(); auto x = torch::randn({3, 4}); net.forward(x);

// ---- packed sequences: one reason, and nothing is said of what follows from it
namespace rnn = torch::nn::utils::rnn;
struct Packed : torch::nn::Module {
  torch::nn::LSTM lstm{register_module("lstm", torch::nn::LSTM(torch::nn::LSTMOptions(8, 16).batch_first(true)))};
  torch::nn::Linear fc{register_module("fc", torch::nn::Linear(16, 4))};
  torch::Tensor forward(torch::Tensor x, torch::Tensor lengths) {
    auto packed = rnn::pack_padded_sequence(x, lengths, true, false); // open: packed sequences are not followed: how many elements they hold depends on the values of the lengths
    auto [out, state] = lstm->forward_with_packed_input(packed);
    auto [padded, l] = rnn::pad_packed_sequence(out, true);
    return fc(padded);
  }
};
// cobra: Packed net; net.eval(); auto x = torch::randn({3, 5, 8}); auto l = torch::tensor({5, 4, 2}); net.forward(x, l);

// ---- how many modules there are is told by data: then nobody knows what is registered
struct Grown : torch::nn::Module {
  torch::nn::Sequential some;
  Grown() {
    for (int64_t i = 0; i < torch::randint(3, {1}).item<int64_t>(); ++i) some->push_back(torch::nn::Linear(4, 4));
    register_module("some", some);
  }
  torch::Tensor forward(torch::Tensor x) {
    for (const auto& m : some->modules(false)) x = m->as<torch::nn::Linear>()->forward(x); // open: what is called here is not known
    for (const auto& m : some->children()) x = m->as<torch::nn::Linear>()->forward(x);
    for (const auto& p : parameters()) x = x + p.sum();
    return x.neg();
  }
};
// cobra: Grown net; net.eval(); auto x = torch::randn({3, 4}); net.forward(x);
