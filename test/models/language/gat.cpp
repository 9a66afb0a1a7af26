// Graph attention (dense and sparse softmax over edges) and GraphSAGE with mean/max aggregation
#include <torch/torch.h>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

namespace gnn {

using namespace torch::indexing;

class GraphAttentionLayerImpl : public torch::nn::Module {
public:
  GraphAttentionLayerImpl(int64_t in, int64_t out, double dropout, double alpha, bool concat = true)
      : out_(out), dropout_(dropout), concat_(concat), leakyrelu(torch::nn::LeakyReLUOptions().negative_slope(alpha)) {
    W = register_parameter("W", torch::empty({in, out}));
    torch::nn::init::xavier_uniform_(W, /*gain=*/1.414);
    a = register_parameter("a", torch::empty({2 * out, 1}));
    torch::nn::init::xavier_uniform_(a, 1.414);
    register_module("leakyrelu", leakyrelu);
  }

  torch::Tensor forward(const torch::Tensor& h, const torch::Tensor& adj) {
    auto Wh = torch::mm(h, W);
    auto Wh1 = torch::matmul(Wh, a.index({Slice(None, out_), Slice()}));
    auto Wh2 = torch::matmul(Wh, a.index({Slice(out_, None), Slice()}));
    auto e = leakyrelu(Wh1 + Wh2.t());
    auto zero_vec = -9e15 * torch::ones_like(e);
    auto attention = torch::where(adj > 0, e, zero_vec);
    attention = torch::softmax(attention, 1);
    attention = torch::dropout(attention, dropout_, is_training());
    auto h_prime = torch::matmul(attention, Wh);
    return concat_ ? torch::elu(h_prime) : h_prime;
  }

private:
  int64_t out_;
  double dropout_;
  bool concat_;
  torch::nn::LeakyReLU leakyrelu;
  torch::Tensor W, a;
};
TORCH_MODULE(GraphAttentionLayer);

class GATImpl : public torch::nn::Module {
public:
  GATImpl(int64_t nfeat, int64_t nhid, int64_t nclass, double dropout, double alpha, int64_t nheads)
      : dropout_(dropout), out_att(nhid * nheads, nclass, dropout, alpha, false) {
    for (int64_t i = 0; i < nheads; ++i) {
      attentions->push_back(GraphAttentionLayer(nfeat, nhid, dropout, alpha, true));
    }
    register_module("attentions", attentions);
    register_module("out_att", out_att);
  }
  torch::Tensor forward(torch::Tensor x, torch::Tensor adj) {
    x = torch::dropout(x, dropout_, is_training());
    std::vector<torch::Tensor> heads;
    heads.reserve(attentions->size());
    std::transform(attentions->begin(), attentions->end(), std::back_inserter(heads),
                   [&](const std::shared_ptr<torch::nn::Module>& m) { return m->as<GraphAttentionLayer>()->forward(x, adj); });
    x = torch::cat(heads, 1);
    x = torch::dropout(x, dropout_, is_training());
    x = torch::elu(out_att(x, adj));
    return torch::log_softmax(x, 1);
  }

private:
  double dropout_;
  torch::nn::ModuleList attentions;
  GraphAttentionLayer out_att;
};
TORCH_MODULE(GAT);

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

class SAGEConvImpl : public torch::nn::Module {
public:
  SAGEConvImpl(int64_t in, int64_t out, Aggregation how, bool normalize = false) : how_(how), normalize_(normalize) {
    lin_l = register_module("lin_l", torch::nn::Linear(in, out));
    lin_r = register_module("lin_r", torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(false)));
  }
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& edge_index) {
    auto neighbours = aggregate(x.index_select(0, edge_index.select(0, 0)), edge_index.select(0, 1), x.size(0), how_);
    auto out = lin_l(neighbours);
    out += lin_r(x);
    if (normalize_) out = torch::nn::functional::normalize(out, torch::nn::functional::NormalizeFuncOptions().p(2).dim(-1));
    return out;
  }

private:
  Aggregation how_;
  bool normalize_;
  torch::nn::Linear lin_l{nullptr}, lin_r{nullptr};
};
TORCH_MODULE(SAGEConv);

class GraphSAGEImpl : public torch::nn::Module {
public:
  GraphSAGEImpl(int64_t in, int64_t hidden, int64_t classes, int64_t layers) {
    for (int64_t i = 0; i < layers; ++i) {
      const auto how = i == 0 ? Aggregation::Max : i == 1 ? Aggregation::Mean : Aggregation::Sum;
      convs.emplace_back(register_module("conv_" + std::to_string(i), SAGEConv(i == 0 ? in : hidden, hidden, how, i == layers - 1)));
    }
    readout = register_module("readout", torch::nn::Linear(hidden, classes));
  }
  torch::Tensor forward(torch::Tensor x, torch::Tensor edge_index, torch::Tensor batch, int64_t graphs) {
    for (auto& conv : convs) x = conv(x, edge_index).relu_();
    auto pooled = aggregate(x, batch, graphs, Aggregation::Mean);
    return readout(pooled);
  }

private:
  std::vector<SAGEConv> convs;
  torch::nn::Linear readout{nullptr};
};
TORCH_MODULE(GraphSAGE);

}  // namespace gnn

// cobra: gnn::GAT net(20, 8, 5, 0.6, 0.2, 3); net->eval(); auto x = torch::randn({10, 20}); auto adj = torch::rand({10, 10}).round(); net->forward(x, adj);
// cobra: gnn::GraphSAGE net(20, 16, 4, 3); net->eval(); auto x = torch::randn({10, 20}); auto edges = torch::randint(0, 10, {2, 30}, torch::kLong); auto batch = torch::tensor({0, 0, 0, 0, 1, 1, 1, 1, 1, 1}); net->forward(x, edges, batch, 2);
int main() {
  gnn::GAT net(1433, 8, 7, 0.6, 0.2, 8);
  net->to(torch::cuda::is_available() ? torch::kCUDA : torch::kCPU);
  auto features = torch::rand({2708, 1433});
  auto adj = torch::eye(2708);
  net->eval();
  auto output = net(features, adj);
  auto preds = output.argmax(1).type_as(torch::zeros({1}, torch::kLong));
  std::cout << preds.eq(torch::zeros({2708}, torch::kLong)).sum().item<int64_t>() << std::endl;
}
