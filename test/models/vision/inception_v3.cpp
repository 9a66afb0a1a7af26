// Inception v3 without the auxiliary classifier in inference.
#include <torch/torch.h>
#include <tuple>

// cobra: InceptionV3 m(InceptionV3Options().num_classes(100).aux_logits(true)); m->eval(); auto x = torch::randn({1, 3, 299, 299}); m->forward(x);

struct InceptionV3Options {
  TORCH_ARG(int64_t, num_classes) = 1000;
  TORCH_ARG(bool, aux_logits) = true;
  TORCH_ARG(double, dropout) = 0.5;
};

using torch::ExpandingArray;
using torch::Tensor;

struct ConvBNImpl : public torch::nn::Module {
  ConvBNImpl(int64_t in, int64_t out, ExpandingArray<2> kernel, ExpandingArray<2> stride = 1, ExpandingArray<2> padding = 0)
      : conv(register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(padding).bias(false)))),
        bn(register_module("bn", torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(out).eps(1e-3)))) {}
  Tensor forward(const Tensor& x) { return torch::relu(bn(conv(x))); }
  torch::nn::Conv2d conv;
  torch::nn::BatchNorm2d bn;
};
TORCH_MODULE(ConvBN);

struct InceptionAImpl : torch::nn::Module {
  InceptionAImpl(int64_t in, int64_t pool_features)
      : b1(in, 64, 1), b5_1(in, 48, 1), b5_2(48, 64, 5, 1, 2), b3_1(in, 64, 1), b3_2(64, 96, 3, 1, 1), b3_3(96, 96, 3, 1, 1), bp(in, pool_features, 1) {
    register_module("branch1x1", b1);
    register_module("branch5x5_1", b5_1);
    register_module("branch5x5_2", b5_2);
    register_module("branch3x3dbl_1", b3_1);
    register_module("branch3x3dbl_2", b3_2);
    register_module("branch3x3dbl_3", b3_3);
    register_module("branch_pool", bp);
  }
  Tensor forward(Tensor x) {
    auto pool = torch::avg_pool2d(x, 3, 1, 1);
    return torch::cat({b1(x), b5_2(b5_1(x)), b3_3(b3_2(b3_1(x))), bp(pool)}, /*dim=*/1);
  }
  ConvBN b1, b5_1, b5_2, b3_1, b3_2, b3_3, bp;
};
TORCH_MODULE(InceptionA);

struct InceptionBImpl : torch::nn::Module {
  explicit InceptionBImpl(int64_t in) : b3(in, 384, 3, 2), d1(in, 64, 1), d2(64, 96, 3, 1, 1), d3(96, 96, 3, 2) {
    register_module("b3", b3), register_module("d1", d1), register_module("d2", d2), register_module("d3", d3);
  }
  Tensor forward(Tensor x) { return torch::cat({b3(x), d3(d2(d1(x))), torch::max_pool2d(x, 3, 2)}, 1); }
  ConvBN b3, d1, d2, d3;
};
TORCH_MODULE(InceptionB);

struct InceptionCImpl : torch::nn::Module {
  InceptionCImpl(int64_t in, int64_t c7) {
    const auto h = ExpandingArray<2>({1, 7}), v = ExpandingArray<2>({7, 1}), ph = ExpandingArray<2>({0, 3}), pv = ExpandingArray<2>({3, 0});
    one = register_module("one", ConvBN(in, 192, 1));
    seven = register_module("seven", torch::nn::Sequential(ConvBN(in, c7, 1), ConvBN(c7, c7, h, 1, ph), ConvBN(c7, 192, v, 1, pv)));
    dbl = register_module("dbl", torch::nn::Sequential(ConvBN(in, c7, 1), ConvBN(c7, c7, v, 1, pv), ConvBN(c7, c7, h, 1, ph),
                                                       ConvBN(c7, c7, v, 1, pv), ConvBN(c7, 192, h, 1, ph)));
    pool = register_module("pool", torch::nn::Sequential(torch::nn::AvgPool2d(torch::nn::AvgPool2dOptions(3).stride(1).padding(1)), ConvBN(in, 192, 1)));
  }
  Tensor forward(Tensor x) { return torch::cat({one(x), seven->forward(x), dbl->forward(x), pool->forward(x)}, 1); }
  ConvBN one{nullptr};
  torch::nn::Sequential seven{nullptr}, dbl{nullptr}, pool{nullptr};
};
TORCH_MODULE(InceptionC);

