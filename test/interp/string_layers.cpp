// Strings that are trimmed, lowered, searched, cut and walked, and decide what is built.
#include <torch/torch.h>

#include <algorithm>
#include <cctype>
#include <string>

// cobra: Net net("  CONV-16 , Pool,conv-32,  flat "); net->eval(); auto x = torch::randn({1, 3, 16, 16}); net->forward(x);

static void trim(std::string& s) {
  s.erase(s.begin(), std::find_if(s.begin(), s.end(), [](unsigned char c) { return !std::isspace(c); }));
  s.erase(std::find_if(s.rbegin(), s.rend(), [](unsigned char c) { return !std::isspace(c); }).base(), s.end());
}

static std::string lower(std::string s) {
  std::transform(s.begin(), s.end(), s.begin(), [](unsigned char c) { return std::tolower(c); });
  return s;
}

struct NetImpl : torch::nn::Module {
  explicit NetImpl(const std::string& layers) {
    int64_t in = 3;
    std::size_t from = 0;
    while (from <= layers.size()) {
      auto to = layers.find(',', from);
      if (to == std::string::npos) to = layers.size();
      std::string word = layers.substr(from, to - from);
      from = to + 1;
      trim(word);
      word = lower(word);
      if (word.compare(0, 4, "conv") == 0) {
        int64_t out = std::stoi(word.substr(word.find_first_of("0123456789")));
        body->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1)));
        in = out;
      } else if (word == "pool") {
        body->push_back(torch::nn::MaxPool2d(2));
      }
      word[0] = '_';
      for (char& c : word)
        if (c == '-') c = '_';
      names.append(word, 0, 5).append(1, ';');
    }
    names.pop_back();
    names.replace(names.rfind("_lat"), 1, "f").insert(0, "<");
    int64_t semicolons = std::count(names.begin(), names.end(), ';');
    int64_t letters = 0;
    for (auto c : names) letters += std::isalpha(static_cast<unsigned char>(c)) ? 1 : 0;
    register_module("body", body);
    fc = register_module("fc", torch::nn::Linear(in, semicolons * 10 + letters));
  }
  torch::Tensor forward(torch::Tensor x) {
    x = body->forward(x);   // [[1 32 8 8]]
    x = x.mean({2, 3});
    return fc(x);           // [[1 43]]
  }
  std::string names;
  torch::nn::Sequential body;
  torch::nn::Linear fc{nullptr};
};
TORCH_MODULE(Net);
