// A detector in two stages: likely boxes first, then a look into each of them.
#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <vector>

namespace proposals {

using torch::Tensor;
using torch::indexing::Slice;
using Tensors = std::vector<Tensor>;
namespace nn = torch::nn;

/// Boxes [.., 4] as edges: left, top, right, bottom.
struct Edges {
  Tensor left, top, right, bottom;
  explicit Edges(const Tensor& b) : left(b.select(-1, 0)), top(b.select(-1, 1)), right(b.select(-1, 2)), bottom(b.select(-1, 3)) {}
  Tensor width() const { return right - left; }
  Tensor height() const { return bottom - top; }
};

class Anchors {
 public:
  explicit Anchors(std::vector<double> sizes = {64, 128, 256}, std::vector<double> slants = {0.5, 1, 2}) : shapes_(make(sizes, slants)) {}
  int64_t each() const { return shapes_.size(0); }

  /// All boxes of a map of that many rows and columns: [rows * columns * each, 4].
  Tensor over(at::IntArrayRef cells, int64_t step) const {
    auto y = torch::arange(cells[0]) * step, x = torch::arange(cells[1]) * step;
    const auto [rows, columns] = std::make_pair(y.repeat_interleave(cells[1]), x.repeat({cells[0]}));
    auto corner = torch::stack({columns, rows, columns, rows}, 1).to(shapes_.dtype());
    return (corner.unsqueeze(1) + shapes_.unsqueeze(0)).reshape({-1, 4});
  }

 private:
  static Tensor make(const std::vector<double>& sizes, const std::vector<double>& slants) {
    auto tall = torch::sqrt(torch::tensor(slants)), size = torch::tensor(sizes);
    auto h = torch::outer(tall, size).view(-1) / 2, w = torch::outer(tall.reciprocal(), size).view(-1) / 2;
    return torch::stack({-w, -h, w, h}, 1).round();
  }
  Tensor shapes_;
};

/// Moves boxes by what a network says, and keeps them inside of a picture.
struct Mover {
  std::vector<double> trust{1, 1, 1, 1};
  double most = std::log(60.);

