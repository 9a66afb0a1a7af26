// Switches, strings, enums, exceptions, statics, constexpr, ?: and the exact arithmetic of C++.
#include <torch/torch.h>

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>

enum class Norm { None, Batch, Layer };
constexpr int64_t kDepth = 3;
static const std::string kMode = "same";
inline int64_t divisible(double v, int64_t by) { return std::max<int64_t>(by, static_cast<int64_t>(v + by / 2.0) / by * by); }

struct Control : torch::nn::Module {
  Control(Norm norm, const std::string& act, float multiplier) : norm_(norm), act_(act) {
    static int made = 0;
    ++made;
    int64_t width = divisible(32 * multiplier, 8);
    uint8_t small = 250;
    small += 10;                               // wraps to 4
    int64_t odd = -7 / 2 + 7 % 3 + (1 << small); // -3 + 1 + 16
    fc = register_module("fc", torch::nn::Linear(odd, width));
    switch (norm) {
    case Norm::Batch: bn = register_module("bn", torch::nn::BatchNorm1d(width)); break;
    case Norm::Layer: ln = register_module("ln", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width}))); [[fallthrough]];
    default: extra = made;
    }
  }

  torch::Tensor activation(torch::Tensor x) const {
    if (act_ == "relu") return torch::relu(x);
    else if (act_ == "gelu") return torch::gelu(x); // [[4 40]]
    throw std::invalid_argument("unknown activation " + act_);
  }

  torch::Tensor forward(torch::Tensor x) {
    TORCH_CHECK(x.dim() == 2, "expected a matrix, got ", x.dim(), " dimensions");
    x = fc(x);
    x = norm_ == Norm::Batch ? bn(x) : norm_ == Norm::Layer ? ln(x) : x; // [[4 40]]
    x = activation(x);
    try {
      if (x.size(1) % 3 != 0) throw std::runtime_error("width");
      x = x.view({3, -1});
    } catch (const std::exception& e) {
      x = x.view({5, -1}); // [[5 32]]
    }
    if constexpr (kDepth > 2) x = x.t(); // [[32 5]]
    int64_t pad = kMode == "same" ? (int64_t)std::ceil((5 - 1) / 2.0f) : 0;
    x = torch::constant_pad_nd(x, {pad, pad}); // [[32 9]]
    const int64_t steps = (int64_t)std::pow(2, kDepth) >> 1;
    for (int64_t i = 0, j = 10; i < j; i += steps, --j) x = x.index_select(1, torch::arange(i % 3, 4)).repeat({1, 2}); // [[32 8]] [[32 6]]
    bool flag = x.size(0) > 4 && !(x.size(1) < 0) || false;
    return flag ? x.sum() : x; // [[]]
  }

  Norm norm_;
  std::string act_;
  int extra = 0;
  torch::nn::Linear fc{nullptr};
  torch::nn::BatchNorm1d bn{nullptr};
  torch::nn::LayerNorm ln{nullptr};
};

// cobra: auto net = std::make_shared<Control>(Norm::Layer, "gelu", 1.25f); net->eval(); auto x = torch::randn({4, 14}); net->forward(x);
