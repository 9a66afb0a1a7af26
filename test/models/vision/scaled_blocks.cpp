// Inverted bottlenecks described by short texts, widened and deepened by two factors; paddings are worked out for the image size at hand.
#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <sstream>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace scaled {

struct Scale {
  double width = 1, depth = 1;
  int image = 224;
  double forget = 0.2, survive = 0.8;
};

struct Plan {
  int times = 1, side = 3, step = 1, expand = 1, from = 0, to = 0;
  double gate = 0;
};

/// "2x k3 /2 *6 16>24 g.25"
Plan read(const std::string& text) {
  Plan plan;
  std::stringstream words(text);
  for (std::string word; words >> word;) {
    switch (word.front()) {
      case 'k': plan.side = std::stoi(word.substr(1)); break;
      case '/': plan.step = word[1] - '0'; break;
      case '*': plan.expand = std::atoi(word.c_str() + 1); break;
      case 'g': plan.gate = std::stod(word.substr(1)); break;
      default: {
        const auto arrow = word.find('>');
        if (word.back() == 'x') plan.times = std::stoi(word);
        else if (arrow == std::string::npos) throw std::invalid_argument("what is " + word);
        else {
          plan.from = std::stoi(word.substr(0, arrow));
          plan.to = std::stoi(word.substr(arrow + 1));
        }
      }
    }
  }
  return plan;
}

int widened(int channels, const Scale& scale) {
  const double exact = channels * scale.width;
  const int near = std::max(8, static_cast<int>(std::lround(exact / 8)) * 8);
  return near < exact * 0.9 ? near + 8 : near;
}

class FittedConvImpl : public torch::nn::Module {
 public:
  /// Makes the output as large as the input divided by the step, rounded up.
  FittedConvImpl(int from, int to, int side, int step, int image, int parts = 1, bool bias = false) {
    conv = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, side).stride(step).groups(parts).bias(bias)));
    const int out = std::ceil(float(image) / step), missing = std::max(0, (out - 1) * step + side - image);
    if (missing > 0) {
      const int64_t before = missing / 2, after = missing - before;
      pad = register_module("pad", torch::nn::ZeroPad2d(torch::nn::ZeroPad2dOptions({before, after, before, after})));
    }
  }
  torch::Tensor forward(const torch::Tensor& x) { return conv->forward(pad.is_empty() ? x : pad->forward(x)); }

 private:
  torch::nn::Conv2d conv{nullptr};
  torch::nn::ZeroPad2d pad{nullptr};
};
TORCH_MODULE(FittedConv);

torch::nn::BatchNorm2d norm(int channels) { return torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(channels).momentum(0.01).eps(1e-3)); }
torch::Tensor swish(const torch::Tensor& x) { return torch::sigmoid(x) * x; }

class UnitImpl : public torch::nn::Module {
 public:
  UnitImpl(Plan p, int image, double survive) : plan(p), survive_(survive) {
    const int inner = p.from * p.expand, later = (image + p.step - 1) / p.step;
    if (p.expand != 1) add("widen", FittedConv(p.from, inner, 1, 1, image), inner);
    add("look", FittedConv(inner, inner, p.side, p.step, image, inner), inner);
    if (p.gate > 0) {
      const int few = std::max(1, static_cast<int>(p.from * p.gate));
      squeeze = register_module("squeeze", FittedConv(inner, few, 1, 1, 1, 1, true));
      excite = register_module("excite", FittedConv(few, inner, 1, 1, 1, 1, true));
    }
    add("narrow", FittedConv(inner, p.to, 1, 1, later), p.to);
  }
  torch::Tensor forward(torch::Tensor x) {
    auto y = x;
    for (size_t i = 0; i < steps.size(); ++i) {
      const bool last = i + 1 == steps.size();
      if (last && squeeze) y = torch::sigmoid(excite(swish(squeeze(y.mean({2, 3}, true))))) * y;
      y = steps[i].second(steps[i].first(y));
      if (!last) y = swish(y);
    }
    if (plan.step != 1 || plan.from != plan.to) return y;
    if (is_training() && survive_ < 1) y = y / survive_ * torch::floor(survive_ + torch::rand({x.size(0), 1, 1, 1}, x.options()));
    return y + x;
  }

 private:
  void add(const std::string& name, FittedConv conv, int channels) {
    steps.emplace_back(register_module(name, conv), register_module(name + "_norm", norm(channels)));
  }
  Plan plan;
  double survive_;
  std::vector<std::pair<FittedConv, torch::nn::BatchNorm2d>> steps;
  FittedConv squeeze{nullptr}, excite{nullptr};
};
TORCH_MODULE(Unit);

class NetImpl : public torch::nn::Module {
 public:
  NetImpl(const std::vector<std::string>& plans, const Scale& scale, int classes) {
    int image = scale.image, last = widened(32, scale);
    auto begin = [&](const char* name, int from, int to, int side, int step) {
      auto conv = register_module(name, FittedConv(from, to, side, step, image));
      image = static_cast<int>(std::ceil(image / double(step)));
      return std::make_pair(conv, register_module(std::string(name) + "_norm", norm(to)));
    };
    std::tie(first, first_norm) = begin("first", 3, last, 3, 2);
    std::vector<Plan> all;
    for (const auto& text : plans) {
      Plan p = read(text);
      p.from = widened(p.from, scale), p.to = widened(p.to, scale);
      const int times = std::ceil(scale.depth * p.times);
      for (int i = 0; i < times; ++i, p.from = p.to, p.step = 1) all.push_back(p);
    }
    for (size_t i = 0; i < all.size(); ++i) {
      units->push_back(Unit(all[i], image, 1 - (1 - scale.survive) * i / all.size()));
      image = (image + all[i].step - 1) / all[i].step;
    }
    register_module("units", units);
    const int wide = widened(1280, scale);
    std::tie(wider, wider_norm) = begin("wider", all.back().to, wide, 1, 1);
    end = register_module("end", torch::nn::Sequential(torch::nn::Dropout(scale.forget), torch::nn::Linear(wide, classes)));
  }
  torch::Tensor forward(torch::Tensor x) {
    x = swish(first_norm(first(x)));
    for (auto& unit : *units) x = unit->as<UnitImpl>()->forward(x);
    x = swish(wider_norm(wider(x)));
    return end->forward(torch::adaptive_avg_pool2d(x, {1, 1}).view({x.size(0), -1}));
  }

 private:
  FittedConv first{nullptr}, wider{nullptr};
  torch::nn::BatchNorm2d first_norm{nullptr}, wider_norm{nullptr};
  torch::nn::ModuleList units;
  torch::nn::Sequential end{nullptr};
};
TORCH_MODULE(Net);

const std::unordered_map<std::string, Scale> kScales{{"b0", {1.0, 1.0, 224, 0.2}}, {"b1", {1.0, 1.1, 240, 0.2}}, {"b2", {1.1, 1.2, 260, 0.3}}};

Net make(const std::string& name, int classes = 1000) {
  return Net(std::vector<std::string>{"1x k3 /1 *1 32>16 g.25", "2x k3 /2 *6 16>24 g.25", "2x k5 /2 *6 24>40 g.25", "3x k3 /2 *6 40>80 g.25", "3x k5 /1 *6 80>112 g.25",
                                      "4x k5 /2 *6 112>192 g.25", "1x k3 /1 *6 192>320 g.25"},
             kScales.at(name), classes);
}

}  // namespace scaled

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "b1";
  auto net = scaled::make(name);
  net->eval();
  const int size = scaled::kScales.at(name).image;
  std::cout << name << ": " << net(torch::randn({1, 3, size, size})).sizes() << std::endl;
}
