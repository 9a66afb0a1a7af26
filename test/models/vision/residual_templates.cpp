// Residual networks of several kinds out of one class template; the kind of unit is a type, widths are arithmetic of its constants.
#include <torch/torch.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>

namespace residual {

namespace nn = torch::nn;

struct Shape {
  int64_t from, to, step = 1, cardinality = 1, per_group = 64;
};

nn::Conv2dOptions window(int64_t from, int64_t to, int64_t side, int64_t step = 1, int64_t parts = 1) {
  nn::Conv2dOptions o(from, to, side);
  o.stride(step).padding(side / 2);
  o.groups(parts);
  o.bias(false);
  return o;
}

/// What is added to the unit's answer: the input, or a projection of it where the shapes differ.
struct Bypass : nn::Module {
  nn::Sequential change{nullptr};
  Bypass(int64_t from, int64_t to, int64_t step) {
    if (from == to and step == 1) return;
    change = register_module("change", nn::Sequential(nn::Conv2d(window(from, to, 1, step)), nn::BatchNorm2d(to)));
  }
  torch::Tensor forward(torch::Tensor x) { return change.is_empty() ? x : change->forward(x); }
};

struct TwoStep : nn::Module {
  static const int64_t growth;
  nn::Conv2d wide, deep;
  nn::BatchNorm2d wide_norm, deep_norm;
  Bypass around;
  explicit TwoStep(const Shape& s)
      : wide(window(s.from, s.to, 3, s.step)), deep(window(s.to, s.to, 3)), wide_norm(s.to), deep_norm(s.to), around(s.from, s.to * growth, s.step) {
    if (s.cardinality != 1 || s.per_group != 64) {
      std::cerr << "this unit has no groups" << std::endl;
      exit(1);
    }
    register_module("wide", wide);
    register_module("wide_norm", wide_norm);
    register_module("deep", deep);
    register_module("deep_norm", deep_norm);
  }
  torch::Tensor forward(torch::Tensor x) {
    at::Tensor kept(x.clone());
    auto y = deep_norm->forward(deep->forward(torch::relu(wide_norm->forward(wide->forward(x)))));
    y += around.forward(kept);
    return torch::relu(y);
  }
};
const int64_t TwoStep::growth = 1;

struct ThreeStep : nn::Module {
  static constexpr int64_t growth = 4;
  nn::Sequential body;
  std::shared_ptr<Bypass> around;
  explicit ThreeStep(Shape s) {
    const auto inner = static_cast<int64_t>(s.to * (s.per_group / 64.)) * s.cardinality, outer = s.to * growth;
    const std::array<nn::Conv2dOptions, 3> steps{window(s.from, inner, 1), window(inner, inner, 3, s.step, s.cardinality), window(inner, outer, 1)};
    for (const auto& o : steps) {
      if (!body->is_empty()) body->push_back(nn::ReLU(true));
      body->push_back(nn::Conv2d(o));
      body->push_back(nn::BatchNorm2d(o.out_channels()));
    }
    register_module("body", body);
    around = register_module("around", std::make_shared<Bypass>(s.from, outer, s.step));
  }
  torch::Tensor forward(torch::Tensor x) {
    auto y = body->forward(x);
    return (y + around->forward(x)).relu_();
  }
};

template <class Unit>
class Network : public nn::Module {
 public:
  Network(torch::IntArrayRef repeats, int64_t classes = 1000, int64_t cardinality = 1, int64_t per_group = 64) : answer(512 * Unit::growth, classes) {
    begin = register_module("begin", nn::Sequential(nn::Conv2d(window(3, 64, 7, 2)), nn::BatchNorm2d(64), nn::ReLU(), nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2).padding(1))));
    int64_t width = 64, from = 64;
    for (auto n : repeats) {
      nn::Sequential level;
      for (int64_t k = 0; k != n; ++k) {
        level->push_back(Unit(Shape{from, width, k == 0 && width > 64 ? 2 : 1, cardinality, per_group}));
        from = width * Unit::growth;
      }
      levels.push_back(this->register_module("level" + std::to_string(levels.size()), level));
      width *= 2;
    }
    register_module("answer", answer);
    for (auto& m : modules(false)) {
      if (m->name() == "torch::nn::Conv2dImpl") {
        for (auto& p : m->parameters()) nn::init::xavier_normal_(p);
      } else if (m->name().find("BatchNorm") != std::string::npos) {
        for (auto& p : m->named_parameters()) nn::init::constant_(p.value(), p.key() == "weight" ? 1 : 0);
      }
    }
  }
  torch::Tensor forward(torch::Tensor x) {
    x = begin->forward(x);
    for (auto& level : levels) x = level->forward(x);
    x = torch::adaptive_avg_pool2d(x, {1, 1});
    return answer->forward(x.view({x.sizes()[0], -1}));
  }

 private:
  nn::Sequential begin{nullptr};
  std::vector<nn::Sequential> levels;
  nn::Linear answer;
};

Network<TwoStep> eighteen() {
  Network<TwoStep> net(torch::IntArrayRef{2, 2, 2, 2});
  return net;
}
Network<ThreeStep> fifty() { return Network<ThreeStep>(torch::IntArrayRef{3, 4, 6, 3}); }
Network<ThreeStep> fifty_in_groups() { return Network<ThreeStep>({3, 4, 6, 3}, 1000, 32, 4); }
std::shared_ptr<Network<ThreeStep>> fifty_wide(int64_t classes) {
  const std::array<int64_t, 4> repeats{3, 4, 6, 3};
  return std::make_shared<Network<ThreeStep>>(repeats, classes, 1, 2 * 64);
}

}  // namespace residual

int main(int argc, char** argv) {
  torch::Device where(torch::cuda::is_available() ? "cuda:0" : "cpu");
  auto net = residual::fifty();
  net.to(where);
  std::cout << net.forward(torch::rand({argc > 1 ? std::atoi(argv[1]) : 2, 3, 64, 64}, where)).sizes() << std::endl;
}
