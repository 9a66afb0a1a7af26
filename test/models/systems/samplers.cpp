// Diffusion in latent space: a noise schedule, several samplers behind one interface, guidance, and a small conditioned U-Net.
#include <torch/torch.h>

#include <cmath>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace diffusion {

using torch::Tensor;
using Denoiser = std::function<Tensor(const Tensor&, const Tensor&)>;

enum class BetaSchedule { Linear, ScaledLinear, Cosine };

class NoiseSchedule {
 public:
  NoiseSchedule(int64_t steps, BetaSchedule kind, double start = 0.00085, double end = 0.012) : steps_(steps) {
    switch (kind) {
      case BetaSchedule::Linear: betas_ = torch::linspace(start, end, steps, torch::kFloat32); break;
      case BetaSchedule::ScaledLinear: betas_ = torch::linspace(std::sqrt(start), std::sqrt(end), steps).pow(2); break;
      case BetaSchedule::Cosine: {
        auto bar = [](double t) { return std::pow(std::cos((t + 0.008) / 1.008 * M_PI / 2), 2); };
        std::vector<float> b;
        for (int64_t i = 0; i < steps; ++i) b.push_back(std::min(1 - bar((i + 1.0) / steps) / bar(double(i) / steps), 0.999));
        betas_ = torch::from_blob(b.data(), {steps}, torch::kFloat).clone();
        break;
      }
    }
    alphas_cumprod = torch::cumprod(1. - betas_, 0);
  }
  std::vector<int64_t> timesteps(int64_t count) const {
    std::vector<int64_t> t;
    const int64_t ratio = steps_ / count;
    for (int64_t i = count - 1; i >= 0; --i) t.push_back(i * ratio + 1);
    return t;
  }
  Tensor add_noise(const Tensor& x, const Tensor& noise, const Tensor& t) const {
    auto a = alphas_cumprod.index({t}).sqrt(), b = (1 - alphas_cumprod.index({t})).sqrt();
    while (a.dim() < x.dim()) a = a.unsqueeze(-1), b = b.unsqueeze(-1);
    return a * x + b * noise;
  }
  int64_t steps() const { return steps_; }
  Tensor alphas_cumprod;

 private:
  int64_t steps_;
  Tensor betas_;
};

class Sampler {
 public:
  explicit Sampler(const NoiseSchedule& schedule) : schedule(schedule) {}
  virtual ~Sampler() = default;
  virtual Tensor step(const Tensor& eps, int64_t t, int64_t previous, const Tensor& x) = 0;
  virtual void reset() {}

 protected:
  Tensor alpha(int64_t t) const { return t >= 0 ? schedule.alphas_cumprod[t] : torch::ones({}); }
  const NoiseSchedule& schedule;
};

class DDIM : public Sampler {
 public:
  DDIM(const NoiseSchedule& s, double eta = 0) : Sampler(s), eta(eta) {}
  Tensor step(const Tensor& eps, int64_t t, int64_t previous, const Tensor& x) override {
    auto a = alpha(t), a_prev = alpha(previous);
    auto x0 = (x - (1 - a).sqrt() * eps) / a.sqrt();
    auto sigma = eta * torch::sqrt((1 - a_prev) / (1 - a) * (1 - a / a_prev));
    auto y = a_prev.sqrt() * x0 + (1 - a_prev - sigma.pow(2)).sqrt() * eps;
    return eta > 0 ? y + sigma * torch::randn_like(x) : y;
  }

 private:
  double eta;
};

class Euler : public Sampler {
 public:
  using Sampler::Sampler;
  Tensor step(const Tensor& eps, int64_t t, int64_t previous, const Tensor& x) override {
    auto sigma = [&](int64_t at) { return ((1 - alpha(at)) / alpha(at)).sqrt(); };
    return x + eps * (sigma(previous) - sigma(t));
  }
};

/// Linear multistep: the last predictions are remembered.
class PLMS final : public Sampler {
 public:
  using Sampler::Sampler;
  void reset() override { history.clear(); }
  Tensor step(const Tensor& eps, int64_t t, int64_t previous, const Tensor& x) override {
    history.push_back(eps);
    if (history.size() > 4) history.erase(history.begin());
    Tensor e;
    switch (history.size()) {
      case 1: e = history.back(); break;
      case 2: e = (3 * history[1] - history[0]) / 2; break;
      case 3: e = (23 * history[2] - 16 * history[1] + 5 * history[0]) / 12; break;
      default: e = (1 / 24.) * (55 * history[3] - 59 * history[2] + 37 * history[1] - 9 * history[0]);
    }
    auto a = alpha(t), b = alpha(previous);
    auto scale = torch::sqrt(b / a);
    return scale * x - (b - a) * e / (a * (1 - b).sqrt() + (a * (1 - a) * b).sqrt());
  }

 private:
  std::vector<Tensor> history;
};

