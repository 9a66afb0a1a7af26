// Classes as projects build them: bases with the layers, virtual methods, Cloneable, classes derived from SequentialImpl, pointers of all kinds.
#include <torch/torch.h>

#include <memory>

struct Backbone : torch::nn::Module {
  explicit Backbone(int64_t width) : stem(register_module("stem", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, width, 3).padding(1)))), width_(width) {}
  Backbone() : Backbone(8) {}
  virtual ~Backbone() = default;
  virtual torch::Tensor features(torch::Tensor x) = 0;
  virtual int64_t out() const { return width_; }
  torch::Tensor forward(torch::Tensor x) { return features(stem(x)); } // [[1 8 16 16]]
  torch::nn::Conv2d stem;

protected:
  int64_t width_;
};

struct Deep : Backbone {
  Deep() : Backbone() { extra = register_module("extra", torch::nn::Conv2d(width_, 2 * width_, 3)); }
  torch::Tensor features(torch::Tensor x) override { return torch::relu(extra->forward(x)); } // [[1 16 14 14]]
  int64_t out() const override { return 2 * Backbone::out(); }
  torch::nn::Conv2d extra{nullptr};
};

struct HeadImpl : torch::nn::Cloneable<HeadImpl> {
  HeadImpl(int64_t in, int64_t classes) : in_(in), classes_(classes) { reset(); }
  void reset() override { fc = register_module("fc", torch::nn::Linear(in_, classes_)); }
  torch::Tensor forward(torch::Tensor x) { return fc(x); }
  int64_t in_, classes_;
  torch::nn::Linear fc{nullptr};
};
TORCH_MODULE(Head);

struct BlockImpl : torch::nn::SequentialImpl {
  BlockImpl(int64_t in, int64_t out) {
    push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 1).bias(false)));
    push_back("norm", torch::nn::BatchNorm2d(out));
    push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
  }
  torch::Tensor forward(torch::Tensor x) { return torch::nn::SequentialImpl::forward(x); }
};
TORCH_MODULE(Block);

class Scale : public torch::nn::Module {
public:
  explicit Scale(double by) { factor = register_parameter("factor", torch::full({1}, by)); }
  torch::Tensor forward(const torch::Tensor& x) { return x * factor; } // [[1 10]]

private:
  torch::Tensor factor;
};

struct Classifier : torch::nn::Module {
  Classifier() : backbone(std::make_shared<Deep>()), block(16, 12), head(Head(12, 10)), scale(2.0) {
    register_module("backbone", backbone);
    register_module("block", block);
    register_module("head", head);
    raw = new torch::nn::LinearImpl(10, 4);
    register_module("raw", std::shared_ptr<torch::nn::LinearImpl>(raw));
  }
  torch::Tensor forward(torch::Tensor x) {
    x = backbone->forward(x);
    x = block->forward(x);
    x = torch::adaptive_avg_pool2d(x, {1, 1}).flatten(1); // [[1 12]]
    x = scale.forward(head(x));
    if (auto deep = std::dynamic_pointer_cast<Deep>(backbone)) x = x + deep->out(); // [[1 10]]
    if (backbone->as<Head>()) x = x - 1;
    Head shared = head;
    x = x + shared->fc->weight.size(0); // [[1 10]]
    return raw->forward(x);
  }
  std::shared_ptr<Backbone> backbone;
  Block block;
  Head head;
  Scale scale;
  torch::nn::LinearImpl* raw;
};

// cobra: Classifier net; net.eval(); auto x = torch::randn({1, 3, 16, 16}); net.forward(x);
