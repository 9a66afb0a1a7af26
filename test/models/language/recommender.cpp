// DeepFM, neural collaborative filtering and DLRM over embedding bags.
#include <torch/torch.h>
#include <iostream>
#include <list>
#include <numeric>
#include <set>

using torch::Tensor;
using Fields = std::vector<int64_t>;

class FeaturesEmbedding : public torch::nn::Module {
 public:
  FeaturesEmbedding(const Fields& dims, int64_t dim) {
    const auto total = std::accumulate(dims.begin(), dims.end(), int64_t(0));
    embedding = register_module("embedding", torch::nn::Embedding(total, dim));
    std::vector<int64_t> o(dims.size(), 0);
    std::partial_sum(dims.begin(), dims.end() - 1, o.begin() + 1);
    offsets = register_buffer("offsets", torch::tensor(o, torch::kLong));
    torch::nn::init::xavier_uniform_(embedding->weight.data());
  }
  Tensor forward(Tensor x) { return embedding(x + offsets.unsqueeze(0)); }

 private:
  torch::nn::Embedding embedding{nullptr};
  Tensor offsets;
};

class DeepFM : public torch::nn::Module {
 public:
  DeepFM(const Fields& dims, int64_t dim, std::list<int64_t> mlp_dims, double dropout) {
    linear = register_module("linear", std::make_shared<FeaturesEmbedding>(dims, 1));
    bias = register_parameter("bias", torch::zeros({1}));
    embedding = register_module("embedding", std::make_shared<FeaturesEmbedding>(dims, dim));
    int64_t in = dims.size() * dim;
    for (auto out : mlp_dims) {
      mlp->push_back(torch::nn::Linear(in, out));
      mlp->push_back(torch::nn::BatchNorm1d(out));
      mlp->push_back(torch::nn::ReLU());
      mlp->push_back(torch::nn::Dropout(dropout));
      in = out;
    }
    mlp->push_back(torch::nn::Linear(in, 1));
    register_module("mlp", mlp);
  }
  static Tensor fm(const Tensor& x) {
    auto square_of_sum = torch::pow(torch::sum(x, 1), 2);
    auto sum_of_square = torch::sum(x.pow(2), 1);
    return 0.5 * (square_of_sum - sum_of_square).sum(1, true);
  }
  Tensor forward(Tensor x) {
    auto e = embedding->forward(x);
    auto y = linear->forward(x).sum(1) + bias + fm(e) + mlp->forward(e.view({e.size(0), -1}));
    return torch::sigmoid(y.squeeze(1));
  }

 private:
  std::shared_ptr<FeaturesEmbedding> linear, embedding;
  Tensor bias;
  torch::nn::Sequential mlp;
};

struct NCF : torch::nn::Module {
  torch::nn::Embedding user_gmf, item_gmf, user_mlp, item_mlp;
  torch::nn::Sequential mlp;
  torch::nn::Linear predict;
  NCF(int users, int items, int factors, int layers)
      : user_gmf(users, factors), item_gmf(items, factors), user_mlp(users, factors * (1 << (layers - 1))), item_mlp(items, factors * (1 << (layers - 1))), predict(factors * 2, 1) {
    register_module("user_gmf", user_gmf);
    register_module("item_gmf", item_gmf);
    register_module("user_mlp", user_mlp);
    register_module("item_mlp", item_mlp);
    for (int i = 0; i < layers; i++) {
      int input_size = factors * (1 << (layers - i));
      mlp->push_back(torch::nn::Dropout(0.1));
      mlp->push_back(torch::nn::Linear(input_size, input_size / 2));
      mlp->push_back(torch::nn::ReLU());
    }
    register_module("mlp", mlp);
    register_module("predict", predict);
    for (auto& m : modules(/*include_self=*/false)) {
      if (auto l = std::dynamic_pointer_cast<torch::nn::LinearImpl>(m)) {
        torch::nn::init::kaiming_uniform_(l->weight, 1, torch::kFanIn, torch::kReLU);
        l->bias.data().zero_();
      } else if (auto e = std::dynamic_pointer_cast<torch::nn::EmbeddingImpl>(m)) {
        torch::nn::init::normal_(e->weight, 0, 0.01);
      }
    }
  }
  Tensor forward(Tensor user, Tensor item) {
    auto gmf = user_gmf(user) * item_gmf(item);
    auto h = mlp->forward(torch::cat({user_mlp(user), item_mlp(item)}, -1));
    return predict(torch::cat({gmf, h}, -1)).view(-1);
  }
};

