// Pictures out of noise: a network that says what is noise, told how noisy it is; and the walk back from noise to a picture.
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <optional>
#include <vector>

namespace denoising {

namespace nn = torch::nn;
namespace F = torch::nn::functional;
using torch::Tensor;

struct Plan {
  int64_t width = 32, colours = 3, heads = 4, head_width = 16, groups = 8;
  std::vector<int64_t> growth = {1, 2, 4};
};

struct Tune {
  Tensor gain, level;
};

class ClockImpl : public nn::Module {
 public:
  explicit ClockImpl(int64_t width) : half_(width / 2) {}
  Tensor forward(const Tensor& when) {
    auto pace = torch::exp(torch::arange(half_, torch::TensorOptions().device(when.device())) * (-std::log(10000.0) / (half_ - 1)));
    auto phase = torch::outer(when.to(torch::kFloat), pace);
    return torch::cat({phase.sin(), phase.cos()}, /*dim=*/-1);
  }

 private:
  int64_t half_;
};
TORCH_MODULE(Clock);

class StepImpl : public nn::Module {
 public:
  StepImpl(int64_t from, int64_t to, int64_t told, int64_t groups) {
    if (told > 0) tell = register_module("tell", nn::Sequential(nn::SiLU(), nn::Linear(told, to * 2)));
    for (int i = 0; i < 2; ++i) {
      const auto id = std::to_string(i);
      filters.push_back(register_module("filter" + id, nn::Conv2d(nn::Conv2dOptions(i ? to : from, to, 3).padding(1))));
      norms.push_back(register_module("norm" + id, nn::GroupNorm(groups, to)));
    }
    if (from != to) fit = register_module("fit", nn::Conv2d(from, to, 1));
  }
  Tensor forward(const Tensor& x, const Tensor& when = {}) {
    std::optional<Tune> tune;
    if (tell && when.defined()) {
      auto halves = tell->forward(when).unsqueeze(-1).unsqueeze(-1).chunk(2, 1);
      tune = Tune{halves[0], halves[1]};
    }
    auto y = x;
    for (size_t i = 0; i < filters.size(); ++i) {
      y = norms[i](filters[i](y));
      if (i == 0 && tune) {
        const auto& [gain, level] = *tune;
        y = y * (gain + 1) + level;
      }
      y = torch::silu(y);
    }
    return y + (fit ? fit(x) : x);
  }

 private:
  nn::Sequential tell{nullptr};
  std::vector<nn::Conv2d> filters;
  std::vector<nn::GroupNorm> norms;
  nn::Conv2d fit{nullptr};
};
TORCH_MODULE(Step);

class LookAroundImpl : public nn::Module {
 public:
  LookAroundImpl(int64_t width, const Plan& plan) : heads_(plan.heads), each_(plan.head_width) {
    const auto inner = heads_ * each_;
    norm = register_module("norm", nn::GroupNorm(nn::GroupNormOptions(1, width)));
    ask = register_module("ask", nn::Conv2d(nn::Conv2dOptions(width, 3 * inner, 1).bias(false)));
    answer = register_module("answer", nn::Conv2d(inner, width, 1));
  }
  Tensor forward(Tensor x) {
    const auto n = x.size(0), h = x.size(2), w = x.size(3);
    auto parts = ask(norm(x)).reshape({n, 3, heads_, each_, h * w}).unbind(1);
    auto alike = torch::einsum("nhci,nhcj->nhij", {parts[0] * std::pow(each_, -0.5), parts[1]});
    auto found = torch::einsum("nhij,nhcj->nhic", {alike.softmax(-1), parts[2]});
    return x + answer(found.transpose(2, 3).reshape({n, -1, h, w}));
  }

 private:
  int64_t heads_, each_;
  nn::GroupNorm norm{nullptr};
  nn::Conv2d ask{nullptr}, answer{nullptr};
};
TORCH_MODULE(LookAround);

class NoiseNetImpl : public nn::Module {
 public:
  explicit NoiseNetImpl(const Plan& plan) : plan_(plan) {
    const auto told = 4 * plan.width;
    begin = register_module("begin", nn::Conv2d(nn::Conv2dOptions(plan.colours, plan.width, 7).padding(3)));
    time = register_module("time", nn::Sequential(Clock(plan.width), nn::Linear(plan.width, told), nn::GELU(), nn::Linear(told, told)));
    std::vector<int64_t> widths{plan.width};
    std::transform(plan.growth.cbegin(), plan.growth.cend(), std::back_inserter(widths), [&](auto by) { return plan.width * by; });
    const auto levels = widths.size() - 1;
    for (size_t i = 0; i < levels; ++i) {
      const auto a = widths[i], b = widths[i + 1];
      auto smaller = nn::Conv2dOptions(a, b, 4).stride(2).padding(1);
      if (i + 1 == levels) smaller = nn::Conv2dOptions(a, b, 3).padding(1);
      down->push_back(nn::ModuleList(step(a, a), step(a, a), LookAround(a, plan), nn::Conv2d(smaller)));
    }
    const auto most = widths.back();
    middle = register_module("middle", nn::ModuleList(step(most, most), LookAround(most, plan), step(most, most)));
    for (size_t i = levels; i > 0; --i) {
      const auto a = widths[i - 1], b = widths[i];
      nn::ModuleList level(step(a + b, b), step(a + b, b), LookAround(b, plan));
      if (i > 1) level->push_back(nn::ConvTranspose2d(nn::ConvTranspose2dOptions(b, a, 4).stride(2).padding(1)));
      else level->push_back(nn::Conv2d(nn::Conv2dOptions(b, a, 3).padding(1)));
      up->push_back(level);
    }
    register_module("down", down);
    register_module("up", up);
    last = register_module("last", step(2 * plan.width, plan.width));
    end = register_module("end", nn::Conv2d(plan.width, plan.colours, 1));
  }

