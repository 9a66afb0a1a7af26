// Training mode, functional layers, losses: what an entry that calls train() runs.
#include <torch/torch.h>

namespace F = torch::nn::functional;
namespace nn = torch::nn;

struct Training : nn::Module {
  Training() {
    register_module("conv", conv);
    register_module("norm", norm);
    register_module("fc", fc);
  }
  torch::Tensor forward(torch::Tensor x, torch::Tensor target) {
    x = norm(conv(x));                                             // [[4 6 12 12]]
    x = F::leaky_relu(x, F::LeakyReLUFuncOptions().negative_slope(0.2));
    x = F::max_pool2d(x, F::MaxPool2dFuncOptions(2));              // [[4 6 6 6]]
    x = F::dropout(x, F::DropoutFuncOptions().p(0.3).training(is_training()));
    x = F::interpolate(x, F::InterpolateFuncOptions().scale_factor(std::vector<double>{2, 2}).mode(torch::kNearest)); // [[4 6 12 12]]
    x = F::adaptive_avg_pool2d(x, F::AdaptiveAvgPool2dFuncOptions({2, 3})).flatten(1); // [[4 6 2 3]] [[4 36]]
    x = fc(F::normalize(x, F::NormalizeFuncOptions().p(2).dim(1)));
    auto loss = F::cross_entropy(x, target);                       // [[]]
    auto extra = F::mse_loss(torch::sigmoid(x), torch::one_hot(target, 5).to(torch::kFloat)) + nn::L1Loss()(x, torch::zeros_like(x));
    return loss + 0.5 * extra;
  }
  nn::Conv2d conv{nn::Conv2dOptions(3, 6, 3).dilation(1).bias(false)};
  nn::BatchNorm2d norm{6};
  nn::Linear fc{36, 5};
};

// cobra: Training net; net.train(); auto x = torch::randn({4, 3, 14, 14}); auto t = torch::randint(0, 5, {4}, torch::kLong); net.forward(x, t);
