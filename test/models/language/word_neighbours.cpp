// Meanings of words from the words around them: a pair that was seen against some that were not, and a word from the mean of its neighbours.
#include <torch/torch.h>
#include <algorithm>
#include <iostream>
#include <random>

struct Pairs : torch::nn::Module {
    torch::nn::Embedding word, around;

    Pairs(int64_t words, int64_t width) : word(table("word", words, width)), around(table("around", words, width)) {
        torch::nn::init::uniform_(word->weight.data(), -1.0 / width, 1.0 / width);
        torch::nn::init::zeros_(around->weight.data());
    }
    /// How surprising it is that `near` was seen beside `here`, and `others` were not.
    torch::Tensor forward(torch::Tensor here, torch::Tensor near, torch::Tensor others) {
        auto w = word->forward(here);
        auto seen = torch::mul(w, around->forward(near)).sum(1);
        auto unseen = torch::bmm(around->forward(others), w.unsqueeze(2)).squeeze();
        auto surprise = [](const torch::Tensor& score) { return torch::log_sigmoid(score.clamp(/*min=*/-10, /*max=*/10)).neg(); };
        return torch::mean(surprise(seen) + surprise(-unseen).sum(1));
    }
    torch::Tensor alike(int64_t which, int64_t count) {
        auto direction = torch::nn::functional::normalize(word->weight, torch::nn::functional::NormalizeFuncOptions().dim(1));
        auto best = torch::topk(torch::mv(direction, direction[which]), count + 1);
        return std::get<1>(best).slice(0, 1);
    }

private:
    torch::nn::Embedding table(const char* name, int64_t words, int64_t width) {
        return register_module(name, torch::nn::Embedding(torch::nn::EmbeddingOptions(words, width).sparse(true)));
    }
};

struct FromNeighbours : torch::nn::Module {
    FromNeighbours(int64_t words, int64_t width) : mean(torch::nn::EmbeddingBagOptions(words, width).mode(torch::kMean)), say(width, words) {
        register_module("mean", mean);
        register_module("say", say);
    }
    torch::Tensor forward(torch::Tensor neighbours) { return say(mean(neighbours)).log_softmax(-1); }
    torch::nn::EmbeddingBag mean;
    torch::nn::Linear say;
};

int main() {
    constexpr int64_t words = 5000, at_once = 64, unseen = 5;
    auto net = std::make_shared<Pairs>(words, 100);
    torch::optim::SGD rule(net->parameters(), torch::optim::SGDOptions(0.025));
    std::mt19937 rng(1);
    std::uniform_int_distribution<int64_t> any(0, words - 1);
    auto draw = [&](int64_t n) {
        std::vector<int64_t> drawn(n);
        std::generate(drawn.begin(), drawn.end(), [&] { return any(rng); });
        return torch::tensor(drawn);
    };
    for (int left = 100; left-- > 0;) {
        rule.zero_grad();
        auto loss = net->forward(draw(at_once), draw(at_once), draw(at_once * unseen).view({at_once, unseen}));
        loss.backward();
        rule.step();
        if (left % 10 == 0) std::cout << left << " left, " << loss.item<float>() << "\n";
    }
    std::cout << net->alike(3, 10) << "\n";
}
// cobra: Pairs m(100, 16); auto here = torch::randint(0, 100, {8}), near = torch::randint(0, 100, {8}), others = torch::randint(0, 100, {8, 5}); m.eval(); m.forward(here, near, others);
// cobra: Pairs m(100, 16); m.eval(); m.alike(3, 10);
// cobra: FromNeighbours m(60, 12); m.eval(); auto neighbours = torch::randint(0, 60, {8, 4}); m.forward(neighbours);
