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

// A function with a derivative of its own leaves values in the context.
struct Scaled : torch::autograd::Function<Scaled> {
  static torch::Tensor forward(torch::autograd::AutogradContext* ctx, torch::Tensor x, torch::Tensor bias, double slope) {
    auto y = F::leaky_relu(x + bias, F::LeakyReLUFuncOptions().negative_slope(slope)) * std::sqrt(2.0);  // [[2 6]] [[2 6]] [[2 6]]
    ctx->save_for_backward({y});
    ctx->saved_data["slope"] = slope;
    ctx->saved_data["rows"] = x.size(0);
    return y.sum(ctx->saved_data["rows"].toInt() - 1);  // [[2]]
  }
  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* ctx, torch::autograd::tensor_list given) {
    auto y = ctx->get_saved_variables()[0];
    auto g = given[0].unsqueeze(1) * torch::where(y > 0, torch::ones_like(y), torch::full_like(y, ctx->saved_data["slope"].toDouble()));
    return {g, g.sum(0), torch::Tensor()};
  }
};
torch::Tensor scaled(torch::Tensor x, torch::Tensor bias) { return Scaled::apply(x, bias, 0.2); }

// cobra: auto x = torch::randn({2, 6}); auto bias = torch::zeros({6}); scaled(x, bias);
