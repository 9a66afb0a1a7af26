// Invertible steps behind one interface, and the same idea on vectors.
#include <torch/torch.h>
#include <memory>
#include <utility>
#include <vector>

namespace flows {

using torch::Tensor;
using Result = std::pair<Tensor, Tensor>;  // value, log determinant

struct Flow : torch::nn::Module {
  virtual Result forward(Tensor x, Tensor logdet) = 0;
  virtual Tensor inverse(Tensor z) = 0;
};

class ActNorm : public Flow {
 public:
  explicit ActNorm(int64_t channels) {
    bias = register_parameter("bias", torch::zeros({1, channels, 1, 1}));
    logs = register_parameter("logs", torch::zeros({1, channels, 1, 1}));
  }
  Result forward(Tensor x, Tensor logdet) override {
    x = (x + bias) * torch::exp(logs);
    return {x, logdet + torch::sum(logs) * (x.size(2) * x.size(3))};
  }
  Tensor inverse(Tensor z) override { return z * torch::exp(-logs) - bias; }

 private:
  Tensor bias, logs;
};

class InvConv2d : public Flow {
 public:
  explicit InvConv2d(int64_t channels) {
    auto q = std::get<0>(torch::linalg_qr(torch::randn({channels, channels})));
    weight = register_parameter("weight", q);
  }
  Result forward(Tensor x, Tensor logdet) override {
    const auto c = weight.size(0);
    auto dlogdet = std::get<1>(torch::slogdet(weight)) * x.size(2) * x.size(3);
    return {torch::conv2d(x, weight.view({c, c, 1, 1})), logdet + dlogdet};
  }
  Tensor inverse(Tensor z) override {
    const auto c = weight.size(0);
    return torch::conv2d(z, torch::inverse(weight).view({c, c, 1, 1}));
  }

 private:
  Tensor weight;
};

class AffineCoupling : public Flow {
 public:
  AffineCoupling(int64_t channels, int64_t hidden) {
    net = register_module("net", torch::nn::Sequential(
        torch::nn::Conv2d(torch::nn::Conv2dOptions(channels / 2, hidden, 3).padding(1)), torch::nn::ReLU(torch::nn::ReLUOptions(true)),
        torch::nn::Conv2d(torch::nn::Conv2dOptions(hidden, hidden, 1)), torch::nn::ReLU(torch::nn::ReLUOptions(true)),
        torch::nn::Conv2d(torch::nn::Conv2dOptions(hidden, channels, 3).padding(1))));
    torch::nn::init::zeros_(net->children().back()->as<torch::nn::Conv2d>()->weight);
  }
  Result forward(Tensor x, Tensor logdet) override {
    auto halves = x.chunk(2, 1);
    auto [s, t] = parameters_of(halves[0]);
    auto y = (halves[1] + t) * s;
    return {torch::cat({halves[0], y}, 1), logdet + torch::sum(torch::log(s).view({x.size(0), -1}), 1)};
  }
  Tensor inverse(Tensor z) override {
    auto halves = z.chunk(2, 1);
    auto [s, t] = parameters_of(halves[0]);
    return torch::cat({halves[0], halves[1] / s - t}, 1);
  }

