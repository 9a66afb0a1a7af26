#include "nets/parallel_net.h"

#include <array>
#include <string>

namespace nets {

using Conv = torch::nn::Conv2dOptions;

namespace detail {

FilterImpl::FilterImpl(torch::nn::Conv2dOptions options) {
  weights = register_module("weights", torch::nn::Conv2d(options.bias(false)));
  scale = register_module("scale", torch::nn::BatchNorm2d(torch::nn::BatchNormOptions(options.out_channels()).eps(1e-3)));
}

torch::Tensor FilterImpl::forward(torch::Tensor x) { return scale->forward(weights->forward(x)).relu_(); }

CellImpl::CellImpl(int64_t in, const CellPlan& p) {
  paths.resize(4);
  paths[0]->push_back(Filter(Conv(in, p.plain, 1)));
  paths[1]->push_back(Filter(Conv(in, p.squeeze3, 1)));
  paths[1]->push_back(Filter(Conv(p.squeeze3, p.wide3, 3).padding(1)));
  paths[2]->push_back(Filter(Conv(in, p.squeeze5, 1)));
  paths[2]->push_back(Filter(Conv(p.squeeze5, p.wide5, 3).padding(1)));
  paths[3]->push_back(torch::nn::Functional(torch::max_pool2d, /*kernel_size=*/3, /*stride=*/1, /*padding=*/1, /*dilation=*/1, /*ceil_mode=*/true));
  paths[3]->push_back(Filter(Conv(in, p.pooled, 1)));
  for (std::size_t i = 0; i < paths.size(); ++i) register_module("path" + std::to_string(i), paths[i]);
}

torch::Tensor CellImpl::forward(const torch::Tensor& x) {
  std::vector<torch::Tensor> found;
  for (auto& path : paths) found.push_back(path->forward(x));
  return torch::cat(found, /*dim=*/1);
}

EarlyHeadImpl::EarlyHeadImpl(int64_t in, int64_t classes)
    : reduce(register_module("reduce", Filter(Conv(in, 128, 1)))), hidden(register_module("hidden", torch::nn::Linear(4 * 4 * 128, 1024))),
      out(register_module("out", torch::nn::Linear(1024, classes))) {}

at::Tensor EarlyHeadImpl::forward(at::Tensor x) {
  x = reduce->forward(at::adaptive_avg_pool2d(x, {4, 4})).flatten(1);
  return out->forward(at::dropout(hidden->forward(x).relu_(), 0.7, is_training()));
}

}  // namespace detail

namespace {

// Between groups the image is halved. Early heads look at the inputs of the second and the fifth cell of the middle group.
const std::array<std::vector<CellPlan>, 3> kPlans{{{{64, 96, 128, 16, 32, 32}, {128, 128, 192, 32, 96, 64}},
                                                   {{192, 96, 208, 16, 48, 64}, {160, 112, 224, 24, 64, 64}, {128, 128, 256, 24, 64, 64}, {112, 144, 288, 32, 64, 64}, {256, 160, 320, 32, 128, 128}},
                                                   {{256, 160, 320, 32, 128, 128}, {384, 192, 384, 48, 128, 128}}}};

}  // namespace

ParallelNetImpl::ParallelNetImpl(int64_t classes, bool early_heads, bool rescale_input) : rescale_input_(rescale_input) {
  using detail::Filter;
  stem->push_back(Filter(Conv(3, 64, 7).stride(2).padding(3)));
  stem->push_back(torch::nn::Functional(torch::max_pool2d, 3, 2, 0, 1, true));
  stem->push_back(Filter(Conv(64, 64, 1)));
  stem->push_back(Filter(Conv(64, 192, 3).padding(1)));
  register_module("stem", stem);
  int64_t width = 192;
  for (const auto& plans : kPlans) {
    auto& group = groups.emplace_back();
    for (const auto& plan : plans) {
      if (early_heads && &plans == &kPlans[1] && (group.size() == 1 || group.size() == 4))
        heads.push_back(register_module("early" + std::to_string(heads.size()), detail::EarlyHead(width, classes)));
      group.push_back(register_module("cell" + std::to_string(groups.size()) + std::string(1, char('a' + group.size())), detail::Cell(width, plan)));
      width = plan.total();
    }
  }
  forget = register_module("forget", torch::nn::Dropout(0.2));
  judge = register_module("judge", torch::nn::Linear(width, classes));
  for (auto& p : named_parameters())
    if (p.value().dim() > 1) torch::nn::init::normal_(p.value(), 0., 0.01);
}

torch::Tensor ParallelNetImpl::rescaled(const torch::Tensor& image) const {
  const std::array<double, 3> spread{0.229, 0.224, 0.225}, middle{0.485, 0.456, 0.406};
  std::vector<torch::Tensor> planes;
  for (int64_t c = 0; c < 3; ++c) planes.push_back(image.select(1, c).unsqueeze(1) * (2 * spread[c]) + (2 * middle[c] - 1));
  return torch::cat(planes, 1);
}

Answer ParallelNetImpl::forward(torch::Tensor x) {
  Answer answer;
  if (rescale_input_) x = rescaled(x);
  x = stem->forward(x);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    x = torch::max_pool2d(x, g == 2 ? 2 : 3, 2, 0, 1, true);
    for (std::size_t i = 0; i < groups[g].size(); ++i) {
      if (is_training() && g == 1 && answer.early.size() < heads.size() && (i == 1 || i == 4)) answer.early.push_back(heads[answer.early.size()]->forward(x));
      x = groups[g][i]->forward(x);
    }
  }
  x = torch::adaptive_avg_pool2d(x, {1, 1}).flatten(1);
  answer.scores = judge->forward(forget->forward(x));
  return answer;
}

}  // namespace nets
