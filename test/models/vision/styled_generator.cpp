// Pictures from two codes: a code is mapped to a style, styles scale the weights of convolutions (one grouped convolution for the whole batch).
#include <torch/torch.h>
#include <cmath>
#include <optional>
#include <vector>

namespace styled {

using torch::Tensor;
namespace F = torch::nn::functional;

struct EvenLengthImpl : torch::nn::Module {
  Tensor forward(const Tensor& x) { return x * torch::rsqrt(x.square().mean(1, true) + 1e-8); }
};
TORCH_MODULE(EvenLength);

struct SlowLinearOptions {
  SlowLinearOptions(int64_t from, int64_t to) : from_(from), to_(to) {}
  TORCH_ARG(int64_t, from);
  TORCH_ARG(int64_t, to);
  TORCH_ARG(double, start) = 0;
  TORCH_ARG(double, pace) = 1;
  TORCH_ARG(bool, bent) = false;
};

/// Weights are kept large and made small when they are used, so that all layers learn at the same pace.
class SlowLinearImpl : public torch::nn::Cloneable<SlowLinearImpl> {
 public:
  explicit SlowLinearImpl(SlowLinearOptions o) : options(std::move(o)) { reset(); }
  void reset() override {
    w = register_parameter("w", torch::randn({options.to(), options.from()}).div_(options.pace()));
    b = register_parameter("b", torch::zeros(options.to()).fill_(options.start()));
  }
  void pretty_print(std::ostream& out) const override { out << "SlowLinear " << options.from() << " -> " << options.to(); }
  Tensor forward(const Tensor& x) {
    const double used = options.pace() / std::sqrt(options.from());
    if (!options.bent()) return F::linear(x, w * used, b * options.pace());
    auto y = F::linear(x, w * used) + b * options.pace();
    return F::leaky_relu(y, F::LeakyReLUFuncOptions().negative_slope(0.2)) * std::sqrt(2);
  }
  SlowLinearOptions options;
  Tensor w, b;
};
TORCH_MODULE(SlowLinear);

enum class Step { Same, Double };

class StyledFilterImpl : public torch::nn::Module {
 public:
  StyledFilterImpl(int64_t from, int64_t to, int64_t side, int64_t style, bool even = true, Step step = Step::Same)
      : to_(to), side_(side), even_(even), step_(step), scale_(1 / std::sqrt(from * side * side)),
        by(register_module("by", SlowLinear(SlowLinearOptions(style, from).start(1)))), filters(register_parameter("filters", torch::randn({1, to, from, side, side}))) {}

  Tensor forward(Tensor x, const Tensor& style) {
    const auto n = x.size(0), from = x.size(1);
    auto own = filters * by(style).view({n, 1, from, 1, 1}) * scale_;
    if (even_) own = own * torch::rsqrt(own.pow(2).sum({2, 3, 4}, /*keepdim=*/true) + 1e-8);
    x = x.reshape({1, n * from, x.size(2), x.size(3)});
    if (step_ == Step::Double) {
      auto turned = own.transpose(1, 2).reshape({n * from, to_, side_, side_});
      x = F::conv_transpose2d(x, turned, F::ConvTranspose2dFuncOptions().stride(2).padding(0).groups(n));
      x = F::avg_pool2d(x, F::AvgPool2dFuncOptions(2).stride(1));
    } else {
      x = F::conv2d(x, own.view({n * to_, from, side_, side_}), F::Conv2dFuncOptions().padding(side_ / 2).groups(n));
    }
    return x.view({n, to_, x.size(2), x.size(3)});
  }

 private:
  int64_t to_, side_;
  bool even_;
  Step step_;
  double scale_;
  SlowLinear by;
  Tensor filters;
};
TORCH_MODULE(StyledFilter);

class GrainyImpl : public torch::nn::Module {
 public:
  GrainyImpl(int64_t from, int64_t to, int64_t style, Step step = Step::Same) : filter(from, to, 3, style, true, step) {
    register_module("filter", filter);
    strength = register_parameter("strength", torch::zeros(1));
    level = register_parameter("level", torch::zeros({1, to, 1, 1}));
  }
  Tensor forward(const Tensor& x, const Tensor& style, std::optional<Tensor> grain = std::nullopt) {
    auto y = filter(x, style);
    if (!grain.has_value()) grain = y.new_empty({y.size(0), 1, y.size(2), y.size(3)}).normal_();
    y = y + strength * grain.value() + level;
    return F::leaky_relu(y, F::LeakyReLUFuncOptions().negative_slope(0.2).inplace(true));
  }

