// Sentences of one language into another: LibTorch's own transformer between two vocabularies, time first.
#include <torch/torch.h>
#include <cmath>
#include <iostream>
#include <limits>
#include <memory>

namespace translator {

using torch::Tensor;
using torch::indexing::None;
using torch::indexing::Slice;
namespace nn = torch::nn;

constexpr int64_t kNothing = 1; // fills the end of short sentences

/// Meanings of words plus where they stand.
class Placed : public nn::Module {
 public:
  Placed(int64_t words, int64_t width, double forget, int64_t longest = 200) : scale_(std::sqrt(static_cast<double>(width))) {
    meaning_ = register_module("meaning", nn::Embedding(words, width));
    forget_ = register_module("forget", nn::Dropout(forget));
    auto phase = torch::outer(torch::arange(longest, torch::kFloat), torch::exp(torch::arange(0, width, 2) * (-std::log(1e4) / width)));
    auto table = torch::empty({longest, width});
    table.index_put_({Slice(), Slice(0, None, 2)}, phase.sin());
    table.index_put_({Slice(), Slice(1, None, 2)}, phase.cos());
    place_ = register_buffer("place", table.unsqueeze(1));
  }
  Tensor forward(const Tensor& ids) { return forget_(meaning_(ids.to(torch::kLong)) * scale_ + place_.slice(0, 0, ids.size(0))); }

 private:
  double scale_;
  nn::Embedding meaning_{nullptr};
  nn::Dropout forget_{nullptr};
  Tensor place_;
};

/// What must not be looked at.
struct Hidden {
  Tensor later, from_filling, to_filling;
  static Hidden of(const Tensor& from, const Tensor& to) {
    const auto n = to.size(0);
    auto later = torch::full({n, n}, -std::numeric_limits<float>::infinity()).triu_(1);
    return {later, from.eq(kNothing).t(), to.eq(kNothing).t()};
  }
};

struct Plan {
  int64_t from_words, to_words, width = 64, heads = 8, layers = 3, inner = 128;
  double forget = 0.1;
};

class Translator : public nn::Module {
 public:
  explicit Translator(const Plan& p) {
    auto options = nn::TransformerOptions().d_model(p.width).nhead(p.heads).num_encoder_layers(p.layers).num_decoder_layers(p.layers).dim_feedforward(p.inner).dropout(p.forget);
    body_ = register_module("body", nn::Transformer(options));
    from_ = register_module("from", std::make_shared<Placed>(p.from_words, p.width, p.forget));
    to_ = register_module("to", std::make_shared<Placed>(p.to_words, p.width, p.forget));
    say_ = register_module("say", nn::Linear(p.width, p.to_words));
    for (auto& w : parameters())
      if (w.dim() > 1) nn::init::xavier_uniform_(w);
  }
  Tensor forward(const Tensor& from, const Tensor& to, const Hidden& hidden) {
    auto heard = from_->forward(from), said = to_->forward(to);
    auto nothing_hidden = torch::zeros({from.size(0), from.size(0)}).to(torch::kFloat);
    return say_(body_->forward(heard, said, nothing_hidden, hidden.later, /*memory_mask=*/{}, hidden.from_filling, hidden.to_filling, hidden.from_filling));
  }
  Tensor understand(const Tensor& from) { return body_->encoder.forward(from_->forward(from), Tensor()); }

 private:
  nn::Transformer body_{nullptr};
  std::shared_ptr<Placed> from_, to_;
  nn::Linear say_{nullptr};
};

}  // namespace translator

int main() {
  using namespace translator;
  Plan plan{400, 300};
  auto net = std::make_shared<Translator>(plan);
  torch::nn::CrossEntropyLoss surprise(torch::nn::CrossEntropyLossOptions().ignore_index(kNothing));
  torch::optim::Adam rule(net->parameters(), torch::optim::AdamOptions(1e-4).betas({0.9, 0.98}).eps(1e-9));
  net->train();
  double sum = 0;
  for (int i = 0; i < 10; ++i) {
    auto from = torch::randint(2, plan.from_words, {20, 8}, torch::kLong), to = torch::randint(2, plan.to_words, {17, 8}, torch::kLong);
    auto known = to.slice(0, 0, -1), wanted = to.slice(0, 1);
    rule.zero_grad();
    auto loss = surprise(net->forward(from, known, Hidden::of(from, known)).flatten(0, 1), wanted.flatten());
    loss.backward();
    rule.step();
    sum += loss.item<double>();
  }
  std::cout << sum / 10 << '\n';
}

// cobra: translator::Plan p{40, 30, 16, 4, 2, 32}; auto net = std::make_shared<translator::Translator>(p); net->eval(); auto from = torch::randint(2, 40, {7, 3}, torch::kLong), to = torch::randint(2, 30, {5, 3}, torch::kLong); auto hidden = translator::Hidden::of(from, to); net->forward(from, to, hidden);
