// U-Net: skips kept in a vector on the way down, padded and concatenated on the way up.
#include <torch/torch.h>

#include <iostream>
#include <string>
#include <vector>

namespace F = torch::nn::functional;

class DoubleConvImpl : public torch::nn::Module {
public:
  DoubleConvImpl(int in_channels, int out_channels) {
    net->push_back("conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(in_channels, out_channels, 3).padding(1).bias(false)));
    net->push_back("bn1", torch::nn::BatchNorm2d(out_channels));
    net->push_back("act1", torch::nn::ReLU());
    net->push_back("conv2", torch::nn::Conv2d(torch::nn::Conv2dOptions(out_channels, out_channels, 3).padding(1).bias(false)));
    net->push_back("bn2", torch::nn::BatchNorm2d(out_channels));
    net->push_back("act2", torch::nn::ReLU());
    net = register_module("net", net);
  }
  torch::Tensor forward(const torch::Tensor& x) { return net->forward(x); }

private:
  torch::nn::Sequential net;
};
TORCH_MODULE(DoubleConv);

class UpImpl : public torch::nn::Module {
public:
  explicit UpImpl(int channels)
      : up(torch::nn::ConvTranspose2dOptions(channels, channels / 2, 2).stride(2)), conv(channels, channels / 2) {
    register_module("up", up);
    register_module("conv", conv);
  }
  torch::Tensor forward(torch::Tensor x, const torch::Tensor& skip) {
    x = up(x);
    const auto dy = skip.size(2) - x.size(2), dx = skip.size(3) - x.size(3);
    if (dy != 0 || dx != 0)
      x = F::pad(x, F::PadFuncOptions({dx / 2, dx - dx / 2, dy / 2, dy - dy / 2}));
    return conv(torch::cat({skip, x}, 1));
  }

private:
  torch::nn::ConvTranspose2d up;
  DoubleConv conv;
};
TORCH_MODULE(Up);

class UNetImpl : public torch::nn::Module {
public:
  UNetImpl(int in_channels, int classes, int width = 32, int depth = 4)
      : head(torch::nn::Conv2dOptions(width, classes, 1)) {
    for (int i = 0; i <= depth; i++) {
      down.push_back(register_module("down" + std::to_string(i), DoubleConv(i == 0 ? in_channels : width << (i - 1), width << i)));
    }
    for (int i = depth; i > 0; --i)
      up.push_back(register_module("up" + std::to_string(i), Up(width << i)));
    register_module("head", head);
  }

  torch::Tensor forward(torch::Tensor x) {
    std::vector<torch::Tensor> skips;
    for (size_t i = 0; i + 1 < down.size(); ++i) {
      x = down[i]->forward(x);
      skips.push_back(x);
      x = torch::max_pool2d(x, 2);
    }
    x = down.back()->forward(x);
    for (auto& step : up) {
      x = step->forward(x, skips.back());
      skips.pop_back();
    }
    return torch::sigmoid(head(x));
  }

private:
  std::vector<DoubleConv> down;
  std::vector<Up> up;
  torch::nn::Conv2d head;
};
TORCH_MODULE(UNet);

int main() {
  torch::NoGradGuard no_grad;
  UNet net(3, 2);
  net->eval();
  auto mask = net->forward(torch::randn({1, 3, 250, 316}));
  std::cout << mask.sizes() << std::endl;
}
