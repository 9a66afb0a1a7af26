// Detection with a transformer: queries against image features, and the set loss for a given assignment.
#include <torch/torch.h>

#include <array>
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace torch::indexing;
using torch::Tensor;
namespace nn = torch::nn;

#define DETR_LINEAR(member, in, out) member = register_module(#member, nn::Linear(in, out))

struct DetrOutput {
  Tensor logits, boxes;
  std::vector<std::pair<Tensor, Tensor>> aux;
};

static Tensor sine_position(const Tensor& mask, int64_t feats, double temperature = 10000.) {
  auto not_mask = mask.logical_not();
  auto y = not_mask.cumsum(1, torch::kFloat32), x = not_mask.cumsum(2, torch::kFloat32);
  const double eps = 1e-6, scale = 2 * M_PI;
  y = y / (y.index({Slice(), Slice(-1, None), Slice()}) + eps) * scale;
  x = x / (x.index({Slice(), Slice(), Slice(-1, None)}) + eps) * scale;
  auto t = torch::arange(feats, torch::kFloat32);
  t = torch::pow(temperature, 2 * torch::floor_divide(t, 2) / double(feats));
  auto encode = [&](const Tensor& p) {
    auto q = p.unsqueeze(-1) / t;
    return torch::stack({q.index({"...", Slice(0, None, 2)}).sin(), q.index({"...", Slice(1, None, 2)}).cos()}, 4).flatten(3);
  };
  return torch::cat({encode(y), encode(x)}, 3).permute({0, 3, 1, 2});
}

// Batch norm whose statistics never change.
struct FrozenBatchNorm2dImpl : nn::Module {
  FrozenBatchNorm2dImpl(int64_t n) {
    for (auto name : {"weight", "bias", "running_mean", "running_var"})
      register_buffer(name, std::string(name) == "weight" || std::string(name) == "running_var" ? torch::ones(n) : torch::zeros(n));
  }
  Tensor forward(Tensor x) {
    auto b = named_buffers();
    auto w = b["weight"].reshape({1, -1, 1, 1}), bias = b["bias"].reshape({1, -1, 1, 1});
    auto rv = b["running_var"].reshape({1, -1, 1, 1}), rm = b["running_mean"].reshape({1, -1, 1, 1});
    auto scale = w * (rv + 1e-5).rsqrt();
    return x * scale + (bias - rm * scale);
  }
};
TORCH_MODULE(FrozenBatchNorm2d);

struct DecoderLayerImpl : nn::Module {
  DecoderLayerImpl(int64_t d, int64_t heads, int64_t ff)
      : self_attn(register_module("self_attn", nn::MultiheadAttention(nn::MultiheadAttentionOptions(d, heads)))),
        cross_attn(register_module("multihead_attn", nn::MultiheadAttention(nn::MultiheadAttentionOptions(d, heads)))) {
    DETR_LINEAR(linear1, d, ff);
    DETR_LINEAR(linear2, ff, d);
    int i = 0;
    for (nn::LayerNorm* n : {&norm1, &norm2, &norm3}) *n = register_module("norm" + std::to_string(++i), nn::LayerNorm(nn::LayerNormOptions({d})));
  }
  static Tensor with_pos(const Tensor& t, const Tensor& pos) { return pos.defined() ? t + pos : t; }
  Tensor forward(Tensor tgt, const Tensor& memory, const Tensor& pos, const Tensor& query_pos, const Tensor& padding = {}) {
    auto q = with_pos(tgt, query_pos);
    tgt = norm1(tgt + std::get<0>(self_attn(q, q, tgt)));
    auto attended = cross_attn->forward(with_pos(tgt, query_pos), with_pos(memory, pos), memory, padding);
    tgt = norm2(tgt + std::get<0>(attended));
    return norm3(tgt + linear2(torch::relu(linear1(tgt))));
  }
  nn::MultiheadAttention self_attn, cross_attn;
  nn::Linear linear1{nullptr}, linear2{nullptr};
  nn::LayerNorm norm1{nullptr}, norm2{nullptr}, norm3{nullptr};
};
TORCH_MODULE(DecoderLayer);

