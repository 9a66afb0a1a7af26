#include <torch/torch.h>

#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

// A decoder whose positions are turns in the complex plane; several heads share keys and values, which are kept in tensors of fixed size.

namespace rotary {

using torch::Tensor;
using torch::indexing::Slice;

struct Plan {
  int width = 4096, layers = 32, heads = 32;
  std::optional<int> shared_heads; // heads of keys and values; none: as many as heads
  int words = -1;
  int round_to = 256;
  std::optional<float> inner_share;
  float small = 1e-5;
  int batches = 32, longest = 2048;

  int each() const { return width / heads; }
  int kept() const { return shared_heads.value_or(heads); }
  int inner() const {
    int n = 8 * width / 3;
    if (inner_share.has_value()) n = static_cast<int>(*inner_share * n);
    return (n + round_to - 1) / round_to * round_to;
  }
};

torch::nn::Linear unbiased(int from, int to) { return torch::nn::Linear(torch::nn::LinearOptions(from, to).bias(false)); }

class EvenOut : public torch::nn::Module {
 public:
  EvenOut(int width, float small) : small_(small) { gain_ = register_parameter("gain", torch::ones(width)); }
  Tensor forward(const Tensor& x) {
    const auto exact = x.to(torch::kFloat);
    auto even = exact * torch::rsqrt(exact.square().mean(-1, /*keepdim=*/true) + small_);
    return even.type_as(x) * gain_;
  }

 private:
  float small_;
  Tensor gain_;
};

/// Unit numbers e^(i p s): place p, speed s. [places, each / 2]
Tensor turns(int each, int places, float slowest = 1e4) {
  auto speed = torch::pow(slowest, torch::arange(0, each, 2).to(torch::kFloat) / -each);
  auto angle = torch::outer(torch::arange(places, speed.device()), speed).to(torch::kFloat);
  return torch::polar(torch::ones_like(angle), angle);
}

/// Turns pairs of numbers: x [batch, places, heads, each].
Tensor turned(const Tensor& x, const Tensor& by) {
  auto pairs = x.sizes().vec();
  pairs.back() /= 2;
  pairs.push_back(2);
  auto numbers = torch::view_as_complex(x.to(torch::kFloat).reshape(pairs));
  std::vector<int64_t> like;
  for (int64_t d = 0; d < numbers.dim(); d++) like.push_back(d % 2 ? numbers.size(d) : 1);
  return torch::view_as_real(numbers * by.view(like)).flatten(3).type_as(x);
}

class Attention : public torch::nn::Module {
 public:
  explicit Attention(const Plan& p) : plan_(p) {
    ask_ = register_module("ask", unbiased(p.width, p.heads * p.each()));
    for (const char* name : {"match", "tell"}) {
      from_.push_back(register_module(name, unbiased(p.width, p.kept() * p.each())));
      memory_.push_back(torch::zeros({p.batches, p.longest, p.kept(), p.each()}));
    }
    out_ = register_module("out", unbiased(p.heads * p.each(), p.width));
  }

  Tensor forward(const Tensor& x, int64_t first, const Tensor& by, const std::optional<Tensor>& hidden) {
    const auto batch = x.size(0), places = x.size(1), end = first + places;
    auto heads = [&](torch::nn::Linear& l, int n) { return l->forward(x).view({batch, places, n, plan_.each()}); };
    auto asked = turned(heads(ask_, plan_.heads), by).transpose(1, 2);
    std::vector<Tensor> known;
    for (size_t i = 0; i < from_.size(); ++i) {
      auto fresh = heads(from_[i], plan_.kept());
      if (i == 0) fresh = turned(fresh, by);
      memory_[i] = memory_[i].to(x.device());
      memory_[i].index_put_({Slice(0, batch), Slice(first, end)}, fresh);
      known.push_back(for_all_heads(memory_[i].index({Slice(0, batch), Slice(0, end)})).transpose(1, 2));
    }
    auto fit = torch::matmul(asked, known[0].transpose(2, 3)) / std::sqrt(plan_.each());
    if (hidden) fit = fit + *hidden;
    fit = torch::softmax(fit.to(torch::kFloat), -1).type_as(x);
    return out_->forward(torch::matmul(fit, known[1]).transpose(1, 2).contiguous().view({batch, places, -1}));
  }

