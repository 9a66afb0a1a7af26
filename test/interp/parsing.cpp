// Text that says what a model is made of: trimmed from both ends, decoded part by part, and rates that are computed as tensors.
#include <torch/torch.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using torch::Tensor;

// ---- a text that was walked backwards is copied; so is a vector
std::string trimmed(std::string s) {
  s.erase(s.begin(), std::find_if(s.begin(), s.end(), [](int c) { return !std::isspace(c); }));
  s.erase(std::find_if(s.rbegin(), s.rend(), [](int c) { return !std::isspace(c); }).base(), s.end());
  return s;
}
struct Sections : torch::nn::Module {
  std::vector<std::map<std::string, std::string>> sections;
  explicit Sections(const std::string& text) {
    std::istringstream in(text);
    std::string line;
    while (std::getline(in, line)) {
      line = trimmed(line);
      if (line.empty()) continue;
      if (line.front() == '[') {
        sections.push_back({{"type", line.substr(1, line.size() - 2)}});
      } else {
        const auto at = line.find('=');
        sections.back()[trimmed(line.substr(0, at))] = trimmed(line.substr(at + 1));
      }
    }
    for (std::size_t i = 0; i < sections.size(); ++i)
      layers->push_back(torch::nn::Linear(std::stoi(sections[i]["in"]), std::stoi(sections[i]["out"])));
    register_module("layers", layers);
  }
  Tensor forward(Tensor x) { return layers->forward(x); } // [[2 6]] [[2 4]]
  torch::nn::Sequential layers;
};
// cobra: Sections net(" [first] \n in = 8\n\tout= 6 \n[second]\nin=6\nout = 4\n"); auto x = torch::randn({2, 8}); net.forward(x);

struct Backwards : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::vector<int64_t> sizes = {2, 3, 4};
    const auto last = sizes.rbegin();
    std::vector<int64_t> copy = sizes;
    copy.push_back(*last);
    sizes.push_back(5);
    x = x.view({*copy.rbegin(), *sizes.rbegin(), -1}); // [[4 5 2]]
    const auto odd = std::find_if(copy.rbegin(), copy.rend(), [](int64_t n) { return n % 2 == 1; });
    return x.sum(odd.base() - copy.begin()); // [[4 5]]
  }
};
// cobra: Backwards net; auto x = torch::randn({40}); net.forward(x);

// ---- parts of strings compared: k3_c16_se0.5
struct Block {
  int kernel = 1, channels = 1;
  double squeeze = 0;
};
Block decoded(const std::string& text) {
  Block block;
  std::istringstream in(text);
  std::string part;
  while (std::getline(in, part, '_')) {
    if (part.compare(0, 2, "se") == 0) block.squeeze = std::stod(part.substr(2));
    else if (part.compare(0, 1, "kc", 0, 1) == 0) block.kernel = std::atoi(part.c_str() + 1);
    else if (part.compare(0, 1, "kc", 1, 1) == 0) block.channels = part[1] - '0';
  }
  return block;
}
struct Decoded : torch::nn::Module {
  Block block = decoded("k3_c8_se0.5");
  torch::nn::Conv1d conv{register_module("conv", torch::nn::Conv1d(4, block.channels, block.kernel))};
  torch::nn::Linear gate{register_module("gate", torch::nn::Linear(block.channels, int64_t(block.channels * block.squeeze)))};
  Tensor forward(Tensor x) {
    x = conv(x);               // [[2 8 14]]
    return gate(x.mean({2})); // [[2 8]] [[2 4]]
  }
};
// cobra: Decoded net; auto x = torch::randn({2, 4, 16}); net.forward(x);

// ---- drop rates that rise from block to block
struct Rates : torch::nn::Module {
  std::vector<double> rates;
  Rates() {
    const auto spaced = torch::linspace(0, 0.3, 4);
    for (int64_t i = 0; i < spaced.size(0); ++i) rates.push_back(spaced[i].item().toDouble());
  }
  Tensor forward(Tensor x) {
    for (double rate : rates) {
      if (rate == 0) x = x.relu(); // [[2 3]]
      if (rate > 0.19) x = torch::cat({x, x}, 1); // [[2 6]] [[2 12]]
    }
    return x;
  }
};
// cobra: Rates net; auto x = torch::randn({2, 3}); net.forward(x);
