#include <torch/torch.h>

#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace models {

// 'M' is a max pooling, a number is a 3x3 convolution
static const std::map<std::string, std::string> kCfgs = {
    {"A", "64 M 128 M 256 256 M 512 512 M 512 512 M"},
    {"B", "64 64 M 128 128 M 256 256 M 512 512 M 512 512 M"},
    {"D", "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M"},
    {"E", "64 64 M 128 128 M 256 256 256 256 M 512 512 512 512 M 512 512 512 512 M"},
};

std::vector<std::string> split(const std::string& s, char delim = ' ') {
  std::vector<std::string> elems;
  std::stringstream ss(s);
  std::string item;
  while (std::getline(ss, item, delim)) {
    if (!item.empty()) elems.push_back(item);
  }
  return elems;
}

torch::nn::Sequential make_layers(const std::string& cfg, bool batch_norm) {
  torch::nn::Sequential seq;
  int in_channels = 3;
  for (const auto& v : split(cfg)) {
    if (v == "M") {
      seq->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(2).stride(2)));
    } else {
      int c = std::stoi(v);
      seq->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(in_channels, c, 3).padding(1)));
      if (batch_norm) seq->push_back(torch::nn::BatchNorm2d(c));
      seq->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
      in_channels = c;
    }
  }
  return seq;
}

class VGGImpl : public torch::nn::Module {
 public:
  explicit VGGImpl(const std::string& name, bool batch_norm = true, int64_t num_classes = 1000, bool init_weights = true) {
    auto it = kCfgs.find(name);
    if (it == kCfgs.end()) throw std::invalid_argument("unknown VGG configuration: " + name);
    features_ = register_module("features", make_layers(it->second, batch_norm));
    avgpool_ = register_module("avgpool", torch::nn::AdaptiveAvgPool2d(torch::nn::AdaptiveAvgPool2dOptions({7, 7})));
    classifier_ = register_module(
        "classifier",
        torch::nn::Sequential(torch::nn::Linear(512 * 7 * 7, 256), torch::nn::Functional(torch::relu), torch::nn::Dropout(),
                              torch::nn::Linear(256, 256), torch::nn::Functional(torch::relu), torch::nn::Dropout(),
                              torch::nn::Linear(256, num_classes)));
    if (init_weights) initialize();
  }

  torch::Tensor forward(const torch::Tensor& input) {
    auto x = features_->forward(input);
    x = avgpool_(x);
    x = torch::flatten(x, 1);
    return classifier_->forward(x);
  }

 private:
  void initialize() {
    for (auto& m : modules(/*include_self=*/false)) {
      if (auto* conv = m->as<torch::nn::Conv2dImpl>()) {
        torch::nn::init::kaiming_normal_(conv->weight, 0, torch::kFanOut, torch::kReLU);
        torch::nn::init::constant_(conv->bias, 0);
      } else if (auto* bn = m->as<torch::nn::BatchNorm2dImpl>()) {
        torch::nn::init::constant_(bn->weight, 1);
        torch::nn::init::constant_(bn->bias, 0);
      } else if (auto* fc = m->as<torch::nn::LinearImpl>()) {
        torch::nn::init::normal_(fc->weight, 0, 0.01);
        torch::nn::init::constant_(fc->bias, 0);
      }
    }
  }

  torch::nn::Sequential features_{nullptr};
  torch::nn::AdaptiveAvgPool2d avgpool_{nullptr};
  torch::nn::Sequential classifier_{nullptr};
};
TORCH_MODULE(VGG);

VGG vgg(const std::string& arch, int64_t num_classes) {
  const bool bn = arch.size() > 3 && arch.substr(arch.size() - 3) == "_bn";
  static const std::map<std::string, std::string> letters = {{"vgg11", "A"}, {"vgg13", "B"}, {"vgg16", "D"}, {"vgg19", "E"}};
  return VGG(letters.at(arch.substr(0, 5)), bn, num_classes);
}

}  // namespace models

int main() {
  try {
    auto net = models::vgg("vgg13_bn", 100);
    net->eval();
    torch::NoGradGuard no_grad;
    auto out = net->forward(torch::rand({1, 3, 64, 64}));
    std::cout << out.sizes() << std::endl;
    std::cout << "top: " << out.argmax(1).item<int64_t>() << "\n";
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
    return 1;
  }
}
