// Sentences by filters over some words at a time; meanings that are learned, that stay, or both as two channels.
#include <torch/torch.h>
#include <iostream>
#include <string>
#include <vector>

class PhraseFilters : public torch::nn::Module {
public:
    PhraseFilters(int words, int width, int kinds, int each, std::vector<int> lengths, const std::string& meanings = "both", torch::Tensor given = torch::Tensor(), float forget = 0.5)
        : both(meanings == "both") {
        learned = given.defined() ? torch::nn::Embedding::from_pretrained(given, torch::nn::EmbeddingFromPretrainedOptions().freeze(false)) : torch::nn::Embedding(words, width);
        register_module("learned", learned);
        if (both) {
            fixed = register_module("fixed", torch::nn::Embedding(words, width));
            fixed->weight.set_requires_grad(false);
        }
        for (int n : lengths) {
            filters.push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(both ? 2 : 1, each, {n, width})));
            register_module("filter" + std::to_string(n), filters.back());
        }
        drop = register_module("drop", torch::nn::Dropout(forget));
        say = register_module("say", torch::nn::Linear(static_cast<int>(filters.size()) * each, kinds));
    }

    torch::Tensor forward(torch::Tensor words) {
        auto meaning = learned(words);
        meaning = both ? torch::stack({meaning, fixed(words)}, 1) : meaning.unsqueeze(1);
        std::vector<torch::Tensor> strongest;
        for (auto filter : filters)
            strongest.push_back(most(torch::relu(filter->forward(meaning)).squeeze(3)));
        return say(drop(torch::cat(strongest, 1)));
    }

private:
    static torch::Tensor most(torch::Tensor x) { return torch::max_pool1d(x, x.size(2)).squeeze(2); }
    bool both;
    torch::nn::Embedding learned{nullptr}, fixed{nullptr};
    std::vector<torch::nn::Conv2d> filters;
    torch::nn::Dropout drop{nullptr};
    torch::nn::Linear say{nullptr};
};

// cobra: PhraseFilters net(50, 16, 4, 6, {3, 4, 5}); net.eval(); auto words = torch::randint(0, 50, {2, 20}, torch::kLong); net.forward(words);
// cobra: PhraseFilters net(50, 16, 4, 6, {2, 3}, "learned", torch::randn({50, 16})); net.eval(); auto words = torch::randint(0, 50, {2, 20}, torch::kLong); net.forward(words);
int main(int argc, char* argv[]) {
    const int words = argc > 1 ? std::stoi(argv[1]) : 20000, width = argc > 2 ? std::stoi(argv[2]) : 128;
    PhraseFilters net(words, width, 2, 100, {3, 4, 5});
    std::cout << net << std::endl;
    net.eval();
    auto kind = net.forward(torch::zeros({1, 56}, torch::kInt64)).argmax(1);
    std::cout << (kind.item().toInt() ? "positive" : "negative") << std::endl;
}
