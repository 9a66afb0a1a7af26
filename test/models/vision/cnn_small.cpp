// Small networks of a course: RepVGG, RegNet, ConvNeXt, a spatial transformer.
#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <numeric>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#define REGISTER(member, ...) member = register_module(#member, __VA_ARGS__)

using namespace torch::nn;
using torch::Tensor;

// ------------------------------------------------------------------ RepVGG, fused for deployment
class RepVGGBlock : public Module {
 public:
  RepVGGBlock(int64_t in, int64_t out, int64_t stride = 1, int64_t groups = 1) : in_(in), out_(out), stride_(stride), groups_(groups) {
    if (in == out && stride == 1) identity = register_module("rbr_identity", BatchNorm2d(in));
    dense = register_module("rbr_dense", branch(3, 1));
    one = register_module("rbr_1x1", branch(1, 0));
  }
  Tensor forward(const Tensor& x) {
    if (reparam) return torch::relu(reparam(x));
    auto y = dense->forward(x) + one->forward(x);
    if (identity) y = y + identity(x);
    return torch::relu(y);
  }
  void switch_to_deploy() {
    torch::NoGradGuard guard;
    auto [k3, b3] = fuse(*dense);
    auto [k1, b1] = fuse(*one);
    auto kernel = k3 + torch::constant_pad_nd(k1, {1, 1, 1, 1});
    auto bias = b3 + b1;
    if (identity) {
      auto std = (identity->running_var + identity->options.eps()).sqrt();
      auto eye = torch::zeros({in_, in_ / groups_, 3, 3});
      for (int64_t i = 0; i < in_; ++i) eye[i][i % (in_ / groups_)][1][1] = 1;
      kernel = kernel + eye * (identity->weight / std).reshape({-1, 1, 1, 1});
      bias = bias + identity->bias - identity->running_mean * identity->weight / std;
    }
    reparam = register_module("rbr_reparam", Conv2d(Conv2dOptions(in_, out_, 3).stride(stride_).padding(1).groups(groups_)));
    reparam->weight.copy_(kernel);
    reparam->bias.copy_(bias);
    unregister_module("rbr_dense");
    unregister_module("rbr_1x1");
  }

 private:
  Sequential branch(int64_t k, int64_t p) {
    Sequential s;
    s->push_back("conv", Conv2d(Conv2dOptions(in_, out_, k).stride(stride_).padding(p).groups(groups_).bias(false)));
    s->push_back("bn", BatchNorm2d(out_));
    return s;
  }
  static std::pair<Tensor, Tensor> fuse(SequentialImpl& s) {
    auto conv = s.ptr<Conv2dImpl>(0);
    auto bn = std::dynamic_pointer_cast<BatchNorm2dImpl>(s.ptr(1));
    auto std = (bn->running_var + bn->options.eps()).sqrt();
    auto t = (bn->weight / std).reshape({-1, 1, 1, 1});
    return {conv->weight * t, bn->bias - bn->running_mean * bn->weight / std};
  }
  int64_t in_, out_, stride_, groups_;
  BatchNorm2d identity{nullptr};
  Sequential dense{nullptr}, one{nullptr};
  Conv2d reparam{nullptr};
};

class RepVGG : public Module {
 public:
  RepVGG(const std::vector<int>& num_blocks, const std::vector<double>& width, int classes, const std::unordered_map<int, int>& groups = {}) : groups_(groups) {
    in_planes_ = std::min<int64_t>(64, int64_t(64 * width[0]));
    stages.push_back(register_module("stage0", Sequential(RepVGGBlock(3, in_planes_, 2))));
    for (int i = 0; i < 4; ++i) stages.push_back(register_module("stage" + std::to_string(i + 1), stage(int64_t((64 << i) * width[i]), num_blocks[i], 2)));
    linear = register_module("linear", Linear(in_planes_, classes));
  }
  Tensor forward(Tensor x) {
    for (auto& s : stages) x = s->forward(x);
    x = torch::adaptive_avg_pool2d(x, {1, 1});
    return linear(x.flatten(1));
  }
  void deploy() {
    apply([](Module& m) {
      if (auto* b = m.as<RepVGGBlock>()) b->switch_to_deploy();
    });
  }

 private:
  Sequential stage(int64_t planes, int n, int stride) {
    std::vector<int> strides(n, 1);
    strides.front() = stride;
    Sequential s;
    for (int st : strides) {
      auto g = groups_.count(layer_) ? groups_.at(layer_) : 1;
      s->push_back(RepVGGBlock(in_planes_, planes, st, g));
      in_planes_ = planes;
      ++layer_;
    }
    return s;
  }
  std::unordered_map<int, int> groups_;
  int64_t in_planes_ = 0;
  int layer_ = 1;
  std::vector<Sequential> stages;
  Linear linear{nullptr};
};

