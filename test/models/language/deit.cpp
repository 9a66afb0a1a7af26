// DeiT: distillation token, stochastic depth, inheritance from a plain ViT.
#include <torch/torch.h>

#include <iostream>
#include <memory>

namespace deit {

namespace nn = torch::nn;

class DropPathImpl : public nn::Cloneable<DropPathImpl> {
public:
    DropPathImpl(double drop_prob = 0.) : drop_prob_(drop_prob) { reset(); }
    void reset() override {}
    void pretty_print(std::ostream& os) const override { os << "DropPath(" << drop_prob_ << ")"; }

    torch::Tensor forward(const torch::Tensor& x) {
        if (drop_prob_ == 0. || !is_training())
            return x;
        auto keep = 1 - drop_prob_;
        std::vector<int64_t> shape = {x.size(0)};
        for (int64_t i = 1; i < x.ndimension(); ++i)
            shape.push_back(1);
        auto random = keep + torch::rand(shape, torch::dtype(x.dtype()).device(x.device()));
        random.floor_();
        return x.div(keep) * random;
    }

private:
    double drop_prob_;
};
TORCH_MODULE(DropPath);

class EncoderBlockImpl : public nn::Module {
public:
    EncoderBlockImpl(int dim, int heads, double mlp_ratio = 4.0, double path = 0.0, bool layer_scale = false)
        : num_heads(heads),
          norm1(nn::LayerNormOptions({dim}).eps(1e-6)),
          qkv(nn::LinearOptions(dim, 3 * dim).bias(true)),
          proj(dim, dim),
          norm2(nn::LayerNormOptions({dim}).eps(1e-6)),
          drop_path(path) {
        const int hidden = static_cast<int>(dim * mlp_ratio);
        mlp = nn::Sequential();
        mlp->push_back("fc1", nn::Linear(dim, hidden));
        mlp->push_back("act", nn::GELU());
        mlp->push_back("fc2", nn::Linear(hidden, dim));
        register_module("norm1", norm1);
        register_module("qkv", qkv);
        register_module("proj", proj);
        register_module("norm2", norm2);
        register_module("mlp", mlp);
        register_module("drop_path", drop_path);
        if (layer_scale) {
            gamma1 = register_parameter("gamma_1", 1e-4 * torch::ones({dim}));
            gamma2 = register_parameter("gamma_2", 1e-4 * torch::ones({dim}));
        }
    }

    torch::Tensor attention(const torch::Tensor& x) {
        const auto sizes = x.sizes().vec();
        const auto head_dim = sizes[2] / num_heads;
        auto t = qkv(x).reshape({sizes[0], sizes[1], 3, num_heads, head_dim}).permute({2, 0, 3, 1, 4});
        auto parts = t.unbind(0);
        auto out = torch::scaled_dot_product_attention(parts[0], parts[1], parts[2]);
        return proj(out.transpose(1, 2).reshape(sizes));
    }

    torch::Tensor forward(torch::Tensor x) {
        if (gamma1.defined()) {
            x = x + drop_path(gamma1 * attention(norm1(x)));
            x = x + drop_path(gamma2 * mlp->forward(norm2(x)));
        } else {
            x = x + drop_path(attention(norm1(x)));
            x = x + drop_path(mlp->forward(norm2(x)));
        }
        return x;
    }

private:
    int num_heads;
    nn::LayerNorm norm1;
    nn::Linear qkv, proj;
    nn::LayerNorm norm2;
    DropPath drop_path;
    nn::Sequential mlp{nullptr};
    torch::Tensor gamma1, gamma2;
};
TORCH_MODULE(EncoderBlock);

class VisionTransformer : public nn::Module {
public:
    VisionTransformer(int img, int patch, int dim, int depth, int heads, int classes, int extra_tokens = 1)
        : patches_((img / patch) * (img / patch)), dim_(dim), depth_(depth) {
        patch_embed = register_module("patch_embed", nn::Conv2d(nn::Conv2dOptions(3, dim, {patch, patch}).stride({patch, patch})));
        cls_token = register_parameter("cls_token", torch::empty({1, 1, dim}).normal_(0, .02));
        pos_embed = register_parameter("pos_embed", torch::empty({1, patches_ + extra_tokens, dim}).normal_(0, .02));
        blocks = register_module("blocks", nn::ModuleList());
        auto rates = torch::linspace(0, 0.1, depth);
        for (int i = 0; i < depth; i++)
            blocks->push_back(EncoderBlock(dim, heads, 4.0, rates[i].item<double>(), depth > 18));
        norm = register_module("norm", nn::LayerNorm(nn::LayerNormOptions({dim}).eps(1e-6)));
        head = register_module("head", nn::Linear(dim, classes));
    }
    virtual ~VisionTransformer() = default;

