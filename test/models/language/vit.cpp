// Vision Transformer, single file. Patch embedding by strided convolution.
// usage: ./vit [image_size] [patch_size]
#include <torch/torch.h>
#include <cstdlib>
#include <iostream>
#include <string>
#include <tuple>
#include <vector>

using namespace torch;

struct ViTConfig
{
    int64_t image_size = 224;
    int64_t patch_size = 16;
    int64_t in_channels = 3;
    int64_t num_classes = 1000;
    int64_t dim = 768;
    int64_t depth = 12;
    int64_t heads = 12;
    int64_t mlp_dim = 3072;
    double dropout = 0.1;
    double emb_dropout = 0.1;
    std::string pool = "cls";

    int64_t num_patches() const { return (image_size / patch_size) * (image_size / patch_size); }
};

struct FeedForwardImpl : nn::Module
{
    FeedForwardImpl(int64_t dim, int64_t hidden, double p)
    {
        net = nn::Sequential(
            nn::LayerNorm(nn::LayerNormOptions(std::vector<int64_t>{dim}).eps(1e-6)),
            nn::Linear(dim, hidden),
            nn::GELU(),
            nn::Dropout(p),
            nn::Linear(hidden, dim),
            nn::Dropout(p));
        register_module("net", net);
    }
    Tensor forward(const Tensor &x) { return net->forward(x); }
    nn::Sequential net{nullptr};
};
TORCH_MODULE(FeedForward);

struct AttentionImpl : nn::Module
{
    AttentionImpl(int64_t dim, int64_t heads, int64_t dim_head, double p)
        : heads(heads), scale(std::pow(dim_head, -0.5)), project_out(!(heads == 1 && dim_head == dim))
    {
        int64_t inner = dim_head * heads;
        norm = register_module("norm", nn::LayerNorm(nn::LayerNormOptions({dim})));
        to_qkv = register_module("to_qkv", nn::Linear(nn::LinearOptions(dim, inner * 3).bias(false)));
        if (project_out)
            to_out = register_module("to_out", nn::Sequential(nn::Linear(inner, dim), nn::Dropout(p)));
        else
            to_out = register_module("to_out", nn::Sequential(nn::Identity()));
        dropout = register_module("dropout", nn::Dropout(p));
    }

    std::pair<Tensor, Tensor> forward(Tensor x)
    {
        auto b = x.size(0), n = x.size(1);
        x = norm(x);
        auto qkv = to_qkv(x).chunk(3, -1);
        auto split_heads = [&](const Tensor &t) { return t.view({b, n, heads, -1}).permute({0, 2, 1, 3}); };
        Tensor q = split_heads(qkv[0]), k = split_heads(qkv[1]), v = split_heads(qkv[2]);

        Tensor dots = torch::matmul(q, k.transpose(-1, -2)) * scale;
        Tensor attn = dropout(dots.softmax(-1));
        Tensor out = torch::matmul(attn, v);
        out = out.permute({0, 2, 1, 3}).reshape({b, n, -1});
        return {to_out->forward(out), attn};
    }

    int64_t heads;
    double scale;
    bool project_out;
    nn::LayerNorm norm{nullptr};
    nn::Linear to_qkv{nullptr};
    nn::Sequential to_out{nullptr};
    nn::Dropout dropout{nullptr};
};
TORCH_MODULE(Attention);

struct ViTImpl : nn::Module
{
    explicit ViTImpl(ViTConfig cfg) : cfg(cfg)
    {
        if (cfg.image_size % cfg.patch_size != 0)
            throw std::runtime_error("Image dimensions must be divisible by the patch size.");
        patch = register_module("patch", nn::Conv2d(nn::Conv2dOptions(cfg.in_channels, cfg.dim, cfg.patch_size).stride(cfg.patch_size)));
        pos_embedding = register_parameter("pos_embedding", torch::randn({1, cfg.num_patches() + 1, cfg.dim}) * .02);
        cls_token = register_parameter("cls_token", torch::zeros({1, 1, cfg.dim}));
        drop = register_module("drop", nn::Dropout(nn::DropoutOptions().p(cfg.emb_dropout)));
        for (int i = 0; i < cfg.depth; i++)
        {
            auto a = Attention(cfg.dim, cfg.heads, cfg.dim / cfg.heads, cfg.dropout);
            auto f = FeedForward(cfg.dim, cfg.mlp_dim, cfg.dropout);
            layers.push_back({register_module("attn" + std::to_string(i), a), register_module("ff" + std::to_string(i), f)});
        }
        norm = register_module("norm", nn::LayerNorm(nn::LayerNormOptions({cfg.dim})));
        head = register_module("head", nn::Linear(cfg.dim, cfg.num_classes));
        init_weights();
    }

    void init_weights()
    {
        torch::NoGradGuard guard;
        for (auto &p : named_parameters())
        {
            if (p.key().find("norm") != std::string::npos)
                continue;
            if (p.key().find("bias") != std::string::npos)
                nn::init::zeros_(p.value());
            else if (p.value().dim() > 1)
                nn::init::xavier_uniform_(p.value());
        }
    }

    Tensor forward(Tensor img)
    {
        auto x = patch(img).flatten(2).transpose(1, 2);
        auto cls = cls_token.expand({x.size(0), -1, -1});
        x = torch::cat({cls, x}, 1);
        x += pos_embedding.narrow(1, 0, x.size(1));
        x = drop(x);
        Tensor last_attention;
        for (auto &[attn, ff] : layers)
        {
            auto [y, w] = attn->forward(x);
            last_attention = w;
            x = y + x;
            x = ff(x) + x;
        }
        x = norm(x);
        x = cfg.pool == "mean" ? x.mean(1) : x.index({indexing::Slice(), 0});
        return head(x);
    }

    ViTConfig cfg;
    nn::Conv2d patch{nullptr};
    Tensor pos_embedding, cls_token;
    nn::Dropout drop{nullptr};
    std::vector<std::pair<Attention, FeedForward>> layers;
    nn::LayerNorm norm{nullptr};
    nn::Linear head{nullptr};
};
TORCH_MODULE(ViT);

int main(int argc, char **argv)
{
    torch::manual_seed(42);
    ViTConfig cfg;
    if (argc > 1)
        cfg.image_size = std::atoi(argv[1]);
    if (argc > 2)
        cfg.patch_size = std::atoi(argv[2]);
    cfg.depth = 2;
    torch::Device device(torch::cuda::is_available() ? torch::kCUDA : torch::kCPU);
    ViT model(cfg);
    model->to(device);
    model->eval();

    int64_t total = 0;
    for (const auto &p : model->parameters())
        total += p.numel();
    std::cout << "Parameters: " << total / 1e6 << "M" << std::endl;

    auto img = torch::randn({1, cfg.in_channels, cfg.image_size, cfg.image_size}).to(device);
    auto out = model->forward(img);
    std::cout << out.sizes() << std::endl;
    auto top = std::get<1>(out.topk(5));
    std::cout << top << std::endl;
    return 0;
}

// cobra: ViTConfig cfg; cfg.image_size = 32; cfg.patch_size = 8; cfg.dim = 48; cfg.heads = 4; cfg.depth = 2; cfg.mlp_dim = 96; ViT vit(cfg); vit->eval(); auto img = torch::randn({2, 3, 32, 32}); vit->forward(img);