// ------------------------------------------------------------------ RegNet
struct RegNetParams {
  std::vector<int64_t> widths, depths, group_widths;
  static RegNetParams make(int64_t depth, int64_t w_0, double w_a, double w_m, int64_t group_width) {
    constexpr int64_t QUANT = 8;
    if (w_a < 0 || w_0 <= 0 || w_m <= 1 || w_0 % 8 != 0) throw std::invalid_argument("Invalid RegNet settings");
    std::vector<int64_t> block_widths;
    for (int64_t i = 0; i < depth; ++i) {
      const double cont = i * w_a + w_0;
      const double capacity = std::round(std::log(cont / w_0) / std::log(w_m));
      block_widths.push_back(static_cast<int64_t>(std::round(w_0 * std::pow(w_m, capacity) / QUANT)) * QUANT);
    }
    RegNetParams p;
    for (auto w : std::set<int64_t>(block_widths.begin(), block_widths.end())) {
      p.depths.push_back(std::count(block_widths.begin(), block_widths.end(), w));
      const auto g = std::min(group_width, w);
      p.group_widths.push_back(g);
      p.widths.push_back(std::lround(double(w) / g) * g);
    }
    return p;
  }
};

template <typename Activation = ReLU>
Sequential conv_bn(int64_t in, int64_t out, int64_t k, int64_t stride = 1, int64_t groups = 1, bool act = true) {
  Sequential s(Conv2d(Conv2dOptions(in, out, k).stride(stride).padding(k / 2).groups(groups).bias(false)), BatchNorm2d(out));
  if (act) s->push_back(Activation());
  return s;
}

struct SqueezeExcite : Module {
  SqueezeExcite(int64_t c, int64_t squeezed) : fc1(Conv2dOptions(c, squeezed, 1)), fc2(Conv2dOptions(squeezed, c, 1)) {
    register_module("fc1", fc1);
    register_module("fc2", fc2);
  }
  Tensor forward(Tensor x) { return x * torch::sigmoid(fc2(torch::relu(fc1(x.mean({2, 3}, true))))); }
  Conv2d fc1, fc2;
};

struct XBlock : Module {
  XBlock(int64_t in, int64_t out, int64_t stride, int64_t group_width, std::optional<double> se_ratio) {
    a = register_module("a", conv_bn(in, out, 1));
    b = register_module("b", conv_bn(out, out, 3, stride, out / group_width));
    c = register_module("c", conv_bn(out, out, 1, 1, 1, false));
    if (se_ratio) se = register_module("se", std::make_shared<SqueezeExcite>(out, static_cast<int64_t>(std::lround(*se_ratio * in))));
    if (in != out || stride != 1) proj = register_module("proj", conv_bn(in, out, 1, stride, 1, false));
  }
  Tensor forward(Tensor x) {
    auto y = b->forward(a->forward(x));
    if (se) y = se->forward(y);
    y = c->forward(y);
    return torch::relu((proj.is_empty() ? x : proj->forward(x)) + y);
  }
  Sequential a{nullptr}, b{nullptr}, c{nullptr}, proj{nullptr};
  std::shared_ptr<SqueezeExcite> se;
};

struct RegNet : Module {
  RegNet(const RegNetParams& p, int64_t classes, std::optional<double> se_ratio = {}) {
    stem = register_module("stem", conv_bn(3, 32, 3, 2));
    int64_t in = 32;
    for (size_t i = 0; i < p.widths.size(); ++i) {
      for (int64_t d = 0; d < p.depths[i]; ++d) {
        trunk->push_back("block" + std::to_string(i + 1) + "-" + std::to_string(d), std::make_shared<XBlock>(in, p.widths[i], d == 0 ? 2 : 1, p.group_widths[i], se_ratio));
        in = p.widths[i];
      }
    }
    register_module("trunk", trunk);
    fc = register_module("fc", Linear(in, classes));
  }
  Tensor forward(Tensor x) { return fc(trunk->forward(stem->forward(x)).mean(at::IntArrayRef{2, 3})); }
  Sequential stem{nullptr}, trunk;
  Linear fc{nullptr};
};

// ------------------------------------------------------------------ ConvNeXt
struct LayerNorm2dImpl : LayerNormImpl {
  explicit LayerNorm2dImpl(int64_t c) : LayerNormImpl(LayerNormOptions({c}).eps(1e-6)) {}
  Tensor forward(Tensor x) {
    x = x.permute({0, 2, 3, 1});
    x = LayerNormImpl::forward(x);
    return x.permute({0, 3, 1, 2});
  }
};
TORCH_MODULE(LayerNorm2d);

struct CNBlockImpl : Module {
  CNBlockImpl(int64_t dim, double layer_scale, double stochastic_depth) : p(stochastic_depth) {
    REGISTER(dwconv, Conv2d(Conv2dOptions(dim, dim, 7).padding(3).groups(dim)));
    REGISTER(norm, LayerNorm(LayerNormOptions({dim}).eps(1e-6)));
    REGISTER(pwconv1, Linear(dim, 4 * dim));
    REGISTER(pwconv2, Linear(4 * dim, dim));
    if (layer_scale > 0) gamma = register_parameter("gamma", torch::ones({dim}) * layer_scale);
  }
  Tensor forward(const Tensor& input) {
    auto x = dwconv(input).permute({0, 2, 3, 1});
    x = pwconv2(torch::gelu(pwconv1(norm(x))));
    if (gamma.defined()) x = gamma * x;
    x = x.permute({0, 3, 1, 2});
    if (p > 0. && is_training()) x = x * torch::bernoulli(torch::full({x.size(0), 1, 1, 1}, 1 - p)) / (1 - p);
    return input + x;
  }
  double p;
  Conv2d dwconv{nullptr};
  LayerNorm norm{nullptr};
  Linear pwconv1{nullptr}, pwconv2{nullptr};
  Tensor gamma;
};
TORCH_MODULE(CNBlock);

