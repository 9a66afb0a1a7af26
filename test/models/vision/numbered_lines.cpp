// A network of numbered lines, each saying from which lines it reads; edges of boxes are distributions over distances.
#include <torch/torch.h>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace lines {

struct Unit : public torch::nn::Module {
  Unit(int64_t from, int64_t to, int64_t side = 1, int64_t step = 1) {
    conv = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, side).stride(step).padding(side / 2).bias(false)));
    norm = register_module("norm", torch::nn::BatchNorm2d(to));
    bend = register_module("bend", torch::nn::SiLU());
  }
  at::Tensor forward(const at::Tensor& x) { return bend(norm(conv(x))); }

 private:
  torch::nn::Conv2d conv{nullptr};
  torch::nn::BatchNorm2d norm{nullptr};
  torch::nn::SiLU bend{nullptr};
};

/// Keeps everything on the way: halves of the input, and what each pair of units makes of the last.
struct Collect : public torch::nn::Module {
  Collect(int64_t from, int64_t to, int pairs, bool keep) : half(to / 2), keep(keep) {
    in = register_module("in", std::make_shared<Unit>(from, 2 * half));
    out = register_module("out", std::make_shared<Unit>((2 + pairs) * half, to));
    for (int i = 0; i < pairs; ++i) way->push_back(torch::nn::Sequential(Unit(half, half, 3), Unit(half, half, 3)));
    register_module("way", way);
  }
  at::Tensor forward(const at::Tensor& x) {
    auto all = in->forward(x).chunk(2, 1);
    for (const auto& pair : *way) {
      auto y = pair->as<torch::nn::Sequential>()->forward(all.back());
      all.push_back(keep ? all.back() + y : y);
    }
    return out->forward(at::cat(all, 1));
  }
  int64_t half;
  bool keep;
  std::shared_ptr<Unit> in, out;
  torch::nn::ModuleList way;
};

struct Answer : public torch::nn::Module {
  static constexpr int64_t bins = 16;
  Answer(int64_t classes, const std::vector<int64_t>& widths) : classes(classes), mean(torch::nn::Conv2dOptions(bins, 1, 1).bias(false)) {
    const auto edge = std::max({int64_t{16}, widths[0] / 4, bins * 4}), kind = std::max(widths[0], std::min(classes, int64_t{100}));
    for (auto w : widths) {
      edges->push_back(torch::nn::Sequential(Unit(w, edge, 3), Unit(edge, edge, 3), torch::nn::Conv2d(edge, 4 * bins, 1)));
      kinds->push_back(torch::nn::Sequential(Unit(w, kind, 3), Unit(kind, kind, 3), torch::nn::Conv2d(kind, classes, 1)));
    }
    register_module("edges", edges);
    register_module("kinds", kinds);
    register_module("mean", mean);
    torch::NoGradGuard guard;
    mean->weight.set_data(torch::arange(bins, torch::kFloat).view({1, bins, 1, 1}));
    mean->weight.requires_grad_(false);
  }
  at::Tensor forward(const std::vector<at::Tensor>& maps) {
    const auto n = maps.at(0).size(0);
    std::vector<at::Tensor> flat, middles, cells;
    for (size_t i = 0; i < maps.size(); ++i) {
      auto edge = edges[i]->as<torch::nn::SequentialImpl>()->forward(maps[i]), kind = kinds[i]->as<torch::nn::SequentialImpl>()->forward(maps[i]);
      flat.push_back(at::cat({edge, kind}, 1).flatten(2));
      const auto h = maps[i].size(2), w = maps[i].size(3);
      auto grid = torch::meshgrid({torch::arange(h, maps[i].options()) + 0.5, torch::arange(w, maps[i].options()) + 0.5}, "ij");
      middles.push_back(at::stack({grid[1], grid[0]}).view({2, h * w}));
      cells.push_back(torch::full({1, h * w}, int64_t{8} << i, maps[i].options()));
    }
    auto parts = at::cat(flat, 2).split_with_sizes({bins * 4, classes}, 1);
    const auto places = parts[0].size(2);
    auto distance = mean(parts[0].view({n, 4, bins, places}).transpose(2, 1).softmax(1)).view({n, 4, places});
    return at::cat({boxes(distance, at::cat(middles, 1).unsqueeze(0)) * at::cat(cells, 1), parts[1].sigmoid()}, 1);
  }
  /// From distances to the four edges to middles and extents.
  static at::Tensor boxes(const at::Tensor& distance, const at::Tensor& middle) {
    auto both = distance.chunk(2, 1);
    auto low = middle - both[0], high = middle + both[1];
    return at::cat({(low + high) / 2, high - low}, 1);
  }
  int64_t classes;
  torch::nn::ModuleList edges, kinds;
  torch::nn::Conv2d mean;
};

