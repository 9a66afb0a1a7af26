// Mapping network, modulated convolution by one grouped convolution, noise and RGB skips.
#include <torch/torch.h>
#include <cmath>
#include <optional>
#include <vector>

namespace sg2 {

using torch::Tensor;
namespace F = torch::nn::functional;

struct PixelNormImpl : torch::nn::Module {
  Tensor forward(const Tensor& x) { return x * torch::rsqrt(torch::mean(x.pow(2), 1, true) + 1e-8); }
};
TORCH_MODULE(PixelNorm);

struct EqualLinearOptions {
  EqualLinearOptions(int64_t in, int64_t out) : in_(in), out_(out) {}
  TORCH_ARG(int64_t, in);
  TORCH_ARG(int64_t, out);
  TORCH_ARG(double, bias_init) = 0;
  TORCH_ARG(double, lr_mul) = 1;
  TORCH_ARG(bool, activate) = false;
};

class EqualLinearImpl : public torch::nn::Cloneable<EqualLinearImpl> {
 public:
  explicit EqualLinearImpl(EqualLinearOptions o) : options(std::move(o)) { reset(); }
  void reset() override {
    weight = register_parameter("weight", torch::randn({options.out(), options.in()}).div_(options.lr_mul()));
    bias = register_parameter("bias", torch::zeros(options.out()).fill_(options.bias_init()));
    scale = 1 / std::sqrt(options.in()) * options.lr_mul();
  }
  void pretty_print(std::ostream& stream) const override { stream << "EqualLinear(" << weight.size(1) << ", " << weight.size(0) << ")"; }
  Tensor forward(const Tensor& x) {
    if (options.activate()) {
      auto out = F::linear(x, weight * scale);
      return F::leaky_relu(out + bias * options.lr_mul(), F::LeakyReLUFuncOptions().negative_slope(0.2)) * std::sqrt(2);
    }
    return F::linear(x, weight * scale, bias * options.lr_mul());
  }
  EqualLinearOptions options;
  Tensor weight, bias;
  double scale;
};
TORCH_MODULE(EqualLinear);

class ModulatedConv2dImpl : public torch::nn::Module {
 public:
  ModulatedConv2dImpl(int64_t in, int64_t out, int64_t kernel, int64_t style_dim, bool demodulate = true, bool upsample = false)
      : in_(in), out_(out), kernel_(kernel), demodulate_(demodulate), upsample_(upsample), scale_(1 / std::sqrt(in * kernel * kernel)),
        modulation(register_module("modulation", EqualLinear(EqualLinearOptions(style_dim, in).bias_init(1)))),
        weight(register_parameter("weight", torch::randn({1, out, in, kernel, kernel}))) {}

  Tensor forward(Tensor input, Tensor style) {
    const auto batch = input.size(0), channels = input.size(1), height = input.size(2), width = input.size(3);
    style = modulation(style).view({batch, 1, channels, 1, 1});
    auto w = scale_ * weight * style;
    if (demodulate_) {
      auto demod = torch::rsqrt(w.pow(2).sum({2, 3, 4}) + 1e-8);
      w = w * demod.view({batch, out_, 1, 1, 1});
    }
    w = w.view({batch * out_, channels, kernel_, kernel_});
    if (upsample_) {
      input = input.view({1, batch * channels, height, width});
      w = w.view({batch, out_, channels, kernel_, kernel_}).transpose(1, 2).reshape({batch * channels, out_, kernel_, kernel_});
      auto out = F::conv_transpose2d(input, w, F::ConvTranspose2dFuncOptions().padding(0).stride(2).groups(batch));
      out = F::avg_pool2d(out, F::AvgPool2dFuncOptions(2).stride(1));
      return out.view({batch, out_, out.size(2), out.size(3)});
    }
    input = input.view({1, batch * channels, height, width});
    auto out = F::conv2d(input, w, F::Conv2dFuncOptions().padding(kernel_ / 2).groups(batch));
    return out.view({batch, out_, out.size(2), out.size(3)});
  }

