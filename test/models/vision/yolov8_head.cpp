// YOLOv8: C2f backbone, anchor-free head with distribution focal loss decoding.
#include <torch/torch.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace yolo {

struct Conv : public torch::nn::Module {
  Conv(int64_t c1, int64_t c2, int64_t k = 1, int64_t s = 1) {
    conv = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(c1, c2, k).stride(s).padding(k / 2).bias(false)));
    bn = register_module("bn", torch::nn::BatchNorm2d(c2));
    act = register_module("act", torch::nn::SiLU());
  }
  at::Tensor forward(const at::Tensor& x) { return act(bn(conv(x))); }
  torch::nn::Conv2d conv{nullptr};
  torch::nn::BatchNorm2d bn{nullptr};
  torch::nn::SiLU act{nullptr};
};

struct Bottleneck : public torch::nn::Module {
  Bottleneck(int64_t c1, int64_t c2, bool shortcut) : add(shortcut && c1 == c2) {
    cv1 = register_module("cv1", std::make_shared<Conv>(c1, c2, 3));
    cv2 = register_module("cv2", std::make_shared<Conv>(c2, c2, 3));
  }
  at::Tensor forward(const at::Tensor& x) {
    auto y = cv2->forward(cv1->forward(x));
    if (add) y = y + x;
    return y;
  }
  std::shared_ptr<Conv> cv1, cv2;
  bool add;
};

struct C2f : public torch::nn::Module {
  C2f(int64_t c1, int64_t c2, int n = 1, bool shortcut = false) : c(c2 / 2) {
    cv1 = register_module("cv1", std::make_shared<Conv>(c1, 2 * c));
    cv2 = register_module("cv2", std::make_shared<Conv>((2 + n) * c, c2));
    for (int i = 0; i < n; ++i) m->push_back(std::make_shared<Bottleneck>(c, c, shortcut));
    register_module("m", m);
  }
  at::Tensor forward(const at::Tensor& x) {
    auto y = cv1->forward(x).chunk(2, 1);
    for (const auto& block : *m) y.push_back(block->as<Bottleneck>()->forward(y.back()));
    return cv2->forward(at::cat(y, 1));
  }
  int64_t c;
  std::shared_ptr<Conv> cv1, cv2;
  torch::nn::ModuleList m;
};

struct DFL : public torch::nn::Module {
  explicit DFL(int64_t c1 = 16) : c1_(c1), conv(torch::nn::Conv2dOptions(c1, 1, 1).bias(false)) {
    register_module("conv", conv);
    torch::NoGradGuard guard;
    auto x = torch::arange(c1, torch::kFloat);
    conv->weight.set_data(x.view({1, c1, 1, 1}));
    conv->weight.requires_grad_(false);
  }
  at::Tensor forward(const at::Tensor& x) {
    const auto b = x.size(0), a = x.size(2);
    return conv(x.view({b, 4, c1_, a}).transpose(2, 1).softmax(1)).view({b, 4, a});
  }
  int64_t c1_;
  torch::nn::Conv2d conv;
};

std::pair<at::Tensor, at::Tensor> make_anchors(const std::vector<at::Tensor>& feats, const std::vector<int64_t>& strides, double offset = 0.5) {
  std::vector<at::Tensor> points, stride_tensor;
  for (size_t i = 0; i < feats.size(); ++i) {
    const auto h = feats[i].size(2), w = feats[i].size(3);
    auto sx = torch::arange(w, feats[i].options()) + offset;
    auto sy = torch::arange(h, feats[i].options()) + offset;
    auto grid = torch::meshgrid({sy, sx}, "ij");
    points.push_back(torch::stack({grid[1], grid[0]}, -1).view({-1, 2}));
    stride_tensor.push_back(torch::full({h * w, 1}, strides[i], feats[i].options()));
  }
  return {torch::cat(points), torch::cat(stride_tensor)};
}

at::Tensor dist2bbox(const at::Tensor& distance, const at::Tensor& anchor_points, bool xywh = true, int64_t dim = -1) {
  auto parts = distance.chunk(2, dim);
  auto &lt = parts[0], &rb = parts[1];
  auto x1y1 = anchor_points - lt;
  auto x2y2 = anchor_points + rb;
  if (!xywh) return at::cat({x1y1, x2y2}, dim);
  auto c_xy = (x1y1 + x2y2) / 2;
  auto wh = x2y2 - x1y1;
  return at::cat({c_xy, wh}, dim);
}

