// VGG-11/13/16/19: a table of widths, a helper that turns a row of it into layers.
#include <torch/torch.h>

#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace nn = torch::nn;

namespace {

constexpr int64_t M = -1; // a max pool

const std::map<std::string, std::vector<int64_t>> configurations = {
    {"vgg11", {64, M, 128, M, 256, 256, M, 512, 512, M, 512, 512, M}},
    {"vgg13", {64, 64, M, 128, 128, M, 256, 256, M, 512, 512, M, 512, 512, M}},
    {"vgg16", {64, 64, M, 128, 128, M, 256, 256, 256, M, 512, 512, 512, M, 512, 512, 512, M}},
    {"vgg19", {64, 64, M, 128, 128, M, 256, 256, 256, 256, M, 512, 512, 512, 512, M, 512, 512, 512, 512, M}},
};

nn::Sequential make_layers(const std::vector<int64_t>& configuration, bool batch_norm) {
  nn::Sequential layers;
  int64_t channels = 3;
  for (const auto width : configuration) {
    if (width == M) {
      layers->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(2).stride(2)));
      continue;
    }
    layers->push_back(nn::Conv2d(nn::Conv2dOptions(channels, width, 3).padding(1)));
    if (batch_norm)
      layers->push_back(nn::BatchNorm2d(width));
    layers->push_back(nn::Functional(torch::relu));
    channels = width;
  }
  return layers;
}

} // namespace

struct VGGImpl : nn::Module {
  VGGImpl(const std::string& name, bool batch_norm, int64_t num_classes = 1000)
      : features(register_module("features", make_layers(configurations.at(name), batch_norm))),
        classifier(register_module(
            "classifier",
            nn::Sequential(nn::Linear(512 * 7 * 7, 4096), nn::Functional(torch::relu), nn::Dropout(),
                           nn::Linear(4096, 4096), nn::Functional(torch::relu), nn::Dropout(),
                           nn::Linear(4096, num_classes)))) {}

  torch::Tensor forward(const torch::Tensor& input) {
    auto x = features->forward(input);
    x = torch::adaptive_avg_pool2d(x, {7, 7});
    return classifier->forward(x.view({x.size(0), -1}));
  }

  nn::Sequential features, classifier;
};
TORCH_MODULE(VGG);

// cobra: VGG net("vgg16", true); net->eval(); auto x = torch::randn({1, 3, 224, 224}); net->forward(x);

int main(int argc, char** argv) {
  torch::NoGradGuard no_grad;
  VGG net(argc > 1 ? argv[1] : "vgg11", false);
  net->eval();
  std::cout << net->forward(torch::randn({2, 3, 224, 224})).sizes() << '\n';
}
