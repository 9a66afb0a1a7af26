// Sizes that only a run has, from files, the environment and the command line: the first line that needs one says so, and an entry that
// gives the value makes all of it known.
#include <torch/torch.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

struct Config {
  int64_t width = 16;
  int64_t depth = 2;
  static Config load(const std::string& path) {
    Config c;
    std::ifstream in(path);
    in >> c.width >> c.depth;
    return c;
  }
};

std::map<std::string, std::string> readCfg(const std::string& path) {
  std::map<std::string, std::string> out;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    auto at = line.find('=');
    if (at != std::string::npos) out[line.substr(0, at)] = line.substr(at + 1);
  }
  return out;
}

struct NetImpl : torch::nn::Module {
  explicit NetImpl(const Config& c) {
    layers->push_back(torch::nn::Linear(8, c.width));
    for (int64_t i = 1; i < c.depth; ++i) layers->push_back(torch::nn::Linear(c.width, c.width));
    register_module("layers", layers);
  }
  torch::Tensor forward(torch::Tensor x) {
    return layers->forward(x); // [[4 16]] [[4 16]] [[4 32]]
  }
  torch::nn::Sequential layers;
};
TORCH_MODULE(Net);

struct NarrowImpl : torch::nn::Module {
  explicit NarrowImpl(int64_t width) : fc(register_module("fc", torch::nn::Linear(8, width))) {}
  torch::Tensor forward(torch::Tensor x) {
    return fc(x); // open: aten::linear cannot be sized: its argument weight is not known
  }
  torch::nn::Linear fc;
};
TORCH_MODULE(Narrow);

// cobra: Net net(Config{}); net->eval(); auto x = torch::randn({4, 8}); net->forward(x);
// cobra: Net net(Config{32, 1}); net->eval(); auto x = torch::randn({4, 8}); net->forward(x);
// cobra: Narrow net(Config::load("net.cfg").width); net->eval(); auto x = torch::randn({4, 8}); net->forward(x);
// cobra: Narrow net(std::stoll(readCfg("net.cfg").at("width"))); net->eval(); auto x = torch::randn({4, 8}); net->forward(x);
// cobra: Narrow net(std::atoi(std::getenv("WIDTH"))); net->eval(); auto x = torch::randn({4, 8}); net->forward(x);
