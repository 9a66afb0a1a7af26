// Second stage of a detector: features of boxes sampled from the right pyramid level, box and mask heads, and what is kept of them.
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace detector {

using torch::Tensor;
using torch::indexing::Slice;
using Features = std::map<std::string, Tensor>;

/// Boxes [N, 4] in pixels -> [N, C, size, size], by sampling the middle of each bin.
Tensor roi_align(const Tensor& feature, const Tensor& boxes, double scale, int64_t size) {
  const auto n = boxes.size(0), h = feature.size(2), w = feature.size(3);
  auto b = boxes * scale;
  auto steps = (torch::arange(size, boxes.options()) + 0.5) / size;
  auto at = [&](int64_t lo, int64_t hi, int64_t extent) {
    auto p = b.select(1, lo).unsqueeze(1) + (b.select(1, hi) - b.select(1, lo)).unsqueeze(1) * steps;
    return p / extent * 2 - 1;
  };
  auto x = at(0, 2, w), y = at(1, 3, h);
  auto grid = torch::stack({x.unsqueeze(1).expand({n, size, size}), y.unsqueeze(2).expand({n, size, size})}, 3);
  namespace F = torch::nn::functional;
  return F::grid_sample(feature.expand({n, -1, -1, -1}), grid, F::GridSampleFuncOptions().mode(torch::kBilinear).padding_mode(torch::kZeros).align_corners(false));
}

class FPN : public torch::nn::Module {
 public:
  FPN(std::vector<int64_t> in_channels, int64_t out) {
    for (std::size_t i = 0; i < in_channels.size(); i++) {
      const auto suffix = std::to_string(i);
      lateral_.push_back(register_module("inner_" + suffix, torch::nn::Conv2d(torch::nn::Conv2dOptions(in_channels[i], out, 1))));
      smooth_.push_back(register_module("layer_" + suffix, torch::nn::Conv2d(torch::nn::Conv2dOptions(out, out, 3).padding(1))));
    }
  }
  Features forward(const Features& in) {
    std::vector<std::string> names;
    for (const auto& item : in) names.push_back(item.first);
    Features out;
    Tensor last;
    for (auto it = names.rbegin(); it != names.rend(); ++it) {
      const auto i = std::distance(names.begin(), it.base()) - 1;
      Tensor inner = lateral_[i]->forward(in.at(*it));
      if (last.defined()) inner = inner + torch::upsample_nearest2d(last, {inner.size(-2), inner.size(-1)});
      last = inner;
      out.emplace(*it, smooth_[i]->forward(inner));
    }
    out["pool"] = torch::max_pool2d(out.rbegin()->second, 1, 2, 0);
    return out;
  }

 private:
  std::vector<torch::nn::Conv2d> lateral_, smooth_;
};

struct BoxHead : torch::nn::Module {
  torch::nn::Linear fc6, fc7, cls, reg;
  BoxHead(int64_t in, int64_t rep, int64_t classes) : fc6(in, rep), fc7(rep, rep), cls(rep, classes), reg(rep, classes * 4) {
    register_module("fc6", fc6);
    register_module("fc7", fc7);
    register_module("cls_score", cls);
    register_module("bbox_pred", reg);
  }
  std::tuple<Tensor, Tensor> forward(Tensor x) {
    x = x.flatten(1);
    x = fc6->forward(x).relu_();
    x = fc7->forward(x).relu_();
    return std::make_tuple(cls->forward(x), reg->forward(x));
  }
};

class MaskHead : public torch::nn::SequentialImpl {
 public:
  MaskHead(int64_t in, std::initializer_list<int64_t> layers, int64_t classes) {
    int64_t next = in, i = 0;
    for (auto features : layers) {
      push_back("mask_fcn" + std::to_string(++i), torch::nn::Conv2d(torch::nn::Conv2dOptions(next, features, 3).padding(1)));
      push_back("relu" + std::to_string(i), torch::nn::ReLU(torch::nn::ReLUOptions(true)));
      next = features;
    }
    push_back("conv5_mask", torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(next, next, 2).stride(2)));
    push_back("relu5", torch::nn::ReLU());
    push_back("mask_fcn_logits", torch::nn::Conv2d(torch::nn::Conv2dOptions(next, classes, 1)));
  }
};

