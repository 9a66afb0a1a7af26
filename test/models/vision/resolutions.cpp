#include <torch/torch.h>
#include <string>
#include <vector>
#include <memory>
#include <numeric>

namespace nn = torch::nn;

namespace resolutions {

inline nn::Conv2dOptions filter3(int64_t in, int64_t out, int64_t stride = 1) {
  return nn::Conv2dOptions(in, out, 3).stride(stride).padding(1).bias(false);
}

class Unit : public nn::Module {
 public:
  static constexpr int expansion = 1;
  Unit(int64_t from, int64_t to, nn::Sequential down = nullptr) : around(down) {
    conv1 = register_module("conv1", nn::Conv2d(filter3(from, to)));
    bn1 = register_module("bn1", nn::BatchNorm2d(nn::BatchNorm2dOptions(to).momentum(0.1)));
    conv2 = register_module("conv2", nn::Conv2d(filter3(to, to)));
    bn2 = register_module("bn2", nn::BatchNorm2d(nn::BatchNorm2dOptions(to).momentum(0.1)));
    if (!around.is_empty()) register_module("around", around);
  }
  torch::Tensor forward(torch::Tensor x) {
    auto kept = x;
    auto out = torch::relu(bn1(conv1(x)));
    out = bn2(conv2(out));
    if (around) kept = around->forward(x);
    return (out + kept).relu();
  }
 private:
  nn::Conv2d conv1{nullptr}, conv2{nullptr};
  nn::BatchNorm2d bn1{nullptr}, bn2{nullptr};
  nn::Sequential around;
};

using Features = std::vector<torch::Tensor>;

/// Branches of several resolutions, each of them a chain of blocks, fused all to all.
class ExchangeImpl : public nn::Module {
 public:
  ExchangeImpl(const std::vector<int64_t>& channels, int blocks) : channels_(channels) {
    for (auto c : channels) {
      nn::Sequential branch;
      for (int b = 0; b < blocks; ++b) branch->push_back(std::make_shared<Unit>(c, c));
      branches->push_back(branch);
    }
    const auto n = channels.size();
    fuse.resize(n);
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j) {
        nn::Sequential f{nullptr};
        if (j > i) {
          f = nn::Sequential(nn::Conv2d(nn::Conv2dOptions(channels[j], channels[i], 1).bias(false)), nn::BatchNorm2d(channels[i]),
                             nn::Upsample(nn::UpsampleOptions().scale_factor(std::vector<double>(2, double(1 << (j - i)))).mode(torch::kNearest)));
        } else if (j < i) {
          f = nn::Sequential();
          for (size_t k = 0; k < i - j; ++k) {
            const bool last = k + 1 == i - j;
            const auto out = last ? channels[i] : channels[j];
            f->push_back(nn::Conv2d(filter3(channels[j], out, 2)));
            f->push_back(nn::BatchNorm2d(out));
            if (!last) f->push_back(nn::ReLU());
          }
        }
        if (f) register_module("fuse_" + std::to_string(i) + "_" + std::to_string(j), f);
        fuse[i].push_back(f);
      }
    register_module("branches", branches);
  }
  Features forward(Features x) {
    size_t idx = 0;
    for (const auto& branch : *branches) {
      x[idx] = branch->as<nn::SequentialImpl>()->forward(x[idx]);
      ++idx;
    }
    Features out;
    for (size_t i = 0; i < fuse.size(); ++i) {
      torch::Tensor y = i == 0 ? x[0] : fuse[i][0]->forward(x[0]);
      for (size_t j = 1; j < fuse[i].size(); ++j) {
        if (i == j) y = y + x[j];
        else y = y + fuse[i][j]->forward(x[j]);
      }
      out.push_back(torch::relu(y));
    }
    return out;
  }
 private:
  std::vector<int64_t> channels_;
  nn::ModuleList branches;
  std::vector<std::vector<nn::Sequential>> fuse;
};
TORCH_MODULE(Exchange);

struct Stage {
  int exchanges;
  std::vector<int64_t> widths;
  int blocks;
};

class ParallelResolutions : public nn::Module {
 public:
  ParallelResolutions(const std::vector<Stage>& config, int64_t classes) {
    stem = register_module("stem", nn::Sequential(nn::Conv2d(filter3(3, 32, 2)), nn::BatchNorm2d(32), nn::ReLU(), nn::Conv2d(filter3(32, 32, 2)), nn::BatchNorm2d(32), nn::ReLU()));
    std::vector<int64_t> pre{32};
    for (auto const& cfg : config) {
      bridges.emplace_back(bridges_to(pre, cfg.widths));
      stages.push_back(exchanges_of(cfg));
      pre = cfg.widths;
    }
    const auto total = std::accumulate(pre.begin(), pre.end(), int64_t{0});
    judge = register_module("judge", nn::Sequential(nn::Conv2d(total, total, 1), nn::BatchNorm2d(total), nn::ReLU(), nn::Conv2d(total, classes, 1)));
  }

  torch::Tensor forward(torch::Tensor x) {
    Features y{stem->forward(x)};
    for (size_t s = 0; s < stages.size(); ++s) {
      Features in;
      for (size_t b = 0; b < bridges[s].size(); ++b) {
        auto source = b < y.size() ? y[b] : y.back();
        in.push_back(bridges[s][b] ? bridges[s][b]->forward(source) : source);
      }
      y = in;
      for (auto& m : stages[s]) y = m->forward(y);
    }
    const auto h = y[0].size(2), w = y[0].size(3);
    Features up{y[0]};
    for (auto it = std::next(y.begin()); it != y.end(); ++it) up.push_back(at::upsample_bilinear2d(*it, {h, w}, false));
    return judge->forward(torch::cat(up, 1));
  }

 private:
  std::vector<nn::Sequential> bridges_to(const std::vector<int64_t>& pre, const std::vector<int64_t>& cur) {
    std::vector<nn::Sequential> layers;
    for (size_t i = 0; i < cur.size(); ++i) {
      nn::Sequential t{nullptr};
      if (i < pre.size()) {
        if (cur[i] != pre[i]) t = nn::Sequential(nn::Conv2d(filter3(pre[i], cur[i])), nn::BatchNorm2d(cur[i]), nn::ReLU());
      } else {
        t = nn::Sequential(nn::Conv2d(filter3(pre.back(), cur[i], 2)), nn::BatchNorm2d(cur[i]), nn::ReLU());
      }
      if (!t.is_empty()) register_module("bridge" + std::to_string(counter++), t);
      layers.push_back(std::move(t));
    }
    return layers;
  }
  std::vector<Exchange> exchanges_of(const Stage& cfg) {
    std::vector<Exchange> modules;
    for (int i = 0; i < cfg.exchanges; ++i) modules.push_back(register_module("stage" + std::to_string(counter++), Exchange(cfg.widths, cfg.blocks)));
    return modules;
  }
  int counter = 0;
  nn::Sequential stem{nullptr}, judge{nullptr};
  std::vector<std::vector<nn::Sequential>> bridges;
  std::vector<std::vector<Exchange>> stages;
};

std::shared_ptr<ParallelResolutions> small(int64_t classes) {
  std::vector<Stage> config = {{1, {18, 36}, 2}, {1, {18, 36, 72}, 2}, {2, {18, 36, 72, 144}, 1}};
  return std::make_shared<ParallelResolutions>(config, classes);
}

}  // namespace resolutions
