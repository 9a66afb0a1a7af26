#include <torch/torch.h>
#include <cmath>
#include <memory>
#include <vector>

namespace retina {
using torch::Tensor;
namespace nn = torch::nn;
namespace F = torch::nn::functional;

struct BackboneConfig {
  std::vector<int> widths{16, 32, 64, 128, 256};
  bool freeze_bn{true};
};

class Backbone : public nn::Module {
 public:
  virtual std::vector<Tensor> forward(Tensor x) = 0;
  virtual std::vector<int> out_channels() const = 0;
  virtual ~Backbone() = default;
};

class PlainBackbone final : public Backbone {
 public:
  explicit PlainBackbone(const BackboneConfig& c) : config(c) {
    int in = 3;
    for (std::size_t i = 0; i < c.widths.size(); ++i) {
      stages.emplace_back(nn::Sequential(nn::Conv2d(nn::Conv2dOptions(in, c.widths[i], 3).stride(2).padding(1).bias(false)),
                                         nn::BatchNorm2d(c.widths[i]), nn::ReLU()));
      register_module("stage" + std::to_string(i), stages.back());
      in = c.widths[i];
    }
  }
  std::vector<Tensor> forward(Tensor x) override {
    std::vector<Tensor> outs;
    for (std::size_t i = 0; i != stages.size(); ++i) {
      x = stages[i]->forward(x);
      if (i >= 2) outs.push_back(x);
    }
    return outs;
  }
  std::vector<int> out_channels() const override { return {config.widths.end() - 3, config.widths.end()}; }
  void train(bool on = true) override {
    nn::Module::train(on);
    if (config.freeze_bn)
      for (auto& m : modules())
        if (m->as<nn::BatchNorm2d>()) m->eval();
  }

 private:
  BackboneConfig config;
  std::vector<nn::Sequential> stages;
};

class FPN : public nn::Module {
 public:
  FPN(const std::vector<int>& in, int out) {
    for (int c : in) {
      lateral->push_back(nn::Conv2d(c, out, 1));
      smooth->push_back(nn::Conv2d(nn::Conv2dOptions(out, out, 3).padding(1)));
    }
    p6 = register_module("p6", nn::Conv2d(nn::Conv2dOptions(in.back(), out, 3).stride(2).padding(1)));
    p7 = register_module("p7", nn::Conv2d(nn::Conv2dOptions(out, out, 3).stride(2).padding(1)));
    register_module("lateral", lateral);
    register_module("smooth", smooth);
  }
  std::vector<Tensor> forward(const std::vector<Tensor>& in) {
    const int n = static_cast<int>(in.size());
    std::vector<Tensor> lat(n);
    for (int i = 0; i < n; ++i) lat[i] = lateral->ptr<nn::Conv2dImpl>(i)->forward(in[i]);
    for (int i = n - 1; i > 0; --i) {
      const std::vector<int64_t> size{lat[i - 1].size(2), lat[i - 1].size(3)};
      lat[i - 1] = lat[i - 1] + F::interpolate(lat[i], F::InterpolateFuncOptions().size(size).mode(torch::kNearest));
    }
    std::vector<Tensor> out;
    out.reserve(n + 2);
    for (int i = 0; i < n; ++i) out.push_back(smooth[i]->as<nn::Conv2dImpl>()->forward(lat[i]));
    out.push_back(p6(in.back()));
    out.push_back(p7(torch::relu(out.back())));
    return out;
  }

