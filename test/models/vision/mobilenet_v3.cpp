#include <torch/torch.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace zoo {

int64_t make_divisible(double v, int64_t divisor = 8, std::optional<int64_t> min_value = std::nullopt) {
  int64_t floor_value = min_value.value_or(divisor);
  int64_t new_v = std::max(floor_value, static_cast<int64_t>(v + divisor / 2.) / divisor * divisor);
  if (new_v < 0.9 * v) new_v += divisor;
  return new_v;
}

enum class Activation { RE, HS };

struct InvertedResidualConfig {
  int64_t input_channels, kernel, expanded_channels, out_channels;
  bool use_se;
  Activation activation;
  int64_t stride, dilation;

  InvertedResidualConfig(int64_t in, int64_t k, int64_t exp, int64_t out, bool se, const std::string& act, int64_t s, int64_t d, double width)
      : input_channels(adjust(in, width)), kernel(k), expanded_channels(adjust(exp, width)), out_channels(adjust(out, width)), use_se(se),
        activation(act == "HS" ? Activation::HS : Activation::RE), stride(s), dilation(d) {}

  static int64_t adjust(int64_t channels, double width) { return make_divisible(channels * width, 8); }
};

struct ConvBNActImpl : torch::nn::SequentialImpl {
  using SequentialImpl::SequentialImpl;
  torch::Tensor forward(torch::Tensor x) { return SequentialImpl::forward(x); }
};
TORCH_MODULE(ConvBNAct);

static ConvBNAct conv_bn_act(int64_t in, int64_t out, int64_t kernel, int64_t stride = 1, int64_t groups = 1, int64_t dilation = 1,
                             std::optional<Activation> act = std::nullopt) {
  ConvBNAct seq(
      torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding((kernel - 1) / 2 * dilation).groups(groups).dilation(dilation).bias(false)),
      torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(out).eps(0.001).momentum(0.01)));
  if (act) {
    switch (*act) {
      case Activation::HS: seq->push_back(torch::nn::Functional(torch::hardswish)); break;
      case Activation::RE: seq->push_back(torch::nn::ReLU(torch::nn::ReLUOptions().inplace(true))); break;
    }
  }
  return seq;
}

struct HSwishImpl : torch::nn::Module {
  torch::Tensor forward(const torch::Tensor& x) { return x * torch::relu6(x + 3).div_(6); }
};
TORCH_MODULE(HSwish);

struct SqueezeExcitationImpl : torch::nn::Module {
  SqueezeExcitationImpl(int64_t channels, int64_t factor = 4) {
    const auto squeeze = make_divisible(channels / factor, 8);
    fc1 = register_module("fc1", torch::nn::Conv2d(channels, squeeze, 1));
    fc2 = register_module("fc2", torch::nn::Conv2d(squeeze, channels, 1));
  }
  torch::Tensor scale(const torch::Tensor& x) {
    auto s = torch::adaptive_avg_pool2d(x, {1, 1});
    s = fc1(s);
    s = torch::relu_(s);
    return torch::hardsigmoid(fc2(s));
  }
  torch::Tensor forward(torch::Tensor x) { return scale(x) * x; }
  torch::nn::Conv2d fc1{nullptr}, fc2{nullptr};
};
TORCH_MODULE(SqueezeExcitation);

struct InvertedResidualImpl : torch::nn::Module {
  explicit InvertedResidualImpl(const InvertedResidualConfig& cnf) {
    TORCH_CHECK(1 <= cnf.stride && cnf.stride <= 2, "illegal stride value ", cnf.stride);
    use_res_connect = cnf.stride == 1 && cnf.input_channels == cnf.out_channels;
    if (cnf.expanded_channels != cnf.input_channels)
      block->push_back(conv_bn_act(cnf.input_channels, cnf.expanded_channels, 1, 1, 1, 1, cnf.activation));
    auto stride = cnf.dilation > 1 ? 1 : cnf.stride;
    block->push_back(conv_bn_act(cnf.expanded_channels, cnf.expanded_channels, cnf.kernel, stride, cnf.expanded_channels, cnf.dilation, cnf.activation));
    if (cnf.use_se) block->push_back(SqueezeExcitation(cnf.expanded_channels));
    block->push_back(conv_bn_act(cnf.expanded_channels, cnf.out_channels, 1));
    register_module("block", block);
  }
  torch::Tensor forward(torch::Tensor x) {
    auto result = block->forward(x);
    if (use_res_connect) result += x;
    return result;
  }
  bool use_res_connect;
  torch::nn::Sequential block;
};
TORCH_MODULE(InvertedResidual);

