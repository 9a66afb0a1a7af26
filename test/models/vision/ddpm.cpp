// Denoising diffusion: U-Net with time embedding and attention, sampling loop.
#include <torch/torch.h>

#include <cmath>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <vector>

namespace F = torch::nn::functional;
using torch::Tensor;

struct UnetConfig {
  int64_t dim = 32;
  std::vector<int64_t> dim_mults = {1, 2, 4};
  int64_t channels = 3;
  int64_t heads = 4, dim_head = 16;
  int64_t resnet_groups = 8;
  bool learned_variance = false;
};

class SinusoidalPosEmbImpl : public torch::nn::Module {
 public:
  explicit SinusoidalPosEmbImpl(int64_t dim) : dim_(dim) {}
  Tensor forward(const Tensor& t) {
    const auto half_dim = dim_ / 2;
    const double step = std::log(10000.0) / (half_dim - 1);
    auto emb = torch::exp(torch::arange(half_dim, torch::TensorOptions().device(t.device())) * -step);
    emb = t.unsqueeze(1) * emb.unsqueeze(0);
    return torch::cat({emb.sin(), emb.cos()}, -1);
  }

 private:
  int64_t dim_;
};
TORCH_MODULE(SinusoidalPosEmb);

class BlockImpl : public torch::nn::Module {
 public:
  BlockImpl(int64_t in, int64_t out, int64_t groups)
      : proj(register_module("proj", torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1)))),
        norm(register_module("norm", torch::nn::GroupNorm(groups, out))) {}
  Tensor forward(Tensor x, const std::optional<std::pair<Tensor, Tensor>>& scale_shift = std::nullopt) {
    x = norm(proj(x));
    if (scale_shift) {
      const auto& [scale, shift] = *scale_shift;
      x = x * (scale + 1) + shift;
    }
    return torch::silu(x);
  }
  torch::nn::Conv2d proj;
  torch::nn::GroupNorm norm;
};
TORCH_MODULE(Block);

class ResnetBlockImpl : public torch::nn::Module {
 public:
  ResnetBlockImpl(int64_t dim, int64_t dim_out, int64_t time_emb_dim, int64_t groups = 8) {
    mlp = register_module("mlp", torch::nn::Sequential(torch::nn::SiLU(), torch::nn::Linear(time_emb_dim, dim_out * 2)));
    block1 = register_module("block1", Block(dim, dim_out, groups));
    block2 = register_module("block2", Block(dim_out, dim_out, groups));
    if (dim != dim_out) res_conv = register_module("res_conv", torch::nn::Conv2d(dim, dim_out, 1));
  }
  Tensor forward(const Tensor& x, const Tensor& time_emb = {}) {
    std::optional<std::pair<Tensor, Tensor>> scale_shift;
    if (mlp && time_emb.defined()) {
      auto t = mlp->forward(time_emb);
      t = t.view({t.size(0), t.size(1), 1, 1});
      auto parts = t.chunk(2, 1);
      scale_shift = std::make_pair(parts[0], parts[1]);
    }
    auto h = block1(x, scale_shift);
    h = block2->forward(h);
    return h + (res_conv ? res_conv(x) : x);
  }
  torch::nn::Sequential mlp{nullptr};
  Block block1{nullptr}, block2{nullptr};
  torch::nn::Conv2d res_conv{nullptr};
};
TORCH_MODULE(ResnetBlock);

class AttentionImpl : public torch::nn::Module {
 public:
  AttentionImpl(int64_t dim, int64_t heads, int64_t dim_head) : heads_(heads), dim_head_(dim_head), scale_(std::pow(dim_head, -0.5)) {
    const auto hidden = heads * dim_head;
    norm = register_module("norm", torch::nn::GroupNorm(torch::nn::GroupNormOptions(1, dim)));
    to_qkv = register_module("to_qkv", torch::nn::Conv2d(torch::nn::Conv2dOptions(dim, hidden * 3, 1).bias(false)));
    to_out = register_module("to_out", torch::nn::Conv2d(hidden, dim, 1));
  }
  Tensor forward(Tensor x) {
    const auto b = x.size(0), h = x.size(2), w = x.size(3);
    auto qkv = to_qkv(norm(x)).chunk(3, 1);
    for (auto& t : qkv) t = t.reshape({b, heads_, dim_head_, h * w});
    auto q = qkv[0] * scale_;
    auto sim = torch::einsum("bhdi,bhdj->bhij", {q, qkv[1]});
    auto attn = sim.softmax(-1);
    auto out = torch::einsum("bhij,bhdj->bhid", {attn, qkv[2]});
    out = out.permute({0, 1, 3, 2}).reshape({b, -1, h, w});
    return to_out(out) + x;
  }
  int64_t heads_, dim_head_;
  double scale_;
  torch::nn::GroupNorm norm{nullptr};
  torch::nn::Conv2d to_qkv{nullptr}, to_out{nullptr};
};
TORCH_MODULE(Attention);

