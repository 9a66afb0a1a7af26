#include <torch/torch.h>
#include <algorithm>
#include <iostream>
#include <tuple>
#include <vector>

// A picture of a scene that is a function: places along rays go through a small network, its colours are laid over each other.

using torch::indexing::Slice;
using torch::indexing::None;
using torch::indexing::Ellipsis;
using torch::Tensor;

/// x, and waves of it, each twice as fast as the one before.
class Waves {
 public:
  explicit Waves(int octaves, bool doubling = true) {
    auto speed = doubling ? torch::pow(2.0, torch::linspace(0., octaves - 1, octaves)) : torch::linspace(1., std::pow(2., octaves - 1), octaves);
    for (int i = 0; i < speed.size(0); ++i) speeds_.push_back(speed[i].item<float>());
  }
  int width(int of = 3) const { return of * (1 + 2 * static_cast<int>(speeds_.size())); }
  Tensor operator()(const Tensor& x) const {
    std::vector<Tensor> parts{x};
    for (float s : speeds_)
      for (auto wave : {&torch::sin, &torch::cos}) parts.push_back((*wave)(x * s));
    return torch::cat(parts, -1);
  }

 private:
  std::vector<float> speeds_;
};

class Field : public torch::nn::Module {
 public:
  struct Plan {
    int depth = 4, width = 64;
    std::vector<int> reminded = {2};
    bool looks_matter = true;
  };

  Field(const Plan& plan, int place, int look) : plan_(plan), place_(place), look_(look) {
    int from = place;
    for (int i = 0; i < plan.depth; ++i) {
      layers_->push_back(torch::nn::Linear(from, plan.width));
      from = plan.width + (reminded(i) ? place : 0);
    }
    register_module("layers", layers_);
    density_ = register_module("density", torch::nn::Linear(from, 1));
    feature_ = register_module("feature", torch::nn::Linear(from, plan.width));
    if (plan.looks_matter) turn_ = register_module("turn", torch::nn::Linear(plan.width + look, plan.width / 2));
    colour_ = register_module("colour", torch::nn::Linear(plan.looks_matter ? plan.width / 2 : plan.width, 3));
  }

  Tensor forward(Tensor x) {
    auto parts = torch::split(x, at::IntArrayRef({place_, look_}), -1);
    auto h = parts[0];
    for (int i = 0; i < plan_.depth; ++i) {
      h = torch::relu(layers_->ptr(i)->as<torch::nn::LinearImpl>()->forward(h));
      if (reminded(i)) h = torch::cat({parts[0], h}, -1);
    }
    auto d = density_(h);
    h = feature_(h);
    if (plan_.looks_matter) h = torch::relu(turn_(torch::cat({h, parts[1]}, -1)));
    return torch::cat({colour_(h), d}, -1);
  }

 private:
  bool reminded(int layer) const { return std::count(plan_.reminded.begin(), plan_.reminded.end(), layer) > 0; }
  Plan plan_;
  int64_t place_, look_;
  torch::nn::ModuleList layers_;
  torch::nn::Linear density_{nullptr}, feature_{nullptr}, turn_{nullptr}, colour_{nullptr};
};

struct Rays {
  Tensor from, towards;
};

/// A ray through the middle of each pixel of a camera that stands as `pose` [4, 4] says.
Rays camera(int rows, int columns, double focus, const Tensor& pose) {
  auto lattice = torch::meshgrid({torch::arange(rows, torch::kFloat), torch::arange(columns, torch::kFloat)}, "ij");
  auto y = (rows * 0.5 - lattice[0]) / focus, x = (lattice[1] - columns * 0.5) / focus;
  auto local = torch::stack({x, y, -torch::ones_like(x)}, -1);
  auto towards = torch::sum(local.index({Ellipsis, None, Slice()}) * pose.index({Slice(None, 3), Slice(None, 3)}), -1);
  return {pose.index({Slice(None, 3), -1}).expand(towards.sizes()), towards};
}

struct Shot {
  Tensor colour, depth, cover, nearness, share;
};

/// Lays samples [rays, n, 4] over each other, the nearest first.
Shot overlay(const Tensor& samples, const Tensor& at, const Tensor& towards, bool white = false) {
  auto gap = at.index({Ellipsis, Slice(1, None)}) - at.index({Ellipsis, Slice(None, -1)});
  gap = torch::cat({gap, torch::full({1}, 1e10).expand({gap.size(0), 1})}, -1) * towards.unsqueeze(1).norm(2, -1);
  auto stopped = 1. - torch::exp(-torch::relu(samples.select(-1, 3)) * gap);
  auto passed = torch::cumprod(1. - stopped + 1e-10, -1).roll(1, -1);
  passed.index_put_({Ellipsis, 0}, 1.);
  Shot s;
  s.share = stopped * passed;
  s.colour = torch::sum(s.share.unsqueeze(-1) * torch::sigmoid(samples.index({Ellipsis, Slice(None, 3)})), -2);
  s.depth = torch::sum(s.share * at, -1);
  s.cover = s.share.sum(-1);
  s.nearness = torch::reciprocal(torch::maximum(torch::full_like(s.depth, 1e-10), s.depth / s.cover));
  if (white) s.colour = s.colour + (1. - s.cover.unsqueeze(-1));
  return s;
}

class Viewer {
 public:
  Viewer() : place_(10), look_(4), field_(Field::Plan{}, place_.width(), look_.width()) { field_.eval(); }

  std::vector<Tensor> picture(int rows, int columns, double focus, const Tensor& pose, int64_t at_once = 64, int samples = 16) {
    auto [from, towards] = camera(rows, columns, focus, pose);
    from = from.reshape({-1, 3});
    towards = towards.reshape({-1, 3});
    std::vector<Tensor> colours, depths;
    for (int64_t i = 0; i < from.size(0); i += at_once) {
      const auto end = std::min(i + at_once, from.size(0));
      auto shot = march(from.slice(0, i, end), towards.slice(0, i, end), 2., 6., samples);
      colours.push_back(shot.colour);
      depths.push_back(shot.depth);
    }
    return {torch::cat(colours, 0).view({rows, columns, 3}), torch::cat(depths).view({rows, columns})};
  }

 private:
  Shot march(const Tensor& from, const Tensor& towards, double near, double far, int n) {
    auto at = torch::linspace(near, far, n).expand({from.size(0), n});
    auto points = from.unsqueeze(1) + towards.unsqueeze(1) * at.unsqueeze(2);
    auto look = (towards / towards.norm(2, -1, true)).unsqueeze(1).expand(points.sizes());
    auto seen = field_.forward(torch::cat({place_(points.view({-1, 3})), look_(look.reshape({-1, 3}))}, -1));
    return overlay(seen.view({points.size(0), points.size(1), 4}), at, towards);
  }
  Waves place_, look_;
  Field field_;
};

int main() {
  Viewer viewer;
  torch::NoGradGuard no_grad;
  auto parts = viewer.picture(20, 20, 25., torch::eye(4));
  std::cout << parts[0].sizes() << " " << parts[1].sizes() << std::endl;
}