struct DETRImpl : nn::Module {
  DETRImpl(int64_t classes, int64_t queries = 20, int64_t d = 64, int n_dec = 2) : d_model(d) {
    int64_t in = 3;
    for (int64_t out : {16, 32, 64}) {
      backbone->push_back(nn::Conv2d(nn::Conv2dOptions(in, out, 3).stride(2).padding(1).bias(false)));
      backbone->push_back(FrozenBatchNorm2d(out));
      backbone->push_back(nn::Functional(torch::relu));
      in = out;
    }
    register_module("backbone", backbone);
    input_proj = register_module("input_proj", nn::Conv2d(nn::Conv2dOptions(in, d, 1)));
    encoder = register_module("encoder", nn::TransformerEncoder(nn::TransformerEncoderOptions(nn::TransformerEncoderLayerOptions(d, 4).dim_feedforward(128).dropout(0.), 2)));
    for (int i = 0; i < n_dec; i++) layers->push_back(DecoderLayer(d, 4, 128));
    register_module("layers", layers);
    norm = register_module("norm", nn::LayerNorm(nn::LayerNormOptions({d})));
    query_embed = register_module("query_embed", nn::Embedding(queries, d));
    DETR_LINEAR(class_embed, d, classes + 1);
    for (int i = 0; i < 3; i++) bbox_embed[i] = register_module("bbox" + std::to_string(i), nn::Linear(d, i == 2 ? 4 : d));
  }

  DetrOutput forward(const Tensor& images, const Tensor& mask) {
    auto features = backbone->forward(images);
    auto m = nn::functional::interpolate(mask.unsqueeze(0).to(torch::kFloat),
                                         nn::functional::InterpolateFuncOptions().size(std::vector<int64_t>(features.sizes().begin() + 2, features.sizes().end())).mode(torch::kNearest))
                 .to(torch::kBool)
                 .squeeze(0);
    auto pos = sine_position(m, d_model / 2).flatten(2).permute({2, 0, 1});
    auto src = input_proj(features).flatten(2).permute({2, 0, 1});
    auto padding = m.flatten(1);
    auto memory = encoder->forward(src + pos, Tensor(), padding);
    auto query_pos = query_embed->weight.unsqueeze(1).repeat({1, images.size(0), 1});
    auto tgt = torch::zeros_like(query_pos);

    std::vector<Tensor> states;
    for (const auto& layer : *layers) {
      tgt = layer->as<DecoderLayerImpl>()->forward(tgt, memory, pos, query_pos, padding);
      states.push_back(norm(tgt));
    }
    auto hs = torch::stack(states).transpose(1, 2);
    auto classes = class_embed(hs), boxes = hs;
    for (size_t i = 0; i < bbox_embed.size(); i++) {
      boxes = bbox_embed[i](boxes);
      if (i + 1 < bbox_embed.size()) boxes.relu_();
    }
    boxes = boxes.sigmoid();
    DetrOutput out{classes[-1], boxes[-1], {}};
    for (int64_t i = 0; i < classes.size(0) - 1; ++i) out.aux.emplace_back(classes[i], boxes[i]);
    return out;
  }

  int64_t d_model;
  nn::Sequential backbone;
  nn::Conv2d input_proj{nullptr};
  nn::TransformerEncoder encoder{nullptr};
  nn::ModuleList layers;
  nn::LayerNorm norm{nullptr};
  nn::Embedding query_embed{nullptr};
  nn::Linear class_embed{nullptr};
  std::array<nn::Linear, 3> bbox_embed{nn::Linear{nullptr}, nn::Linear{nullptr}, nn::Linear{nullptr}};
};
TORCH_MODULE(DETR);

