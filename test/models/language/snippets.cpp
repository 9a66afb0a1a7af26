// Small things from notebooks: a Hopfield network, k-means, gaussian processes, a perceptron from scratch, tabular networks.
#include <torch/torch.h>
#include <iostream>

using namespace torch;

struct ModernHopfield : nn::Module {
    Tensor patterns;
    double beta;
    int steps;
    ModernHopfield(int64_t n, int64_t d, double beta, int steps = 3) : beta(beta), steps(steps) {
        patterns = register_buffer("patterns", torch::randn({n, d}).sign());
    }
    Tensor energy(Tensor xi) { return -torch::logsumexp(beta * xi.matmul(patterns.t()), -1) / beta + 0.5 * (xi * xi).sum(-1); }
    Tensor forward(Tensor xi) {
        for (int i = 0; i < steps; i++)
            xi = torch::softmax(beta * torch::matmul(xi, patterns.transpose(0, 1)), -1).matmul(patterns);
        return xi;
    }
};

struct ClassicHopfield : nn::Module {
    Tensor W;
    explicit ClassicHopfield(Tensor memories) {
        auto n = memories.size(1);
        W = torch::zeros({n, n});
        for (int64_t i = 0; i < memories.size(0); ++i)
            W += torch::outer(memories[i], memories[i]);
        W.fill_diagonal_(0);
        W /= memories.size(0);
        register_buffer("W", W);
    }
    Tensor forward(Tensor s) {
        for (int k = 0; k < 4; ++k) s = torch::sign(s.mm(W));
        return s;
    }
};

std::pair<Tensor, Tensor> kmeans(Tensor x, int64_t k, int iterations = 5) {
    auto centers = x.slice(0, 0, k).clone();
    Tensor labels;
    for (int i = 0; i < iterations; i++) {
        labels = torch::cdist(x, centers).argmin(1);
        auto onehot = torch::one_hot(labels, k).to(x.dtype());
        auto counts = onehot.sum(0).clamp_min(1).unsqueeze(1);
        centers = onehot.t().mm(x).div(counts);
    }
    return {centers, labels};
}

struct KMeansHead : nn::Module {
    nn::Linear embed;
    int64_t k;
    KMeansHead(int64_t in, int64_t d, int64_t k) : embed(in, d), k(k) { register_module("embed", embed); }
    std::pair<Tensor, Tensor> forward(Tensor x) { return kmeans(embed(x), k); }
};

struct GaussianProcess : nn::Module {
    Tensor log_length, log_noise, x_train, y_train;
    GaussianProcess(Tensor x, Tensor y) : x_train(x), y_train(y) {
        log_length = register_parameter("log_length", torch::zeros({}));
        log_noise = register_parameter("log_noise", torch::full({}, -2.0));
    }
    Tensor kernel(Tensor a, Tensor b) { return torch::exp(-0.5 * torch::cdist(a, b).pow(2) / log_length.exp().pow(2)); }
    std::tuple<Tensor, Tensor> forward(Tensor x) {
        auto K = kernel(x_train, x_train) + log_noise.exp() * torch::eye(x_train.size(0));
        auto L = torch::linalg_cholesky(K);
        auto Ks = kernel(x_train, x);
        auto alpha = torch::linalg_solve(K, y_train);
        auto v = torch::linalg_solve(L, Ks);
        return {Ks.t().mv(alpha), kernel(x, x).diagonal() - v.pow(2).sum(0)};
    }
};

// y = W2 tanh(W1 x + b1) + b2, by hand
struct FromScratch {
    Tensor W1 = torch::randn({16, 4}), b1 = torch::zeros({16, 1}), W2 = torch::randn({1, 16}), b2 = torch::zeros({1});
    Tensor operator()(const Tensor& x) const { return (W2.mm(torch::tanh(W1.mm(x.t()) + b1)) + b2).t(); }
};

struct TabularNet : nn::Module {
    std::vector<nn::Embedding> embeds;
    nn::BatchNorm1d bn_cont{nullptr};
    nn::Sequential layers;
    TabularNet(std::vector<std::pair<int64_t, int64_t>> sizes, int64_t n_cont, std::vector<int64_t> hidden, int64_t out) {
        int64_t n_emb = 0;
        for (const auto& [ni, nf] : sizes) {
            embeds.push_back(register_module("emb" + std::to_string(embeds.size()), nn::Embedding(ni, nf)));
            n_emb += nf;
        }
        bn_cont = register_module("bn_cont", nn::BatchNorm1d(n_cont));
        hidden.insert(hidden.begin(), n_emb + n_cont);
        for (size_t i = 1; i < hidden.size(); ++i) {
            layers->push_back(nn::Linear(hidden[i - 1], hidden[i]));
            layers->push_back(nn::ReLU(nn::ReLUOptions(true)));
            layers->push_back(nn::BatchNorm1d(hidden[i]));
        }
        layers->push_back(nn::Linear(hidden.back(), out));
        register_module("layers", layers);
    }
    Tensor forward(Tensor cat, Tensor cont) {
        std::vector<Tensor> x;
        for (size_t i = 0; i < embeds.size(); ++i) x.push_back(embeds[i](cat.select(1, (int64_t)i)));
        x.push_back(bn_cont(cont));
        return layers->forward(torch::cat(x, 1));
    }
};

int main() {
    auto x = torch::randn({100, 2});
    auto [centers, labels] = kmeans(x, 3);
    std::cout << centers << labels.sizes() << FromScratch()(torch::randn({5, 4})) << std::endl;
}
// cobra: ModernHopfield net(20, 32, 2.0); net.eval(); auto x = torch::randn({4, 32}); net.forward(x);
// cobra: ClassicHopfield net(torch::randn({3, 16}).sign()); net.eval(); auto x = torch::randn({4, 16}); net.forward(x);
// cobra: KMeansHead net(8, 4, 3); net.eval(); auto x = torch::randn({30, 8}); net.forward(x);
// cobra: GaussianProcess gp(torch::randn({10, 2}), torch::randn({10})); gp.eval(); auto x = torch::randn({6, 2}); gp.forward(x);
// cobra: TabularNet net({{10, 4}, {7, 3}}, 5, {32, 16}, 2); net.eval(); auto cat = torch::randint(0, 7, {6, 2}, torch::kLong); auto cont = torch::randn({6, 5}); net.forward(cat, cont);
