// Region proposal network and RoI head of a small Faster R-CNN.
#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <vector>

namespace det {

using torch::Tensor;
using TensorVec = std::vector<Tensor>;

class AnchorGenerator {
 public:
  AnchorGenerator(std::vector<double> scales = {8, 16, 32}, std::vector<double> ratios = {0.5, 1, 2}, int64_t base_size = 16)
      : scales_(std::move(scales)), ratios_(std::move(ratios)), base_size_(base_size), base_anchors_(generate()) {}

  int64_t num_anchors() const { return base_anchors_.size(0); }

  Tensor grid_anchors(at::IntArrayRef featmap_size, int64_t stride) const {
    const auto feat_h = featmap_size[0], feat_w = featmap_size[1];
    auto shift_x = torch::arange(0, feat_w) * stride;
    auto shift_y = torch::arange(0, feat_h) * stride;
    auto [xx, yy] = meshgrid(shift_x, shift_y);
    auto shifts = torch::stack({xx, yy, xx, yy}, -1).to(base_anchors_.dtype());
    auto all = base_anchors_.unsqueeze(0) + shifts.unsqueeze(1);
    return all.view({-1, 4});
  }

 private:
  Tensor generate() const {
    auto h_ratios = torch::sqrt(torch::tensor(ratios_));
    auto w_ratios = 1 / h_ratios;
    auto s = torch::tensor(scales_);
    auto ws = (base_size_ * w_ratios.unsqueeze(1) * s.unsqueeze(0)).view(-1);
    auto hs = (base_size_ * h_ratios.unsqueeze(1) * s.unsqueeze(0)).view(-1);
    const double c = 0.5 * (base_size_ - 1);
    return torch::stack({c - 0.5 * (ws - 1), c - 0.5 * (hs - 1), c + 0.5 * (ws - 1), c + 0.5 * (hs - 1)}, -1).round();
  }
  static std::pair<Tensor, Tensor> meshgrid(const Tensor& x, const Tensor& y) {
    auto xx = x.repeat({y.size(0)});
    auto yy = y.view({-1, 1}).repeat({1, x.size(0)}).view(-1);
    return std::make_pair(xx, yy);
  }

  std::vector<double> scales_, ratios_;
  int64_t base_size_;
  Tensor base_anchors_;
};

Tensor delta2bbox(const Tensor& rois, const Tensor& deltas, at::ArrayRef<double> stds, int64_t max_h, int64_t max_w, double wh_ratio_clip = 16.0 / 1000) {
  auto d = deltas * torch::tensor(stds).to(deltas.dtype());
  auto dx = d.index({torch::indexing::Slice(), torch::indexing::Slice(0, torch::indexing::None, 4)});
  auto dy = d.slice(1, 1, INT64_MAX, 4);
  auto dw = d.slice(1, 2, INT64_MAX, 4), dh = d.slice(1, 3, INT64_MAX, 4);
  const double max_ratio = std::abs(std::log(wh_ratio_clip));
  dw = dw.clamp(-max_ratio, max_ratio);
  dh = dh.clamp(-max_ratio, max_ratio);
  auto px = ((rois.select(1, 0) + rois.select(1, 2)) * 0.5).unsqueeze(1).expand_as(dx);
  auto py = ((rois.select(1, 1) + rois.select(1, 3)) * 0.5).unsqueeze(1).expand_as(dy);
  auto pw = (rois.select(1, 2) - rois.select(1, 0) + 1.0).unsqueeze(1).expand_as(dw);
  auto ph = (rois.select(1, 3) - rois.select(1, 1) + 1.0).unsqueeze(1).expand_as(dh);
  auto gw = pw * dw.exp(), gh = ph * dh.exp();
  auto gx = torch::addcmul(px, pw, dx), gy = torch::addcmul(py, ph, dy);
  auto x1 = (gx - gw * 0.5 + 0.5).clamp(0, max_w - 1), y1 = (gy - gh * 0.5 + 0.5).clamp(0, max_h - 1);
  auto x2 = (gx + gw * 0.5 - 0.5).clamp(0, max_w - 1), y2 = (gy + gh * 0.5 - 0.5).clamp(0, max_h - 1);
  return torch::stack({x1, y1, x2, y2}, -1).view_as(deltas);
}

class BackboneImpl : public torch::nn::Module {
 public:
  BackboneImpl() {
    int64_t in = 3;
    for (int64_t out : {32, 64, 128, 256}) {
      net->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).stride(2).padding(1).bias(false)));
      net->push_back(torch::nn::GroupNorm(torch::nn::GroupNormOptions(8, out)));
      net->push_back(torch::nn::ReLU(torch::nn::ReLUOptions().inplace(true)));
      in = out;
    }
    register_module("net", net);
  }
  Tensor forward(Tensor x) { return net->forward(x); }
  torch::nn::Sequential net;
};
TORCH_MODULE(Backbone);