  Tensor operator()(const Tensor& boxes, const Tensor& said, int64_t height, int64_t width) const {
    auto by = said * torch::tensor(trust).to(said.dtype());
    const Edges e(boxes);
    auto grow_x = by.index({"...", 2}).clamp(-most, most).exp(), grow_y = by.select(-1, 3).clamp_max(most).exp();
    auto x = torch::addcmul((e.left + e.right) * 0.5, e.width(), by.select(-1, 0)), y = torch::addcmul((e.top + e.bottom) * 0.5, e.height(), by.select(-1, 1));
    auto half_w = e.width() * grow_x * 0.5, half_h = e.height() * grow_y * 0.5;
    return torch::stack({(x - half_w).clamp(0, width), (y - half_h).clamp(0, height), (x + half_w).clamp(0, width), (y + half_h).clamp(0, height)}, -1);
  }
};

class EyeImpl : public nn::Module {
 public:
  EyeImpl() {
    int64_t from = 3;
    for (int64_t to : {32, 64, 128, 256}) {
      steps->push_back(nn::Conv2d(nn::Conv2dOptions(from, to, 3).stride(2).padding(1).bias(false)));
      steps->push_back(nn::GroupNorm(nn::GroupNormOptions(8, to)));
      steps->push_back(nn::ReLU(nn::ReLUOptions().inplace(true)));
      from = to;
    }
    register_module("steps", steps);
  }
  Tensor forward(Tensor x) { return steps->forward(x); }
  nn::Sequential steps;
};
TORCH_MODULE(Eye);

class ProposerImpl : public nn::Module {
 public:
  ProposerImpl(int64_t from, int64_t width)
      : look(register_module("look", nn::Conv2d(nn::Conv2dOptions(from, width, 3).padding(1)))), likely(register_module("likely", nn::Conv2d(width, anchors.each(), 1))),
        move(register_module("move", nn::Conv2d(width, anchors.each() * 4, 1))) {
    for (auto& c : {look, likely, move}) {
      nn::init::normal_(c->weight, 0, 0.01);
      nn::init::zeros_(c->bias);
    }
  }
  std::tuple<Tensor, Tensor> forward(const Tensor& map) {
    auto f = torch::relu(look(map));
    return std::make_tuple(likely(f), move(f));
  }
  /// The best boxes of one picture.
  Tensor best(const Tensor& likely, const Tensor& moves, int64_t height, int64_t width, int64_t step, int64_t first = 200, int64_t last = 50) {
    auto score = likely.permute({1, 2, 0}).reshape(-1).sigmoid();
    auto by = moves.permute({1, 2, 0}).reshape({-1, 4});
    auto boxes = anchors.over({likely.size(1), likely.size(2)}, step);
    if (score.size(0) > first) {
      Tensor rows;
      std::tie(score, rows) = score.topk(first);
      by = by.index_select(0, rows);
      boxes = boxes.index({rows});
    }
    auto order = std::get<1>(score.sort(/*dim=*/0, /*descending=*/true)).slice(0, 0, last);
    return Mover{}(boxes, by, height, width).index_select(0, order);
  }
  Anchors anchors;
  nn::Conv2d look, likely, move;
};
TORCH_MODULE(Proposer);

/// What is inside of boxes, looked up at side x side points of each: [boxes, C, side, side].
Tensor inside(const Tensor& map, const Tensor& boxes, int64_t side, double scale) {
  namespace F = nn::functional;
  const auto n = boxes.size(0);
  const Edges e(boxes * scale);
  auto share = (torch::arange(side, torch::kFloat) + 0.5) / side;
  auto x = e.left.unsqueeze(1) + e.width().unsqueeze(1) * share, y = e.top.unsqueeze(1) + e.height().unsqueeze(1) * share;
  x = x * (2. / (map.size(2) - 1)) - 1;
  y = y * (2. / (map.size(1) - 1)) - 1;
  auto points = torch::stack({x.unsqueeze(1).expand({n, side, side}), y.unsqueeze(2).expand({n, side, side})}, 3);
  return F::grid_sample(map.unsqueeze(0).expand({n, -1, -1, -1}), points, F::GridSampleFuncOptions().mode(torch::kBilinear).padding_mode(torch::kZeros).align_corners(true));
}

struct Found {
  Tensor boxes, scores;
  Tensors logits;
};

class TwoStagesImpl : public nn::Module {
 public:
  explicit TwoStagesImpl(int64_t kinds = 21) : propose(256, 128), kinds(kinds) {
    register_module("eye", eye);
    register_module("propose", propose);
    read = register_module("read", nn::Sequential(nn::Flatten(), nn::Linear(256 * 7 * 7, 128), nn::ReLU()));
    name = register_module("name", nn::Linear(128, kinds));
    move = register_module("move", nn::Linear(128, (kinds - 1) * 4));
  }
  Found forward(Tensor pictures) {
    const auto h = pictures.size(2), w = pictures.size(3);
    auto map = eye(pictures);
    Tensor likely, moves;
    std::tie(likely, moves) = propose->forward(map);
    Found found;
    Tensors boxes, scores;
    for (int64_t i = 0; i < pictures.size(0); ++i) {
      auto here = propose->best(likely[i], moves[i], h, w, 16);
      auto x = read->forward(inside(map[i], here, 7, 1.0 / 16));
      found.logits.push_back(name(x));
      auto by = move(x).view({here.size(0), kinds - 1, 4});
      boxes.push_back(Mover{{.1, .1, .2, .2}}(here.unsqueeze(1).expand_as(by), by, h, w));
      scores.push_back(found.logits.back().softmax(-1));
    }
    found.boxes = torch::stack(boxes);
    found.scores = torch::stack(scores);
    return found;
  }

 private:
  Eye eye;
  Proposer propose;
  int64_t kinds;
  nn::Sequential read{nullptr};
  nn::Linear name{nullptr}, move{nullptr};
};
TORCH_MODULE(TwoStages);

}  // namespace proposals

int main() {
  proposals::TwoStages net(21);
  net->eval();
  torch::NoGradGuard g;
  const auto found = net->forward(torch::rand({2, 3, 256, 320}));
  std::cout << found.boxes.sizes() << " " << found.scores.sizes() << std::endl;
  return 0;
}
