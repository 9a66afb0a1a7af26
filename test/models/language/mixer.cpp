#include <torch/torch.h>
#include <iostream>
#include <functional>

// MLP-Mixer with nn::Functional for the transposes

torch::nn::Sequential mlp_block(int dim, int hidden, float dropout)
{
  return torch::nn::Sequential(torch::nn::Linear(dim, hidden), torch::nn::GELU(), torch::nn::Dropout(dropout),
                               torch::nn::Linear(hidden, dim), torch::nn::Dropout(dropout));
}

class MixerBlock : public torch::nn::Module
{
public:
  MixerBlock(int tokens, int channels, int token_hidden, int channel_hidden, float dropout = 0.f)
  {
    token_mix->push_back(torch::nn::LayerNorm(torch::nn::LayerNormOptions({channels})));
    token_mix->push_back(torch::nn::Functional([](torch::Tensor x) { return x.transpose(1, 2); }));
    token_mix->extend(*mlp_block(tokens, token_hidden, dropout));
    token_mix->push_back(torch::nn::Functional(static_cast<torch::Tensor (*)(const torch::Tensor&, int64_t, int64_t)>(torch::transpose), 1, 2));
    channel_mix->push_back(torch::nn::LayerNorm(torch::nn::LayerNormOptions({channels})));
    auto block = mlp_block(channels, channel_hidden, dropout);
    for (auto &m : *block)
      channel_mix->push_back(m);
    register_module("token_mix", token_mix);
    register_module("channel_mix", channel_mix);
  }

  torch::Tensor forward(torch::Tensor x)
  {
    x = x + token_mix->forward(x);
    x = x + channel_mix->forward(x);
    return x;
  }

private:
  torch::nn::Sequential token_mix, channel_mix;
};

class MLPMixer : public torch::nn::Module
{
public:
  MLPMixer(int image, int patch, int channels, int classes, int depth, int token_hidden, int channel_hidden)
  {
    TORCH_CHECK(image % patch == 0, "bad patch size");
    int side = image / patch;
    stem = register_module("stem", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, channels, patch).stride(patch)));
    for (int i = 0; i < depth; ++i)
    {
      mixers.push_back(std::make_shared<MixerBlock>(side * side, channels, token_hidden, channel_hidden));
      register_module("mixer_" + std::to_string(i), mixers.back());
    }
    norm = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({channels})));
    head = register_module("head", torch::nn::Linear(channels, classes));
  }

  torch::Tensor forward(torch::Tensor x)
  {
    x = stem->forward(x);
    x = x.view({x.size(0), x.size(1), -1}).permute({0, 2, 1});
    for (auto &m : mixers)
      x = m->forward(x);
    x = norm->forward(x);
    x = x.mean(1);
    return torch::log_softmax(head->forward(x), 1);
  }

private:
  torch::nn::Conv2d stem{nullptr};
  std::vector<std::shared_ptr<MixerBlock>> mixers;
  torch::nn::LayerNorm norm{nullptr};
  torch::nn::Linear head{nullptr};
};

// cobra: MLPMixer net(32, 8, 24, 10, 2, 12, 48); net.eval(); auto x = torch::randn({2, 3, 32, 32}); net.forward(x);
int main()
{
  auto net = std::make_shared<MLPMixer>(32, 4, 128, 10, 8, 64, 512);
  torch::optim::AdamW optimizer(net->parameters(), torch::optim::AdamWOptions(1e-3).weight_decay(1e-4));
  const int epochs = 2;
  for (int epoch = 1; epoch <= epochs; ++epoch)
  {
    auto data = torch::rand({16, 3, 32, 32});
    auto target = torch::randint(10, {16}, torch::kLong);
    optimizer.zero_grad();
    auto output = net->forward(data);
    auto loss = torch::nll_loss(output, target);
    loss.backward();
    optimizer.step();
    std::cout << "epoch " << epoch << " loss " << loss.item<float>() << std::endl;
  }
}
