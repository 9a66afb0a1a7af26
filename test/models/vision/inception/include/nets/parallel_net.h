#ifndef NETS_PARALLEL_NET_H
#define NETS_PARALLEL_NET_H

#include <torch/torch.h>

#include <vector>

namespace nets {

/// Widths of the four paths of one cell: 1x1, 3x3 behind a 1x1, 5x5 behind a 1x1, 1x1 behind a pool.
struct CellPlan {
  int64_t plain, squeeze3, wide3, squeeze5, wide5, pooled;
  int64_t total() const { return plain + wide3 + wide5 + pooled; }
};

struct Answer {
  torch::Tensor scores;
  std::vector<torch::Tensor> early;
};

namespace detail {

struct FilterImpl : torch::nn::Module {
  explicit FilterImpl(torch::nn::Conv2dOptions options);
  torch::Tensor forward(torch::Tensor x);

 private:
  torch::nn::Conv2d weights{nullptr};
  torch::nn::BatchNorm2d scale{nullptr};
};
TORCH_MODULE(Filter);

struct CellImpl : torch::nn::Module {
  CellImpl(int64_t in, const CellPlan& plan);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::vector<torch::nn::Sequential> paths;
};
TORCH_MODULE(Cell);

struct EarlyHeadImpl : torch::nn::Module {
  EarlyHeadImpl(int64_t in, int64_t classes);
  at::Tensor forward(at::Tensor x);

 private:
  Filter reduce{nullptr};
  torch::nn::Linear hidden{nullptr}, out{nullptr};
};
TORCH_MODULE(EarlyHead);

}  // namespace detail

class ParallelNetImpl : public torch::nn::Module {
 public:
  explicit ParallelNetImpl(int64_t classes = 1000, bool early_heads = true, bool rescale_input = false);
  Answer forward(torch::Tensor image);

 private:
  torch::Tensor rescaled(const torch::Tensor& image) const;
  bool rescale_input_;
  torch::nn::Sequential stem;
  std::vector<std::vector<detail::Cell>> groups;
  std::vector<detail::EarlyHead> heads;
  torch::nn::Dropout forget{nullptr};
  torch::nn::Linear judge{nullptr};
};
TORCH_MODULE(ParallelNet);

}  // namespace nets

#endif
