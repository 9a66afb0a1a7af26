// Sound to words: frames of loudness through filters and a reader; a writer that is asked word by word and remembers what it has worked out.
#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <limits>
#include <memory>
#include <unordered_map>
#include <vector>

namespace dictation {

using torch::Tensor;
using torch::indexing::None;
using torch::indexing::Slice;
namespace nn = torch::nn;

struct Side {
  int places, width, heads, layers;
};
struct Plan {
  int bands, words;
  Side sound, text;
};
static const Plan kSmall = {80, 200, {100, 64, 4, 2}, {32, 64, 4, 2}};

/// Keys and values by the layer that made them: those of the sound stay, those of the text grow.
using Memory = std::unordered_map<const nn::Module*, Tensor>;

Tensor waves(int places, int width, double slowest = 1e4) {
  TORCH_CHECK(width % 2 == 0, "waves come in pairs");
  auto speed = torch::exp(torch::arange(width / 2) * (-std::log(slowest) / (width / 2 - 1)));
  auto phase = torch::arange(places).index({Slice(), None}) * speed.index({None});
  return torch::cat({phase.sin(), phase.cos()}, 1);
}

class Look : public nn::Module {
 public:
  explicit Look(const Side& s) : heads_(s.heads) {
    ask_ = register_module("ask", nn::Linear(s.width, s.width));
    match_ = register_module("match", nn::Linear(nn::LinearOptions(s.width, s.width).bias(false)));
    tell_ = register_module("tell", nn::Linear(s.width, s.width));
    sum_up_ = register_module("sum_up", nn::Linear(s.width, s.width));
  }
  Tensor forward(const Tensor& x, const Tensor& other = {}, const Tensor& hidden = {}, Memory* memory = nullptr) {
    auto keys = recalled(match_, x, other, memory), values = recalled(tell_, x, other, memory);
    const double share = std::pow(double(x.size(2)) / heads_, -0.25);
    auto fit = split(ask_(x)).mul(share).matmul(split(keys).mul(share).transpose(-1, -2));
    if (hidden.defined()) fit = fit + hidden.index({Slice(None, x.size(1)), Slice(None, x.size(1))});
    auto found = fit.to(torch::kFloat).softmax(-1).to(x.dtype()).matmul(split(values));
    return sum_up_(found.transpose(1, 2).flatten(2));
  }

 private:
  Tensor split(const Tensor& x) const { return x.view({x.size(0), x.size(1), heads_, -1}).permute({0, 2, 1, 3}); }
  static Tensor recalled(nn::Linear& layer, const Tensor& x, const Tensor& other, Memory* memory) {
    if (memory == nullptr) return layer(other.defined() ? other : x);
    auto kept = memory->find(layer.get());
    if (other.defined() && kept != memory->end()) return kept->second;
    auto fresh = layer(other.defined() ? other : x);
    if (kept != memory->end()) fresh = torch::cat({kept->second, fresh}, 1);
    (*memory)[layer.get()] = fresh.detach();
    return fresh;
  }
  int heads_;
  nn::Linear ask_{nullptr}, match_{nullptr}, tell_{nullptr}, sum_up_{nullptr};
};

class Layer : public nn::Module {
 public:
  Layer(const Side& s, bool listens) {
    own_ = register_module("own", std::make_shared<Look>(s));
    if (listens) listen_ = register_module("listen", std::make_shared<Look>(s));
    think_ = register_module("think", nn::Sequential(nn::Linear(s.width, 4 * s.width), nn::GELU(), nn::Linear(4 * s.width, s.width)));
    for (const char* before : {"own_level", "listen_level", "think_level"})
      if (listens || before[0] != 'l') level_.push_back(register_module(before, nn::LayerNorm(nn::LayerNormOptions({s.width}))));
  }
  Tensor forward(Tensor x, const Tensor& heard = {}, const Tensor& hidden = {}, Memory* memory = nullptr) {
    x = x + own_->forward(level_.front()(x), {}, hidden, memory);
    if (listen_) x = x + listen_->forward(level_[1](x), heard, {}, memory);
    return x + think_->forward(level_.back()(x));
  }

