// Parallel paths of factored convolutions (1x7 behind 7x1 and so on), each path a short text; built by options.
#include <torch/torch.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

// cobra: FactoredNet m(FactoredNetOptions().classes(100).early_answer(true)); m->eval(); auto x = torch::randn({1, 3, 299, 299}); m->forward(x);

struct FactoredNetOptions {
  TORCH_ARG(int64_t, classes) = 1000;
  TORCH_ARG(bool, early_answer) = true;
  TORCH_ARG(double, forget) = 0.5;
};

using torch::ExpandingArray;
using torch::Tensor;

struct FilterImpl : torch::nn::Module {
  FilterImpl(int64_t from, int64_t to, ExpandingArray<2> side, ExpandingArray<2> step = 1, bool keep = true)
      : conv(register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, side).stride(step).padding(keep ? half(side) : ExpandingArray<2>(0)).bias(false)))),
        norm(register_module("norm", torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(to).eps(1e-3)))) {}
  Tensor forward(const Tensor& x) { return torch::relu(norm(conv(x))); }

 private:
  static ExpandingArray<2> half(const ExpandingArray<2>& side) { return {{(*side)[0] / 2, (*side)[1] / 2}}; }
  torch::nn::Conv2d conv;
  torch::nn::BatchNorm2d norm;
};
TORCH_MODULE(Filter);

/// A path: "s" side 1, "q" 3, "f" 5, "h" 1x7, "v" 7x1, "H" 1x3, "V" 3x1, each followed by its width; a trailing "/" halves at the last one.
class PathImpl : public torch::nn::Module {
 public:
  PathImpl(int64_t from, const std::string& text) {
    const bool halve = text.back() == '/';
    static const std::map<char, ExpandingArray<2>> sides{{'s', 1}, {'q', 3}, {'f', 5}, {'h', {{1, 7}}}, {'v', {{7, 1}}}, {'H', {{1, 3}}}, {'V', {{3, 1}}}};
    for (std::size_t i = 0; i + halve < text.size();) {
      std::size_t digits = 0;
      const int64_t to = std::stoll(text.substr(i + 1), &digits);
      const bool last = halve && i + 1 + digits + 1 == text.size();
      steps->push_back(Filter(from, to, sides.at(text[i]), last ? 2 : 1, !last));
      from = to;
      i += 1 + digits;
    }
    width = from;
    register_module("steps", steps);
  }
  Tensor forward(Tensor x) { return steps->forward(x); }
  int64_t width;

 private:
  torch::nn::Sequential steps;
};
TORCH_MODULE(Path);

enum class Pool { None, Average, Most };

class CellImpl : public torch::nn::Module {
 public:
  CellImpl(int64_t from, const std::vector<std::string>& texts, Pool pool) : pool_(pool) {
    for (const auto& t : texts) {
      paths_.emplace_back(Path(from, t));
      register_module("path" + std::to_string(paths_.size()), paths_.back());
      width += paths_.back()->width;
    }
    if (pool == Pool::Most) width += from;
  }
  Tensor forward(Tensor x) {
    std::vector<Tensor> found;
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      const bool pooled = pool_ == Pool::Average && i + 1 == paths_.size();
      found.push_back(paths_[i](pooled ? torch::avg_pool2d(x, /*kernel_size=*/3, /*stride=*/1, /*padding=*/1) : x));
    }
    if (pool_ == Pool::Most) found.push_back(torch::max_pool2d(x, 3, 2));
    return torch::cat(found, /*dim=*/1);
  }
  int64_t width = 0;

 private:
  Pool pool_;
  std::vector<Path> paths_;
};
TORCH_MODULE(Cell);

/// A common beginning and two ends of it, side by side.
struct ForkImpl : torch::nn::Module {
  ForkImpl(int64_t from, const std::string& common) : begin(from, common), flat(begin->width, "H384"), tall(begin->width, "V384") {
    register_module("begin", begin), register_module("flat", flat), register_module("tall", tall);
  }
  Tensor forward(const Tensor& x) {
    auto y = begin(x);
    return torch::cat({flat(y), tall(y)}, 1);
  }
  Path begin, flat, tall;
};
TORCH_MODULE(Fork);

struct WideCellImpl : torch::nn::Module {
  explicit WideCellImpl(int64_t from) {
    plain = register_module("plain", Path(from, "s320"));
    after_pool = register_module("after_pool", Path(from, "s192"));
    int i = 0;
    for (const char* common : {"s384", "s448q384"}) forks.push_back(register_module("fork" + std::to_string(i++), Fork(from, common)));
  }
  Tensor forward(Tensor x) {
    std::vector<Tensor> found{plain(x)};
    for (auto& fork : forks) found.push_back(fork(x));
    found.push_back(after_pool(torch::avg_pool2d(x, 3, 1, 1)));
    return torch::cat(found, 1);
  }
  Path plain{nullptr}, after_pool{nullptr};
  std::vector<Fork> forks;
};
TORCH_MODULE(WideCell);

class FactoredNetImpl : public torch::nn::Module {
 public:
  explicit FactoredNetImpl(const FactoredNetOptions& options_ = {}) : options(options_) {
    auto halve = [] { return torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(3).stride(2)); };
    begin = register_module("begin", torch::nn::Sequential(Filter(3, 32, 3, 2, false), Filter(32, 32, 3, 1, false), Filter(32, 64, 3), halve(), Filter(64, 80, 1), Filter(80, 192, 3, 1, false), halve()));
    int64_t width = 192;
    auto add = [&](const std::vector<std::string>& paths, Pool pool) {
      Cell cell(width, paths, pool);
      width = cell->width;
      body->push_back("cell" + std::to_string(body->size()), cell);
    };
    for (auto& after_pool : std::vector<std::string>{"s32", "s64", "s64"}) add({"s64", "s48f64", "s64q96q96", after_pool}, Pool::Average);
    add({"q384/", "s64q96q96/"}, Pool::Most);
    for (auto& [a, b] : std::map<int, std::string>{{1, "128"}, {2, "160"}, {3, "160"}, {4, "192"}})
      add({"s192", "s" + b + "h" + b + "v192", "s" + b + "v" + b + "h" + b + "v" + b + "h192", "s192"}, Pool::Average);
    register_module("body", body);
    if (options.early_answer())
      early = register_module("early", torch::nn::Sequential(torch::nn::AvgPool2d(torch::nn::AvgPool2dOptions(5).stride(3)), Filter(width, 128, 1), Filter(128, 768, 5, 1, false),
                                                             torch::nn::AdaptiveAvgPool2d(1), torch::nn::Flatten(), torch::nn::Linear(768, options.classes())));
    Cell last(width, std::vector<std::string>{"s192q320/", "s192h192v192q192/"}, Pool::Most);
    end = register_module("end", torch::nn::Sequential(last, WideCell(last->width), WideCell(2048), torch::nn::AdaptiveAvgPool2d(1), torch::nn::Dropout(options.forget())));
    scores = register_module("scores", torch::nn::Linear(2048, options.classes()));
  }

  std::tuple<Tensor, c10::optional<Tensor>> forward(Tensor x) {
    x = body->forward(begin->forward(x));
    c10::optional<Tensor> before = c10::nullopt;
    if (early && is_training()) before = early->forward(x);
    return {scores(end->forward(x).flatten(1)), before};
  }

 private:
  FactoredNetOptions options;
  torch::nn::Sequential begin{nullptr}, body, early{nullptr}, end{nullptr};
  torch::nn::Linear scores{nullptr};
};
TORCH_MODULE(FactoredNet);