class RPNHeadImpl : public torch::nn::Module {
 public:
  RPNHeadImpl(int64_t in, int64_t feat)
      : rpn_conv(register_module("rpn_conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(in, feat, 3).padding(1)))),
        rpn_cls(register_module("rpn_cls", torch::nn::Conv2d(feat, anchors.num_anchors(), 1))),
        rpn_reg(register_module("rpn_reg", torch::nn::Conv2d(feat, anchors.num_anchors() * 4, 1))) {
    for (auto& m : {rpn_conv, rpn_cls, rpn_reg}) {
      torch::nn::init::normal_(m->weight, 0, 0.01);
      torch::nn::init::zeros_(m->bias);
    }
  }
  std::tuple<Tensor, Tensor> forward(const Tensor& x) {
    auto f = torch::relu(rpn_conv(x));
    return std::make_tuple(rpn_cls(f), rpn_reg(f));
  }
  Tensor get_proposals(const Tensor& cls, const Tensor& reg, int64_t img_h, int64_t img_w, int64_t stride, int64_t pre_nms = 200, int64_t post_nms = 50) {
    auto scores = cls.permute({1, 2, 0}).reshape(-1).sigmoid();
    auto deltas = reg.permute({1, 2, 0}).reshape({-1, 4});
    auto boxes = anchors.grid_anchors({cls.size(1), cls.size(2)}, stride);
    if (pre_nms > 0 && scores.size(0) > pre_nms) {
      Tensor idx;
      std::tie(scores, idx) = scores.topk(pre_nms);
      deltas = deltas.index_select(0, idx);
      boxes = boxes.index({idx});
    }
    auto proposals = delta2bbox(boxes, deltas, {1., 1., 1., 1.}, img_h, img_w);
    auto order = std::get<1>(scores.sort(/*dim=*/0, /*descending=*/true)).slice(0, 0, post_nms);
    return proposals.index_select(0, order);
  }
  AnchorGenerator anchors;
  torch::nn::Conv2d rpn_conv, rpn_cls, rpn_reg;
};
TORCH_MODULE(RPNHead);

// RoI align with one bilinear sample for each cell.
Tensor roi_align(const Tensor& feat, const Tensor& rois, int64_t out, double spatial_scale) {
  const auto n = rois.size(0), h = feat.size(1), w = feat.size(2);
  auto boxes = rois * spatial_scale;
  auto t = (torch::arange(out, torch::kFloat) + 0.5) / out;
  auto x = boxes.select(1, 0).unsqueeze(1) + t * (boxes.select(1, 2) - boxes.select(1, 0)).unsqueeze(1);
  auto y = boxes.select(1, 1).unsqueeze(1) + t * (boxes.select(1, 3) - boxes.select(1, 1)).unsqueeze(1);
  x = x / (w - 1) * 2 - 1;
  y = y / (h - 1) * 2 - 1;
  auto grid = torch::stack({x.unsqueeze(1).expand({n, out, out}), y.unsqueeze(2).expand({n, out, out})}, 3);
  namespace F = torch::nn::functional;
  return F::grid_sample(feat.unsqueeze(0).expand({n, -1, -1, -1}), grid, F::GridSampleFuncOptions().mode(torch::kBilinear).padding_mode(torch::kZeros).align_corners(true));
}

struct Detections {
  Tensor boxes, scores;
  TensorVec logits;
};

class FasterRCNNImpl : public torch::nn::Module {
 public:
  explicit FasterRCNNImpl(int64_t num_classes = 21) : rpn(256, 128), num_classes(num_classes) {
    register_module("backbone", backbone);
    register_module("rpn", rpn);
    bbox_head = register_module("bbox_head", torch::nn::Sequential(torch::nn::Flatten(), torch::nn::Linear(256 * 7 * 7, 128), torch::nn::ReLU()));
    fc_cls = register_module("fc_cls", torch::nn::Linear(128, num_classes));
    fc_reg = register_module("fc_reg", torch::nn::Linear(128, (num_classes - 1) * 4));
  }
  Detections forward(Tensor img) {
    const auto H = img.size(2), W = img.size(3);
    auto feat = backbone(img);
    Tensor cls, reg;
    std::tie(cls, reg) = rpn->forward(feat);
    Detections result;
    TensorVec all_boxes, all_scores;
    for (int64_t b = 0; b < img.size(0); ++b) {
      auto rois = rpn->get_proposals(cls[b], reg[b], H, W, 16);
      auto pooled = roi_align(feat[b], rois, 7, 1.0 / 16);
      auto x = bbox_head->forward(pooled);
      auto logits = fc_cls(x);
      auto deltas = fc_reg(x).view({rois.size(0), num_classes - 1, 4});
      auto boxes = delta2bbox(rois.unsqueeze(1).expand_as(deltas).reshape({-1, 4}), deltas.reshape({-1, 4}), {.1, .1, .2, .2}, H, W);
      all_boxes.push_back(boxes.view({rois.size(0), -1, 4}));
      all_scores.push_back(logits.softmax(-1));
      result.logits.push_back(logits);
    }
    result.boxes = torch::stack(all_boxes);
    result.scores = torch::stack(all_scores);
    return result;
  }
 private:
  Backbone backbone;
  RPNHead rpn;
  int64_t num_classes;
  torch::nn::Sequential bbox_head{nullptr};
  torch::nn::Linear fc_cls{nullptr}, fc_reg{nullptr};
};
TORCH_MODULE(FasterRCNN);

}  // namespace det

int main() {
  det::FasterRCNN model(21);
  model->eval();
  torch::NoGradGuard g;
  const auto out = model->forward(torch::rand({2, 3, 256, 320}));
  std::cout << out.boxes.sizes() << " " << out.scores.sizes() << std::endl;
  return 0;
}