 private:
  std::shared_ptr<Look> own_, listen_;
  std::vector<nn::LayerNorm> level_;
  nn::Sequential think_{nullptr};
};

template <class Self>
std::vector<std::shared_ptr<Layer>> add_layers(Self& self, const Side& s, bool listens) {
  std::vector<std::shared_ptr<Layer>> layers(s.layers);
  for (int i = 0; i < s.layers; i++) layers[i] = self.register_module("layer" + std::to_string(i), std::make_shared<Layer>(s, listens));
  return layers;
}

class Listener : public nn::Module {
 public:
  Listener(int bands, const Side& s)
      : first(nn::Conv1dOptions(bands, s.width, 3).padding(1)), second(nn::Conv1dOptions(s.width, s.width, 3).stride(2).padding(1)), level(nn::LayerNormOptions({s.width})) {
    register_module("first", first);
    register_module("second", second);
    register_buffer("place", place = waves(s.places, s.width));
    layers = add_layers(*this, s, false);
    register_module("level", level);
  }
  Tensor forward(Tensor x) {
    for (auto* filter : {&first, &second}) x = torch::gelu((*filter)(x));
    x = x.permute({0, 2, 1});
    TORCH_CHECK(x.sizes().slice(1) == place.sizes(), "a sound of another length was expected");
    x = (x + place).to(x.dtype());
    for (auto& layer : layers) x = layer->forward(x);
    return level(x);
  }

 private:
  nn::Conv1d first, second;
  nn::LayerNorm level;
  Tensor place;
  std::vector<std::shared_ptr<Layer>> layers;
};

class Writer : public nn::Module {
 public:
  Writer(int words, const Side& s) : meaning(words, s.width), level(nn::LayerNormOptions({s.width})) {
    register_module("meaning", meaning);
    register_module("level", level);
    layers = add_layers(*this, s, true);
    place = register_parameter("place", torch::empty({s.places, s.width}).normal_(0, 0.01));
    later = register_buffer("later", torch::full({s.places, s.places}, -std::numeric_limits<float>::infinity()).triu_(1));
  }
  Tensor forward(const Tensor& words, const Tensor& heard, Memory* memory = nullptr, int64_t first = 0) {
    auto x = meaning(words) + place.slice(0, first, first + words.size(-1));
    for (auto& layer : layers) x = layer->forward(x, heard, later, memory);
    return torch::matmul(level(x), meaning->weight.to(x.dtype()).t()).to(torch::kFloat);
  }

 private:
  nn::Embedding meaning;
  nn::LayerNorm level;
  Tensor place, later;
  std::vector<std::shared_ptr<Layer>> layers;
};

class Dictation : public nn::Module {
 public:
  explicit Dictation(const Plan& p = kSmall) {
    listener = register_module("listener", std::make_shared<Listener>(p.bands, p.sound));
    writer = register_module("writer", std::make_shared<Writer>(p.words, p.text));
    bands = register_buffer("bands", torch::rand({p.bands, 201}));
  }
  Tensor loudness(const Tensor& sound, int frame = 400, int step = 160) {
    auto spectrum = torch::stft(sound, frame, step, c10::nullopt, torch::hann_window(frame), true, "reflect", false, c10::nullopt, true);
    auto power = spectrum.index({"...", Slice(None, -1)}).abs().square();
    auto level = torch::matmul(bands, power).clamp_min(1e-10).log10();
    return torch::maximum(level, level.max() - 8.0) / 4.0 + 1.0;
  }
  Tensor forward(const Tensor& loud, const Tensor& words) { return writer->forward(words, listener->forward(loud)); }

  /// The likeliest word, again and again.
  Tensor write(const Tensor& sound, int64_t steps) {
    torch::NoGradGuard no_grad;
    const auto heard = listener->forward(loudness(sound)), never = torch::tensor({0, 5, 7}, torch::kLong);
    auto words = torch::full({heard.size(0), 3}, 1, torch::kLong);
    Memory memory;
    for (int64_t done = 0; steps > 0; --steps) {
      auto fresh = words.slice(1, done);
      auto scores = writer->forward(fresh, heard, &memory, done).select(1, -1);
      done = words.size(1);
      scores.index_fill_(1, never, -std::numeric_limits<float>::infinity());
      words = torch::cat({words, scores.argmax(-1, /*keepdim=*/true)}, -1);
    }
    return words;
  }

 private:
  std::shared_ptr<Listener> listener;
  std::shared_ptr<Writer> writer;
  Tensor bands;
};

}  // namespace dictation

// cobra: dictation::Dictation net; net.eval(); auto loud = torch::randn({2, 80, 200}); auto words = torch::randint(0, 200, {2, 7}); net.forward(loud, words);
// cobra: dictation::Dictation net; net.eval(); auto sound = torch::randn({1, 32000}); net.write(sound, 4);

int main() {
  auto net = std::make_shared<dictation::Dictation>();
  net->eval();
  std::cout << net->write(torch::randn({1, 32000}), 16) << std::endl;
  return 0;
}
