// Studies of a course: the same network for two pictures, statistics of textures, votes between groups of neurons, moving pictures.
#include <torch/torch.h>
#include <algorithm>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

using torch::Tensor;
namespace nn = torch::nn;

// -------- one network, two pictures; derived classes say what is done with the answer
class Describer : public nn::Module {
 public:
  explicit Describer(int64_t numbers = 2) {
    look = nn::Sequential();
    for (auto [from, to] : {std::make_pair(1, 32), std::make_pair(32, 64)}) {
      look->push_back(nn::Conv2d(from, to, 5));
      look->push_back(nn::PReLU());
      look->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(2).stride(2)));
    }
    register_module("look", look);
    say = register_module("say", nn::Sequential(nn::Flatten(), nn::Linear(64 * 4 * 4, 256), nn::PReLU(), nn::Linear(256, numbers)));
  }
  virtual ~Describer() = default;
  virtual Tensor forward(Tensor x) { return say->forward(look->forward(x)); }

 protected:
  nn::Sequential look{nullptr}, say{nullptr};
};

class DirectionDescriber final : public Describer {
 public:
  using Describer::Describer;
  Tensor forward(Tensor x) override {
    auto d = Describer::forward(std::move(x));
    d /= d.square().sum(1, /*keepdim=*/true).sqrt();
    return d;
  }
};

struct Twins : nn::Module {
  std::shared_ptr<Describer> one;
  explicit Twins(std::shared_ptr<Describer> d) : one(register_module("one", std::move(d))) {}
  std::pair<Tensor, Tensor> forward(Tensor a, Tensor b) { return {one->forward(a), one->forward(b)}; }
};

struct PullOrPush {
  double room = 1.0;
  Tensor operator()(const Tensor& a, const Tensor& b, const Tensor& same, bool average = true) const {
    const auto apart = (a - b).pow(2).sum(1), s = same.to(torch::kFloat);
    auto pull = s * apart, push = (1 - s) * torch::relu(room - torch::sqrt(apart + 1e-9)).square();
    auto each = (pull + push) * 0.5;
    return average ? each.mean() : each.sum();
  }
};

Tensor twins_loss(Twins& twins, const Tensor& a, const Tensor& b, const Tensor& same) {
  auto [x, y] = twins.forward(a, b);
  return PullOrPush{}(x, y, same);
}
Tensor three_loss(Describer& d, const Tensor& given, const Tensor& like, const Tensor& unlike) {
  nn::TripletMarginLoss loss(nn::TripletMarginLossOptions().margin(0.5).p(2));
  return loss(d.forward(given), d.forward(like), d.forward(unlike));
}

// -------- textures
class EavesdropperImpl : public nn::Module {
 public:
  explicit EavesdropperImpl(std::set<std::string> at) : at_(std::move(at)) {
    int from = 3;
    for (const char* p = "aa/bb/cc"; *p; ++p) {
      if (*p == '/') {
        steps_->push_back(nn::MaxPool2d(2));
        continue;
      }
      const int to = 16 << (*p - 'a');
      steps_->push_back(nn::Conv2d(nn::Conv2dOptions(from, to, 3).padding(1)));
      steps_->push_back(nn::ReLU(nn::ReLUOptions().inplace(true)));
      from = to;
    }
    register_module("steps", steps_);
  }
  std::vector<Tensor> forward(Tensor x) {
    std::vector<Tensor> heard;
    int n = 0;
    for (auto m : steps_->modules(/*include_self=*/false)) {
      x = through(*m, x);
      if (at_.count(std::to_string(n++)) != 0) heard.push_back(x);
    }
    return heard;
  }

 private:
  static Tensor through(nn::Module& m, const Tensor& x) {
    if (m.as<nn::Conv2d>()) return m.as<nn::Conv2d>()->forward(x);
    return m.as<nn::MaxPool2d>() ? m.as<nn::MaxPool2d>()->forward(x) : m.as<nn::ReLU>()->forward(x);
  }
  std::set<std::string> at_;
  nn::Sequential steps_;
};
TORCH_MODULE(Eavesdropper);

/// Which channels are active together.
Tensor together(const Tensor& x) {
  const auto rows = x.view({x.size(1), x.size(2) * x.size(3)});
  return torch::mm(rows, rows.t()) / rows.numel();
}

Tensor repaint_loss(Eavesdropper& ear, const Tensor& now, const Tensor& scene, const Tensor& texture) {
  auto a = ear->forward(now), b = ear->forward(scene), c = ear->forward(texture);
  Tensor far = torch::zeros({1}), other = torch::zeros({1});
  for (size_t i = 0; i != a.size(); i++) {
    far += torch::mse_loss(a[i], b[i]);
    other += torch::mse_loss(together(a[i]), together(c[i]));
  }
  return far + 100 * other;
}

