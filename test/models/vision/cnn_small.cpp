// Small networks of a course: filters that are merged, widths on a line, depthwise units with norms over channels, pictures turned first.
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

// ------------------------------------------------------------------ three filters while learning, one afterwards
class MergingUnit : public Module {
 public:
  MergingUnit(int64_t from, int64_t to, int64_t step = 1, int64_t parts = 1) : plan_(Conv2dOptions(from, to, 3).stride(step).groups(parts)) {
    for (int64_t side : {3, 1}) ways_.push_back(register_module("way" + std::to_string(side), way(side)));
    if (from == to && step == 1) same_ = register_module("same", BatchNorm2d(from));
  }
  Tensor forward(const Tensor& x) {
    if (merged_) return torch::relu(merged_(x));
    auto y = ways_[0]->forward(x);
    for (size_t i = 1; i < ways_.size(); ++i) y = y + ways_[i]->forward(x);
    return torch::relu(same_ ? y + same_(x) : y);
  }
  /// One filter that does what all of them did.
  void merge() {
    torch::NoGradGuard guard;
    Tensor weight, bias;
    for (auto& w : ways_) {
      auto conv = w->ptr<Conv2dImpl>(0);
      auto norm = std::dynamic_pointer_cast<BatchNorm2dImpl>(w->ptr(1));
      const int64_t border = (3 - conv->weight.size(2)) / 2;
      add(weight, bias, torch::constant_pad_nd(conv->weight, {border, border, border, border}), *norm);
    }
    if (same_) {
      const auto n = plan_.in_channels(), each = n / plan_.groups();
      auto nothing_done = torch::zeros({n, each, 3, 3});
      for (int64_t i = 0; i < n; ++i) nothing_done[i][i % each][1][1] = 1;
      add(weight, bias, nothing_done, *same_);
    }
    merged_ = register_module("merged", Conv2d(Conv2dOptions(plan_).padding(1).bias(true)));
    merged_->weight.copy_(weight);
    merged_->bias.copy_(bias);
    unregister_module("way3");
    unregister_module("way1");
  }

 private:
  Sequential way(int64_t side) const {
    Sequential s;
    s->push_back("filter", Conv2d(Conv2dOptions(plan_).kernel_size(side).padding(side / 2).bias(false)));
    s->push_back("scale", BatchNorm2d(plan_.out_channels()));
    return s;
  }
  static void add(Tensor& weight, Tensor& bias, const Tensor& kernel, BatchNorm2dImpl& norm) {
    auto gain = norm.weight * torch::rsqrt(norm.running_var + norm.options.eps());
    auto w = kernel * gain.reshape({-1, 1, 1, 1}), b = norm.bias - norm.running_mean * gain;
    weight = weight.defined() ? weight + w : w;
    bias = bias.defined() ? bias + b : b;
  }
  Conv2dOptions plan_;
  BatchNorm2d same_{nullptr};
  std::vector<Sequential> ways_;
  Conv2d merged_{nullptr};
};

class MergingNet : public Module {
 public:
  MergingNet(const std::vector<int>& repeats, const std::vector<double>& widths, int classes, const std::unordered_map<int, int>& parts = {}) : parts_(parts) {
    from_ = std::min<int64_t>(64, int64_t(64 * widths[0]));
    stages_.push_back(register_module("begin", Sequential(MergingUnit(3, from_, 2))));
    for (size_t i = 0; i < repeats.size(); ++i) {
      Sequential stage;
      for (int left = repeats[i]; left-- > 0;) stage->push_back(next(int64_t((64 << i) * widths[i]), stage->is_empty() ? 2 : 1));
      stages_.push_back(register_module("stage" + std::to_string(i), stage));
    }
    scores_ = register_module("scores", Linear(from_, classes));
  }
  Tensor forward(Tensor x) {
    for (auto& s : stages_) x = s->forward(x);
    return scores_(torch::adaptive_avg_pool2d(x, {1, 1}).flatten(1));
  }
  void merge() {
    apply([](Module& m) {
      if (auto* unit = m.as<MergingUnit>()) unit->merge();
    });
  }

 private:
  MergingUnit next(int64_t to, int64_t step) {
    const auto found = parts_.find(++made_);
    MergingUnit unit(from_, to, step, found == parts_.end() ? 1 : found->second);
    from_ = to;
    return unit;
  }
  std::unordered_map<int, int> parts_;
  int64_t from_ = 0;
  int made_ = 0;
  std::vector<Sequential> stages_;
  Linear scores_{nullptr};
};

// ------------------------------------------------------------------ widths on a quantized line
struct StagePlan {
  int64_t width, depth, per_group;
};

