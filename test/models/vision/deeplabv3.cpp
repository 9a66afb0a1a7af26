#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

namespace seg {

using torch::nn::BatchNorm2d;
using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;
using torch::nn::Sequential;

// ---------------------------------------------------------------- backbone
class AtrousBottleneckImpl : public torch::nn::Module {
 public:
  AtrousBottleneckImpl(int64_t in, int64_t planes, int64_t stride, int64_t dilation) {
    const int64_t out = planes * kExpansion;
    main_ = Sequential(Conv2d(Conv2dOptions(in, planes, 1).bias(false)), BatchNorm2d(planes), torch::nn::ReLU(true),
                       Conv2d(Conv2dOptions(planes, planes, 3).stride(stride).padding(dilation).dilation(dilation).bias(false)), BatchNorm2d(planes),
                       torch::nn::ReLU(true), Conv2d(Conv2dOptions(planes, out, 1).bias(false)), BatchNorm2d(out));
    register_module("main", main_);
    if (stride != 1 || in != out) {
      shortcut_ = Sequential(Conv2d(Conv2dOptions(in, out, 1).stride(stride).bias(false)), BatchNorm2d(out));
      register_module("shortcut", shortcut_);
    }
  }
  torch::Tensor forward(const torch::Tensor& x) {
    auto y = main_->forward(x);
    y += shortcut_ ? shortcut_->forward(x) : x;
    return y.relu_();
  }
  static constexpr int64_t kExpansion = 4;

 private:
  Sequential main_{nullptr}, shortcut_{nullptr};
};
TORCH_MODULE(AtrousBottleneck);

struct StageSpec {
  int64_t planes, blocks, stride;
};

class BackboneImpl : public torch::nn::Module {
 public:
  explicit BackboneImpl(int output_stride = 16) {
    stem_ = register_module("stem", Sequential(Conv2d(Conv2dOptions(3, 32, 7).stride(2).padding(3).bias(false)), BatchNorm2d(32), torch::nn::ReLU(true),
                                               torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(3).stride(2).padding(1))));
    int64_t in = 32, current = 4, rate = 1;
    for (const auto& s : std::initializer_list<StageSpec>{{16, 2, 1}, {32, 2, 2}, {64, 2, 2}, {128, 2, 2}}) {
      int64_t stride = s.stride;
      if (current == output_stride) {
        rate *= stride;
        stride = 1;
      } else {
        current *= stride;
      }
      Sequential stage;
      for (int64_t b = 0; b < s.blocks; ++b) {
        stage->push_back(AtrousBottleneck(in, s.planes, b == 0 ? stride : 1, rate));
        in = s.planes * AtrousBottleneckImpl::kExpansion;
      }
      stages_.push_back(register_module("layer" + std::to_string(stages_.size() + 1), stage));
    }
  }
  /// Low-level features and the output.
  std::pair<torch::Tensor, torch::Tensor> forward(torch::Tensor x) {
    x = stem_->forward(x);
    torch::Tensor low;
    for (auto& stage : stages_) {
      x = stage->forward(x);
      if (!low.defined()) low = x;
    }
    return {low, x};
  }

 private:
  Sequential stem_{nullptr};
  std::vector<Sequential> stages_;
};
TORCH_MODULE(Backbone);

// ---------------------------------------------------------------- ASPP
struct ASPPPoolingImpl : torch::nn::SequentialImpl {
  ASPPPoolingImpl(int64_t in, int64_t out)
      : SequentialImpl(torch::nn::AdaptiveAvgPool2d(torch::nn::AdaptiveAvgPool2dOptions(1)), Conv2d(Conv2dOptions(in, out, 1).bias(false)), torch::nn::ReLU()) {}
  torch::Tensor forward(torch::Tensor x) {
    const auto size = x.sizes().slice(2).vec();
    for (auto& m : *this) x = m.forward(x);
    namespace F = torch::nn::functional;
    return F::interpolate(x, F::InterpolateFuncOptions().size(size).mode(torch::kBilinear).align_corners(false));
  }
};
TORCH_MODULE(ASPPPooling);

class ASPPImpl : public torch::nn::Module {
 public:
  ASPPImpl(int64_t in, const std::vector<int64_t>& rates, int64_t out = 64) {
    convs->push_back(branch(in, out, 1, 1));
    for (auto r : rates) convs->push_back(branch(in, out, 3, r));
    convs->push_back(ASPPPooling(in, out));
    register_module("convs", convs);
    project = register_module("project", Sequential(Conv2d(Conv2dOptions(out * (rates.size() + 2), out, 1).bias(false)), BatchNorm2d(out),
                                                    torch::nn::ReLU(), torch::nn::Dropout(0.5)));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    torch::TensorList none;
    std::vector<torch::Tensor> res(none.begin(), none.end());
    for (size_t i = 0; i < convs->size(); i++) {
      if (auto pool = std::dynamic_pointer_cast<ASPPPoolingImpl>(convs->ptr(i))) res.push_back(pool->forward(x));
      else res.push_back(convs[i]->as<torch::nn::Sequential>()->forward(x));
    }
    return project->forward(torch::cat(res, 1));
  }

 private:
  static Sequential branch(int64_t in, int64_t out, int64_t k, int64_t rate) {
    auto options = Conv2dOptions(in, out, k).bias(false);
    if (k > 1) options.padding(rate).dilation(rate);
    return Sequential(Conv2d(options), BatchNorm2d(out), torch::nn::ReLU());
  }
  torch::nn::ModuleList convs;
  Sequential project{nullptr};
};
TORCH_MODULE(ASPP);

class DeepLabV3PlusImpl : public torch::nn::Module {
 public:
  DeepLabV3PlusImpl(int64_t classes, int output_stride) : backbone(output_stride) {
    register_module("backbone", backbone);
    const std::vector<int64_t> rates = output_stride == 8 ? std::vector<int64_t>{12, 24, 36} : std::vector<int64_t>{6, 12, 18};
    aspp = register_module("aspp", ASPP(512, rates));
    low = register_module("low", Sequential(Conv2d(Conv2dOptions(64, 48, 1).bias(false)), BatchNorm2d(48), torch::nn::ReLU()));
    head = register_module("head", Sequential(Conv2d(Conv2dOptions(64 + 48, 64, 3).padding(1).bias(false)), BatchNorm2d(64), torch::nn::ReLU(), Conv2d(64, classes, 1)));
  }
  torch::Tensor forward(torch::Tensor x) {
    const auto h = x.size(2), w = x.size(3);
    auto [skip, deep] = backbone->forward(x);
    auto y = aspp(deep);
    y = resize(y, skip.size(2), skip.size(3));
    y = head->forward(torch::cat({low->forward(skip), y}, 1));
    return resize(y, h, w);
  }

 private:
  static torch::Tensor resize(const torch::Tensor& x, int64_t h, int64_t w) {
    return at::upsample_bilinear2d(x, {h, w}, false);
  }
  Backbone backbone;
  ASPP aspp{nullptr};
  Sequential low{nullptr}, head{nullptr};
};
TORCH_MODULE(DeepLabV3Plus);

}  // namespace seg