 private:
  nn::ModuleList lateral, smooth;
  nn::Conv2d p6{nullptr}, p7{nullptr};
};

class HeadImpl : public nn::Module {
 public:
  HeadImpl(int in, int anchors, int outputs, double prior = 0) : outputs_(outputs) {
    for (int i = 0; i < 4; ++i) {
      tower->push_back(nn::Conv2d(nn::Conv2dOptions(in, in, 3).padding(1)));
      tower->push_back(nn::ReLU());
    }
    predict = nn::Conv2d(nn::Conv2dOptions(in, anchors * outputs, 3).padding(1));
    register_module("tower", tower);
    register_module("predict", predict);
    for (auto& p : named_parameters())
      if (p.key().find("bias") != std::string::npos) nn::init::zeros_(*p);
      else nn::init::normal_(*p, 0., 0.01);
    if (prior > 0) nn::init::constant_(predict->bias, -std::log((1 - prior) / prior));
  }
  Tensor forward(const Tensor& x) {
    auto y = predict(tower->forward(x));
    // N x (A*K) x H x W -> N x (H*W*A) x K
    const auto N = y.size(0), H = y.size(-2), W = y.size(-1);
    y = y.view({N, -1, outputs_, H, W});
    y = y.permute({0, 3, 4, 1, 2});
    return y.reshape({N, -1, outputs_});
  }

 private:
  int outputs_;
  nn::Sequential tower;
  nn::Conv2d predict{nullptr};
};
TORCH_MODULE(Head);

struct Prediction {
  Tensor cls_logits, bbox_regression, anchors;
};

class RetinaNet : public nn::Module {
 public:
  RetinaNet(std::shared_ptr<Backbone> backbone, int num_classes, int fpn_channels = 64) : backbone_(std::move(backbone)) {
    register_module("backbone", backbone_);
    fpn_ = register_module("fpn", std::make_shared<FPN>(backbone_->out_channels(), fpn_channels));
    cls_ = register_module("cls_head", Head(fpn_channels, 9, num_classes, 0.01));
    reg_ = register_module("reg_head", Head(fpn_channels, 9, 4));
  }
  Prediction forward(const Tensor& images) {
    auto features = fpn_->forward(backbone_->forward(images));
    std::vector<Tensor> cls, reg;
    for (auto&& f : features) {
      cls.push_back(cls_(f));
      reg.push_back(reg_(f));
    }
    return {.cls_logits = torch::cat(cls, 1), .bbox_regression = torch::cat(reg, 1), .anchors = anchors(images, features)};
  }

 private:
  Tensor anchors(const Tensor& images, const std::vector<Tensor>& features) {
    std::vector<Tensor> all;
    for (const auto& f : features) {
      const auto h = f.size(2), w = f.size(3), sy = images.size(2) / h, sx = images.size(3) / w;
      std::vector<float> cell;
      const float size = 4.f * sx;
      for (int o = 0; o < 3; ++o)
        for (float r : {.5f, 1.f, 2.f}) {
          const float s = size * std::pow(2.f, o / 3.f), hh = s * std::sqrt(r), ww = s / std::sqrt(r);
          for (float v : {-ww / 2, -hh / 2, ww / 2, hh / 2}) cell.push_back(v);
        }
      auto base = torch::tensor(cell).reshape({-1, 4}).round();
      auto ys = torch::arange(0, h * sy, sy, torch::kFloat32), xs = torch::arange(0, w * sx, sx, torch::kFloat32);
      auto g = torch::meshgrid({ys, xs}, "ij");
      auto y = g[0].reshape(-1), x = g[1].reshape(-1);
      auto shifts = torch::stack({x, y, x, y}, 1);
      all.push_back((shifts.view({-1, 1, 4}) + base.view({1, -1, 4})).reshape({-1, 4}));
    }
    return torch::cat(all);
  }
  std::shared_ptr<Backbone> backbone_;
  std::shared_ptr<FPN> fpn_;
  Head cls_{nullptr}, reg_{nullptr};
};

/// Focal loss over all anchors, targets one-hot.
Tensor focal_loss(const Tensor& logits, const Tensor& targets, double alpha = 0.25, double gamma = 2) {
  auto p = torch::sigmoid(logits);
  auto ce = F::binary_cross_entropy_with_logits(logits, targets, F::BinaryCrossEntropyWithLogitsFuncOptions().reduction(torch::kNone));
  auto p_t = p * targets + (1 - p) * (1 - targets);
  auto loss = ce * torch::pow(1 - p_t, gamma);
  if (alpha >= 0) loss = (alpha * targets + (1 - alpha) * (1 - targets)) * loss;
  return loss.sum() / std::max<int64_t>(1, targets.size(0));
}
}  // namespace retina