 private:
  Result parameters_of(const Tensor& x) {
    auto out = net->forward(x).chunk(2, 1);
    return {torch::sigmoid(out[0] + 2), out[1]};
  }
  torch::nn::Sequential net{nullptr};
};

Tensor squeeze2x2(const Tensor& x) {
  const auto b = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
  return x.view({b, c, h / 2, 2, w / 2, 2}).permute({0, 1, 3, 5, 2, 4}).contiguous().view({b, c * 4, h / 2, w / 2});
}
Tensor unsqueeze2x2(const Tensor& x) {
  const auto b = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
  return x.view({b, c / 4, 2, 2, h, w}).permute({0, 1, 4, 2, 5, 3}).contiguous().view({b, c / 4, h * 2, w * 2});
}

class Glow : public torch::nn::Module {
 public:
  Glow(int64_t channels, int levels, int depth, int64_t hidden) : levels_(levels) {
    for (int l = 0; l < levels; ++l) {
      channels *= 4;
      std::vector<std::shared_ptr<Flow>> steps;
      for (int d = 0; d < depth; ++d) {
        steps.push_back(std::make_shared<ActNorm>(channels));
        steps.push_back(std::make_shared<InvConv2d>(channels));
        steps.push_back(std::make_shared<AffineCoupling>(channels, hidden));
      }
      for (std::size_t i = 0; i < steps.size(); ++i) register_module("level" + std::to_string(l) + "_" + std::to_string(i), steps[i]);
      flows_.push_back(std::move(steps));
      if (l + 1 < levels) channels /= 2;
    }
  }

  std::tuple<std::vector<Tensor>, Tensor> forward(Tensor x) {
    auto logdet = torch::zeros({x.size(0)});
    std::vector<Tensor> zs;
    for (int l = 0; l < levels_; ++l) {
      x = squeeze2x2(x);
      for (auto& step : flows_[l]) std::tie(x, logdet) = step->forward(x, logdet);
      if (l + 1 < levels_) {
        auto parts = x.split(x.size(1) / 2, 1);
        zs.push_back(parts[1]);
        x = parts[0];
      }
    }
    zs.push_back(x);
    return {zs, logdet};
  }

  Tensor sample(std::vector<Tensor> zs) {
    Tensor x = zs.back();
    zs.pop_back();
    for (int l = levels_ - 1; l >= 0; --l) {
      if (l + 1 < levels_) {
        x = torch::cat({x, zs.back()}, 1);
        zs.pop_back();
      }
      for (auto it = flows_[l].rbegin(); it != flows_[l].rend(); ++it) x = (*it)->inverse(x);
      x = unsqueeze2x2(x);
    }
    return x;
  }

 private:
  int levels_;
  std::vector<std::vector<std::shared_ptr<Flow>>> flows_;
};

Tensor log_prob(Glow& model, const Tensor& x) {
  auto [zs, logdet] = model.forward(x);
  auto total = logdet;
  for (const auto& z : zs) total = total + (-0.5 * (z * z + std::log(2 * M_PI))).flatten(1).sum(1);
  return -total.mean() / (std::log(2.0) * x[0].numel());
}

// ---- the same idea on vectors: even and odd entries in turn, masks as buffers
class VectorFlow : public torch::nn::Module {
 public:
  VectorFlow(int64_t width, int64_t hidden, int n) {
    const auto net = [&](bool bounded) {
      torch::nn::Sequential s;
      for (int64_t from : {width, hidden}) {
        s->push_back(torch::nn::Linear(from, hidden));
        s->push_back(torch::nn::LeakyReLU());
      }
      s->push_back(torch::nn::Linear(hidden, width));
      if (bounded) s->push_back(torch::nn::Tanh());
      return s;
    };
    auto odd = torch::arange(width).remainder(2).to(torch::kFloat);
    for (int i = 0; i < n; ++i) {
      const auto id = std::to_string(i);
      steps.push_back({register_buffer("kept" + id, i % 2 ? 1 - odd : odd), register_module("stretch" + id, net(true)), register_module("shift" + id, net(false))});
    }
  }
  Result forward(Tensor x) {
    auto logdet = x.new_zeros(x.size(0));
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
      const auto changed = 1 - step->kept;
      auto known = step->kept * x;
      auto log_stretch = step->stretch->forward(known) * changed;
      x = known + changed * (x - step->shift->forward(known) * changed) * torch::exp(-log_stretch);
      logdet -= log_stretch.sum(1);
    }
    return {x, logdet};
  }

 private:
  struct Step {
    Tensor kept;
    torch::nn::Sequential stretch, shift;
  };
  std::vector<Step> steps;
};

}  // namespace flows
