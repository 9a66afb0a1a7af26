#ifndef SWIN_TRANSFORMER_H_
#define SWIN_TRANSFORMER_H_

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include <torch/torch.h>

namespace swin {

struct Options {
  int64_t image_size = 224;
  int64_t patch_size = 4;
  int64_t in_channels = 3;
  int64_t embed_dim = 96;
  std::vector<int64_t> depths = {2, 2, 6, 2};
  std::vector<int64_t> num_heads = {3, 6, 12, 24};
  int64_t window_size = 7;
  float mlp_ratio = 4.f;
  float drop_path = 0.1f;
  int64_t num_classes = 1000;
};

torch::Tensor windowPartition(const torch::Tensor& x, int64_t window);
torch::Tensor windowReverse(const torch::Tensor& windows, int64_t window, int64_t h, int64_t w);
torch::Tensor dropPath(const torch::Tensor& x, float p, bool training);

class WindowAttentionImpl : public torch::nn::Module {
 public:
  WindowAttentionImpl(int64_t dim, int64_t window, int64_t heads);
  torch::Tensor forward(torch::Tensor x, torch::Tensor mask = {});

 private:
  int64_t window_;
  int64_t heads_;
  float scale_;
  torch::Tensor bias_table_;
  torch::Tensor relative_index_;
  torch::nn::Linear qkv_ = nullptr;
  torch::nn::Linear proj_ = nullptr;
};
TORCH_MODULE(WindowAttention);

class MlpImpl : public torch::nn::Module {
 public:
  MlpImpl(int64_t in, int64_t hidden);
  torch::Tensor forward(torch::Tensor x);

 private:
  torch::nn::Linear fc1, fc2;
};
TORCH_MODULE(Mlp);

class BlockImpl : public torch::nn::Module {
 public:
  BlockImpl(int64_t dim, std::pair<int64_t, int64_t> resolution, int64_t heads, int64_t window, int64_t shift,
            float mlp_ratio, float drop_path);
  torch::Tensor forward(torch::Tensor x);

 private:
  int64_t dim_, h_, w_, window_, shift_;
  float drop_path_;
  torch::nn::LayerNorm norm1_{nullptr}, norm2_{nullptr};
  WindowAttention attn_{nullptr};
  Mlp mlp_{nullptr};
  torch::Tensor mask_;
};
TORCH_MODULE(Block);

class PatchMergingImpl : public torch::nn::Module {
 public:
  PatchMergingImpl(int64_t dim, std::pair<int64_t, int64_t> resolution);
  torch::Tensor forward(torch::Tensor x);

 private:
  std::pair<int64_t, int64_t> resolution_;
  torch::nn::LayerNorm norm_{nullptr};
  torch::nn::Linear reduction_{nullptr};
};
TORCH_MODULE(PatchMerging);

class StageImpl : public torch::nn::Module {
 public:
  StageImpl(int64_t dim, std::pair<int64_t, int64_t> resolution, int64_t depth, int64_t heads, int64_t window,
            float mlp_ratio, const std::vector<float>& rates, bool downsample);
  torch::Tensor forward(torch::Tensor x);

 private:
  torch::nn::ModuleList blocks_;
  PatchMerging downsample_{nullptr};
};
TORCH_MODULE(Stage);

class SwinTransformerImpl : public torch::nn::Module {
 public:
  explicit SwinTransformerImpl(const Options& options);
  torch::Tensor forwardFeatures(torch::Tensor x);
  torch::Tensor forward(torch::Tensor x);

 private:
  torch::nn::Conv2d embed_{nullptr};
  torch::nn::LayerNorm embed_norm_{nullptr}, norm_{nullptr};
  torch::nn::ModuleList stages_;
  torch::nn::AdaptiveAvgPool1d pool_{nullptr};
  torch::nn::Linear head_{nullptr};
};
TORCH_MODULE(SwinTransformer);

}  // namespace swin

#endif  // SWIN_TRANSFORMER_H_
