// Two painters and two critics that learn without pairs. Norms and borders are chosen by name and by enumeration.
#include <torch/torch.h>

#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <unordered_map>

namespace unpaired {

using torch::nn::AnyModule;
using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;
using MakeNorm = std::function<AnyModule(int64_t)>;

const MakeNorm& norm_called(const std::string& name) {
  static const std::unordered_map<std::string, MakeNorm> known{
      {"batch", [](int64_t c) { return AnyModule(torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(c).affine(true))); }},
      {"instance", [](int64_t c) { return AnyModule(torch::nn::InstanceNorm2d(torch::nn::InstanceNorm2dOptions(c).affine(false).track_running_stats(false))); }},
      {"none", [](int64_t) { return AnyModule(torch::nn::Identity()); }},
  };
  if (const auto it = known.find(name); it != known.end()) return it->second;
  throw std::runtime_error("no norm is called " + name);
}

enum class Border { Mirror, Repeat, Zero };

/// Pads, or says how much the convolution has to.
int64_t pad(torch::nn::Sequential& s, Border border, int64_t width) {
  switch (border) {
    case Border::Mirror: s->push_back(torch::nn::ReflectionPad2d(width)); return 0;
    case Border::Repeat: s->push_back(torch::nn::ReplicationPad2d(torch::nn::ReplicationPad2dOptions(width))); return 0;
    case Border::Zero: break;
  }
  return width;
}

struct Style {
  std::string norm = "instance";
  Border border = Border::Mirror;
  double forget = 0;
  bool bias() const { return norm == "instance"; }
};

class StepImpl : public torch::nn::Module {
 public:
  StepImpl(int64_t channels, const Style& style) {
    for (bool first : {true, false}) {
      const auto p = pad(body, style.border, 1);
      body->push_back(Conv2d(Conv2dOptions(channels, channels, 3).padding(p).bias(style.bias())));
      body->push_back(norm_called(style.norm)(channels));
      if (!first) break;
      body->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
      if (style.forget > 0) body->push_back(torch::nn::Dropout(style.forget));
    }
    register_module("body", body);
  }
  torch::Tensor forward(const torch::Tensor& x) { return x + body->forward(x); }

 private:
  torch::nn::Sequential body;
};
TORCH_MODULE(Step);

class PainterImpl : public torch::nn::Module {
 public:
  PainterImpl(int64_t in, int64_t out, int64_t width, int steps, Style style = {}) {
    TORCH_CHECK(steps >= 0);
    const auto& norm = norm_called(style.norm);
    const auto finish = [&](int64_t channels) {
      all->push_back(norm(channels));
      all->push_back(torch::nn::ReLU(true));
    };
    pad(all, Border::Mirror, 3);
    all->push_back(Conv2d(Conv2dOptions(in, width, 7).bias(style.bias())));
    finish(width);
    int64_t now = width;
    while (now < width * 4) {
      all->push_back(Conv2d(Conv2dOptions(now, now * 2, 3).stride(2).padding(1).bias(style.bias())));
      finish(now *= 2);
    }
    for (int i = 0; i < steps; i++) all->push_back(Step(now, style));
    for (auto k : {2., 1.}) {
      const auto next = static_cast<int64_t>(width * std::pow(2, k - 1));
      all->push_back(torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(now, next, 3).stride(2).padding(1).output_padding(1).bias(style.bias())));
      finish(now = next);
    }
    pad(all, Border::Mirror, 3);
    all->push_back(Conv2d(now, out, 7));
    all->push_back(torch::nn::Tanh());
    register_module("all", all);
  }
  torch::Tensor forward(torch::Tensor picture) { return all->forward(picture); }

 private:
  torch::nn::Sequential all;
};
TORCH_MODULE(Painter);

class CriticImpl : public torch::nn::Module {
 public:
  CriticImpl(int64_t in, int64_t width, int depth, const std::string& norm = "instance") {
    int64_t from = in;
    for (int i = 0; i <= depth; ++i) {
      const int64_t to = width * std::min(1 << i, 8);
      all->push_back(Conv2d(Conv2dOptions(from, to, 4).stride(i < depth ? 2 : 1).padding(1)));
      if (i > 0) all->push_back(norm_called(norm)(to));
      all->push_back(torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(0.2).inplace(true)));
      from = to;
    }
    all->push_back(Conv2d(Conv2dOptions(from, 1, 4).padding(1)));
    register_module("all", all);
  }
  torch::Tensor forward(torch::Tensor x) { return all->forward(x); }

 private:
  torch::nn::Sequential all;
};
TORCH_MODULE(Critic);

/// One direction: paints, paints back, and asks the other side's critic.
struct Direction {
  Painter there;
  Critic critic;
  torch::Tensor given, painted, returned;

  torch::Tensor loss(Painter& back, const torch::Tensor& wanted) {
    painted = there->forward(given);
    returned = back->forward(painted);
    auto opinion = critic->forward(painted);
    return torch::mse_loss(opinion, torch::ones_like(opinion)) + 10.0 * torch::l1_loss(returned, given) + 5.0 * torch::l1_loss(there->forward(wanted), wanted);
  }
};

struct Studio {
  Direction east{Painter(3, 3, 16, 2), Critic(3, 16, 3)};
  Direction west{Painter(3, 3, 16, 2, Style{"batch", Border::Zero, 0.5}), Critic(3, 16, 2, "batch")};
  void show(torch::Tensor a, torch::Tensor b) {
    east.given = std::move(a);
    west.given = std::move(b);
  }
  torch::Tensor loss() { return east.loss(west.there, west.given) + west.loss(east.there, east.given); }
};

}  // namespace unpaired

int main() {
  unpaired::Studio studio;
  studio.show(torch::rand({1, 3, 64, 64}), torch::rand({1, 3, 64, 64}));
  std::cout << studio.loss().item<float>() << std::endl;
}