struct BoxCoder {
  double wx = 10, wy = 10, ww = 5, wh = 5, clip = std::log(1000. / 16);
  Tensor decode(const Tensor& codes, const Tensor& boxes) const {
    auto w = boxes.select(1, 2) - boxes.select(1, 0), h = boxes.select(1, 3) - boxes.select(1, 1);
    auto cx = boxes.select(1, 0) + 0.5 * w, cy = boxes.select(1, 1) + 0.5 * h;
    auto part = [&](int64_t i, double weight) { return codes.index({Slice(), Slice(i, torch::indexing::None, 4)}) / weight; };
    auto px = part(0, wx) * w.unsqueeze(1) + cx.unsqueeze(1), py = part(1, wy) * h.unsqueeze(1) + cy.unsqueeze(1);
    auto pw = part(2, ww).clamp_max(clip).exp() * w.unsqueeze(1), ph = part(3, wh).clamp_max(clip).exp() * h.unsqueeze(1);
    return torch::stack({px - 0.5 * pw, py - 0.5 * ph, px + 0.5 * pw, py + 0.5 * ph}, 2);
  }
};

Tensor iou_matrix(const Tensor& a, const Tensor& b) {
  auto area = [](const Tensor& t) { return (t.select(1, 2) - t.select(1, 0)) * (t.select(1, 3) - t.select(1, 1)); };
  auto lt = torch::maximum(a.unsqueeze(1).slice(2, 0, 2), b.slice(1, 0, 2)), rb = torch::minimum(a.unsqueeze(1).slice(2, 2), b.slice(1, 2));
  auto wh = (rb - lt).clamp(0);
  auto inter = wh.select(2, 0).mul(wh.select(2, 1));
  return inter / (area(a).unsqueeze(1) + area(b) - inter);
}

Tensor nms(const Tensor& boxes, const Tensor& scores, double threshold) {
  auto order = std::get<1>(scores.sort(0, /*descending=*/true));
  std::vector<int64_t> keep;
  while (order.numel() > 0) {
    auto best = order[0].item<int64_t>();
    keep.push_back(best);
    if (order.numel() == 1) break;
    auto rest = order.slice(0, 1);
    auto overlap = iou_matrix(boxes[best].unsqueeze(0), boxes.index_select(0, rest)).squeeze(0);
    order = rest.masked_select(overlap.le(threshold));
  }
  return torch::tensor(keep, torch::kLong);
}

class RoiHeads : public torch::nn::Module {
 public:
  RoiHeads(int64_t channels, int64_t classes)
      : box_head(register_module("box_head", std::make_shared<BoxHead>(channels * 7 * 7, 64, classes))),
        mask_head(register_module("mask_head", std::make_shared<MaskHead>(channels, std::initializer_list<int64_t>{32, 32}, classes))), classes_(classes) {}

