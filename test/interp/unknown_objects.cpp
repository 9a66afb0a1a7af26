// Calls on what is not known: what they would have run is missing, and the total says so. Only read: the recording would differ from run to
// run.
#include <torch/torch.h>

#include <cstdlib>
#include <functional>
#include <memory>

using torch::Tensor;
using torch::nn::Linear;

// ---- a layer, a tensor and a model of which nobody knows which one it is
struct EitherLayer : torch::nn::Module {
  Linear one{4, 4}, other{4, 4};
  Tensor forward(Tensor x) {
    auto layer = one;
    if (std::rand() > 5) layer = other;
    return layer(x); // open: what is called here is not known
  }
};
// cobra: EitherLayer net; auto x = torch::randn({2, 4}); net.forward(x);

struct EitherTensor : torch::nn::Module {
  Tensor forward(Tensor x) {
    Tensor a = x.narrow(1, 0, 2), b = x.narrow(1, 0, 3);
    if (std::rand() > 5) a = b;
    return a.relu(); // open: what is called here is not known
  }
};
// cobra: EitherTensor net; auto x = torch::randn({2, 4}); net.forward(x);

struct EitherModel : torch::nn::Module {
  std::shared_ptr<EitherTensor> one = std::make_shared<EitherTensor>(), other = std::make_shared<EitherTensor>();
  Tensor forward(Tensor x) {
    auto model = one;
    if (std::rand() > 5) model = other;
    return model->forward(x + 1); // open: what is called here is not known
  }
};
// cobra: EitherModel net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- questions that run nothing lack nothing
struct Questions : torch::nn::Module {
  struct Settings {
    int64_t width = 4;
    int64_t half() const { return width / 2; }
  };
  Tensor forward(Tensor x) {
    auto settings = std::make_shared<Settings>();
    if (std::rand() > 5) settings = std::make_shared<Settings>();
    seen += settings->half();
    return x.relu(); // [[2 4]]
  }
  int64_t seen = 0;
};
// cobra: Questions net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- a function of the program, and what it is called on
struct Runner {
  std::shared_ptr<EitherTensor> model;
  Tensor run(Tensor x) { return model->forward(x.neg()); } // open: what is called here is not known
};
// cobra: Runner runner; if (std::rand() > 5) runner.model = std::make_shared<EitherTensor>(); auto x = torch::randn({2, 4}); runner.run(x);