/// Unit i is wished to have start + i * slope channels; that is rounded to a power of `ratio` times start, then to eights.
std::vector<StagePlan> on_a_line(int64_t units, int64_t start, double slope, double ratio, int64_t per_group) {
  constexpr int64_t eight = 8;
  if (slope < 0 || ratio <= 1 || start <= 0 || start % eight) throw std::invalid_argument("no such line");
  std::multiset<int64_t> widths;
  for (int64_t i = 0; i < units; ++i) {
    const double wish = start + i * slope, power = std::round(std::log(wish / start) / std::log(ratio));
    widths.insert(eight * static_cast<int64_t>(std::round(start * std::pow(ratio, power) / eight)));
  }
  std::vector<StagePlan> stages;
  for (auto it = widths.begin(); it != widths.end(); it = widths.upper_bound(*it)) {
    const auto group = std::min(per_group, *it);
    stages.push_back({std::lround(double(*it) / group) * group, static_cast<int64_t>(widths.count(*it)), group});
  }
  return stages;
}

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

struct GroupUnit : Module {
  GroupUnit(int64_t from, const StagePlan& plan, int64_t step, std::optional<double> squeeze) {
    before = register_module("before", conv_bn(from, plan.width, 1));
    grouped = register_module("grouped", conv_bn(plan.width, plan.width, 3, step, plan.width / plan.per_group));
    after = register_module("after", conv_bn(plan.width, plan.width, 1, 1, 1, false));
    if (squeeze) gate = register_module("gate", std::make_shared<SqueezeExcite>(plan.width, static_cast<int64_t>(std::lround(*squeeze * from))));
    if (from != plan.width || step != 1) around = register_module("around", conv_bn(from, plan.width, 1, step, 1, false));
  }
  Tensor forward(Tensor x) {
    auto y = grouped->forward(before->forward(x));
    if (gate) y = gate->forward(y);
    y = after->forward(y);
    return torch::relu(y + (around.is_empty() ? x : around->forward(x)));
  }
  Sequential before{nullptr}, grouped{nullptr}, after{nullptr}, around{nullptr};
  std::shared_ptr<SqueezeExcite> gate;
};

struct LineNet : Module {
  LineNet(const std::vector<StagePlan>& stages, int64_t classes, std::optional<double> squeeze = {}) {
    int64_t from = 32;
    begin = register_module("begin", conv_bn(3, from, 3, 2));
    for (auto stage = stages.cbegin(); stage != stages.cend(); ++stage)
      for (int64_t i = 0; i < stage->depth; ++i) {
        body->push_back("s" + std::to_string(stage - stages.cbegin()) + "u" + std::to_string(i), std::make_shared<GroupUnit>(from, *stage, i == 0 ? 2 : 1, squeeze));
        from = stage->width;
      }
    register_module("body", body);
    fc = register_module("fc", Linear(from, classes));
  }
  Tensor forward(Tensor x) { return fc(body->forward(begin->forward(x)).mean(at::IntArrayRef{2, 3})); }
  Sequential begin{nullptr}, body;
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

// ------------------------------------------------------------------ a network that turns its picture first
struct Straightener : Module {
  explicit Straightener(int64_t classes = 10) : scores(50, classes) {
    REGISTER(find, Sequential(Conv2d(1, 8, 7), MaxPool2d(MaxPool2dOptions(2).stride(2)), ReLU(true), Conv2d(8, 10, 5), MaxPool2d(MaxPool2dOptions(2).stride(2)), ReLU(true), Flatten()));
    REGISTER(decide, Sequential(Linear(10 * 3 * 3, 32), ReLU(true), Linear(32, 6)));
    for (int64_t from : {1, 10}) filters.push_back(register_module("filter" + std::to_string(from), Conv2d(from, from == 1 ? 10 : 20, 5)));
    REGISTER(drop, Dropout2d());
    REGISTER(hidden, Linear(20 * 4 * 4, 50));
    register_module("scores", scores);
    // at first nothing is turned
    auto last = decide->ptr<LinearImpl>(2);
    last->weight.data().zero_();
    last->bias.data().copy_(torch::eye(2, 3).view(-1));
  }
  Tensor straight(const Tensor& x) {
    auto turn = decide->forward(find->forward(x)).view({x.size(0), 2, 3});
    return functional::grid_sample(x, functional::affine_grid(turn, x.sizes()));
  }
  Tensor forward(Tensor x) {
    x = straight(x);
    for (auto& f : filters) {
      x = f(x);
      if (f->options.in_channels() > 1) x = drop(x);
      x = functional::relu(functional::max_pool2d(x, functional::MaxPool2dFuncOptions(2)));
    }
    x = functional::dropout(functional::relu(hidden(x.view({-1, 320}))), functional::DropoutFuncOptions().training(is_training()));
    return functional::log_softmax(scores(x), 1);
  }
  Sequential find{nullptr}, decide{nullptr};
  std::vector<Conv2d> filters;
  Dropout2d drop{nullptr};
  Linear hidden{nullptr}, scores;
};

Tensor straight_loss(Straightener& net, const Tensor& pictures, const Tensor& kinds) { return torch::nll_loss(net.forward(pictures), kinds); }

void learn(Straightener& net, torch::optim::Optimizer& rule, int rounds) {
  net.train();
  while (rounds-- > 0) {
    rule.zero_grad();
    auto loss = straight_loss(net, torch::rand({64, 1, 28, 28}), torch::randint(0, 10, {64}, torch::kLong));
    loss.backward();
    rule.step();
    std::printf("%d left, loss %f\n", rounds, loss.item().toFloat());
  }
}
