// What functions and modules return: tuples, structs, vectors, maps, optionals; recurrent layers with their states.
#include <torch/torch.h>

#include <map>
#include <optional>

struct Output {
  torch::Tensor logits;
  std::vector<torch::Tensor> features;
  std::map<std::string, torch::Tensor> named;
};

std::pair<torch::Tensor, int64_t> halve(torch::Tensor x) { return {x.narrow(-1, 0, x.size(-1) / 2), x.size(-1) / 2}; }

struct Results : torch::nn::Module {
  Results()
      : lstm(torch::nn::LSTMOptions(8, 16).num_layers(2).batch_first(true).bidirectional(true)),
        gru(torch::nn::GRUOptions(32, 10).batch_first(true)), cell(10, 12) {
    register_module("lstm", lstm);
    register_module("gru", gru);
    register_module("cell", cell);
  }

  Output forward(torch::Tensor x, std::optional<torch::Tensor> h = std::nullopt) {
    Output out;
    auto [y, state] = lstm(x);
    auto& [hn, cn] = state;
    out.features.push_back(hn.transpose(0, 1).reshape({x.size(0), -1})); // [[3 4 16]] [[3 64]]
    torch::Tensor z, hz;
    std::tie(z, hz) = gru(y);
    auto last = z.index({torch::indexing::Slice(), -1});                // [[3 10]]
    torch::Tensor c = h.has_value() ? *h : torch::zeros({last.size(0), 12});
    auto next = cell(last, std::make_tuple(c, c));
    auto [small, width] = halve(std::get<0>(next));
    out.logits = small.view({-1, 2, width / 2});                        // [[3 2 3]]
    out.named["cell"] = std::get<1>(next).sum(1);                       // [[3]]
    auto maximum = torch::max(out.logits, 1);
    out.features.emplace_back(std::get<0>(maximum));
    out.logits = out.logits + out.features.back().unsqueeze(1) + cn.mean() + hz.mean(); // [[3 1 3]] [[3 2 3]] [[]] [[3 2 3]] [[]] [[3 2 3]]
    return out;
  }

  torch::nn::LSTM lstm;
  torch::nn::GRU gru;
  torch::nn::LSTMCell cell;
};

// cobra: auto net = std::make_shared<Results>(); net->eval(); auto x = torch::randn({3, 7, 8}); net->forward(x);
