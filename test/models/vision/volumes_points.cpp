// Volumes of two and three dimensions, and clouds of points.
#include <torch/torch.h>
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

// ------------------------------------------------------------------ 3-D U-Net
template <size_t D> struct Dim;
template <> struct Dim<2> { using Conv = torch::nn::Conv2d; using Up = torch::nn::ConvTranspose2d; using Norm = torch::nn::InstanceNorm2d; using Pool = torch::nn::MaxPool2d; };
template <> struct Dim<3> { using Conv = torch::nn::Conv3d; using Up = torch::nn::ConvTranspose3d; using Norm = torch::nn::InstanceNorm3d; using Pool = torch::nn::MaxPool3d; };

template <size_t D>
class VolumesImpl : public torch::nn::Module {
 public:
  using Conv = typename Dim<D>::Conv;
  using Up = typename Dim<D>::Up;
  using Norm = typename Dim<D>::Norm;

  VolumesImpl(int64_t in_channels, int64_t classes, int64_t base, int stages, bool deep_supervision = true) : deep_supervision_(deep_supervision) {
    int64_t in = in_channels;
    for (int s = 0; s < stages; ++s) {
      const int64_t out = std::min<int64_t>(base << s, 320);
      encoder_.push_back(this->register_module("encoder" + std::to_string(s), stage(in, out, s == 0 ? 1 : 2)));
      in = out;
    }
    for (int s = stages - 2; s >= 0; --s) {
      const int64_t out = std::min<int64_t>(base << s, 320);
      ups_.push_back(this->register_module("up" + std::to_string(s), Up(torch::nn::ConvTransposeOptions<D>(in, out, 2).stride(2).bias(false))));
      decoder_.push_back(this->register_module("decoder" + std::to_string(s), stage(2 * out, out, 1)));
      heads_.push_back(this->register_module("head" + std::to_string(s), Conv(torch::nn::ConvOptions<D>(out, classes, 1))));
      in = out;
    }
  }

  std::vector<torch::Tensor> forward(torch::Tensor x) {
    std::vector<torch::Tensor> skips;
    for (auto& e : encoder_) skips.push_back(x = e->forward(x));
    skips.pop_back();
    std::vector<torch::Tensor> outputs;
    for (size_t i = 0; i < ups_.size(); ++i) {
      x = ups_[i](x);
      x = decoder_[i]->forward(torch::cat({x, skips.back()}, 1));
      skips.pop_back();
      if (deep_supervision_ || i + 1 == ups_.size()) outputs.push_back(heads_[i](x));
    }
    std::reverse(outputs.begin(), outputs.end());
    return outputs;
  }

 private:
  static torch::nn::Sequential stage(int64_t in, int64_t out, int64_t stride) {
    torch::nn::Sequential s;
    for (int i = 0; i < 2; ++i) {
      s->push_back(Conv(torch::nn::ConvOptions<D>(i ? out : in, out, 3).stride(i ? 1 : stride).padding(1)));
      s->push_back(Norm(torch::nn::InstanceNormOptions(out).eps(1e-5).affine(true)));
      s->push_back(torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(1e-2).inplace(true)));
    }
    return s;
  }
  bool deep_supervision_;
  std::vector<torch::nn::Sequential> encoder_, decoder_;
  std::vector<Up> ups_;
  std::vector<Conv> heads_;
};
template <size_t D> struct Volumes : torch::nn::ModuleHolder<VolumesImpl<D>> {
  using torch::nn::ModuleHolder<VolumesImpl<D>>::ModuleHolder;
};

/// Sliding windows over a volume, averaged where they overlap.
torch::Tensor sliding_window(Volumes<3>& net, const torch::Tensor& volume, int64_t patch, double overlap = 0.5) {
  torch::NoGradGuard no_grad;
  const auto D = volume.size(2), H = volume.size(3), W = volume.size(4);
  const auto step = std::max<int64_t>(1, static_cast<int64_t>(patch * (1 - overlap)));
  auto starts = [&](int64_t n) {
    std::vector<int64_t> s;
    for (int64_t i = 0;; i += step) {
      if (i + patch >= n) {
        s.push_back(std::max<int64_t>(n - patch, 0));
        break;
      }
      s.push_back(i);
    }
    return s;
  };
  torch::Tensor sum, count;
  for (auto z : starts(D))
    for (auto y : starts(H))
      for (auto x : starts(W)) {
        auto crop = volume.slice(2, z, z + patch).slice(3, y, y + patch).slice(4, x, x + patch);
        auto out = net->forward(crop).front().softmax(1);
        if (!sum.defined()) {
          sum = torch::zeros({1, out.size(1), D, H, W}, out.options());
          count = torch::zeros({1, 1, D, H, W});
        }
        sum.slice(2, z, z + patch).slice(3, y, y + patch).slice(4, x, x + patch) += out;
        count.slice(2, z, z + patch).slice(3, y, y + patch).slice(4, x, x + patch) += 1;
      }
  return (sum / count).argmax(1);
}

// ------------------------------------------------------------------ clouds of points
/// A square matrix for each cloud, the unit matrix plus what is learned.
struct TurnerImpl : torch::nn::Module {
  TurnerImpl(int64_t size, int64_t wide = 256) : size(size) {
    const int64_t widths[] = {size, 64, 128, wide};
    for (int i = 0; i < 3; ++i) {
      each->push_back(torch::nn::Conv1d(widths[i], widths[i + 1], 1));
      each->push_back(torch::nn::BatchNorm1d(widths[i + 1]));
      each->push_back(torch::nn::ReLU());
    }
    for (int64_t w = wide; w > 64; w /= 2) {
      all->push_back(torch::nn::Linear(w, w / 2));
      all->push_back(torch::nn::BatchNorm1d(w / 2));
      all->push_back(torch::nn::ReLU());
    }
    all->push_back(torch::nn::Linear(64, size * size));
    register_module("each", each);
    register_module("all", all);
  }
  torch::Tensor forward(torch::Tensor x) {
    auto most = std::get<0>(torch::max(each->forward(x), /*dim=*/2));
    return all->forward(most).view({-1, size, size}) + torch::eye(size);
  }
  int64_t size;
  torch::nn::Sequential each, all;
};
TORCH_MODULE(Turner);

