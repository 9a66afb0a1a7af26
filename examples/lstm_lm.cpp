// A word-level language model: an LSTM whose state goes in and comes out as a tuple.
#include <torch/torch.h>

#include <iostream>
#include <tuple>

using State = std::tuple<torch::Tensor, torch::Tensor>;

class LanguageModelImpl : public torch::nn::Module {
public:
  LanguageModelImpl(int64_t words, int64_t embedding_size, int64_t hidden_size, int64_t num_layers, bool tie_weights = false)
      : hidden_size_(hidden_size), num_layers_(num_layers),
        drop(torch::nn::DropoutOptions().p(0.5)),
        encoder(torch::nn::EmbeddingOptions(words, embedding_size)),
        rnn(torch::nn::LSTMOptions(embedding_size, hidden_size).num_layers(num_layers).dropout(0.5).batch_first(true)),
        decoder(torch::nn::LinearOptions(hidden_size, words)) {
    register_module("drop", drop);
    register_module("encoder", encoder);
    register_module("rnn", rnn);
    register_module("decoder", decoder);
    if (tie_weights) {
      TORCH_CHECK(embedding_size == hidden_size, "tied weights need equal widths");
      decoder->weight = encoder->weight;
    }
    init_weights();
  }

  std::tuple<torch::Tensor, State> forward(const torch::Tensor& input, const State& hidden) {
    const auto embedded = drop->forward(encoder->forward(input));
    auto [output, state] = rnn->forward(embedded, hidden);
    output = drop->forward(output);
    auto decoded = decoder->forward(output.reshape({output.size(0) * output.size(1), output.size(2)}));
    return {torch::log_softmax(decoded, 1), state};
  }

  State init_hidden(int64_t batch) const {
    return std::make_tuple(torch::zeros({num_layers_, batch, hidden_size_}), torch::zeros({num_layers_, batch, hidden_size_}));
  }

private:
  void init_weights() {
    torch::NoGradGuard no_grad;
    encoder->weight.uniform_(-0.1, 0.1);
    decoder->bias.zero_();
    decoder->weight.uniform_(-0.1, 0.1);
  }

  int64_t hidden_size_, num_layers_;
  torch::nn::Dropout drop;
  torch::nn::Embedding encoder;
  torch::nn::LSTM rnn;
  torch::nn::Linear decoder;
};
TORCH_MODULE(LanguageModel);

int main() {
  torch::NoGradGuard no_grad;
  LanguageModel model(2000, 128, 128, 2, true);
  model->eval();

  auto hidden = model->init_hidden(4);
  torch::Tensor scores;
  for (int step = 0; step < 3; ++step)
    std::tie(scores, hidden) = model->forward(torch::randint(2000, {4, 16}, torch::kLong), hidden);
  std::cout << scores.sizes() << std::get<0>(hidden).sizes() << std::endl;
}