struct InceptionDImpl : torch::nn::Module {
  explicit InceptionDImpl(int64_t in) : a1(in, 192, 1), a2(192, 320, 3, 2), b1(in, 192, 1), b4(192, 192, 3, 2) {
    b2 = ConvBN(192, 192, ExpandingArray<2>({1, 7}), 1, ExpandingArray<2>({0, 3}));
    b3 = ConvBN(192, 192, ExpandingArray<2>({7, 1}), 1, ExpandingArray<2>({3, 0}));
    int i = 0;
    for (auto& c : {a1, a2, b1, b2, b3, b4}) register_module("conv" + std::to_string(i++), c);
  }
  std::vector<Tensor> branches(const Tensor& x) { return {a2(a1(x)), b4(b3(b2(b1(x)))), torch::max_pool2d(x, 3, 2)}; }
  Tensor forward(const Tensor& x) { return torch::cat(branches(x), 1); }
  ConvBN a1, a2, b1, b2{nullptr}, b3{nullptr}, b4;
};
TORCH_MODULE(InceptionD);

struct InceptionEImpl : torch::nn::Module {
  explicit InceptionEImpl(int64_t in)
      : b1(in, 320, 1), b3(in, 384, 1), b3a(384, 384, hk(), 1, hp()), b3b(384, 384, vk(), 1, vp()), d1(in, 448, 1), d2(448, 384, 3, 1, 1),
        d3a(384, 384, hk(), 1, hp()), d3b(384, 384, vk(), 1, vp()), bp(in, 192, 1) {
    register_module("b1", b1);
    register_module("b3", b3);
    register_module("b3a", b3a);
    register_module("b3b", b3b);
    register_module("d1", d1);
    register_module("d2", d2);
    register_module("d3a", d3a);
    register_module("d3b", d3b);
    register_module("bp", bp);
  }
  static ExpandingArray<2> hk() { return {{1, 3}}; }
  static ExpandingArray<2> vk() { return {{3, 1}}; }
  static ExpandingArray<2> hp() { return {{0, 1}}; }
  static ExpandingArray<2> vp() { return {{1, 0}}; }
  Tensor forward(Tensor x) {
    auto y3 = b3(x);
    y3 = torch::cat({b3a(y3), b3b(y3)}, 1);
    auto yd = d2(d1(x));
    yd = torch::cat({d3a(yd), d3b(yd)}, 1);
    auto yp = torch::avg_pool2d(x, /*kernel_size=*/3, /*stride=*/1, /*padding=*/1);
    return torch::cat({b1(x), y3, yd, bp(yp)}, 1);
  }
  ConvBN b1, b3, b3a, b3b, d1, d2, d3a, d3b, bp;
};
TORCH_MODULE(InceptionE);

class InceptionV3Impl : public torch::nn::Module {
 public:
  explicit InceptionV3Impl(const InceptionV3Options& options_ = {}) : options(options_) {
    stem = register_module("stem", torch::nn::Sequential(
        ConvBN(3, 32, 3, 2), ConvBN(32, 32, 3), ConvBN(32, 64, 3, 1, 1), torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(3).stride(2)),
        ConvBN(64, 80, 1), ConvBN(80, 192, 3), torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(3).stride(2))));
    body->push_back("Mixed_5b", InceptionA(192, 32));
    body->push_back("Mixed_5c", InceptionA(256, 64));
    body->push_back("Mixed_5d", InceptionA(288, 64));
    body->push_back("Mixed_6a", InceptionB(288));
    for (auto& [name, c7] : std::vector<std::pair<std::string, int>>{{"6b", 128}, {"6c", 160}, {"6d", 160}, {"6e", 192}})
      body->push_back("Mixed_" + name, InceptionC(768, c7));
    register_module("body", body);
    if (options.aux_logits())
      aux = register_module("aux", torch::nn::Sequential(torch::nn::AvgPool2d(torch::nn::AvgPool2dOptions(5).stride(3)), ConvBN(768, 128, 1),
                                                         ConvBN(128, 768, 5), torch::nn::AdaptiveAvgPool2d(1), torch::nn::Flatten(),
                                                         torch::nn::Linear(768, options.num_classes())));
    head = register_module("head", torch::nn::Sequential(InceptionD(768), InceptionE(1280), InceptionE(2048), torch::nn::AdaptiveAvgPool2d(1),
                                                         torch::nn::Dropout(options.dropout())));
    fc = register_module("fc", torch::nn::Linear(2048, options.num_classes()));
  }

  std::tuple<Tensor, c10::optional<Tensor>> forward(Tensor x) {
    x = body->forward(stem->forward(x));
    c10::optional<Tensor> auxiliary = c10::nullopt;
    if (aux && is_training()) auxiliary = aux->forward(x);
    x = head->forward(x).flatten(1);
    return {fc(x), auxiliary};
  }

 private:
  InceptionV3Options options;
  torch::nn::Sequential stem{nullptr}, body, aux{nullptr}, head{nullptr};
  torch::nn::Linear fc{nullptr};
};
TORCH_MODULE(InceptionV3);