struct PartsOfCloudsImpl : torch::nn::Module {
  struct Answer {
    torch::Tensor parts, turn, inner_turn;
  };
  PartsOfCloudsImpl(int64_t kinds, bool turn_inside = true) : outer(3), kinds(kinds) {
    register_module("outer", outer);
    if (turn_inside) inner = register_module("inner", Turner(64));
    auto filter = [this](const char* name, int64_t from, int64_t to, bool bend) {
      torch::nn::Sequential s(torch::nn::Conv1d(from, to, 1), torch::nn::BatchNorm1d(to));
      if (bend) s->push_back(torch::nn::ReLU());
      return register_module(name, s);
    };
    first = filter("first", 3, 64, true);
    second = filter("second", 64, 128, true);
    third = filter("third", 128, 256, false);
    name = filter("name", 320, 128, true);
    name->push_back(torch::nn::Conv1d(128, kinds, 1));
  }
  Answer forward(torch::Tensor x) {
    Answer answer;
    const auto turned = [](const torch::Tensor& points, const torch::Tensor& by) { return torch::bmm(points.transpose(2, 1), by).transpose(2, 1); };
    answer.turn = outer(x);
    x = first->forward(turned(x, answer.turn));
    if (inner) x = turned(x, answer.inner_turn = inner(x));
    auto whole = std::get<0>(third->forward(second->forward(x)).max(2, true)).expand({-1, -1, x.size(2)});
    auto scores = name->forward(torch::cat({whole, x}, 1)).transpose(2, 1).contiguous();
    answer.parts = torch::log_softmax(scores.view({-1, kinds}), -1).view({-1, x.size(2), kinds});
    return answer;
  }
  Turner outer, inner{nullptr};
  int64_t kinds;
  torch::nn::Sequential first{nullptr}, second{nullptr}, third{nullptr}, name{nullptr};
};
TORCH_MODULE(PartsOfClouds);

/// How far from a turn a matrix is.
torch::Tensor bent(const torch::Tensor& m) {
  auto off = m.matmul(m.mT()) - torch::eye(m.size(-1));
  return torch::norm(off, 2, {1, 2}).mean();
}

// ------------------------------------------------------------------ neighbours
/// The numbers of the nearest points of each: [N, P, count].
torch::Tensor nearest(const torch::Tensor& points, int64_t count) {
  auto length = points.square().sum(1, true);
  auto closeness = 2 * torch::bmm(points.transpose(2, 1), points) - length - length.transpose(2, 1);
  return std::get<1>(closeness.topk(count, -1));
}

/// What each neighbour adds, and the point itself: [N, 2 C, P, count].
torch::Tensor with_neighbours(const torch::Tensor& points, int64_t count) {
  using namespace torch::indexing;
  const auto n = points.size(0), c = points.size(1), p = points.size(2);
  auto rows = points.transpose(2, 1).reshape({n * p, c});
  auto which = nearest(points, count) + torch::arange(n).view({-1, 1, 1}) * p;
  auto there = rows.index({which.view(-1), Slice()}).view({n, p, count, c});
  auto here = rows.view({n, p, 1, c}).expand({-1, -1, count, -1});
  return torch::cat({there - here, here}, 3).permute({0, 3, 1, 2}).contiguous();
}

class NeighbourNet : public torch::nn::Module {
 public:
  NeighbourNet(int64_t count, int64_t kinds) : count(count) {
    int64_t from = 3, all = 0;
    for (int64_t to : std::vector<int64_t>{32, 32, 64}) {
      auto step = torch::nn::Conv2d(torch::nn::Conv2dOptions(2 * from, to, 1).bias(false));
      steps->push_back(torch::nn::Sequential(step, torch::nn::BatchNorm2d(to), torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(0.2))));
      all += from = to;
    }
    register_module("steps", steps);
    mix = register_module("mix", torch::nn::Conv1d(torch::nn::Conv1dOptions(all, 128, 1).bias(false)));
    scores = register_module("scores", torch::nn::Linear(256, kinds));
  }
  torch::Tensor forward(torch::Tensor x) {
    std::vector<torch::Tensor> seen;
    for (auto& step : *steps) {
      auto y = step->as<torch::nn::Sequential>()->forward(with_neighbours(x, count));
      seen.push_back(x = std::get<0>(y.max(-1, /*keepdim=*/false)));
    }
    x = mix(torch::cat(seen, 1));
    auto most = std::get<0>(torch::adaptive_max_pool1d(x, 1)), mean = torch::adaptive_avg_pool1d(x, 1);
    return scores(torch::cat({most, mean}, 1).flatten(1));
  }
  int64_t count;
  torch::nn::ModuleList steps;
  torch::nn::Conv1d mix{nullptr};
  torch::nn::Linear scores{nullptr};
};

int main(int argc, char** argv) {
  PartsOfClouds net(8);
  net->eval();
  auto answer = net->forward(torch::rand({4, 3, 256}));
  std::cout << answer.parts.sizes() << answer.turn.sizes() << std::endl;
  auto loss = torch::nll_loss(answer.parts.view({-1, 8}), torch::randint(0, 8, {4 * 256}, torch::kLong)) + bent(answer.inner_turn) * 0.001;
  std::cout << loss.item<float>() << std::endl;
}