 private:
  int64_t in_, out_, kernel_;
  bool demodulate_, upsample_;
  double scale_;
  EqualLinear modulation;
  Tensor weight;
};
TORCH_MODULE(ModulatedConv2d);

class StyledConvImpl : public torch::nn::Module {
 public:
  StyledConvImpl(int64_t in, int64_t out, int64_t kernel, int64_t style, bool upsample = false) : conv(in, out, kernel, style, true, upsample) {
    register_module("conv", conv);
    noise_weight = register_parameter("noise", torch::zeros(1));
    bias = register_parameter("bias", torch::zeros({1, out, 1, 1}));
  }
  Tensor forward(const Tensor& x, const Tensor& style, std::optional<Tensor> noise = std::nullopt) {
    auto out = conv(x, style);
    if (!noise.has_value()) noise = out.new_empty({out.size(0), 1, out.size(2), out.size(3)}).normal_();
    out = out + noise_weight * noise.value();
    return F::leaky_relu(out + bias, F::LeakyReLUFuncOptions().negative_slope(0.2).inplace(true));
  }
  ModulatedConv2d conv;
  Tensor noise_weight, bias;
};
TORCH_MODULE(StyledConv);

struct ToRGBImpl : torch::nn::Module {
  ToRGBImpl(int64_t in, int64_t style) : conv(in, 3, 1, style, false) {
    register_module("conv", conv);
    bias = register_parameter("bias", torch::zeros({1, 3, 1, 1}));
  }
  Tensor forward(const Tensor& x, const Tensor& style, const Tensor& skip = {}) {
    auto out = conv(x, style) + bias;
    if (skip.defined()) {
      auto up = F::interpolate(skip, F::InterpolateFuncOptions().scale_factor(std::vector<double>{2, 2}).mode(torch::kBilinear).align_corners(false));
      out = out + up;
    }
    return out;
  }
  ModulatedConv2d conv;
  Tensor bias;
};
TORCH_MODULE(ToRGB);

class GeneratorImpl : public torch::nn::Module {
 public:
  GeneratorImpl(int64_t size, int64_t style_dim, int n_mlp, double lr_mlp = 0.01) : size_(size) {
    style->push_back(PixelNorm());
    for (int i = 0; i < n_mlp; ++i) style->push_back(EqualLinear(EqualLinearOptions(style_dim, style_dim).lr_mul(lr_mlp).activate(true)));
    register_module("style", style);
    auto ch = [](int64_t r) -> int64_t { return std::min<int64_t>(512 / r, 64); };
    input = register_parameter("input", torch::randn({1, ch(4), 4, 4}));
    conv1 = register_module("conv1", StyledConv(ch(4), ch(4), 3, style_dim));
    to_rgb1 = register_module("to_rgb1", ToRGB(ch(4), style_dim));
    log_size = static_cast<int>(std::log2(size));
    num_layers = (log_size - 2) * 2 + 1;
    n_latent = log_size * 2 - 2;
    auto in = ch(4);
    for (int i = 3; i <= log_size; ++i) {
      const auto out = ch(std::pow(2, i));
      convs->push_back(StyledConv(in, out, 3, style_dim, true));
      convs->push_back(StyledConv(out, out, 3, style_dim));
      to_rgbs->push_back(ToRGB(out, style_dim));
      in = out;
    }
    register_module("convs", convs);
    register_module("to_rgbs", to_rgbs);
    for (int layer = 0; layer < num_layers; ++layer) {
      const int64_t res = 1LL << ((layer + 5) / 2);
      noises.push_back(register_buffer("noise_" + std::to_string(layer), torch::randn({1, 1, res, res})));
    }
  }
  Tensor mean_latent(int64_t n, int64_t dim) { return style->forward(torch::randn({n, dim})).mean(0, true); }
  Tensor forward(std::vector<Tensor> styles, bool randomize_noise = true, double truncation = 1, const Tensor& truncation_latent = {}, int inject_index = -1) {
    for (auto& s : styles) s = style->forward(s);
    if (truncation < 1)
      for (auto& s : styles) s = truncation_latent + truncation * (s - truncation_latent);
    Tensor latent;
    if (styles.size() < 2) {
      latent = styles[0].unsqueeze(1).repeat({1, n_latent, 1});
    } else {
      if (inject_index < 0) inject_index = n_latent / 2;
      latent = torch::cat({styles[0].unsqueeze(1).repeat({1, inject_index, 1}), styles[1].unsqueeze(1).repeat({1, n_latent - inject_index, 1})}, 1);
    }
    auto noise = [&](int i) -> std::optional<Tensor> {
      if (randomize_noise) return {};
      return noises[i];
    };
    auto out = input.repeat({latent.size(0), 1, 1, 1});
    out = conv1(out, latent.select(1, 0), noise(0));
    auto skip = to_rgb1(out, latent.select(1, 1));
    int i = 1;
    for (size_t k = 0; k < to_rgbs->size(); ++k) {
      out = convs->at<StyledConvImpl>(2 * k).forward(out, latent.index({torch::indexing::Slice(), i}), noise(2 * k + 1));
      out = convs->at<StyledConvImpl>(2 * k + 1).forward(out, latent.index({torch::indexing::Slice(), i + 1}), noise(2 * k + 2));
      skip = to_rgbs->at<ToRGBImpl>(k).forward(out, latent.index({torch::indexing::Slice(), i + 2}), skip);
      i += 2;
    }
    return skip;
  }

 private:
  int64_t size_;
  int log_size, num_layers, n_latent;
  torch::nn::Sequential style;
  Tensor input;
  StyledConv conv1{nullptr};
  ToRGB to_rgb1{nullptr};
  torch::nn::ModuleList convs, to_rgbs;
  std::vector<Tensor> noises;
};
TORCH_MODULE(Generator);

}  // namespace sg2