class UnetImpl : public torch::nn::Module {
 public:
  explicit UnetImpl(const UnetConfig& config) : cfg(config) {
    init_conv = register_module("init_conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(cfg.channels, cfg.dim, 7).padding(3)));
    std::vector<int64_t> dims{cfg.dim};
    std::transform(cfg.dim_mults.begin(), cfg.dim_mults.end(), std::back_inserter(dims), [this](auto m) { return cfg.dim * m; });
    std::vector<std::pair<int64_t, int64_t>> in_out;
    for (size_t i = 0; i + 1 < dims.size(); ++i) in_out.emplace_back(dims[i], dims[i + 1]);

    const auto time_dim = cfg.dim * 4;
    time_mlp = register_module("time_mlp", torch::nn::Sequential(SinusoidalPosEmb(cfg.dim), torch::nn::Linear(cfg.dim, time_dim), torch::nn::GELU(),
                                                                 torch::nn::Linear(time_dim, time_dim)));
    for (size_t ind = 0; ind < in_out.size(); ++ind) {
      auto [dim_in, dim_out] = in_out[ind];
      const bool is_last = ind >= in_out.size() - 1;
      torch::nn::ModuleList level(ResnetBlock(dim_in, dim_in, time_dim), ResnetBlock(dim_in, dim_in, time_dim), Attention(dim_in, cfg.heads, cfg.dim_head),
                                  is_last ? torch::nn::Conv2d(torch::nn::Conv2dOptions(dim_in, dim_out, 3).padding(1))
                                          : torch::nn::Conv2d(torch::nn::Conv2dOptions(dim_in, dim_out, 4).stride(2).padding(1)));
      downs->push_back(level);
    }
    const auto mid = dims.back();
    mid1 = register_module("mid_block1", ResnetBlock(mid, mid, time_dim));
    mid_attn = register_module("mid_attn", Attention(mid, cfg.heads, cfg.dim_head));
    mid2 = register_module("mid_block2", ResnetBlock(mid, mid, time_dim));
    size_t ind = 0;
    for (auto it = in_out.rbegin(); it != in_out.rend(); ++it, ++ind) {
      const bool is_last = ind == in_out.size() - 1;
      torch::nn::ModuleList level;
      level->push_back(ResnetBlock(it->second + it->first, it->second, time_dim));
      level->push_back(ResnetBlock(it->second + it->first, it->second, time_dim));
      level->push_back(Attention(it->second, cfg.heads, cfg.dim_head));
      if (!is_last)
        level->push_back(torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(it->second, it->first, 4).stride(2).padding(1)));
      else
        level->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(it->second, it->first, 3).padding(1)));
      ups->push_back(level);
    }
    register_module("downs", downs);
    register_module("ups", ups);
    final_res = register_module("final_res_block", ResnetBlock(cfg.dim * 2, cfg.dim, time_dim));
    final_conv = register_module("final_conv", torch::nn::Conv2d(cfg.dim, cfg.channels * (cfg.learned_variance ? 2 : 1), 1));
  }

  Tensor forward(Tensor x, Tensor time) {
    x = init_conv(x);
    auto r = x.clone();
    auto t = time_mlp->forward(time);
    std::vector<Tensor> h;
    for (const auto& module : *downs) {
      auto& level = *module->as<torch::nn::ModuleListImpl>();
      x = level[0]->as<ResnetBlock>()->forward(x, t);
      h.push_back(x);
      x = level[1]->as<ResnetBlock>()->forward(x, t);
      x = level[2]->as<Attention>()->forward(x);
      h.push_back(x);
      x = level[3]->as<torch::nn::Conv2d>()->forward(x);
    }
    x = mid1(x, t);
    x = mid_attn(x);
    x = mid2(x, t);
    for (const auto& module : *ups) {
      auto level = std::dynamic_pointer_cast<torch::nn::ModuleListImpl>(module);
      for (int i = 0; i < 2; ++i) {
        x = torch::cat({x, h.back()}, 1);
        h.pop_back();
        x = level->at<ResnetBlockImpl>(i).forward(x, t);
        if (i == 1) x = level->at<AttentionImpl>(2).forward(x);
      }
      auto last = level->ptr(3);
      if (auto up = std::dynamic_pointer_cast<torch::nn::ConvTranspose2dImpl>(last)) x = up->forward(x);
      else x = last->as<torch::nn::Conv2dImpl>()->forward(x);
    }
    x = torch::cat({x, r}, 1);
    return final_conv(final_res(x, t));
  }

 private:
  UnetConfig cfg;
  torch::nn::Conv2d init_conv{nullptr}, final_conv{nullptr};
  torch::nn::Sequential time_mlp{nullptr};
  torch::nn::ModuleList downs, ups;
  ResnetBlock mid1{nullptr}, mid2{nullptr}, final_res{nullptr};
  Attention mid_attn{nullptr};
};
TORCH_MODULE(Unet);

