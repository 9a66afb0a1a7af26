// Text classification with nn::TransformerEncoder and a sinusoidal position table.
#include <torch/torch.h>

#include <cmath>
#include <iostream>

using torch::indexing::None;
using torch::indexing::Slice;

struct PositionalEncodingImpl : torch::nn::Module {
  PositionalEncodingImpl(int64_t width, double rate, int64_t longest = 512) : dropout(rate) {
    auto position = torch::arange(longest, torch::kFloat32).unsqueeze(1);
    auto frequency = torch::exp(torch::arange(0, width, 2, torch::kFloat32) * (-std::log(10000.0) / width));
    auto table = torch::zeros({longest, width});
    table.index_put_({Slice(), Slice(0, None, 2)}, torch::sin(position * frequency));
    table.index_put_({Slice(), Slice(1, None, 2)}, torch::cos(position * frequency));
    encoding = register_buffer("encoding", table.unsqueeze(1));
    register_module("dropout", dropout);
  }

  torch::Tensor forward(torch::Tensor x) {
    x = x + encoding.index({Slice(None, x.size(0))});
    return dropout(x);
  }

  torch::nn::Dropout dropout;
  torch::Tensor encoding;
};
TORCH_MODULE(PositionalEncoding);

struct ClassifierImpl : torch::nn::Module {
  ClassifierImpl(int64_t vocabulary, int64_t classes, int64_t width = 256, int64_t heads = 8, int64_t layers = 4)
      : width(width), embedding(vocabulary, width), position(width, 0.1),
        encoder(torch::nn::TransformerEncoderOptions(
            torch::nn::TransformerEncoderLayerOptions(width, heads).dim_feedforward(4 * width).dropout(0.1), layers)),
        head(width, classes) {
    register_module("embedding", embedding);
    register_module("position", position);
    register_module("encoder", encoder);
    register_module("head", head);
  }

  // tokens: [sequence, batch]
  torch::Tensor forward(const torch::Tensor& tokens) {
    auto x = embedding(tokens) * std::sqrt(static_cast<double>(width));
    x = encoder(position(x));
    return head(x.mean(0));
  }

  int64_t width;
  torch::nn::Embedding embedding;
  PositionalEncoding position;
  torch::nn::TransformerEncoder encoder;
  torch::nn::Linear head;
};
TORCH_MODULE(Classifier);

// cobra: Classifier net(20000, 4); net->eval(); auto tokens = torch::randint(0, 20000, {128, 8}, torch::kLong); net->forward(tokens);

int main() {
  torch::NoGradGuard no_grad;
  Classifier net(1000, 2, 64, 4, 2);
  net->eval();
  std::cout << net(torch::randint(1000, {32, 2}, torch::kLong)).sizes() << '\n';
}
