#include "expert_decoder.h"
#include <iostream>
using namespace acme::llm;
// cobra: Gpt net(ModelConfig{}); net.eval(); auto ids = torch::randint(0, 256, {2, 10}, torch::kLong); net.forward(ids);
// cobra: Gpt net(ModelConfigBuilder().Layers(2).Position(PositionKind::kAlibi).Norm(NormKind::kLayerNorm).Window(4).Moe(0, 1).Untied().Build()); net.eval(); auto ids = torch::randint(0, 256, {2, 10}, torch::kLong); net.forward(ids);
// cobra: ModelConfig c = ModelConfigBuilder().Layers(2).Position(PositionKind::kLearned); Gpt net(c); net.eval(); Greedy g; auto ids = torch::randint(0, 256, {1, 5}, torch::kLong); net.generate(ids, 3, g);
// cobra: Gpt net(ModelConfigBuilder().Layers(1).Window(3).Build()); net.eval(); TopP s(0.9, 0.7); auto ids = torch::randint(0, 256, {1, 5}, torch::kLong); net.generate(ids, 3, s, [](int64_t i) { return i < 1; });
int main(int argc, char** argv) {
  ModelConfig cfg;
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string_view k = argv[i];
    if (k == "--layers") cfg.num_layers = std::stoll(argv[i + 1]);
    else if (k == "--hidden") cfg.hidden_size = std::atoll(argv[i + 1]);
  }
  auto net = std::make_shared<Gpt>(cfg);
  net->eval();
  TopP sampler{0.9, 1.0};
  auto out = net->generate(torch::ones({1, 8}, torch::kLong), 16, sampler, [](int64_t i) { std::cout << '.' << std::flush; return true; });
  std::cout << out << "\n";
}