class DLRM : public torch::nn::Module {
 public:
  DLRM(std::vector<int64_t> bottom, const Fields& tables, int64_t dim, std::vector<int64_t> top) {
    bot = register_module("bot", tower(bottom, false));
    for (size_t i = 0; i < tables.size(); ++i) {
      auto bag = torch::nn::EmbeddingBag(torch::nn::EmbeddingBagOptions(tables[i], dim).mode(torch::kSum).sparse(true));
      emb.push_back(bag);
      register_module("emb" + std::to_string(i), bag);
    }
    const int64_t n = tables.size() + 1;
    top.insert(top.begin(), n * (n - 1) / 2 + dim);
    this->top = register_module("top", tower(top, true));
  }
  static torch::nn::Sequential tower(const std::vector<int64_t>& sizes, bool sigmoid) {
    torch::nn::Sequential seq;
    for (size_t i = 0; i + 1 < sizes.size(); ++i) {
      seq->push_back(torch::nn::Linear(sizes[i], sizes[i + 1]));
      if (sigmoid && i + 2 == sizes.size())
        seq->push_back(torch::nn::Sigmoid());
      else
        seq->push_back(torch::nn::ReLU());
    }
    return seq;
  }
  Tensor interact(const Tensor& x, const std::vector<Tensor>& ly) {
    std::vector<Tensor> all{x};
    all.insert(all.end(), ly.begin(), ly.end());
    auto T = torch::cat(all, 1).view({x.size(0), -1, x.size(1)});
    auto Z = torch::bmm(T, torch::transpose(T, 1, 2));
    std::vector<int64_t> li, lj;
    for (int64_t i = 0; i < Z.size(1); ++i)
      for (int64_t j = 0; j < i; ++j) {
        li.push_back(i);
        lj.push_back(j);
      }
    using namespace torch::indexing;
    auto flat = Z.index({Slice(), torch::tensor(li), torch::tensor(lj)});
    return torch::cat({x, flat}, 1);
  }
  Tensor forward(Tensor dense, std::vector<Tensor> offsets, std::vector<Tensor> indices) {
    auto x = bot->forward(dense);
    std::vector<Tensor> ly;
    for (size_t k = 0; k < emb.size(); k++) ly.push_back(emb[k]->forward(indices[k], offsets[k]));
    return top->forward(interact(x, ly)).clamp(1e-6, 1 - 1e-6);
  }

 private:
  torch::nn::Sequential bot{nullptr}, top{nullptr};
  std::vector<torch::nn::EmbeddingBag> emb;
};

int main() {
  DeepFM model({100, 50, 20}, 16, {64, 32}, 0.2);
  torch::nn::BCELoss loss;
  torch::optim::Adam opt(model.parameters(), torch::optim::AdamOptions(1e-3).weight_decay(1e-6));
  for (int i = 0; i < 10; ++i) {
    auto x = torch::stack({torch::randint(100, {64}), torch::randint(50, {64}), torch::randint(20, {64})}, 1).to(torch::kLong);
    auto y = torch::randint(2, {64}).to(torch::kFloat);
    opt.zero_grad();
    auto l = loss(model.forward(x), y);
    l.backward();
    opt.step();
  }
}
// cobra: DeepFM m({20, 10, 5}, 8, {16, 12}, 0.2); m.eval(); auto x = torch::randint(0, 5, {6, 3}, torch::kLong); m.forward(x);
// cobra: NCF m(30, 40, 4, 3); m.eval(); auto u = torch::randint(0, 30, {6}), i = torch::randint(0, 40, {6}); m.forward(u, i);
// cobra: DLRM m({13, 32, 8}, {20, 30, 40}, 8, {16, 1}); m.eval(); auto dense = torch::rand({4, 13}); std::vector<torch::Tensor> offsets(3, torch::arange(0, 8, 2)), indices(3, torch::randint(0, 20, {8})); m.forward(dense, offsets, indices);