  /// A fixed share of the proposals for each level.
  Tensor pooled(const Features& features, const Tensor& proposals, int64_t size) {
    std::vector<std::string> levels = {"0", "1", "2"};
    auto shares = proposals.chunk(levels.size());
    std::vector<Tensor> rows;
    for (std::size_t i = 0; i < shares.size(); ++i) rows.push_back(roi_align(features.at(levels[i]), shares[i], 1.0 / (4 << i), size));
    return torch::cat(rows);
  }
  std::map<std::string, Tensor> forward(const Features& features, const Tensor& proposals, int64_t top = 5) {
    auto [logits, deltas] = box_head->forward(pooled(features, proposals, 7));
    auto scores = torch::softmax(logits, -1).slice(1, 1);
    auto boxes = coder.decode(deltas, proposals).slice(1, 1);
    boxes = boxes.clamp(0, 128);
    auto best = scores.flatten().topk(top);
    auto index = std::get<1>(best);
    auto kept = boxes.reshape({-1, 4}).index_select(0, index);
    auto labels = index.remainder(classes_ - 1) + 1;
    auto masks = mask_head->forward(pooled(features, kept, 14));
    auto chosen = masks.gather(1, labels.view({-1, 1, 1, 1}).expand({-1, 1, masks.size(2), masks.size(3)})).squeeze(1).sigmoid();
    return {{"boxes", kept}, {"labels", labels}, {"scores", std::get<0>(best)}, {"masks", chosen}};
  }
  std::map<std::string, Tensor> losses(const Features& features, const Tensor& proposals, const Tensor& labels, const Tensor& targets, const Tensor& mask_targets) {
    auto [logits, deltas] = box_head->forward(pooled(features, proposals, 7));
    auto n = labels.size(0);
    auto chosen = deltas.reshape({n, -1, 4}).index({torch::arange(n), labels});
    auto masks = mask_head->forward(pooled(features, proposals, 14)).index({torch::arange(n), labels});
    return {{"classifier", torch::cross_entropy_loss(logits, labels)},
            {"box", torch::nn::functional::smooth_l1_loss(chosen, targets, torch::nn::functional::SmoothL1LossFuncOptions(torch::kSum), 1.0 / 9) / n},
            {"mask", torch::binary_cross_entropy_with_logits(masks, mask_targets)}};
  }

  std::shared_ptr<BoxHead> box_head;
  std::shared_ptr<MaskHead> mask_head;
  BoxCoder coder;

 private:
  int64_t classes_;
};

struct Detector : torch::nn::Module {
  FPN fpn{{16, 32, 64}, 24};
  RoiHeads heads{24, 4};
  Detector() {
    for (auto [in, out] : {std::pair<int64_t, int64_t>{3, 16}, {16, 32}, {32, 64}}) {
      auto stage = torch::nn::Sequential(torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).stride(in == 3 ? 4 : 2).padding(1)), torch::nn::BatchNorm2d(out), torch::nn::ReLU());
      stages.push_back(register_module("stage" + std::to_string(stages.size()), stage));
    }
  }
  Features extract(Tensor x) {
    Features f;
    for (auto& stage : stages) f[std::to_string(f.size())] = x = stage->forward(x);
    return fpn.forward(f);
  }
  std::map<std::string, Tensor> forward(Tensor x, Tensor boxes) { return heads.forward(extract(std::move(x)), boxes); }
  Tensor loss(Tensor x, Tensor boxes, Tensor labels) {
    auto parts = heads.losses(extract(x), boxes, labels, torch::zeros({labels.size(0), 4}), torch::ones({labels.size(0), 28, 28}));
    Tensor sum;
    for (const auto& [name, value] : parts) sum = sum.defined() ? sum + value : value;
    return sum;
  }
  std::vector<torch::nn::Sequential> stages;
};

} // namespace detector

// cobra: detector::Detector net; net.eval(); auto x = torch::randn({1, 3, 128, 128}); auto boxes = torch::rand({9, 4}) * 100; net.forward(x, boxes);
// cobra: detector::Detector net; net.train(); auto x = torch::randn({1, 3, 128, 128}); auto boxes = torch::rand({6, 4}) * 100; auto labels = torch::randint(0, 4, {6}, torch::kLong); net.loss(x, boxes, labels);

int main() {
  detector::Detector net;
  net.eval();
  torch::NoGradGuard no_grad;
  auto found = net.forward(torch::randn({1, 3, 128, 128}), torch::rand({12, 4}) * 100);
  for (const auto& [name, value] : found) std::cout << name << " " << value.sizes() << "\n";
  std::cout << detector::nms(found["boxes"], found["scores"], 0.5).sizes() << std::endl;
}