struct Detect : public torch::nn::Module {
  Detect(int64_t nc, const std::vector<int64_t>& ch) : nc(nc), no(nc + reg_max * 4) {
    const auto c2 = std::max({int64_t{16}, ch[0] / 4, reg_max * 4});
    const auto c3 = std::max(ch[0], std::min(nc, int64_t{100}));
    for (auto x : ch) {
      cv2->push_back(torch::nn::Sequential(Conv(x, c2, 3), Conv(c2, c2, 3), torch::nn::Conv2d(c2, 4 * reg_max, 1)));
      cv3->push_back(torch::nn::Sequential(Conv(x, c3, 3), Conv(c3, c3, 3), torch::nn::Conv2d(c3, nc, 1)));
    }
    register_module("cv2", cv2);
    register_module("cv3", cv3);
    dfl = register_module("dfl", std::make_shared<DFL>(reg_max));
  }
  at::Tensor forward(std::vector<at::Tensor> x) {
    const auto b = x[0].size(0);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = at::cat({cv2->at<torch::nn::SequentialImpl>(i).forward(x[i]), cv3->at<torch::nn::SequentialImpl>(i).forward(x[i])}, 1);
    auto [points, strides_] = make_anchors(x, strides);
    auto anchors = points.transpose(0, 1), s = strides_.transpose(0, 1);
    std::vector<at::Tensor> flat;
    std::transform(x.begin(), x.end(), std::back_inserter(flat), [&](const at::Tensor& xi) { return xi.view({b, no, -1}); });
    auto all = at::cat(flat, 2);
    auto split = all.split_with_sizes({reg_max * 4, nc}, 1);
    auto dbox = dist2bbox(dfl->forward(split[0]), anchors.unsqueeze(0), true, 1) * s;
    return at::cat({dbox, split[1].sigmoid()}, 1);
  }
  static constexpr int64_t reg_max = 16;
  int64_t nc, no;
  std::vector<int64_t> strides{8, 16, 32};
  torch::nn::ModuleList cv2, cv3;
  std::shared_ptr<DFL> dfl;
};

/// One line of the model description: from, repeats, kind, arguments.
struct Line {
  std::vector<int> from;
  int repeats;
  const char* kind;
  std::vector<int64_t> args;
};

static const Line kModel[] = {
    {{-1}, 1, "Conv", {16, 3, 2}},   {{-1}, 1, "Conv", {32, 3, 2}},  {{-1}, 1, "C2f", {32, 1}},      {{-1}, 1, "Conv", {64, 3, 2}},
    {{-1}, 2, "C2f", {64, 1}},       {{-1}, 1, "Conv", {128, 3, 2}}, {{-1}, 2, "C2f", {128, 1}},     {{-1}, 1, "Conv", {256, 3, 2}},
    {{-1}, 1, "C2f", {256, 1}},      {{-1}, 1, "Upsample", {}},      {{-1, 6}, 1, "Concat", {1}},    {{-1}, 1, "C2f", {128, 0}},
    {{-1}, 1, "Upsample", {}},       {{-1, 4}, 1, "Concat", {1}},    {{-1}, 1, "C2f", {64, 0}},      {{-1}, 1, "Conv", {64, 3, 2}},
    {{-1, 11}, 1, "Concat", {1}},    {{-1}, 1, "C2f", {128, 0}},     {{-1}, 1, "Conv", {128, 3, 2}}, {{-1, 8}, 1, "Concat", {1}},
    {{-1}, 1, "C2f", {256, 0}},      {{14, 17, 20}, 1, "Detect", {}}};

class Model : public torch::nn::Module {
 public:
  explicit Model(int64_t nc = 80) {
    std::vector<int64_t> ch;
    int64_t c_in = 3;
    int index = 0;
    for (const auto& line : kModel) {
      auto c = [&](int f) { return f == -1 ? (ch.empty() ? c_in : ch.back()) : ch[f]; };
      const std::string kind = line.kind;
      int64_t c2 = c(line.from[0]);
      torch::nn::AnyModule layer;
      if (kind == "Conv") {
        c2 = line.args[0];
        layer = torch::nn::AnyModule(std::make_shared<Conv>(c(-1), c2, line.args[1], line.args[2]));
      } else if (kind == "C2f") {
        c2 = line.args[0];
        layer = torch::nn::AnyModule(std::make_shared<C2f>(c(-1), c2, line.repeats, line.args[1] != 0));
      } else if (kind == "Upsample") {
        layer = torch::nn::AnyModule(torch::nn::Upsample(torch::nn::UpsampleOptions().scale_factor(std::vector<double>{2.0, 2.0}).mode(torch::kNearest)));
      } else if (kind == "Concat") {
        c2 = 0;
        for (int f : line.from) c2 += c(f);
      } else if (kind == "Detect") {
        std::vector<int64_t> in;
        for (int f : line.from) in.push_back(ch.at(f));
        detect = register_module("detect", std::make_shared<Detect>(nc, in));
      }
      if (!layer.is_empty()) register_module("model_" + std::to_string(index), layer.ptr());
      layers.push_back(std::move(layer));
      ch.push_back(c2);
      ++index;
    }
  }

  at::Tensor forward(at::Tensor x) {
    std::vector<at::Tensor> y;
    for (size_t i = 0; i < layers.size(); ++i) {
      const auto& line = kModel[i];
      std::vector<at::Tensor> in;
      for (int f : line.from) in.push_back(f == -1 ? x : y[f]);
      if (!strcmp(line.kind, "Detect")) return detect->forward(in);
      x = layers[i].is_empty() ? at::cat(in, line.args[0]) : layers[i].forward(in[0]);
      y.push_back(x);
    }
    return x;
  }

 private:
  std::vector<torch::nn::AnyModule> layers;
  std::shared_ptr<Detect> detect;
};

}  // namespace yolo