class MobileNetV3Impl : public torch::nn::Module {
 public:
  MobileNetV3Impl(const std::vector<InvertedResidualConfig>& setting, int64_t last_channel, int64_t num_classes = 1000) {
    TORCH_CHECK(!setting.empty(), "The inverted_residual_setting should not be empty");
    features->push_back(conv_bn_act(3, setting.front().input_channels, 3, 2, 1, 1, Activation::HS));
    for (const auto& cnf : setting) features->push_back(InvertedResidual(cnf));
    const auto lastconv_input = setting.back().out_channels;
    const auto lastconv_output = 6 * lastconv_input;
    features->push_back(conv_bn_act(lastconv_input, lastconv_output, 1, 1, 1, 1, Activation::HS));
    register_module("features", features);
    register_module("avgpool", avgpool);
    classifier = register_module("classifier", torch::nn::Sequential(torch::nn::Linear(lastconv_output, last_channel), HSwish(),
                                                                     torch::nn::Dropout(0.2), torch::nn::Linear(last_channel, num_classes)));
    for (const auto& m : modules(false))
      if (auto* c = m->as<torch::nn::Conv2d>()) {
        torch::nn::init::kaiming_normal_(c->weight, 0.0, torch::kFanOut);
        if (c->bias.defined()) torch::nn::init::zeros_(c->bias);
      }
  }
  torch::Tensor forward(torch::Tensor x) {
    x = features->forward(x);
    x = avgpool(x);
    x = torch::flatten(x, 1);
    return classifier->forward(x);
  }

 private:
  torch::nn::Sequential features, classifier{nullptr};
  torch::nn::AdaptiveAvgPool2d avgpool{1};
};
TORCH_MODULE(MobileNetV3);

std::vector<InvertedResidualConfig> small(double width, bool reduced_tail = false, bool dilated = false) {
  const int64_t reduce = reduced_tail ? 2 : 1, dilation = dilated ? 2 : 1;
  using namespace std::placeholders;
  auto bneck = [width](int64_t in, int64_t k, int64_t exp, int64_t out, bool se, const char* act, int64_t s, int64_t d) {
    return InvertedResidualConfig(in, k, exp, out, se, act, s, d, width);
  };
  return {
      bneck(16, 3, 16, 16, true, "RE", 2, 1),
      bneck(16, 3, 72, 24, false, "RE", 2, 1),
      bneck(24, 3, 88, 24, false, "RE", 1, 1),
      bneck(24, 5, 96, 40, true, "HS", 2, 1),
      bneck(40, 5, 240, 40, true, "HS", 1, 1),
      bneck(40, 5, 240, 40, true, "HS", 1, 1),
      bneck(40, 5, 120, 48, true, "HS", 1, 1),
      bneck(48, 5, 144, 48, true, "HS", 1, 1),
      bneck(48, 5, 288, 96 / reduce, true, "HS", 2, dilation),
      bneck(96 / reduce, 5, 576 / reduce, 96 / reduce, true, "HS", 1, dilation),
      bneck(96 / reduce, 5, 576 / reduce, 96 / reduce, true, "HS", 1, dilation),
  };
}

MobileNetV3 mobilenet_v3_small(double width = 1.0, int64_t num_classes = 1000) {
  return MobileNetV3(small(width), InvertedResidualConfig::adjust(1024, width), num_classes);
}

}  // namespace zoo
