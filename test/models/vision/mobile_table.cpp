#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

// Thin inverted bottlenecks from a table, some with channel gates, two kinds of activations.

namespace mobile {

enum class Bend : char { Straight = '-', Relu = 'r', Hard = 'h' };

/// The nearest multiple of eight, not more than a tenth below.
constexpr int64_t eights(double width) {
  int64_t n = static_cast<int64_t>(width + 4) / 8 * 8;
  if (n < 8) n = 8;
  return n < 0.9 * width ? n + 8 : n;
}

struct Row {
  int64_t side, inner, out;
  bool gated;
  Bend bend;
  int64_t step;
};

struct ChainImpl : torch::nn::SequentialImpl {
  using SequentialImpl::SequentialImpl;
  torch::Tensor forward(torch::Tensor x) { return SequentialImpl::forward(x); }
};
TORCH_MODULE(Chain);

static Chain filter(int64_t from, int64_t to, int64_t side, Bend bend, int64_t step = 1, int64_t parts = 1, std::optional<int64_t> spread = {}) {
  const auto holes = spread.value_or(1);
  Chain chain(torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, side).stride(step).padding(side / 2 * holes).dilation(holes).groups(parts).bias(false)),
              torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(to).eps(1e-3).momentum(0.01)));
  switch (bend) {
    case Bend::Hard: chain->push_back(torch::nn::Functional(torch::hardswish)); break;
    case Bend::Relu: chain->push_back(torch::nn::ReLU(torch::nn::ReLUOptions().inplace(true))); break;
    case Bend::Straight: break;
  }
  return chain;
}

// x times something between 0 and 1 for each channel
struct GateImpl : torch::nn::Module {
  explicit GateImpl(int64_t channels) {
    for (bool opening : {false, true}) {
      const auto few = eights(channels / 4);
      (opening ? open : squeeze) = register_module(opening ? "open" : "squeeze", opening ? torch::nn::Conv2d(few, channels, 1) : torch::nn::Conv2d(channels, few, 1));
    }
  }
  torch::Tensor forward(torch::Tensor x) {
    auto s = squeeze(torch::adaptive_avg_pool2d(x, {1, 1}));
    return torch::hardsigmoid(open(torch::relu_(s))) * x;
  }
  torch::nn::Conv2d squeeze{nullptr}, open{nullptr};
};
TORCH_MODULE(Gate);

struct HardSwishByHandImpl : torch::nn::Module {
  torch::Tensor forward(const torch::Tensor& x) { return x * torch::relu6(x + 3).div_(6); }
};
TORCH_MODULE(HardSwishByHand);

class UnitImpl : public torch::nn::Module {
 public:
  UnitImpl(int64_t from, const Row& row, double width) : same_(row.step == 1 && from == eights(row.out * width)) {
    TORCH_CHECK(row.step == 1 || row.step == 2, "a step of ", row.step);
    const auto inner = eights(row.inner * width), to = eights(row.out * width);
    if (inner != from) steps_->push_back(filter(from, inner, 1, row.bend));
    steps_->push_back(filter(inner, inner, row.side, row.bend, row.step, inner));
    if (row.gated) steps_->push_back(Gate(inner));
    steps_->push_back(filter(inner, to, 1, Bend::Straight));
    register_module("steps", steps_);
  }
  torch::Tensor forward(torch::Tensor x) {
    auto y = steps_->forward(x);
    if (same_) y += x;
    return y;
  }

 private:
  bool same_;
  torch::nn::Sequential steps_;
};
TORCH_MODULE(Unit);

constexpr std::array<Row, 11> kSmall{{{3, 16, 16, true, Bend::Relu, 2}, {3, 72, 24, false, Bend::Relu, 2}, {3, 88, 24, false, Bend::Relu, 1}, {5, 96, 40, true, Bend::Hard, 2},
                                      {5, 240, 40, true, Bend::Hard, 1}, {5, 240, 40, true, Bend::Hard, 1}, {5, 120, 48, true, Bend::Hard, 1}, {5, 144, 48, true, Bend::Hard, 1},
                                      {5, 288, 96, true, Bend::Hard, 2}, {5, 576, 96, true, Bend::Hard, 1}, {5, 576, 96, true, Bend::Hard, 1}}};

class TableNetImpl : public torch::nn::Module {
 public:
  template <std::size_t N>
  TableNetImpl(const std::array<Row, N>& rows, double width, int64_t classes) {
    int64_t from = eights(16 * width);
    body->push_back(filter(3, from, 3, Bend::Hard, 2));
    for (const auto& row : rows) {
      body->push_back(Unit(from, row, width));
      from = eights(row.out * width);
    }
    body->push_back(filter(from, 6 * from, 1, Bend::Hard));
    register_module("body", body);
    const auto hidden = eights(1024 * width);
    head = register_module("head", torch::nn::Sequential(torch::nn::Linear(6 * from, hidden), HardSwishByHand(), torch::nn::Dropout(0.2), torch::nn::Linear(hidden, classes)));
    for (const auto& m : modules(false))
      if (auto* c = m->as<torch::nn::Conv2d>())
        if (c->bias.defined()) torch::nn::init::zeros_(c->bias);
  }
  torch::Tensor forward(torch::Tensor x) { return head->forward(torch::flatten(pool(body->forward(x)), 1)); }

 private:
  torch::nn::Sequential body, head{nullptr};
  torch::nn::AdaptiveAvgPool2d pool{1};
};
TORCH_MODULE(TableNet);

TableNet small(double width = 1.0, int64_t classes = 1000) { return TableNet(kSmall, width, classes); }

}  // namespace mobile
