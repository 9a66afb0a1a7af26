// A DCGAN generator: transposed convolutions registered in the initializer list, the device chosen at run time.
#include <torch/torch.h>

#include <iostream>

namespace {
torch::nn::ConvTranspose2dOptions up(int64_t in, int64_t out, int64_t stride, int64_t padding) {
  return torch::nn::ConvTranspose2dOptions(in, out, 4).stride(stride).padding(padding).bias(false);
}
} // namespace

struct GeneratorImpl : torch::nn::Module {
  static constexpr int64_t kWidth = 64;

  explicit GeneratorImpl(int64_t noise_size, int64_t channels = 3)
      : conv1(register_module("conv1", torch::nn::ConvTranspose2d(up(noise_size, kWidth * 8, 1, 0)))),
        bn1(register_module("bn1", torch::nn::BatchNorm2d(kWidth * 8))),
        conv2(register_module("conv2", torch::nn::ConvTranspose2d(up(kWidth * 8, kWidth * 4, 2, 1)))),
        bn2(register_module("bn2", torch::nn::BatchNorm2d(kWidth * 4))),
        conv3(register_module("conv3", torch::nn::ConvTranspose2d(up(kWidth * 4, kWidth * 2, 2, 1)))),
        bn3(register_module("bn3", torch::nn::BatchNorm2d(kWidth * 2))),
        conv4(register_module("conv4", torch::nn::ConvTranspose2d(up(kWidth * 2, kWidth, 2, 1)))),
        bn4(register_module("bn4", torch::nn::BatchNorm2d(kWidth))),
        conv5(register_module("conv5", torch::nn::ConvTranspose2d(up(kWidth, channels, 2, 1)))) {
    apply(initialize);
  }

  torch::Tensor forward(torch::Tensor z) {
    z = bn1(conv1(z)).relu_();
    z = bn2(conv2(z)).relu_();
    z = torch::leaky_relu(bn3(conv3(z)), 0.2);
    z = bn4(conv4(z)).relu();
    return conv5(z).tanh();
  }

  torch::nn::ConvTranspose2d conv1;
  torch::nn::BatchNorm2d bn1;
  torch::nn::ConvTranspose2d conv2;
  torch::nn::BatchNorm2d bn2;
  torch::nn::ConvTranspose2d conv3;
  torch::nn::BatchNorm2d bn3;
  torch::nn::ConvTranspose2d conv4;
  torch::nn::BatchNorm2d bn4;
  torch::nn::ConvTranspose2d conv5;

private:
  static void initialize(torch::nn::Module& module) {
    torch::NoGradGuard no_grad;
    if (auto* layer = module.as<torch::nn::ConvTranspose2d>()) {
      layer->weight.normal_(0.0, 0.02);
    } else if (auto* norm = module.as<torch::nn::BatchNorm2d>()) {
      norm->weight.normal_(1.0, 0.02);
      norm->bias.zero_();
    }
  }
};
TORCH_MODULE(Generator);

int main() {
  torch::Device device(torch::kCPU);
  if (torch::cuda::is_available()) device = torch::Device(torch::kCUDA);

  Generator generator(100);
  generator->to(device);
  generator->eval();
  torch::NoGradGuard no_grad;
  auto fake = generator->forward(torch::randn({16, 100, 1, 1}, device));
  std::cout << fake.sizes() << '\n';
}
