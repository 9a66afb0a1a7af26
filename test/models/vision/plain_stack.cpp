#include <torch/torch.h>

#include <cctype>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

// Plain stacks of convolutions, each written as one word: a letter for the width, doubled by repetition, '/' halves the image.
// a = 64, b = 128, c = 256, d = 512.

namespace stack {

static const std::map<int, std::string> kWords = {
    {11, "a/b/cc/dd/dd/"}, {13, "aa/bb/cc/dd/dd/"}, {16, "aa/bb/ccc/ddd/ddd/"}, {19, "aa/bb/cccc/dddd/dddd/"}};

struct Recipe {
  int depth = 0;
  bool normalize = false;

  /// "13 norm" or "16"
  static Recipe parse(const std::string& text) {
    std::istringstream in(text);
    Recipe r;
    std::string extra;
    if (!(in >> r.depth)) throw std::invalid_argument("no depth in \"" + text + "\"");
    while (in >> extra) r.normalize |= extra == "norm";
    return r;
  }
};

class StackImpl : public torch::nn::Module {
 public:
  explicit StackImpl(const Recipe& recipe, int64_t classes = 1000) {
    const auto found = kWords.find(recipe.depth);
    if (found == kWords.end()) throw std::out_of_range("no stack has " + std::to_string(recipe.depth) + " layers");
    int64_t from = 3;
    for (const char c : found->second) {
      if (std::isalpha(static_cast<unsigned char>(c)) == 0) {
        image_->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions({2, 2})));
        continue;
      }
      const int64_t to = int64_t{64} << (c - 'a');
      image_->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, 3).padding(1)));
      if (recipe.normalize) image_->push_back(torch::nn::BatchNorm2d(to));
      image_->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
      from = to;
    }
    register_module("image", image_);
    int64_t in = from * 7 * 7;
    for (int64_t out : {int64_t{256}, int64_t{256}, classes}) {
      if (!vote_->is_empty()) {
        vote_->push_back(torch::nn::Functional(torch::relu));
        vote_->push_back(torch::nn::Dropout());
      }
      vote_->push_back(torch::nn::Linear(in, out));
      in = out;
    }
    register_module("vote", vote_);
    apply([](torch::nn::Module& m) { initialize(m); });
  }

  torch::Tensor forward(const torch::Tensor& input) {
    auto x = pool_(image_->forward(input));
    return vote_->forward(torch::flatten(x, 1));
  }

 private:
  static void initialize(torch::nn::Module& m) {
    if (auto* c = m.as<torch::nn::Conv2dImpl>())
      torch::nn::init::kaiming_normal_(c->weight, 0, torch::kFanOut, torch::kReLU);
    else if (auto* l = m.as<torch::nn::LinearImpl>())
      torch::nn::init::normal_(l->weight, 0, 0.01);
  }
  torch::nn::Sequential image_, vote_;
  torch::nn::AdaptiveAvgPool2d pool_{torch::nn::AdaptiveAvgPool2dOptions({7, 7})};
};
TORCH_MODULE(Stack);

}  // namespace stack

int main(int argc, char** argv) {
  try {
    stack::Stack net(stack::Recipe::parse(argc > 1 ? argv[1] : "13 norm"), 100);
    net->eval();
    torch::NoGradGuard no_grad;
    auto out = net->forward(torch::rand({1, 3, 64, 64}));
    std::cout << out.sizes() << " best " << out.argmax(1).item<int64_t>() << "\n";
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
    return 1;
  }
}
