#ifndef WINDOWS_H_
#define WINDOWS_H_

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include <torch/torch.h>

namespace windows {

struct Options {
  int64_t pixels = 224, patch = 4, colours = 3, width = 96, side = 7, kinds = 1000;
  std::vector<int64_t> layers = {2, 2, 6, 2};
  std::vector<int64_t> heads = {3, 6, 12, 24};
  float wider = 4.f, skipped = 0.1f;
};

/// Rows and columns of a map.
using Extent = std::pair<int64_t, int64_t>;

/// [N, H, W, C] to [N windows, side * side, C], and back.
torch::Tensor cut(const torch::Tensor& map, int64_t side);
torch::Tensor joined(const torch::Tensor& pieces, int64_t side, Extent extent);

class LookInsideImpl : public torch::nn::Module {
 public:
  LookInsideImpl(int64_t width, int64_t side, int64_t heads);
  torch::Tensor forward(torch::Tensor x, torch::Tensor apart = {});

 private:
  int64_t area_, heads_;
  torch::Tensor by_offset_, offset_;
  torch::nn::Linear in_ = nullptr;
  torch::nn::Linear out_ = nullptr;
};
TORCH_MODULE(LookInside);

class LayerImpl : public torch::nn::Module {
 public:
  LayerImpl(const Options& options, int64_t width, Extent extent, int64_t heads, bool shifted, float skipped);
  torch::Tensor forward(torch::Tensor x);

 private:
  torch::Tensor maybe(const torch::Tensor& x) const;
  Extent extent_;
  int64_t side_, shift_;
  float skipped_;
  torch::nn::LayerNorm before_look_{nullptr}, before_think_{nullptr};
  LookInside look_{nullptr};
  torch::nn::Sequential think_;
  torch::Tensor apart_;
};
TORCH_MODULE(Layer);

class HalveImpl : public torch::nn::Module {
 public:
  HalveImpl(int64_t width, Extent extent);
  torch::Tensor forward(torch::Tensor x);

 private:
  Extent extent_;
  torch::nn::LayerNorm level_{nullptr};
  torch::nn::Linear mix_{nullptr};
};
TORCH_MODULE(Halve);

class WindowNetImpl : public torch::nn::Module {
 public:
  explicit WindowNetImpl(const Options& options);
  torch::Tensor describe(torch::Tensor pictures);
  torch::Tensor forward(torch::Tensor pictures);

 private:
  torch::nn::Conv2d patches_{nullptr};
  torch::nn::LayerNorm first_{nullptr}, last_{nullptr};
  torch::nn::ModuleList levels_;
  torch::nn::AdaptiveAvgPool1d mean_{nullptr};
  torch::nn::Linear kinds_{nullptr};
};
TORCH_MODULE(WindowNet);

}  // namespace windows

#endif  // WINDOWS_H_