inline Tensor box_cxcywh_to_xyxy(const Tensor& x) {
  auto p = x.unbind(-1);
  return torch::stack({p[0] - 0.5 * p[2], p[1] - 0.5 * p[3], p[0] + 0.5 * p[2], p[1] + 0.5 * p[3]}, -1);
}
inline Tensor area(const Tensor& b) { return (b.index({Slice(), 2}) - b.index({Slice(), 0})) * (b.index({Slice(), 3}) - b.index({Slice(), 1})); }
inline Tensor generalized_iou(const Tensor& a, const Tensor& b) {
  auto lt = torch::max(a.index({Slice(), None, Slice(None, 2)}), b.index({Slice(), Slice(None, 2)}));
  auto rb = torch::min(a.index({Slice(), None, Slice(2, None)}), b.index({Slice(), Slice(2, None)}));
  auto wh = (rb - lt).clamp(0);
  auto inter = wh.index({"...", 0}) * wh.index({"...", 1});
  auto uni = area(a).unsqueeze(1) + area(b) - inter;
  auto outer = (torch::max(a.unsqueeze(1).slice(-1, 2), b.slice(-1, 2)) - torch::min(a.unsqueeze(1).slice(-1, 0, 2), b.slice(-1, 0, 2))).clamp_min(0);
  auto hull = outer.prod(-1);
  return inter / uni - (hull - uni) / hull;
}

// Each target goes to the query of its own index.
std::map<std::string, Tensor> set_loss(const DetrOutput& out, const std::vector<Tensor>& labels, const std::vector<Tensor>& boxes, int64_t classes) {
  std::map<std::string, Tensor> losses;
  int64_t num_boxes = 0;
  for (auto& l : labels) num_boxes += l.size(0);
  auto target = torch::full({out.logits.size(0), out.logits.size(1)}, classes, torch::kLong);
  auto weight = torch::ones(classes + 1);
  weight[-1] = 0.1;
  std::vector<Tensor> chosen;
  for (size_t b = 0; b < labels.size(); ++b) {
    auto n = labels[b].size(0);
    target.index_put_({int64_t(b), Slice(0, n)}, labels[b]);
    chosen.push_back(out.boxes[b].slice(0, 0, n));
  }
  losses["loss_ce"] = nn::functional::cross_entropy(out.logits.transpose(1, 2), target, nn::functional::CrossEntropyFuncOptions().weight(weight));
  auto src = torch::cat(chosen), dst = torch::cat(boxes);
  losses["loss_bbox"] = torch::l1_loss(src, dst, torch::Reduction::None).sum() / num_boxes;
  losses["loss_giou"] = (1 - torch::diag(generalized_iou(box_cxcywh_to_xyxy(src), box_cxcywh_to_xyxy(dst)))).sum() / num_boxes;
  return losses;
}

Tensor train_step(DETR& net, torch::optim::AdamW& optimizer, const Tensor& images, const std::vector<Tensor>& labels, const std::vector<Tensor>& boxes) {
  const std::map<std::string, double> weights = {{"loss_ce", 1.}, {"loss_bbox", 5.}, {"loss_giou", 2.}};
  auto out = net->forward(images, torch::zeros({images.size(0), images.size(2), images.size(3)}, torch::kBool));
  auto losses = set_loss(out, labels, boxes, 5);
  Tensor total = torch::zeros({});
  for (const auto& [name, loss] : losses) total = total + weights.at(name) * loss;
  for (const auto& [logits, aux_boxes] : out.aux) {
    DetrOutput aux{logits, aux_boxes, {}};
    for (auto& entry : set_loss(aux, labels, boxes, 5)) total += entry.second * weights.at(entry.first);
  }
  return total;
}

// cobra: DETR net(5); net->eval(); auto x = torch::randn({2, 3, 64, 96}); auto mask = torch::zeros({2, 64, 96}, torch::kBool); net->forward(x, mask);
// cobra: DETR net(5); net->train(); torch::optim::AdamW opt(net->parameters(), 1e-4); auto x = torch::randn({2, 3, 64, 64}); std::vector<Tensor> l{torch::tensor({1, 2}), torch::tensor({0, 3, 4})}, b{torch::rand({2, 4}), torch::rand({3, 4})}; train_step(net, opt, x, l, b);

int main() {
  DETR net(5);
  torch::optim::AdamW optimizer(net->parameters(), torch::optim::AdamWOptions(1e-4).weight_decay(1e-4));
  for (int epoch = 0; epoch < 2; ++epoch) {
    optimizer.zero_grad();
    auto loss = train_step(net, optimizer, torch::randn({1, 3, 64, 64}), {torch::tensor({1, 2})}, {torch::rand({2, 4})});
    loss.backward();
    torch::nn::utils::clip_grad_norm_(net->parameters(), 0.1);
    optimizer.step();
  }
}