  Tensor forward(Tensor x, Tensor when) {
    x = begin(x);
    const auto first = x.clone();
    when = time->forward(when);
    std::vector<Tensor> kept;
    for (const auto& m : *down) {
      auto& level = *m->as<nn::ModuleListImpl>();
      kept.push_back(x = level[0]->as<Step>()->forward(x, when));
      kept.push_back(x = level[2]->as<LookAround>()->forward(level[1]->as<Step>()->forward(x, when)));
      x = level[3]->as<nn::Conv2d>()->forward(x);
    }
    for (const auto& m : *middle) {
      if (auto s = std::dynamic_pointer_cast<StepImpl>(m)) x = s->forward(x, when);
      else x = m->as<LookAroundImpl>()->forward(x);
    }
    for (const auto& m : *up) {
      auto level = std::dynamic_pointer_cast<nn::ModuleListImpl>(m);
      for (size_t i : {0, 1}) {
        x = level->at<StepImpl>(i).forward(torch::cat({x, kept.back()}, 1), when);
        kept.pop_back();
      }
      x = level->at<LookAroundImpl>(2).forward(x);
      auto larger = level->ptr(3);
      x = larger->as<nn::ConvTranspose2d>() ? larger->as<nn::ConvTranspose2d>()->forward(x) : larger->as<nn::Conv2dImpl>()->forward(x);
    }
    return end(last(torch::cat({x, first}, 1), when));
  }

 private:
  Step step(int64_t from, int64_t to) const { return Step(from, to, 4 * plan_.width, plan_.groups); }
  Plan plan_;
  nn::Conv2d begin{nullptr}, end{nullptr};
  nn::Sequential time{nullptr};
  nn::ModuleList down, middle{nullptr}, up;
  Step last{nullptr};
};
TORCH_MODULE(NoiseNet);

/// A table's entry for each picture, of as many dimensions as the pictures.
static Tensor entry(const Tensor& table, const Tensor& when, at::IntArrayRef like) {
  std::vector<int64_t> shape(like.size(), 1);
  shape.front() = when.size(0);
  return table.gather(0, when).reshape(shape);
}

class WalkImpl : public nn::Module {
 public:
  WalkImpl(NoiseNet net, int64_t pixels, int64_t steps, int64_t colours = 3) : net(net), pixels_(pixels), steps_(steps), colours_(colours) {
    register_module("net", this->net);
    const double scale = 1000. / steps;
    auto added = torch::linspace(scale * 1e-4, scale * 0.02, steps, torch::kFloat64), left = 1 - added;
    auto signal = torch::cumprod(left, 0), before = F::pad(signal.slice(0, 0, -1), F::PadFuncOptions({1, 0}).value(1.));
    auto keep = [this](const char* name, const Tensor& t) { return register_buffer(name, t.to(torch::kFloat32)); };
    picture_share = keep("picture_share", signal.sqrt());
    noise_share = keep("noise_share", (1 - signal).sqrt());
    spread = keep("spread", (added * (1 - before) / (1 - signal)).clamp_min(1e-20).sqrt());
    from_guess = keep("from_guess", added * before.sqrt() / (1 - signal));
    from_now = keep("from_now", (1 - before) * left.sqrt() / (1 - signal));
  }

  Tensor back(const Tensor& x, int64_t step) {
    auto when = torch::full({x.size(0)}, step, torch::TensorOptions().dtype(torch::kLong));
    auto guess = (x - entry(noise_share, when, x.sizes()) * net->forward(x, when)) / entry(picture_share, when, x.sizes());
    guess.clamp_(-1., 1.);
    auto mean = entry(from_guess, when, x.sizes()) * guess + entry(from_now, when, x.sizes()) * x;
    return step == 0 ? mean : mean + entry(spread, when, x.sizes()) * torch::randn_like(x);
  }
  Tensor draw(int64_t n) {
    torch::NoGradGuard guard;
    auto x = torch::randn({n, colours_, pixels_, pixels_});
    for (int64_t step = steps_; step-- > 0;) x = back(x, step);
    return x.add(1).mul(0.5);
  }
  /// What is learned: the noise in a picture of a random step.
  Tensor forward(const Tensor& pictures) {
    TORCH_CHECK(pictures.size(2) == pixels_ && pictures.size(3) == pixels_, "pictures have ", pixels_, " pixels in each direction");
    auto when = torch::randint(0, steps_, {pictures.size(0)}, torch::kLong);
    auto clean = pictures * 2 - 1, noise = torch::randn_like(clean);
    auto x = entry(picture_share, when, clean.sizes()) * clean + entry(noise_share, when, clean.sizes()) * noise;
    return F::mse_loss(net->forward(x, when), noise);
  }

 private:
  NoiseNet net;
  int64_t pixels_, steps_, colours_;
  Tensor picture_share, noise_share, spread, from_guess, from_now;
};
TORCH_MODULE(Walk);

}  // namespace denoising

int main() {
  denoising::Plan plan;
  plan.growth = {1, 2};
  denoising::Walk walk(denoising::NoiseNet(plan), 32, 100);
  torch::optim::Adam rule(walk->parameters(), 1e-4);
  for (int i = 0; i < 10; ++i) {
    rule.zero_grad();
    auto loss = walk->forward(torch::rand({4, 3, 32, 32}));
    loss.backward();
    rule.step();
    std::cout << i << ": " << loss.item<double>() << "\n";
  }
  std::cout << walk->draw(2).sizes() << std::endl;
}
