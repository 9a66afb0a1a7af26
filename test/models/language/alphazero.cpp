#include <torch/torch.h>
#include <iostream>
#include <map>
#include <functional>
#include <string>

// Policy/value tower with squeeze and excitation; blocks built through a registry of factories.

struct NetConfig
{
    int boardSize{8};
    int inputPlanes{17};
    int channels{64};
    int blocks{5};
    int seRatio{4};
    int policyPlanes{73};
    std::string block{"se"};
};

struct BlockBase : public torch::nn::Module
{
    virtual torch::Tensor forward(torch::Tensor x) = 0;
    virtual ~BlockBase() {}
};

struct ResidualBlock : BlockBase
{
    explicit ResidualBlock(const NetConfig& c)
    {
        int ch = c.channels;
        conv1 = register_module("conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(ch, ch, 3).padding(1).bias(false)));
        bn1 = register_module("bn1", torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(ch).eps(1e-3)));
        conv2 = register_module("conv2", torch::nn::Conv2d(torch::nn::Conv2dOptions(ch, ch, 3).padding(1).bias(false)));
        bn2 = register_module("bn2", torch::nn::BatchNorm2d(ch));
    }
    torch::Tensor body(torch::Tensor x)
    {
        x = torch::relu(bn1(conv1(x)));
        return bn2(conv2(x));
    }
    torch::Tensor forward(torch::Tensor x) override { return torch::relu(body(x) + x); }
    torch::nn::Conv2d conv1{nullptr}, conv2{nullptr};
    torch::nn::BatchNorm2d bn1{nullptr}, bn2{nullptr};
};

struct SEBlock final : ResidualBlock
{
    explicit SEBlock(const NetConfig& c) : ResidualBlock(c)
    {
        fc1 = register_module("fc1", torch::nn::Linear(c.channels, c.channels / c.seRatio));
        fc2 = register_module("fc2", torch::nn::Linear(c.channels / c.seRatio, 2 * c.channels));
    }
    torch::Tensor forward(torch::Tensor x) override
    {
        auto out = body(x);
        auto z = torch::adaptive_avg_pool2d(out, {1, 1}).flatten(1);
        z = fc2(torch::relu(fc1(z))).view({x.size(0), 2, x.size(1)});
        auto weights = z.unbind(1);
        auto expand = [](torch::Tensor t) { return t.unsqueeze(-1).unsqueeze(-1); };
        out = torch::sigmoid(expand(weights[0])) * out + expand(weights[1]);
        out += x;
        return out.relu_();
    }
    torch::nn::Linear fc1{nullptr}, fc2{nullptr};
};

using Factory = std::function<std::shared_ptr<BlockBase>(const NetConfig&)>;
std::map<std::string, Factory>& registry()
{
    static std::map<std::string, Factory> r;
    return r;
}
struct Registrar
{
    Registrar(const std::string& name, Factory f) { registry()[name] = std::move(f); }
};
#define REGISTER_BLOCK(name, T) static Registrar registrar_##T(name, [](const NetConfig& c) -> std::shared_ptr<BlockBase> { return std::make_shared<T>(c); });
REGISTER_BLOCK("plain", ResidualBlock)
REGISTER_BLOCK("se", SEBlock)

class AlphaNetImpl : public torch::nn::Module
{
public:
    explicit AlphaNetImpl(const NetConfig& c) : cfg(c)
    {
        stem = register_module("stem", torch::nn::Sequential(
            torch::nn::Conv2d(torch::nn::Conv2dOptions(c.inputPlanes, c.channels, 3).padding(1).bias(false)),
            torch::nn::BatchNorm2d(c.channels),
            torch::nn::ReLU(torch::nn::ReLUOptions().inplace(true))));
        for (int i = 0; i < c.blocks; ++i)
        {
            auto b = registry().at(c.block)(c);
            tower.push_back(register_module("block" + std::to_string(i), b));
        }
        policyConv = register_module("policy_conv", torch::nn::Conv2d(c.channels, c.policyPlanes, 1));
        valueHead = register_module("value_head", torch::nn::Sequential(
            torch::nn::Conv2d(c.channels, 1, 1), torch::nn::BatchNorm2d(1), torch::nn::ReLU(), torch::nn::Flatten(),
            torch::nn::Linear(c.boardSize * c.boardSize, 256), torch::nn::ReLU(), torch::nn::Linear(256, 1), torch::nn::Tanh()));
    }

    std::pair<torch::Tensor, torch::Tensor> forward(torch::Tensor x, torch::Tensor legal = {})
    {
        x = stem->forward(x);
        for (auto& b : tower)
            x = b->forward(x);
        auto p = policyConv(x).flatten(1);
        if (legal.defined())
            p.masked_fill_(legal.logical_not(), -1e9f);
        return std::make_pair(torch::log_softmax(p, 1), valueHead->forward(x).squeeze(-1));
    }

private:
    NetConfig cfg;
    torch::nn::Sequential stem{nullptr}, valueHead{nullptr};
    std::vector<std::shared_ptr<BlockBase>> tower;
    torch::nn::Conv2d policyConv{nullptr};
};
TORCH_MODULE(AlphaNet);

// cobra: NetConfig c; c.channels = 16; c.blocks = 2; AlphaNet net(c); net->eval(); auto x = torch::rand({2, 17, 8, 8}); auto legal = torch::ones({2, 73 * 64}, torch::kBool); net->forward(x, legal);
int main()
{
    NetConfig config;
    AlphaNet net(config);
    net->eval();
    torch::NoGradGuard ng;
    auto [p, v] = net->forward(torch::zeros({1, config.inputPlanes, config.boardSize, config.boardSize}));
    std::cout << p.sizes() << v.sizes() << std::endl;
}
