// Every network of NAS-Bench-201 (Dong and Yang, ICLR 2020) as one program: 3 stages of 5 cells, and a cell has one of five
// operations on each of its six edges 1<-0, 2<-0, 2<-1, 3<-0, 3<-1, 3<-2: 0 none, 1 skip_connect, 2 nor_conv_1x1,
// 3 nor_conv_3x3, 4 avg_pool_3x3. scripts/network-graphs appends an entry for each network.
#include <torch/torch.h>

#include <array>
#include <string>
#include <vector>

namespace {

torch::nn::Sequential reluConvNorm(int in, int out, int kernel, int stride) {
  return torch::nn::Sequential(torch::nn::ReLU(),
                               torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false)),
                               torch::nn::BatchNorm2d(out));
}

struct EdgeImpl : torch::nn::Module {
  int operation;
  torch::nn::Sequential body{nullptr};
  EdgeImpl(int operation, int channels) : operation(operation) {
    if (operation == 2) body = register_module("body", reluConvNorm(channels, channels, 1, 1));
    if (operation == 3) body = register_module("body", reluConvNorm(channels, channels, 3, 1));
  }
  torch::Tensor forward(torch::Tensor x) {
    switch (operation) {
    case 0: return x.mul(0.0);
    case 1: return x;
    case 4: return torch::avg_pool2d(x, 3, 1, 1, false, false);
    default: return body->forward(x);
    }
  }
};
TORCH_MODULE(Edge);

struct CellImpl : torch::nn::Module {
  std::vector<Edge> edges;
  CellImpl(const std::array<int, 6>& operations, int channels) {
    for (int operation : operations) edges.push_back(register_module("edge" + std::to_string(edges.size()), Edge(operation, channels)));
  }
  torch::Tensor forward(torch::Tensor x) {
    std::vector<torch::Tensor> nodes{x};
    std::size_t edge = 0;
    for (int to = 1; to < 4; ++to) {
      torch::Tensor sum = edges[edge++]->forward(nodes[0]);
      for (int from = 1; from < to; ++from) sum = sum + edges[edge++]->forward(nodes[from]);
      nodes.push_back(sum);
    }
    return nodes.back();
  }
};
TORCH_MODULE(Cell);

struct DownImpl : torch::nn::Module {
  torch::nn::Sequential first, second;
  torch::nn::AvgPool2d pool;
  torch::nn::Conv2d shortcut;
  explicit DownImpl(int in)
      : first(reluConvNorm(in, 2 * in, 3, 2)), second(reluConvNorm(2 * in, 2 * in, 3, 1)), pool(torch::nn::AvgPool2dOptions(2).stride(2)),
        shortcut(torch::nn::Conv2dOptions(in, 2 * in, 1).bias(false)) {
    register_module("first", first);
    register_module("second", second);
    register_module("pool", pool);
    register_module("shortcut", shortcut);
  }
  torch::Tensor forward(torch::Tensor x) {
    auto main = second->forward(first->forward(x));
    return shortcut(pool(x)) + main;
  }
};
TORCH_MODULE(Down);

} // namespace

struct NetworkImpl : torch::nn::Module {
  torch::nn::Conv2d stem;
  torch::nn::BatchNorm2d stemNorm, lastNorm;
  torch::nn::ModuleList body;
  torch::nn::Linear classifier;
  explicit NetworkImpl(const std::array<int, 6>& operations)
      : stem(torch::nn::Conv2dOptions(3, 16, 3).padding(1).bias(false)), stemNorm(16), lastNorm(64), classifier(64, 10) {
    register_module("stem", stem);
    register_module("stemNorm", stemNorm);
    int channels = 16;
    for (int stage = 0; stage < 3; ++stage) {
      if (stage > 0) {
        body->push_back(Down(channels));
        channels *= 2;
      }
      for (int i = 0; i < 5; ++i) body->push_back(Cell(operations, channels));
    }
    register_module("body", body);
    register_module("lastNorm", lastNorm);
    register_module("classifier", classifier);
  }
  torch::Tensor forward(torch::Tensor x) {
    x = stemNorm(stem(x));
    for (const auto& module : *body) {
      if (auto* cell = module->as<Cell>()) x = cell->forward(x);
      else x = module->as<Down>()->forward(x);
    }
    x = torch::relu(lastNorm(x));
    return classifier(torch::adaptive_avg_pool2d(x, {1, 1}).flatten(1));
  }
};
TORCH_MODULE(Network);