 private:
  Tensor for_all_heads(const Tensor& x) const {
    const int64_t times = plan_.heads / plan_.kept();
    if (times == 1) return x;
    return x.unsqueeze(3).expand({-1, -1, -1, times, -1}).flatten(2, 3);
  }
  Plan plan_;
  torch::nn::Linear ask_{nullptr}, out_{nullptr};
  std::vector<torch::nn::Linear> from_;
  std::vector<Tensor> memory_;
};

class Layer : public torch::nn::Module {
 public:
  explicit Layer(const Plan& p) {
    before_look_ = register_module("before_look", std::make_shared<EvenOut>(p.width, p.small));
    look_ = register_module("look", std::make_shared<Attention>(p));
    before_think_ = register_module("before_think", std::make_shared<EvenOut>(p.width, p.small));
    gate_ = register_module("gate", unbiased(p.width, p.inner()));
    widen_ = register_module("widen", unbiased(p.width, p.inner()));
    narrow_ = register_module("narrow", unbiased(p.inner(), p.width));
  }
  template <class... Rest>
  Tensor forward(Tensor x, Rest&&... rest) {
    x = x + look_->forward(before_look_->forward(x), std::forward<Rest>(rest)...);
    auto y = before_think_->forward(x);
    return x + narrow_(torch::silu(gate_(y)) * widen_(y));
  }

 private:
  std::shared_ptr<EvenOut> before_look_, before_think_;
  std::shared_ptr<Attention> look_;
  torch::nn::Linear gate_{nullptr}, widen_{nullptr}, narrow_{nullptr};
};

class Decoder : public torch::nn::Module {
 public:
  explicit Decoder(const Plan& p) : plan_(p), turns_(turns(p.each(), 2 * p.longest)) {
    meaning_ = register_module("meaning", torch::nn::Embedding(p.words, p.width));
    layers_.reserve(p.layers);
    while (static_cast<int>(layers_.size()) < p.layers) {
      layers_.emplace_back(std::make_shared<Layer>(p));
      register_module("layer" + std::to_string(layers_.size()), layers_.back());
    }
    even_ = register_module("even", std::make_shared<EvenOut>(p.width, p.small));
    say_ = register_module("say", unbiased(p.width, p.words));
  }

  Tensor forward(const Tensor& words, int64_t first) {
    c10::InferenceMode guard;
    const auto n = words.size(1);
    auto x = meaning_(words);
    turns_ = turns_.to(x.device());
    const auto by = turns_.slice(0, first, first + n);
    std::optional<Tensor> hidden;
    if (n > 1) {
      auto later = torch::full({n, n}, -std::numeric_limits<float>::infinity(), words.device()).triu(1);
      hidden = torch::hstack({torch::zeros({n, first}, words.device()), later}).type_as(x);
    }
    for (const auto& layer : layers_) x = layer->forward(x, first, by, hidden);
    return say_(even_->forward(x)).to(torch::kFloat);
  }

 private:
  Plan plan_;
  Tensor turns_;
  torch::nn::Embedding meaning_{nullptr};
  std::vector<std::shared_ptr<Layer>> layers_;
  std::shared_ptr<EvenOut> even_;
  torch::nn::Linear say_{nullptr};
};

}  // namespace rotary

// cobra: rotary::Plan p; p.width = 32; p.layers = 2; p.heads = 4; p.shared_heads = 2; p.words = 50; p.round_to = 16; p.batches = 2; p.longest = 16; rotary::Decoder net(p); net.eval(); auto words = torch::randint(0, 50, {2, 5}, torch::kLong); net.forward(words, 0);