std::unique_ptr<Sampler> make_sampler(const std::string& name, const NoiseSchedule& s) {
  using Maker = std::function<std::unique_ptr<Sampler>(const NoiseSchedule&)>;
  static const std::map<std::string, Maker> makers = {{"ddim", [](const NoiseSchedule& s) { return std::make_unique<DDIM>(s); }},
                                                      {"ddim_eta", [](const NoiseSchedule& s) { return std::make_unique<DDIM>(s, 0.5); }},
                                                      {"euler", [](const NoiseSchedule& s) { return std::make_unique<Euler>(s); }},
                                                      {"plms", [](const NoiseSchedule& s) { return std::make_unique<PLMS>(s); }}};
  const auto it = makers.find(name);
  if (it == makers.end()) throw std::runtime_error("unknown sampler: " + name);
  return it->second(s);
}

Tensor timestep_embedding(const Tensor& t, int64_t dim) {
  const int64_t half = dim / 2;
  auto freqs = torch::exp(torch::arange(half, torch::kFloat) * (-std::log(10000.) / half));
  auto args = t.to(torch::kFloat).unsqueeze(-1) * freqs.unsqueeze(0);
  auto e = torch::cat({args.cos(), args.sin()}, -1);
  if (dim % 2) e = torch::constant_pad_nd(e, {0, 1});
  return e;
}

struct CrossAttentionImpl : torch::nn::Module {
  CrossAttentionImpl(int64_t dim, std::optional<int64_t> context, int64_t heads) : heads(heads) {
    const auto no_bias = [](int64_t in, int64_t out) { return torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(false)); };
    q = register_module("to_q", no_bias(dim, dim));
    k = register_module("to_k", no_bias(context.value_or(dim), dim));
    v = register_module("to_v", no_bias(context.value_or(dim), dim));
    out = register_module("to_out", torch::nn::Linear(dim, dim));
  }
  Tensor forward(const Tensor& x, const std::optional<Tensor>& context = std::nullopt) {
    const auto c = context.has_value() ? *context : x;
    const auto split = [this](const Tensor& t) { return t.view({t.size(0), -1, heads, t.size(2) / heads}).transpose(1, 2); };
    auto y = torch::scaled_dot_product_attention(split(q(x)), split(k(c)), split(v(c)));
    return out(y.transpose(1, 2).reshape(x.sizes()));
  }
  int64_t heads;
  torch::nn::Linear q{nullptr}, k{nullptr}, v{nullptr}, out{nullptr};
};
TORCH_MODULE(CrossAttention);

struct ResBlockImpl : torch::nn::Module {
  ResBlockImpl(int64_t in, int64_t out, int64_t emb) {
    norm1 = register_module("norm1", torch::nn::GroupNorm(8, in));
    conv1 = register_module("conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1)));
    proj = register_module("emb", torch::nn::Linear(emb, out));
    norm2 = register_module("norm2", torch::nn::GroupNorm(torch::nn::GroupNormOptions(8, out)));
    conv2 = register_module("conv2", torch::nn::Conv2d(torch::nn::Conv2dOptions(out, out, 3).padding(1)));
    if (in != out) skip = register_module("skip", torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 1)));
  }
  Tensor forward(const Tensor& x, const Tensor& emb) {
    auto h = conv1(torch::silu(norm1(x)));
    h = h + proj(torch::silu(emb)).index({"...", torch::indexing::None, torch::indexing::None});
    h = conv2(torch::silu(norm2(h)));
    return (skip ? skip(x) : x) + h;
  }
  torch::nn::GroupNorm norm1{nullptr}, norm2{nullptr};
  torch::nn::Conv2d conv1{nullptr}, conv2{nullptr}, skip{nullptr};
  torch::nn::Linear proj{nullptr};
};
TORCH_MODULE(ResBlock);