// -------- groups of neurons vote
class VotingNet : public nn::Module {
 public:
  explicit VotingNet(int64_t kinds = 10, int rounds = 3) : kinds(kinds), rounds(rounds) {
    first = register_module("first", nn::Conv2d(1, 64, 9));
    groups = register_module("groups", nn::Conv2d(nn::Conv2dOptions(64, 64, 9).stride(2)));
    turn = register_parameter("turn", 0.01 * torch::randn({kinds, 8 * 6 * 6, 16, 8}));
    redraw = register_module("redraw", nn::Sequential(nn::Linear(16 * kinds, 128), nn::ReLU(), nn::Linear(128, 28 * 28), nn::Sigmoid()));
  }
  /// The same direction, a length between 0 and 1.
  static Tensor bounded(const Tensor& v, int64_t axis = -1) {
    auto length = torch::norm(v, 2, axis, true), square = length.square();
    return v * (square / (square + 1) / (length + 1e-8));
  }
  std::tuple<Tensor, Tensor> forward(Tensor x, c10::optional<Tensor> chosen = c10::nullopt) {
    auto speakers = bounded(groups(torch::relu(first(x))).view({x.size(0), -1, 8}));
    auto votes = torch::matmul(turn, speakers.unsqueeze(1).unsqueeze(-1)).squeeze(-1);
    const auto quiet = votes.detach();
    auto trust = torch::zeros({x.size(0), kinds, votes.size(2)});
    Tensor result;
    for (int round = rounds; round-- > 0;) {
      const auto& heard = round ? quiet : votes;
      result = bounded(torch::sum(trust.softmax(1).unsqueeze(-1) * heard, -2, true));
      if (round) trust = trust + (result * quiet).sum(-1);
    }
    result = result.squeeze(-2);
    auto length = result.norm(2, -1);
    if (!chosen) chosen = torch::zeros(length.sizes()).scatter_(1, length.argmax(1).view({-1, 1}), 1.);
    auto drawn = redraw->forward((result * chosen->unsqueeze(-1)).view({x.size(0), -1}));
    return {length, drawn.view({-1, 1, 28, 28})};
  }
  int64_t kinds;
  int rounds;
  nn::Conv2d first{nullptr}, groups{nullptr};
  Tensor turn;
  nn::Sequential redraw{nullptr};
};

// -------- moving pictures
class PictureMemoryImpl : public nn::Module {
 public:
  using State = std::tuple<Tensor, Tensor>;
  PictureMemoryImpl(int64_t in, int64_t kept, std::pair<int64_t, int64_t> side, bool bias)
      : kept(kept), gates(nn::Conv2dOptions(in + kept, 4 * kept, {side.first, side.second}).padding({side.first / 2, side.second / 2}).bias(bias)) {
    register_module("gates", gates);
  }
  State forward(Tensor x, State before) {
    auto [said, held] = before;
    auto g = torch::split(gates(torch::cat({x, said}, 1)), kept, 1);
    held = torch::sigmoid(g[0]) * held + torch::sigmoid(g[1]) * torch::tanh(g[2]);
    return {torch::sigmoid(g[3]) * torch::tanh(held), held};
  }
  State empty(int64_t n, int64_t h, int64_t w) {
    auto zero = torch::zeros({n, kept, h, w}, gates->weight.device());
    return std::make_tuple(zero, zero.clone());
  }
  int64_t kept;
  nn::Conv2d gates;
};
TORCH_MODULE(PictureMemory);

class ClipNet : public nn::Module {
 public:
  explicit ClipNet(int64_t kinds)
      : still(register_module("still", nn::Conv3d(nn::Conv3dOptions(3, 16, {1, 3, 3}).stride({1, 2, 2}).padding({0, 1, 1}).bias(false)))),
        norm(register_module("norm", nn::BatchNorm3d(16))),
        moving(register_module("moving", nn::Conv3d(nn::Conv3dOptions(16, 16, {3, 1, 1}).padding({1, 0, 0}).bias(false)))),
        memory(register_module("memory", PictureMemory(16, 24, std::make_pair(3, 3), true))), scores(register_module("scores", nn::Linear(24, kinds))) {}
  Tensor forward(Tensor clip) {  // N C T H W
    using torch::indexing::Slice;
    auto x = torch::max_pool3d(torch::relu(moving(torch::relu(norm(still(clip))))), {1, 2, 2});
    auto state = memory->empty(x.size(0), x.size(3), x.size(4));
    std::vector<Tensor> said(x.size(2));
    for (int64_t t = 0; t < x.size(2); ++t) {
      state = memory->forward(x.index({Slice(), Slice(), t}), state);
      said[t] = std::get<0>(state);
    }
    return scores(torch::stack(said, 1).mean({1, 3, 4}));
  }
  nn::Conv3d still;
  nn::BatchNorm3d norm;
  nn::Conv3d moving;
  PictureMemory memory;
  nn::Linear scores;
};

int main() {
  auto twins = std::make_shared<Twins>(std::make_shared<DirectionDescriber>());
  auto loss = twins_loss(*twins, torch::rand({8, 1, 28, 28}), torch::rand({8, 1, 28, 28}), torch::randint(0, 2, {8}));
  loss.backward();
  std::cout << loss.item<float>() << std::endl;
}
