// Character level RNN. One-hot inputs, multi-layer LSTM, sampling with temperature; variable lengths through packed sequences.
#include <torch/torch.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

struct Corpus {
  std::vector<char> chars;
  std::unordered_map<char, int64_t> index;
  torch::Tensor data;

  static Corpus read(const std::string& path) {
    std::ifstream in(path);
    std::stringstream buffer;
    buffer << in.rdbuf();
    std::string text = buffer.str();
    Corpus c;
    std::vector<int64_t> ids;
    for (char ch : text) {
      auto [it, fresh] = c.index.emplace(ch, (int64_t)c.chars.size());
      if (fresh) c.chars.push_back(ch);
      ids.push_back(it->second);
    }
    c.data = torch::tensor(ids);
    return c;
  }
};

class CharRNN : public torch::nn::Module {
 public:
  typedef std::tuple<torch::Tensor, torch::Tensor> State;

  CharRNN(int64_t n_chars, int64_t n_hidden = 256, int64_t n_layers = 2, double drop_prob = 0.5)
      : n_chars_(n_chars), n_hidden_(n_hidden), n_layers_(n_layers) {
    lstm_ = register_module("lstm", torch::nn::LSTM(torch::nn::LSTMOptions(n_chars, n_hidden).num_layers(n_layers).dropout(drop_prob).batch_first(true)));
    dropout_ = register_module("dropout", torch::nn::Dropout(drop_prob));
    fc_ = register_module("fc", torch::nn::Linear(n_hidden, n_chars));
  }

  std::pair<torch::Tensor, State> forward(torch::Tensor x, State hidden) {
    auto one_hot = torch::one_hot(x, n_chars_).to(torch::kFloat);
    auto [r_output, state] = lstm_->forward(one_hot, hidden);
    auto out = dropout_->forward(r_output);
    out = out.contiguous().view({-1, n_hidden_});
    return {fc_->forward(out), state};
  }

  torch::Tensor forward_packed(torch::Tensor x, torch::Tensor lengths) {
    auto one_hot = torch::one_hot(x, n_chars_).to(torch::kFloat);
    auto packed = torch::nn::utils::rnn::pack_padded_sequence(one_hot, lengths, /*batch_first=*/true, /*enforce_sorted=*/false);
    auto [out, state] = lstm_->forward_with_packed_input(packed);
    auto [padded, len] = torch::nn::utils::rnn::pad_packed_sequence(out, true);
    return fc_->forward(padded);
  }

  State init_hidden(int64_t batch_size) {
    auto weight = this->parameters().front();
    return std::make_tuple(weight.new_zeros({n_layers_, batch_size, n_hidden_}), weight.new_zeros({n_layers_, batch_size, n_hidden_}));
  }

 private:
  int64_t n_chars_, n_hidden_, n_layers_;
  torch::nn::LSTM lstm_{nullptr};
  torch::nn::Dropout dropout_{nullptr};
  torch::nn::Linear fc_{nullptr};
};

std::string sample(CharRNN& net, const Corpus& corpus, int size, const std::string& prime = "The", double temperature = 0.8) {
  net.eval();
  torch::NoGradGuard guard;
  std::string text = prime;
  auto h = net.init_hidden(1);
  int64_t ch = 0;
  for (char c : prime) {
    auto it = corpus.index.find(c);
    ch = it == corpus.index.end() ? 0 : it->second;
    h = net.forward(torch::tensor({{ch}}), h).second;
  }
  for (int i = 0; i < size; i++) {
    auto [out, next] = net.forward(torch::tensor({{ch}}), h);
    h = next;
    auto p = torch::softmax(out.div(temperature), 1);
    ch = torch::multinomial(p.squeeze(), 1).item<int64_t>();
    text += corpus.chars[ch];
  }
  return text;
}

int main(int argc, char* argv[]) {
  const std::string path = argc > 1 ? argv[1] : "data/anna.txt";
  Corpus corpus = Corpus::read(path);
  const int batch_size = 128, seq_length = 100, epochs = 20;
  CharRNN net(corpus.chars.size(), 512, 2);
  torch::optim::Adam opt(net.parameters(), torch::optim::AdamOptions(0.001));
  torch::nn::CrossEntropyLoss criterion;
  for (int e = 0; e < epochs; e++) {
    auto t0 = std::chrono::steady_clock::now();
    auto h = net.init_hidden(batch_size);
    for (int64_t n = 0; n + batch_size * seq_length + 1 < corpus.data.size(0); n += batch_size * seq_length) {
      auto x = corpus.data.narrow(0, n, batch_size * seq_length).view({batch_size, seq_length});
      auto y = corpus.data.narrow(0, n + 1, batch_size * seq_length);
      h = std::make_tuple(std::get<0>(h).detach(), std::get<1>(h).detach());
      net.zero_grad();
      auto [output, state] = net.forward(x, h);
      h = state;
      auto loss = criterion(output, y);
      loss.backward();
      torch::nn::utils::clip_grad_norm_(net.parameters(), 5);
      opt.step();
    }
    std::cout << "Epoch " << e << " " << std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count() << "s\n";
  }
  std::cout << sample(net, corpus, 1000) << std::endl;
}

// cobra: CharRNN net(40, 32, 2); net.eval(); auto x = torch::randint(0, 40, {3, 12}, torch::kLong); auto hidden = net.init_hidden(3); net.forward(x, hidden);
