#include <torch/torch.h>
#include <cmath>
#include <deque>
#include <iostream>
#include <memory>

// WaveNet: causal dilated convolutions, gated units, mu-law coding.

class CausalConv1d : public torch::nn::Module {
  int64_t pad_;
  torch::nn::Conv1d conv_;

public:
  CausalConv1d(int in, int out, int kernel, int dilation = 1)
      : pad_((kernel - 1) * dilation),
        conv_(register_module("conv", torch::nn::Conv1d(torch::nn::Conv1dOptions(in, out, kernel).dilation(dilation).padding(pad_)))) {}
  torch::Tensor forward(const torch::Tensor &x) {
    auto y = conv_->forward(x);
    return pad_ ? y.slice(2, 0, -pad_) : y;
  }
};

class ResidualLayer : public torch::nn::Module {
  std::unique_ptr<int> unused_;
  std::shared_ptr<CausalConv1d> filter, gate;
  torch::nn::Conv1d residual{nullptr}, skip{nullptr};

public:
  ResidualLayer(int residual_size, int skip_size, int dilation) {
    filter = register_module("filter", std::make_shared<CausalConv1d>(residual_size, residual_size, 2, dilation));
    gate = register_module("gate", std::make_shared<CausalConv1d>(residual_size, residual_size, 2, dilation));
    residual = register_module("residual", torch::nn::Conv1d(residual_size, residual_size, 1));
    skip = register_module("skip", torch::nn::Conv1d(residual_size, skip_size, 1));
  }
  std::tuple<torch::Tensor, torch::Tensor> forward(torch::Tensor x) {
    auto out = torch::tanh(filter->forward(x)).mul_(torch::sigmoid(gate->forward(x)));
    return {residual->forward(out) + x, skip->forward(out)};
  }
};

std::deque<int> dilations(int stack, int layers) {
  std::deque<int> result;
  for (int s = 0; s < stack; ++s)
    for (int l = 0; l < layers; ++l) result.push_back(1 << l);
  return result;
}

class WaveNet : public torch::nn::Module {
public:
  WaveNet(int in, int out, int res, int skip, int stack, int layers) : receptive_field(1) {
    causal = register_module("causal", std::make_shared<CausalConv1d>(in, res, 2));
    int n = 0;
    for (int d : dilations(stack, layers)) {
      blocks.emplace_back(new ResidualLayer(res, skip, d));
      register_module("block" + std::to_string(n++), blocks.back());
      receptive_field += d;
    }
    end1 = register_module("end1", torch::nn::Conv1d(skip, skip, 1));
    end2 = register_module("end2", torch::nn::Conv1d(skip, out, 1));
  }
  torch::Tensor forward(torch::Tensor x) {
    x = causal->forward(x);
    torch::Tensor total;
    for (auto &b : blocks) {
      torch::Tensor s;
      std::tie(x, s) = b->forward(x);
      total = total.defined() ? total + s : s;
    }
    total.relu_();
    total = torch::relu(end1->forward(total));
    return end2->forward(total);
  }
  int receptive_field;

private:
  std::shared_ptr<CausalConv1d> causal;
  std::vector<std::shared_ptr<ResidualLayer>> blocks;
  torch::nn::Conv1d end1{nullptr}, end2{nullptr};
};

torch::Tensor mu_law_encode(torch::Tensor audio, int channels = 256) {
  double mu = channels - 1;
  auto safe = torch::clamp(torch::abs(audio), c10::nullopt, 1.0);
  auto magnitude = torch::log1p(mu * safe) / std::log1p(mu);
  auto signal = torch::sign(audio) * magnitude;
  return ((signal + 1) / 2 * mu + 0.5).to(torch::kInt64);
}

torch::Tensor run(WaveNet &net, torch::Tensor audio) {
  auto codes = mu_law_encode(audio, 32);
  auto input = torch::nn::functional::one_hot(codes, 32).permute({0, 2, 1}).to(torch::kFloat32);
  auto logits = net.forward(input.slice(2, 0, -1));
  return torch::nn::functional::cross_entropy(logits, codes.slice(1, 1));
}

int main() {
  WaveNet net(32, 32, 16, 24, 2, 5);
  std::cout << "receptive field: " << net.receptive_field << std::endl;
  torch::optim::Adam opt(net.parameters(), 1e-3);
  auto t = torch::linspace(0, 1, 400);
  auto audio = torch::sin(2 * M_PI * 5 * t).unsqueeze(0);
  for (int i = 0; i < 5; ++i) {
    opt.zero_grad();
    auto loss = run(net, audio);
    loss.backward();
    opt.step();
    std::cout << loss.item<float>() << std::endl;
  }
}
// cobra: WaveNet net(32, 32, 8, 12, 2, 3); net.eval(); auto audio = torch::rand({2, 32, 49}); net.forward(audio);
