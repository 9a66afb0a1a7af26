/* Pictures and sentences as directions in one space: two towers of the same kind, compared all with all. */
#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <limits>
#include <optional>

using torch::Tensor;
namespace nn = torch::nn;

struct TowerPlan { int64_t width, layers, heads; };

struct TwoTowersPlan {
  int64_t shared = 512, pixels = 224, patch = 32, longest = 77, words = 49408;
  TowerPlan pictures = {768, 12, 12};
  TowerPlan sentences{512, 12, 8};
  int64_t patches() const { return (pixels / patch) * (pixels / patch); }
};

struct QuickBendImpl : nn::Module {
  Tensor forward(Tensor x) { return x * torch::sigmoid(1.7 * x); }
};
TORCH_MODULE(QuickBend);

static nn::LayerNorm level(int64_t width) { return nn::LayerNorm(nn::LayerNormOptions({width})); }

struct FloorImpl : nn::Module {
  FloorImpl(int64_t width, int64_t heads, std::optional<Tensor> hidden) : look(nn::MultiheadAttentionOptions(width, heads)), before_look(level(width)), before_think(level(width)) {
    register_module("look", look);
    register_module("before_look", before_look);
    register_module("before_think", before_think);
    think = register_module("think", nn::Sequential(nn::Linear(width, 4 * width), QuickBend(), nn::Linear(4 * width, width)));
    if (hidden.has_value()) later = *hidden;
  }
  Tensor forward(Tensor x) {
    auto y = before_look->forward(x);
    if (later.defined()) later = later.to(y.device(), y.scalar_type());
    auto [seen, shares] = look->forward(y, y, y, /*key_padding_mask=*/{}, /*need_weights=*/false, later);
    x = x + seen;
    return x + think->forward(before_think->forward(x));
  }
  nn::MultiheadAttention look;
  nn::LayerNorm before_look, before_think;
  nn::Sequential think{nullptr};
  Tensor later;
};
TORCH_MODULE(Floor);

/// Places first: [places, batch, width].
struct TowerImpl : nn::Module {
  explicit TowerImpl(const TowerPlan& p, std::optional<Tensor> hidden = std::nullopt) {
    for (int64_t left = p.layers; left > 0; --left) floors->push_back(Floor(p.width, p.heads, hidden));
    register_module("floors", floors);
  }
  Tensor forward(Tensor x) { return floors->forward(x.transpose(0, 1)).transpose(0, 1); }
  nn::Sequential floors;
};
TORCH_MODULE(Tower);

class PictureSideImpl : public nn::Module {
 public:
  explicit PictureSideImpl(const TwoTowersPlan& plan) {
    const auto width = plan.pictures.width;
    const double small = 1 / std::sqrt(static_cast<double>(width));
    cut = register_module("cut", nn::Conv2d(nn::Conv2dOptions(3, width, plan.patch).stride(plan.patch).bias(false)));
    whole = register_parameter("whole", small * torch::randn(width));
    place = register_parameter("place", small * torch::randn({plan.patches() + 1, width}));
    out = register_parameter("out", small * torch::randn({width, plan.shared}));
    before = register_module("before", level(width));
    tower = register_module("tower", Tower(plan.pictures));
    after = register_module("after", level(width));
  }
  Tensor forward(Tensor pictures) {
    auto x = cut->forward(pictures);
    x = x.flatten(2).permute({0, 2, 1});
    auto first = whole.to(x.dtype()) + torch::zeros({x.size(0), 1, x.size(-1)}, torch::TensorOptions().dtype(x.dtype()).device(x.device()));
    x = torch::cat({first, x}, 1) + place.to(x.dtype());
    x = tower->forward(before->forward(x));
    return after->forward(x.index({torch::indexing::Slice(), 0, torch::indexing::Slice()})).matmul(out);
  }

 private:
  nn::Conv2d cut{nullptr};
  nn::LayerNorm before{nullptr}, after{nullptr};
  Tower tower{nullptr};
  Tensor whole, place, out;
};
TORCH_MODULE(PictureSide);

class TwoTowersImpl : public nn::Module {
 public:
  struct Match {
    Tensor by_picture, by_sentence, pictures, sentences;
  };

  explicit TwoTowersImpl(TwoTowersPlan p = {}) : plan(std::move(p)) {
    const auto width = plan.sentences.width;
    pictures = register_module("pictures", PictureSide(plan));
    auto later = torch::empty({plan.longest, plan.longest}).fill_(-std::numeric_limits<float>::infinity());
    tower = register_module("tower", Tower(plan.sentences, later.triu_(1)));
    meaning = register_module("meaning", nn::Embedding(plan.words, width));
    place = register_parameter("place", torch::empty({plan.longest, width}));
    after = register_module("after", level(width));
    out = register_parameter("out", torch::empty({width, plan.shared}));
    sharpness = register_parameter("sharpness", torch::ones({}) * std::log(1 / 0.07));
    nn::init::normal_(meaning->weight, 0, 0.02);
    nn::init::normal_(place, 0, 0.01);
    nn::init::normal_(out, 0, std::pow(width, -0.5));
  }
  Tensor of_sentences(Tensor ids) {
    auto x = after->forward(tower->forward(meaning->forward(ids) + place));
    // the last word has the highest number
    return x.index({torch::arange(x.size(0)), ids.argmax(-1)}).matmul(out);
  }
  Match forward(Tensor images, Tensor ids) {
    Match m;
    auto direction = [](Tensor x) { return x / x.norm(2, {1}, true); };
    m.pictures = direction(pictures->forward(images));
    m.sentences = direction(of_sentences(ids));
    m.by_picture = sharpness.exp() * torch::mm(m.pictures, m.sentences.t());
    m.by_sentence = m.by_picture.t();
    return m;
  }

 private:
  TwoTowersPlan plan;
  PictureSide pictures{nullptr};
  Tower tower{nullptr};
  nn::Embedding meaning{nullptr};
  nn::LayerNorm after{nullptr};
  Tensor place, out, sharpness;
};
TORCH_MODULE(TwoTowers);

/// Each picture belongs to the sentence of its own number.
Tensor mismatch(const TwoTowersImpl::Match& m) {
  auto own = torch::arange(m.by_picture.size(0), torch::kLong);
  Tensor sum;
  for (const auto& side : {m.by_picture, m.by_sentence}) {
    auto loss = nn::functional::cross_entropy(side, own);
    sum = sum.defined() ? sum + loss : loss;
  }
  return sum / 2;
}

int main() {
  TwoTowers net;
  net->eval();
  auto m = net->forward(torch::randn({4, 3, 224, 224}), torch::randint(0, 49408, {4, 77}, torch::kLong));
  std::cout << m.by_picture.sizes() << ' ' << mismatch(m).item<float>() << '\n';
}

// cobra: TwoTowersPlan p; p.shared = 16; p.pixels = 32; p.patch = 8; p.pictures = {32, 2, 4}; p.longest = 12; p.words = 100; p.sentences = {24, 2, 4}; TwoTowers net(p); net->eval(); auto images = torch::randn({3, 3, 32, 32}); auto ids = torch::randint(0, 100, {3, 12}, torch::kLong); net->forward(images, ids);
