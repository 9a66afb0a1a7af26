// Convolutional sentence classifier (Kim 2014) with static and non-static channels.
#include <torch/torch.h>
#include <iostream>
#include <vector>

class TextCNN : public torch::nn::Module {
private:
    int class_num;
    std::string mode;
    torch::nn::Embedding embed{nullptr}, embed_static{nullptr};
    std::vector<torch::nn::Conv2d> convs;
    torch::nn::Dropout dropout{nullptr};
    torch::nn::Linear fc1{nullptr};

public:
    TextCNN(int vocab, int dim, int class_num, int kernel_num, std::vector<int> kernel_sizes, float drop = 0.5, const std::string& mode = "multichannel",
            torch::Tensor pretrained = torch::Tensor())
        : class_num(class_num), mode(mode) {
        int channels = 1;
        if (pretrained.defined()) {
            embed = torch::nn::Embedding::from_pretrained(pretrained, torch::nn::EmbeddingFromPretrainedOptions().freeze(false));
        } else {
            embed = torch::nn::Embedding(vocab, dim);
        }
        register_module("embed", embed);
        if (mode == "multichannel") {
            embed_static = register_module("embed_static", torch::nn::Embedding(vocab, dim));
            embed_static->weight.set_requires_grad(false);
            channels += 1;
        }
        for (size_t i = 0; i < kernel_sizes.size(); ++i) {
            int k = kernel_sizes[i];
            convs.push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(channels, kernel_num, {k, dim})));
            register_module("conv" + std::to_string(k), convs[i]);
        }
        dropout = register_module("dropout", torch::nn::Dropout(drop));
        fc1 = register_module("fc1", torch::nn::Linear(static_cast<int>(convs.size()) * kernel_num, class_num));
    }

    torch::Tensor conv_and_pool(torch::Tensor x, torch::nn::Conv2d conv) {
        x = torch::relu(conv->forward(x)).squeeze(3);
        x = torch::max_pool1d(x, x.size(2)).squeeze(2);
        return x;
    }

    torch::Tensor forward(torch::Tensor x) {
        torch::Tensor e;
        if (mode == "multichannel")
            e = torch::stack({embed(x), embed_static(x)}, 1);
        else
            e = embed(x).unsqueeze(1);
        std::vector<torch::Tensor> features;
        for (auto conv : convs)
            features.push_back(conv_and_pool(e, conv));
        auto out = torch::cat(features, 1);
        out = dropout(out);
        return fc1(out);
    }
};

// cobra: TextCNN net(50, 16, 4, 6, {3, 4, 5}); net.eval(); auto x = torch::randint(0, 50, {2, 20}, torch::kLong); net.forward(x);
int main(int argc, char* argv[]) {
    int vocab = 21701, dim = 128;
    if (argc == 3) { vocab = std::stoi(argv[1]); dim = std::stoi(argv[2]); }
    TextCNN net(vocab, dim, 2, 100, {3, 4, 5});
    std::cout << net << std::endl;
    net.eval();
    auto sentence = torch::zeros({1, 56}, torch::kInt64);
    auto prediction = net.forward(sentence).argmax(1);
    std::cout << (prediction.item().toInt() == 0 ? "negative" : "positive") << std::endl;
}