struct ConvNeXt : Module {
  ConvNeXt(std::array<int64_t, 4> depths, std::array<int64_t, 4> dims, int64_t classes, double drop_path = 0.1) {
    const auto total = std::accumulate(depths.begin(), depths.end(), 0);
    auto rates = torch::linspace(0, drop_path, total);
    int cur = 0;
    for (int i = 0; i < 4; i++) {
      if (i == 0) net->push_back(std::make_shared<Pair>(Conv2d(Conv2dOptions(3, dims[0], 4).stride(4)), LayerNorm2d(dims[0])));
      else net->push_back(std::make_shared<Pair>(LayerNorm2d(dims[i - 1]), Conv2d(Conv2dOptions(dims[i - 1], dims[i], 2).stride(2))));
      for (int64_t j = 0; j < depths[i]; j++) net->push_back(CNBlock(dims[i], 1e-6, rates[cur + j].item().toDouble()));
      cur += depths[i];
    }
    register_module("net", net);
    REGISTER(norm, LayerNorm(LayerNormOptions({dims.back()}).eps(1e-6)));
    REGISTER(head, Linear(dims.back(), classes));
  }
  Tensor forward(Tensor x) { return head(norm(net->forward(x).mean({-2, -1}))); }
  struct Pair : Module {
    AnyModule a, b;
    template <class A, class B> Pair(A x, B y) : a(x), b(y) {
      register_module("0", a.ptr());
      register_module("1", b.ptr());
    }
    Tensor forward(Tensor x) { return b.forward(a.forward(x)); }
  };
  Sequential net;
  LayerNorm norm{nullptr};
  Linear head{nullptr};
};

// ------------------------------------------------------------------ spatial transformer
struct STN : Module {
  STN() : conv1(1, 10, 5), conv2(10, 20, 5), fc1(320, 50), fc2(50, 10) {
    register_module("conv1", conv1);
    register_module("conv2", conv2);
    register_module("drop", drop);
    register_module("fc1", fc1);
    register_module("fc2", fc2);
    localization = register_module("localization", Sequential(Conv2d(1, 8, 7), MaxPool2d(MaxPool2dOptions(2).stride(2)), ReLU(true), Conv2d(8, 10, 5), MaxPool2d(MaxPool2dOptions(2).stride(2)), ReLU(true)));
    fc_loc = register_module("fc_loc", Sequential(Linear(10 * 3 * 3, 32), ReLU(true), Linear(32, 3 * 2)));
    auto last = fc_loc->ptr<LinearImpl>(2);
    last->weight.data().zero_();
    last->bias.data().copy_(torch::tensor({1, 0, 0, 0, 1, 0}, torch::kFloat));
  }
  Tensor stn(Tensor x) {
    auto xs = localization->forward(x);
    xs = xs.view({-1, 10 * 3 * 3});
    auto theta = fc_loc->forward(xs);
    theta = theta.view({-1, 2, 3});
    auto grid = functional::affine_grid(theta, x.sizes());
    return functional::grid_sample(x, grid);
  }
  Tensor forward(Tensor x) {
    x = stn(x);
    x = functional::relu(functional::max_pool2d(conv1(x), functional::MaxPool2dFuncOptions(2)));
    x = functional::relu(functional::max_pool2d(drop(conv2(x)), functional::MaxPool2dFuncOptions(2)));
    x = x.view({-1, 320});
    x = functional::relu(fc1(x));
    x = functional::dropout(x, functional::DropoutFuncOptions().training(is_training()));
    return functional::log_softmax(fc2(x), 1);
  }
  Conv2d conv1, conv2;
  Dropout2d drop;
  Linear fc1, fc2;
  Sequential localization{nullptr}, fc_loc{nullptr};
};

void train_stn(STN& model, torch::optim::Optimizer& optimizer, int epochs) {
  for (int epoch = 0; epoch < epochs; ++epoch) {
    model.train();
    auto data = torch::rand({64, 1, 28, 28});
    auto target = torch::randint(0, 10, {64}, torch::kLong);
    optimizer.zero_grad();
    auto output = model.forward(data);
    auto loss = torch::nll_loss(output, target);
    loss.backward();
    optimizer.step();
    if (epoch % 10 == 0) std::printf("epoch %d loss %f\n", epoch, loss.item().toFloat());
  }
}
Tensor stn_loss(STN& model, const Tensor& data, const Tensor& target) { return torch::nll_loss(model.forward(data), target); }