static Tensor linear_beta_schedule(int64_t timesteps) {
  const double scale = 1000.0 / timesteps;
  return torch::linspace(scale * 0.0001, scale * 0.02, timesteps, torch::kFloat64);
}

static Tensor extract(const Tensor& a, const Tensor& t, at::IntArrayRef shape) {
  auto out = a.gather(-1, t);
  std::vector<int64_t> view(shape.size(), 1);
  view[0] = t.size(0);
  return out.reshape(view);
}

class GaussianDiffusionImpl : public torch::nn::Module {
 public:
  GaussianDiffusionImpl(Unet model, int64_t image_size, int64_t timesteps, int64_t channels = 3)
      : model(model), image_size_(image_size), channels_(channels), num_timesteps_(timesteps) {
    register_module("model", this->model);
    auto betas = linear_beta_schedule(timesteps);
    auto alphas = 1. - betas;
    auto cumprod = torch::cumprod(alphas, 0);
    auto prev = F::pad(cumprod.slice(0, 0, -1), F::PadFuncOptions({1, 0}).value(1.));
    auto buffer = [this](const std::string& name, const Tensor& v) { return register_buffer(name, v.to(torch::kFloat32)); };
    sqrt_recip_alphas_cumprod = buffer("sqrt_recip_alphas_cumprod", torch::sqrt(1. / cumprod));
    sqrt_recipm1_alphas_cumprod = buffer("sqrt_recipm1_alphas_cumprod", torch::sqrt(1. / cumprod - 1));
    sqrt_alphas_cumprod = buffer("sqrt_alphas_cumprod", torch::sqrt(cumprod));
    sqrt_one_minus_alphas_cumprod = buffer("sqrt_one_minus_alphas_cumprod", torch::sqrt(1. - cumprod));
    auto variance = betas * (1. - prev) / (1. - cumprod);
    posterior_log_variance = buffer("posterior_log_variance_clipped", torch::log(variance.clamp_min(1e-20)));
    coef1 = buffer("posterior_mean_coef1", betas * torch::sqrt(prev) / (1. - cumprod));
    coef2 = buffer("posterior_mean_coef2", (1. - prev) * torch::sqrt(alphas) / (1. - cumprod));
  }

  Tensor p_sample(const Tensor& x, int64_t t) {
    auto batched = torch::full({x.size(0)}, t, torch::TensorOptions().dtype(torch::kLong));
    auto noise_pred = model->forward(x, batched);
    auto x_start = extract(sqrt_recip_alphas_cumprod, batched, x.sizes()) * x - extract(sqrt_recipm1_alphas_cumprod, batched, x.sizes()) * noise_pred;
    x_start.clamp_(-1., 1.);
    auto mean = extract(coef1, batched, x.sizes()) * x_start + extract(coef2, batched, x.sizes()) * x;
    auto log_variance = extract(posterior_log_variance, batched, x.sizes());
    auto noise = t > 0 ? torch::randn_like(x) : torch::zeros_like(x);
    return mean + (0.5 * log_variance).exp() * noise;
  }

  Tensor sample(int64_t batch_size) {
    torch::NoGradGuard guard;
    auto img = torch::randn({batch_size, channels_, image_size_, image_size_});
    for (int64_t t = num_timesteps_ - 1; t >= 0; --t) img = p_sample(img, t);
    return (img + 1) * 0.5;
  }

  // training loss
  Tensor forward(const Tensor& img) {
    auto b = img.size(0);
    TORCH_CHECK(img.size(2) == image_size_ && img.size(3) == image_size_, "height and width of image must be ", image_size_);
    auto t = torch::randint(0, num_timesteps_, {b}, torch::kLong);
    auto x_start = img * 2 - 1;
    auto noise = torch::randn_like(x_start);
    auto x = extract(sqrt_alphas_cumprod, t, x_start.sizes()) * x_start + extract(sqrt_one_minus_alphas_cumprod, t, x_start.sizes()) * noise;
    return F::mse_loss(model->forward(x, t), noise);
  }

 private:
  Unet model;
  int64_t image_size_, channels_, num_timesteps_;
  Tensor sqrt_recip_alphas_cumprod, sqrt_recipm1_alphas_cumprod, sqrt_alphas_cumprod, sqrt_one_minus_alphas_cumprod, posterior_log_variance, coef1, coef2;
};
TORCH_MODULE(GaussianDiffusion);

int main() {
  UnetConfig config;
  config.dim_mults = {1, 2};
  GaussianDiffusion diffusion(Unet(config), 32, 100);
  torch::optim::Adam opt(diffusion->parameters(), 1e-4);
  for (int step = 0; step < 10; ++step) {
    auto loss = diffusion->forward(torch::rand({4, 3, 32, 32}));
    opt.zero_grad();
    loss.backward();
    opt.step();
    std::cout << step << ": " << loss.item<double>() << "\n";
  }
  std::cout << diffusion->sample(2).sizes() << std::endl;
}