class UNetImpl : public torch::nn::Module {
 public:
  UNetImpl(int64_t channels, std::vector<int64_t> mult, int64_t context) : base(channels) {
    const int64_t emb = channels * 4;
    time = register_module("time_embed", torch::nn::Sequential(torch::nn::Linear(channels, emb), torch::nn::SiLU(), torch::nn::Linear(emb, emb)));
    in = register_module("in", torch::nn::Conv2d(torch::nn::Conv2dOptions(4, channels, 3).padding(1)));
    std::vector<int64_t> widths{channels};
    int64_t ch = channels;
    for (size_t i = 0; i < mult.size(); ++i) {
      down->push_back(ResBlock(ch, channels * mult[i], emb));
      ch = channels * mult[i];
      attn->push_back(CrossAttention(ch, context, 4));
      widths.push_back(ch);
      if (i + 1 != mult.size()) shrink->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(ch, ch, 3).stride(2).padding(1)));
    }
    for (auto i = mult.size(); i-- > 0;) {
      up->push_back(ResBlock(ch + widths.back(), channels * mult[i], emb));
      widths.pop_back();
      ch = channels * mult[i];
    }
    for (auto& [name, list] : std::map<std::string, torch::nn::ModuleList>{{"down", down}, {"attn", attn}, {"shrink", shrink}, {"up", up}}) register_module(name, list);
    out = register_module("out", torch::nn::Conv2d(torch::nn::Conv2dOptions(ch, 4, 3).padding(1)));
  }
  Tensor forward(Tensor x, const Tensor& t, const Tensor& context) {
    auto emb = time->forward(timestep_embedding(t, base));
    x = in(x);
    std::vector<Tensor> skips;
    for (size_t i = 0; i < down->size(); ++i) {
      x = down->at<ResBlockImpl>(i).forward(x, emb);
      auto tokens = x.flatten(2).transpose(1, 2);
      x = x + attn->at<CrossAttentionImpl>(i).forward(tokens, context).transpose(1, 2).view_as(x);
      skips.push_back(x);
      if (i < shrink->size()) x = shrink->at<torch::nn::Conv2dImpl>(i).forward(x);
    }
    for (size_t i = 0; i < up->size(); ++i) {
      auto skip = skips.back();
      skips.pop_back();
      if (skip.size(2) != x.size(2)) x = torch::upsample_nearest2d(x, {}, std::vector<double>{2., 2.});
      x = up[i]->as<ResBlock>()->forward(torch::cat({x, skip}, 1), emb);
    }
    return out(torch::silu(x));
  }

 private:
  int64_t base;
  torch::nn::Sequential time{nullptr};
  torch::nn::Conv2d in{nullptr}, out{nullptr};
  torch::nn::ModuleList down, attn, shrink, up;
};
TORCH_MODULE(UNet);

class Pipeline {
 public:
  Pipeline(UNet unet, NoiseSchedule schedule, double guidance) : unet_(std::move(unet)), schedule_(std::move(schedule)), guidance_(guidance) {}
  Tensor generate(const Tensor& context, const Tensor& uncond, const std::string& sampler_name, int64_t steps) {
    torch::NoGradGuard no_grad;
    auto sampler = make_sampler(sampler_name, schedule_);
    auto x = torch::randn({context.size(0), 4, 8, 8});
    const auto times = schedule_.timesteps(steps);
    for (size_t i = 0; i < times.size(); ++i) {
      const int64_t t = times[i], previous = i + 1 < times.size() ? times[i + 1] : -1;
      Denoiser model = [&](const Tensor& in, const Tensor& c) { return unet_(in, torch::full({in.size(0)}, t, torch::kLong), c); };
      auto eps = guidance_ > 1 ? guided(model, x, context, uncond) : model(x, context);
      x = sampler->step(eps, t, previous, x);
    }
    return x / 0.18215;
  }
  Tensor loss(const Tensor& latents, const Tensor& context) {
    auto noise = torch::randn_like(latents);
    auto t = torch::randint(0, schedule_.steps(), {latents.size(0)}, torch::kLong);
    return torch::mse_loss(unet_(schedule_.add_noise(latents, noise, t), t, context), noise);
  }

 private:
  Tensor guided(const Denoiser& model, const Tensor& x, const Tensor& context, const Tensor& uncond) {
    auto both = model(torch::cat({x, x}), torch::cat({uncond, context})).chunk(2);
    return both[0] + guidance_ * (both[1] - both[0]);
  }
  UNet unet_;
  NoiseSchedule schedule_;
  double guidance_;
};

} // namespace diffusion

// cobra: using namespace diffusion; UNet unet(16, std::vector<int64_t>{1, 2}, 24); unet->eval(); Pipeline p(unet, NoiseSchedule(100, BetaSchedule::ScaledLinear), 7.5); auto c = torch::randn({1, 5, 24}), u = torch::zeros({1, 5, 24}); p.generate(c, u, "plms", 6);
// cobra: using namespace diffusion; UNet unet(16, std::vector<int64_t>{1, 2, 2}, 24); unet->eval(); Pipeline p(unet, NoiseSchedule(100, BetaSchedule::Cosine), 1); auto c = torch::randn({2, 5, 24}); p.generate(c, c, "ddim_eta", 2);
// cobra: using namespace diffusion; UNet unet(16, std::vector<int64_t>{1, 2}, 24); Pipeline p(unet, NoiseSchedule(1000, BetaSchedule::Linear), 1); auto x = torch::randn({2, 4, 8, 8}), c = torch::randn({2, 5, 24}); p.loss(x, c);

int main(int argc, char** argv) {
  using namespace diffusion;
  const std::string name = argc > 1 ? argv[1] : "euler";
  Pipeline p(UNet(32, std::vector<int64_t>{1, 2}, 64), NoiseSchedule(1000, BetaSchedule::ScaledLinear), 5.0);
  std::cout << p.generate(torch::randn({1, 8, 64}), torch::zeros({1, 8, 64}), name, 10).sizes() << std::endl;
}