    virtual torch::Tensor embed(const torch::Tensor& images) {
        auto x = patch_embed(images).flatten(2).transpose(1, 2);
        return torch::cat({cls_token.expand({images.size(0), 1, dim_}), x}, /*dim=*/1) + pos_embed;
    }
    virtual torch::Tensor classify(const torch::Tensor& tokens) { return head(tokens.select(1, 0)); }

    torch::Tensor forward(torch::Tensor images) {
        auto x = embed(images);
        for (auto it = blocks->begin(); it != blocks->end(); ++it)
            x = (*it)->as<EncoderBlock>()->forward(x);
        return classify(norm(x));
    }

protected:
    int64_t patches_, dim_, depth_;
    nn::Conv2d patch_embed{nullptr};
    nn::ModuleList blocks{nullptr};
    nn::LayerNorm norm{nullptr};
    nn::Linear head{nullptr};
    torch::Tensor cls_token, pos_embed;
};

class DistilledVisionTransformer final : public VisionTransformer {
public:
    DistilledVisionTransformer(int img, int patch, int dim, int depth, int heads, int classes)
        : VisionTransformer(img, patch, dim, depth, heads, classes, 2) {
        dist_token = register_parameter("dist_token", torch::zeros({1, 1, dim}));
        head_dist = register_module("head_dist", nn::Linear(dim, classes));
        nn::init::constant_(head_dist->bias, 0);
    }

    torch::Tensor embed(const torch::Tensor& images) override {
        const auto batch = images.size(0);
        auto x = patch_embed(images).flatten(2).transpose(1, 2);
        return torch::cat({cls_token.expand({batch, 1, dim_}), dist_token.expand({batch, 1, dim_}), x}, 1).add_(pos_embed);
    }
    torch::Tensor classify(const torch::Tensor& tokens) override {
        auto a = head(tokens.index({torch::indexing::Slice(), 0}));
        auto b = head_dist(tokens.index({torch::indexing::Slice(), 1}));
        if (is_training())
            return torch::stack({a, b});
        return (a + b) / 2;
    }

private:
    torch::Tensor dist_token;
    nn::Linear head_dist{nullptr};
};

std::shared_ptr<VisionTransformer> deit_tiny_distilled(int classes = 1000) {
    return std::make_shared<DistilledVisionTransformer>(224, 16, 192, 12, 3, classes);
}

}  // namespace deit

// cobra: std::shared_ptr<deit::VisionTransformer> m = std::make_shared<deit::DistilledVisionTransformer>(32, 8, 24, 2, 3, 10); m->eval(); auto x = torch::randn({2, 3, 32, 32}); m->forward(x);
int main() {
    auto model = deit::deit_tiny_distilled();
    model->eval();
    torch::NoGradGuard ng;
    auto y = model->forward(torch::rand({4, 3, 224, 224}));
    auto probs = torch::softmax(y, 1);
    auto [values, indices] = probs.max(1);
    std::cout << y.sizes() << " best " << indices.sizes() << "\n";
}