struct Line {
  std::vector<int> reads;
  const char* does;
  int64_t width, detail;
};

// -1 is the line before. "shrink": a unit that halves; "collect": detail pairs, negative ones without additions.
static const Line kLines[] = {{{-1}, "shrink", 16, 0},   {{-1}, "shrink", 32, 0},  {{-1}, "collect", 32, 1},   {{-1}, "shrink", 64, 0},  {{-1}, "collect", 64, 2},   {{-1}, "shrink", 128, 0},
                              {{-1}, "collect", 128, 2}, {{-1}, "shrink", 256, 0}, {{-1}, "collect", 256, 1},  {{-1}, "grow", 0, 2},     {{-1, 6}, "join", 0, 0},    {{-1}, "collect", 128, -1},
                              {{-1}, "grow", 0, 2},      {{-1, 4}, "join", 0, 0},  {{-1}, "collect", 64, -1},  {{-1}, "shrink", 64, 0},  {{-1, 11}, "join", 0, 0},   {{-1}, "collect", 128, -1},
                              {{-1}, "shrink", 128, 0},  {{-1, 8}, "join", 0, 0},  {{-1}, "collect", 256, -1}, {{14, 17, 20}, "answer", 0, 0}};

class Model : public torch::nn::Module {
 public:
  explicit Model(int64_t classes = 80) {
    std::vector<int64_t> widths;
    for (const Line& line : kLines) {
      std::vector<int64_t> from;
      for (int r : line.reads) from.push_back(r >= 0 ? widths.at(r) : widths.empty() ? 3 : widths.back());
      auto to = line.width ? line.width : from[0];
      torch::nn::AnyModule step;
      const std::string does = line.does;
      if (does == "shrink") step = torch::nn::AnyModule(std::make_shared<Unit>(from[0], to, 3, 2));
      if (does == "collect") step = torch::nn::AnyModule(std::make_shared<Collect>(from[0], to, std::abs(line.detail), line.detail > 0));
      if (does == "grow") step = torch::nn::AnyModule(torch::nn::Upsample(torch::nn::UpsampleOptions().scale_factor(std::vector<double>(2, line.detail)).mode(torch::kNearest)));
      if (does == "join") to = std::accumulate(from.begin(), from.end(), int64_t{0});
      if (does == "answer") answer = register_module("answer", std::make_shared<Answer>(classes, from));
      if (!step.is_empty()) register_module("line" + std::to_string(steps.size()), step.ptr());
      steps.push_back(std::move(step));
      widths.push_back(to);
    }
  }
  at::Tensor forward(at::Tensor x) {
    std::vector<at::Tensor> made;
    auto line = std::begin(kLines);
    for (auto& step : steps) {
      std::vector<at::Tensor> in;
      for (int r : line->reads) in.push_back(r < 0 ? x : made[r]);
      if (!strcmp(line->does, "answer")) return answer->forward(in);
      made.push_back(x = step.is_empty() ? at::cat(in, 1) : step.forward(in[0]));
      ++line;
    }
    return x;
  }

 private:
  std::vector<torch::nn::AnyModule> steps;
  std::shared_ptr<Answer> answer;
};

}  // namespace lines
