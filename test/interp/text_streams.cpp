// Layers read from text: string streams, split lines, words, numbers and what was written with them.
#include <torch/torch.h>

#include <iomanip>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

// cobra: Net net("conv 8 3; pool 2 ;conv 16 5;pool 2"); net->eval(); auto x = torch::randn({2, 3, 32, 32}); net->forward(x);

struct NetImpl : torch::nn::Module {
  explicit NetImpl(const std::string& description) {
    std::istringstream lines(description);
    int64_t in = 3;
    for (std::string line; std::getline(lines, line, ';');) {
      std::stringstream words(line);
      std::string kind;
      words >> kind;
      if (kind == "conv") {
        int out = 0, kernel = 0;
        if (!(words >> out >> kernel) || words.fail()) throw std::runtime_error("a convolution needs two numbers");
        body->push_back(name("conv", body->size()), torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).padding(kernel / 2)));
        in = out;
      } else {
        double size;
        words >> size;
        body->push_back(name(kind, body->size()), torch::nn::MaxPool2d(static_cast<int64_t>(size)));
      }
    }
    register_module("body", body);

    std::istringstream widths("24 48  12");
    std::vector<int> parsed{std::istream_iterator<int>(widths), std::istream_iterator<int>()};
    int64_t features = in;
    for (int w : parsed) {
      head->push_back(torch::nn::Linear(features, w));
      features = w;
    }
    register_module("head", head);

    std::stringstream point("3,7:1.5");
    int a, b;
    char comma, colon;
    float scale;
    point >> a >> comma >> b >> colon >> scale;
    TORCH_CHECK(comma == ',' && colon == ':' && point.eof() && !(point >> a));
    last = register_module("last", torch::nn::Linear(features, static_cast<int64_t>((a + b) * scale)));
  }

  torch::Tensor forward(torch::Tensor x) {
    x = body->forward(x);  // [[2 16 8 8]]
    x = x.mean({2, 3});
    x = head->forward(x);  // [[2 12]]
    return last(x);        // [[2 15]]
  }

  static std::string name(const std::string& kind, size_t n) {
    std::ostringstream out;
    out << kind << '_' << std::setw(3) << std::setfill('0') << n;
    TORCH_CHECK(out.str().size() == kind.size() + 4, out.str());
    return out.str();
  }

  torch::nn::Sequential body, head;
  torch::nn::Linear last{nullptr};
};
TORCH_MODULE(Net);
