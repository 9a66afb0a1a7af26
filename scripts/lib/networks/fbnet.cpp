// Every network of the FBNet space (Wu et al., CVPR 2019) as one program: 22 places, at each a block of one of nine kinds: 0 to 7
// inverted residuals (kernel, expansion, groups), 8 skip. scripts/network-graphs appends an entry for each network.
#include <torch/torch.h>

#include <array>
#include <string>

namespace {

struct Kind {
  int kernel, expansion, groups;
};
constexpr std::array<Kind, 8> kinds{{{3, 1, 1}, {3, 1, 2}, {3, 3, 1}, {3, 6, 1}, {5, 1, 1}, {5, 1, 2}, {5, 3, 1}, {5, 6, 1}}};
constexpr int skip = 8;

struct Place {
  int channels, stride;
};
constexpr std::array<Place, 22> places{{{16, 1},  {24, 2},  {24, 1},  {24, 1},  {24, 1},  {32, 2},  {32, 1},  {32, 1},
                                        {32, 1},  {64, 2},  {64, 1},  {64, 1},  {64, 1},  {112, 1}, {112, 1}, {112, 1},
                                        {112, 1}, {184, 2}, {184, 1}, {184, 1}, {184, 1}, {352, 1}}};

torch::nn::Sequential convNorm(int in, int out, int kernel, int stride, int groups, bool relu) {
  torch::nn::Sequential body(
      torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).groups(groups).bias(false)),
      torch::nn::BatchNorm2d(out));
  if (relu) body->push_back(torch::nn::ReLU());
  return body;
}

struct BlockImpl : torch::nn::Module {
  int groups = 1;
  bool same;
  torch::nn::Sequential expand, depthwise, project;

  BlockImpl(int kind, int in, Place place) : same(in == place.channels && place.stride == 1) {
    if (kind == skip) {
      if (!same) project = convNorm(in, place.channels, 1, place.stride, 1, true);
      same = false;
    } else {
      const auto [kernel, expansion, shuffled] = kinds[kind];
      groups = shuffled;
      const int middle = in * expansion;
      if (expansion != 1) expand = convNorm(in, middle, 1, 1, 1, true);
      depthwise = convNorm(middle, middle, kernel, place.stride, middle, true);
      project = convNorm(middle, place.channels, 1, 1, groups, false);
    }
    register_module("expand", expand);
    register_module("depthwise", depthwise);
    register_module("project", project);
  }

  torch::Tensor forward(torch::Tensor x) {
    auto y = expand->is_empty() ? x : expand->forward(x);
    if (groups > 1) {
      const auto shape = y.sizes().vec();
      y = y.reshape({shape[0], groups, shape[1] / groups, shape[2], shape[3]}).permute({0, 2, 1, 3, 4}).reshape(shape);
    }
    if (!depthwise->is_empty()) y = depthwise->forward(y);
    if (!project->is_empty()) y = project->forward(y);
    return same ? y + x : y;
  }
};
TORCH_MODULE(Block);

} // namespace

struct NetworkImpl : torch::nn::Module {
  torch::nn::Sequential body;
  torch::nn::Linear classifier;

  explicit NetworkImpl(const std::array<int, 22>& blocks) : classifier(1984, 1000) {
    body->push_back(convNorm(3, 16, 3, 2, 1, true));
    int channels = 16;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      body->push_back(Block(blocks[i], channels, places[i]));
      channels = places[i].channels;
    }
    body->push_back(convNorm(channels, 1984, 1, 1, 1, true));
    register_module("body", body);
    register_module("classifier", classifier);
  }

  torch::Tensor forward(torch::Tensor x) {
    x = torch::adaptive_avg_pool2d(body->forward(x), {1, 1});
    return classifier(x.flatten(1));
  }
};
TORCH_MODULE(Network);