 private:
  StyledFilter filter;
  Tensor strength, level;
};
TORCH_MODULE(Grainy);

struct PaintImpl : torch::nn::Module {
  PaintImpl(int64_t from, int64_t style) : filter(from, 3, 1, style, false) {
    register_module("filter", filter);
    level = register_parameter("level", torch::zeros({1, 3, 1, 1}));
  }
  Tensor forward(const Tensor& x, const Tensor& style, const Tensor& below = {}) {
    auto y = filter(x, style) + level;
    if (!below.defined()) return y;
    return y + F::interpolate(below, F::InterpolateFuncOptions().scale_factor(std::vector<double>{2, 2}).mode(torch::kBilinear).align_corners(false));
  }
  StyledFilter filter;
  Tensor level;
};
TORCH_MODULE(Paint);

class PainterImpl : public torch::nn::Module {
 public:
  PainterImpl(int64_t pixels, int64_t style, int depth) : steps_(static_cast<int>(std::log2(pixels)) - 2) {
    map->push_back(EvenLength());
    while (depth-- > 0) map->push_back(SlowLinear(SlowLinearOptions(style, style).pace(0.01).bent(true)));
    register_module("map", map);
    auto width = [](int64_t side) -> int64_t { return std::min<int64_t>(512 / side, 64); };
    int64_t side = 4;
    start = register_parameter("start", torch::randn({1, width(side), side, side}));
    grainy->push_back(Grainy(width(side), width(side), style));
    paints->push_back(Paint(width(side), style));
    keep_grain(side);
    for (int i = 0; i < steps_; ++i) {
      const auto from = width(side), to = width(side <<= 1);
      grainy->push_back(Grainy(from, to, style, Step::Double));
      grainy->push_back(Grainy(to, to, style));
      paints->push_back(Paint(to, style));
      keep_grain(side);
      keep_grain(side);
    }
    register_module("grainy", grainy);
    register_module("paints", paints);
  }
  int64_t layers() const { return 2 * steps_ + 2; }

  struct How {
    bool fresh_grain = true;
    double towards_mean = 1;
    Tensor mean;
    std::optional<int64_t> change_at;
  };

  Tensor forward(std::vector<Tensor> codes, const How& how) {
    for (auto& c : codes) {
      c = map->forward(c);
      if (how.towards_mean < 1) c = torch::lerp(how.mean, c, how.towards_mean);
    }
    const auto change = codes.size() < 2 ? layers() : how.change_at.value_or(layers() / 2);
    auto styles = codes[0].unsqueeze(1).repeat({1, change, 1});
    if (codes.size() > 1) styles = torch::cat({styles, codes[1].unsqueeze(1).repeat({1, layers() - change, 1})}, 1);
    auto grain = [&](int64_t i) -> std::optional<Tensor> {
      if (how.fresh_grain) return {};
      return grains[i];
    };
    auto x = start.repeat({styles.size(0), 1, 1, 1});
    x = grainy->at<GrainyImpl>(0).forward(x, styles.select(1, 0), grain(0));
    auto picture = paints->at<PaintImpl>(0).forward(x, styles.select(1, 1));
    for (int64_t i = 1; i + 2 < layers() + 1; i += 2) {
      x = grainy->at<GrainyImpl>(i).forward(x, styles.index({torch::indexing::Slice(), i}), grain(i));
      x = grainy->at<GrainyImpl>(i + 1).forward(x, styles.index({torch::indexing::Slice(), i + 1}), grain(i + 1));
      picture = paints->at<PaintImpl>(i / 2 + 1).forward(x, styles.select(1, i + 2), picture);
    }
    return picture;
  }

 private:
  void keep_grain(int64_t side) { grains.push_back(register_buffer("grain" + std::to_string(grains.size()), torch::randn({1, 1, side, side}))); }
  int steps_;
  torch::nn::Sequential map;
  Tensor start;
  torch::nn::ModuleList grainy, paints;
  std::vector<Tensor> grains;
};
TORCH_MODULE(Painter);

}  // namespace styled
