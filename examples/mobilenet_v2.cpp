// MobileNetV2: a table of settings, inverted residuals, a class derived from SequentialImpl.
#include <torch/torch.h>

#include <algorithm>
#include <iostream>
#include <vector>

using torch::Tensor;
namespace nn = torch::nn;

static int64_t make_divisible(double value, int64_t divisor = 8) {
  auto rounded = std::max(divisor, (static_cast<int64_t>(value + divisor / 2.0) / divisor) * divisor);
  return rounded < 0.9 * value ? rounded + divisor : rounded;
}

struct ConvBNReLUImpl : nn::SequentialImpl {
  ConvBNReLUImpl(int64_t in, int64_t out, int64_t kernel = 3, int64_t stride = 1, int64_t groups = 1) {
    push_back(nn::Conv2d(nn::Conv2dOptions(in, out, kernel)
                             .stride(stride)
                             .padding((kernel - 1) / 2)
                             .groups(groups)
                             .bias(false)));
    push_back(nn::BatchNorm2d(out));
    push_back(nn::ReLU6(nn::ReLU6Options(true)));
  }
  Tensor forward(Tensor x) { return nn::SequentialImpl::forward(x); }
};
TORCH_MODULE(ConvBNReLU);

struct InvertedResidualImpl : nn::Module {
  InvertedResidualImpl(int64_t in, int64_t out, int64_t stride, int64_t expand)
      : shortcut(stride == 1 && in == out) {
    const auto hidden = in * expand;
    if (expand != 1) conv->push_back(ConvBNReLU(in, hidden, 1));
    conv->push_back(ConvBNReLU(hidden, hidden, 3, stride, hidden));
    conv->push_back(nn::Conv2d(nn::Conv2dOptions(hidden, out, 1).bias(false)));
    conv->push_back(nn::BatchNorm2d(out));
    register_module("conv", conv);
  }
  Tensor forward(Tensor x) { return shortcut ? x + conv->forward(x) : conv->forward(x); }

  bool shortcut;
  nn::Sequential conv;
};
TORCH_MODULE(InvertedResidual);

struct MobileNetV2Impl : nn::Module {
  explicit MobileNetV2Impl(int64_t num_classes = 1000, double width = 1.0) {
    const std::vector<std::vector<int64_t>> settings = {
        // expand, channels, repeats, stride
        {1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};

    int64_t channels = make_divisible(32 * width);
    const int64_t last = make_divisible(1280 * std::max(1.0, width));
    features->push_back(ConvBNReLU(3, channels, 3, 2));
    for (const auto& row : settings) {
      const auto out = make_divisible(row[1] * width);
      for (int64_t i = 0; i < row[2]; ++i) {
        features->push_back(InvertedResidual(channels, out, i == 0 ? row[3] : 1, row[0]));
        channels = out;
      }
    }
    features->push_back(ConvBNReLU(channels, last, 1));
    classifier = nn::Sequential(nn::Dropout(0.2), nn::Linear(last, num_classes));
    register_module("features", features);
    register_module("classifier", classifier);

    for (auto& module : modules(/*include_self=*/false))
      if (auto* layer = dynamic_cast<nn::Conv2dImpl*>(module.get()))
        nn::init::kaiming_normal_(layer->weight, 0, torch::kFanOut);
  }

  Tensor forward(Tensor x) {
    x = features->forward(x);
    x = x.mean({2, 3});
    return classifier->forward(x);
  }

  nn::Sequential features, classifier;
};
TORCH_MODULE(MobileNetV2);

// cobra: MobileNetV2 net(1000, 1.0); net->eval(); auto x = torch::randn({1, 3, 224, 224}); net->forward(x);

int main() {
  torch::NoGradGuard no_grad;
  MobileNetV2 net(10, 0.5);
  net->eval();
  std::cout << net->forward(torch::randn({4, 3, 96, 96})).sizes() << '\n';
}
