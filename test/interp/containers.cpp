// What the standard containers hold decides which layers run and on what.
#include <torch/torch.h>

#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

struct Config {
  std::vector<int64_t> widths{16, 8};
  std::optional<double> dropout;
  std::map<std::string, int64_t> heads{{"value", 1}, {"policy", 4}};
  std::pair<int64_t, int64_t> kernel{3, 1};
};

struct Containers : torch::nn::Module {
  explicit Containers(Config c) : config(std::move(c)) {
    int64_t in = 12;
    for (auto w : config.widths) {
      layers.emplace_back(register_module("layer" + std::to_string(layers.size()), torch::nn::Linear(in, w)));
      in = w;
    }
    for (const auto& [name, size] : config.heads) heads.insert({name, register_module(name, torch::nn::Linear(in, size))});
    blocks.emplace("wide", register_module("wide", torch::nn::Linear(in, 32)));
    if (config.dropout) drop = register_module("drop", torch::nn::Dropout(*config.dropout));
  }

  std::tuple<torch::Tensor, torch::Tensor> forward(torch::Tensor x) {
    for (auto& layer : layers) x = torch::relu(layer(x)); // [[5 16]] [[5 8]]
    if (drop) x = drop->forward(x);
    auto policy = heads.at("policy")->forward(x);
    auto value = heads.find("value")->second->forward(x).tanh(); // [[5 1]]
    if (blocks.count("narrow") > 0) x = blocks.at("narrow")(x);
    if (auto it = blocks.find("wide"); it != blocks.end()) x = it->second->forward(x).relu(); // [[5 32]]
    std::vector<torch::Tensor> all{policy, value, x};
    all.insert(all.begin(), x.slice(1, 0, 3)); // [[5 3]]
    all.erase(all.begin() + 1);
    all.resize(2);
    auto joined = torch::cat(all, -1); // [[5 4]]
    std::set<int64_t> dims{1, 0, 1};
    for (int64_t d : dims) joined = joined.unsqueeze(d); // [[1 5 4]] [[1 1 5 4]]
    std::unordered_map<int, std::string> names{{1, "a"}, {2, "bcd"}};
    joined = joined.expand({(int64_t)names[2].size(), -1, -1, -1}); // [[3 1 5 4]]
    std::variant<int64_t, std::string> pick = std::string("mean");
    if (std::holds_alternative<std::string>(pick) && std::get<std::string>(pick) == "mean") joined = joined.mean(0); // [[1 5 4]]
    std::vector<std::vector<int64_t>> table{{1, 2}, {3}};
    int64_t total = 0;
    for (auto& row : table) total += std::accumulate(row.begin(), row.end(), int64_t{0});
    joined = joined.repeat({total, 1, 1}); // [[6 5 4]]
    std::array<int64_t, 3> shape{2, 3, 20};
    return {joined.view(shape), std::get<1>(std::make_tuple(policy, value))}; // [[2 3 20]]
  }

  Config config;
  std::vector<torch::nn::Linear> layers;
  std::map<std::string, torch::nn::Linear> heads;
  std::unordered_map<std::string, torch::nn::Linear> blocks{{"narrow0", nullptr}};
  torch::nn::Dropout drop{nullptr};
};

// cobra: Config c; c.dropout = 0.25; auto net = std::make_shared<Containers>(c); net->eval(); auto x = torch::randn({5, 12}); net->forward(x);
