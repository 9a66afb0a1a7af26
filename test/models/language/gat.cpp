// Nodes that listen to their neighbours, and nodes that gather what is near by mean, sum and maximum.
#include <torch/torch.h>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

namespace gnn {

using namespace torch::indexing;

/// Each node listens to its neighbours, to some more than to others: how much follows from both of their features.
class ListenImpl : public torch::nn::Module {
public:
  ListenImpl(int64_t from, int64_t to, double forget, double slope, bool bend = true)
      : forget_(forget), bend_(bend), slope_(torch::nn::LeakyReLUOptions().negative_slope(slope)) {
    register_module("slope", slope_);
    turn_ = register_parameter("turn", torch::nn::init::xavier_uniform_(torch::empty({from, to}), /*gain=*/1.4));
    both_ = register_parameter("both", torch::nn::init::xavier_uniform_(torch::empty({2 * to, 1}), 1.4));
  }

  torch::Tensor forward(const torch::Tensor& nodes, const torch::Tensor& edges) {
    auto x = nodes.mm(turn_);
    const auto to = x.size(1);
    auto listener = x.matmul(both_.index({Slice(None, to), Slice()})), speaker = x.matmul(both_.index({Slice(to, None), Slice()}));
    auto heed = slope_(listener + speaker.t());
    heed = heed.masked_fill(edges.le(0), -1e15).softmax(1);
    x = torch::dropout(heed, forget_, is_training()).matmul(x);
    return bend_ ? torch::elu(x) : x;
  }

private:
  double forget_;
  bool bend_;
  torch::nn::LeakyReLU slope_;
  torch::Tensor turn_, both_;
};
TORCH_MODULE(Listen);

class ManyEarsImpl : public torch::nn::Module {
public:
  ManyEarsImpl(int64_t features, int64_t each, int64_t kinds, double forget, double slope, int64_t ears) : forget_(forget), last_(each * ears, kinds, forget, slope, false) {
    while (static_cast<int64_t>(ears_->size()) < ears) ears_->push_back(Listen(features, each, forget, slope));
    register_module("ears", ears_);
    register_module("last", last_);
  }
  torch::Tensor forward(torch::Tensor nodes, torch::Tensor edges) {
    auto forget = [this](const torch::Tensor& x) { return torch::dropout(x, forget_, is_training()); };
    nodes = forget(nodes);
    std::vector<torch::Tensor> heard;
    heard.reserve(ears_->size());
    std::transform(ears_->begin(), ears_->end(), std::back_inserter(heard), [&](const std::shared_ptr<torch::nn::Module>& ear) { return ear->as<Listen>()->forward(nodes, edges); });
    return torch::log_softmax(torch::elu(last_(forget(torch::cat(heard, 1)), edges)), 1);
  }

private:
  double forget_;
  torch::nn::ModuleList ears_;
  Listen last_;
};
TORCH_MODULE(ManyEars);

enum class Aggregation { Mean, Max, Sum };

/// Aggregates rows of `src` into `n` rows.
static torch::Tensor aggregate(const torch::Tensor& src, const torch::Tensor& index, int64_t n, Aggregation how) {
  auto idx = index.unsqueeze(-1).expand_as(src);
  switch (how) {
  case Aggregation::Sum:
    return torch::zeros({n, src.size(1)}, src.options()).scatter_add(0, idx, src);
  case Aggregation::Mean: {
    auto sum = torch::zeros({n, src.size(1)}, src.options()).scatter_add_(0, idx, src);
    auto count = torch::zeros({n}, src.options()).index_add(0, index, torch::ones_like(index, src.options()));
    return sum / count.clamp_min(1).unsqueeze(-1);
  }
  case Aggregation::Max:
    return torch::full({n, src.size(1)}, -1e9, src.options()).scatter_reduce(0, idx, src, "amax");
  }
  throw std::logic_error("unreachable");
}

class GatherImpl : public torch::nn::Module {
public:
  GatherImpl(int64_t in, int64_t out, Aggregation how, bool normalize = false) : how_(how), normalize_(normalize) {
    near_ = register_module("near_", torch::nn::Linear(in, out));
    own_ = register_module("own_", torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(false)));
  }
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& edge_index) {
    auto neighbours = aggregate(x.index_select(0, edge_index.select(0, 0)), edge_index.select(0, 1), x.size(0), how_);
    auto out = near_(neighbours);
    out += own_(x);
    if (normalize_) out = torch::nn::functional::normalize(out, torch::nn::functional::NormalizeFuncOptions().p(2).dim(-1));
    return out;
  }

private:
  Aggregation how_;
  bool normalize_;
  torch::nn::Linear near_{nullptr}, own_{nullptr};
};
TORCH_MODULE(Gather);

class GatheringImpl : public torch::nn::Module {
public:
  GatheringImpl(int64_t in, int64_t hidden, int64_t classes, int64_t layers) {
    for (int64_t i = 0; i < layers; ++i) {
      const auto how = i == 0 ? Aggregation::Max : i == 1 ? Aggregation::Mean : Aggregation::Sum;
      convs.emplace_back(register_module("conv_" + std::to_string(i), Gather(i == 0 ? in : hidden, hidden, how, i == layers - 1)));
    }
    readout = register_module("readout", torch::nn::Linear(hidden, classes));
  }
  torch::Tensor forward(torch::Tensor x, torch::Tensor edge_index, torch::Tensor batch, int64_t graphs) {
    for (auto& conv : convs) x = conv(x, edge_index).relu_();
    auto pooled = aggregate(x, batch, graphs, Aggregation::Mean);
    return readout(pooled);
  }

private:
  std::vector<Gather> convs;
  torch::nn::Linear readout{nullptr};
};
TORCH_MODULE(Gathering);

}  // namespace gnn

// cobra: gnn::ManyEars net(20, 8, 5, 0.6, 0.2, 3); net->eval(); auto x = torch::randn({10, 20}); auto adj = torch::rand({10, 10}).round(); net->forward(x, adj);
// cobra: gnn::Gathering net(20, 16, 4, 3); net->eval(); auto x = torch::randn({10, 20}); auto edges = torch::randint(0, 10, {2, 30}, torch::kLong); auto batch = torch::tensor({0, 0, 0, 0, 1, 1, 1, 1, 1, 1}); net->forward(x, edges, batch, 2);
int main() {
  gnn::ManyEars net(1433, 8, 7, 0.6, 0.2, 8);
  net->to(torch::cuda::is_available() ? torch::kCUDA : torch::kCPU);
  net->eval();
  auto kinds = net(torch::rand({2708, 1433}), torch::eye(2708)).argmax(1).type_as(torch::zeros({1}, torch::kLong));
  std::cout << kinds.eq(0).sum().item<int64_t>() << std::endl;
}
