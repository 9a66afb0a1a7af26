// skip-gram with negative sampling
#include <torch/torch.h>
#include <iostream>
#include <random>
#include <unordered_map>

struct SkipGramNegSampling : torch::nn::Module {
    int64_t emb_size, emb_dimension;
    torch::nn::Embedding u_embeddings, v_embeddings;

    SkipGramNegSampling(int64_t size, int64_t dim)
        : emb_size(size), emb_dimension(dim),
          u_embeddings(register_module("u", torch::nn::Embedding(torch::nn::EmbeddingOptions(size, dim).sparse(true)))),
          v_embeddings(register_module("v", torch::nn::Embedding(torch::nn::EmbeddingOptions(size, dim).sparse(true)))) {
        double range = 1.0 / emb_dimension;
        torch::nn::init::uniform_(u_embeddings->weight.data(), -range, range);
        torch::nn::init::constant_(v_embeddings->weight.data(), 0);
    }

    torch::Tensor forward(torch::Tensor pos_u, torch::Tensor pos_v, torch::Tensor neg_v) {
        auto emb_u = u_embeddings->forward(pos_u);
        auto emb_v = v_embeddings->forward(pos_v);
        auto emb_neg_v = v_embeddings->forward(neg_v);
        auto score = torch::sum(torch::mul(emb_u, emb_v), 1);
        score = torch::clamp(score, -10, 10);
        score = -torch::log_sigmoid(score);
        auto neg_score = torch::bmm(emb_neg_v, emb_u.unsqueeze(2)).squeeze();
        neg_score = torch::clamp(neg_score, /*min=*/-10, /*max=*/10);
        neg_score = -torch::sum(torch::log_sigmoid(-neg_score), 1);
        return torch::mean(score + neg_score);
    }

    torch::Tensor most_similar(int64_t word, int64_t k = 10) {
        auto w = torch::nn::functional::normalize(u_embeddings->weight, torch::nn::functional::NormalizeFuncOptions().dim(1));
        auto sim = torch::mv(w, w[word]);
        return std::get<1>(torch::topk(sim, k + 1)).slice(0, 1);
    }
};

struct CBOW : torch::nn::Module {
    CBOW(int64_t vocab, int64_t dim) {
        embeddings = register_module("embeddings", torch::nn::EmbeddingBag(torch::nn::EmbeddingBagOptions(vocab, dim).mode(torch::kMean)));
        linear = register_module("linear", torch::nn::Linear(dim, vocab));
    }
    torch::Tensor forward(torch::Tensor context) { return torch::log_softmax(linear(embeddings(context)), -1); }
    torch::nn::EmbeddingBag embeddings{nullptr};
    torch::nn::Linear linear{nullptr};
};

int main() {
    const int64_t vocab = 5000, dim = 100, batch = 64;
    auto model = std::make_shared<SkipGramNegSampling>(vocab, dim);
    torch::optim::SGD opt(model->parameters(), torch::optim::SGDOptions(0.025));
    std::mt19937 rng(1);
    std::uniform_int_distribution<int64_t> pick(0, vocab - 1);
    std::vector<int64_t> u(batch), v(batch), n(batch * 5);
    for (int step = 0; step < 100; ++step) {
        for (auto& i : u) i = pick(rng);
        for (auto& i : v) i = pick(rng);
        for (auto& i : n) i = pick(rng);
        auto pos_u = torch::tensor(u), pos_v = torch::tensor(v), neg = torch::tensor(n).view({batch, 5});
        opt.zero_grad();
        auto loss = model->forward(pos_u, pos_v, neg);
        loss.backward();
        opt.step();
        if (step % 10 == 0) std::cout << "step " << step << " loss " << loss.item<float>() << "\n";
    }
    std::cout << model->most_similar(3) << "\n";
}
// cobra: SkipGramNegSampling m(100, 16); auto u = torch::randint(0, 100, {8}), v = torch::randint(0, 100, {8}), n = torch::randint(0, 100, {8, 5}); m.eval(); m.forward(u, v, n);
// cobra: CBOW m(60, 12); m.eval(); auto context = torch::randint(0, 60, {8, 4}); m.forward(context);
