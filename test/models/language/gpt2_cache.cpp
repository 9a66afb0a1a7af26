// GPT-2 with a key/value cache and greedy generation
#include <torch/torch.h>

#include <fstream>
#include <iostream>
#include <tuple>
#include <vector>

using torch::Tensor;
using namespace torch::indexing;

struct KVCache {
    std::vector<std::pair<Tensor, Tensor>> layers;
    explicit KVCache(size_t n) : layers(n) {}
    bool empty() const { return layers.empty() || !layers[0].first.defined(); }
    int64_t length() const { return empty() ? 0 : layers.front().first.size(2); }
};

struct GPT2Config {
    int vocab = 50257, ctx = 1024, width = 768, heads = 12, depth = 12;
};

// GPT-2 stores weights as [in, out]
struct Conv1DImpl : torch::nn::Module {
    Conv1DImpl(int64_t nx, int64_t nf) : nf_(nf) {
        weight = register_parameter("weight", torch::empty({nx, nf}));
        bias = register_parameter("bias", torch::zeros({nf}));
        torch::nn::init::normal_(weight, 0., 0.02);
    }
    Tensor forward(const Tensor& x) {
        auto size_out = x.sizes().slice(0, x.dim() - 1).vec();
        size_out.push_back(nf_);
        auto y = torch::addmm(bias, x.view({-1, x.size(-1)}), weight);
        return y.view(size_out);
    }
    int64_t nf_;
    Tensor weight, bias;
};
TORCH_MODULE(Conv1D);

struct AttnImpl : torch::nn::Module {
    AttnImpl(const GPT2Config& c) : heads(c.heads), width(c.width) {
        c_attn = register_module("c_attn", Conv1D(c.width, 3 * c.width));
        c_proj = register_module("c_proj", Conv1D(c.width, c.width));
        bias = register_buffer("bias", torch::tril(torch::ones({c.ctx, c.ctx}, torch::kUInt8)).view({1, 1, c.ctx, c.ctx}));
    }

    Tensor split(const Tensor& t) { return t.view({t.size(0), t.size(1), heads, width / heads}).permute({0, 2, 1, 3}); }

    Tensor forward(const Tensor& x, std::pair<Tensor, Tensor>* past) {
        auto qkv = c_attn(x).split(width, /*dim=*/2);
        auto q = split(qkv[0]), k = split(qkv[1]), v = split(qkv[2]);
        if (past) {
            if (past->first.defined()) {
                k = torch::cat({past->first, k}, -2);
                v = torch::cat({past->second, v}, -2);
            }
            *past = std::make_pair(k, v);
        }
        auto w = torch::matmul(q, k.transpose(-1, -2));
        w = w / std::sqrt(static_cast<float>(v.size(-1)));
        const auto nd = w.size(-2), ns = w.size(-1);
        auto causal = bias.index({Slice(), Slice(), Slice(ns - nd, ns), Slice(None, ns)}).to(torch::kBool);
        w = torch::where(causal, w, torch::full({}, -1e4, w.options()));
        w = torch::softmax(w, -1);
        auto a = torch::matmul(w, v).permute({0, 2, 1, 3}).contiguous();
        return c_proj(a.view({a.size(0), a.size(1), width}));
    }
    int64_t heads, width;
    Conv1D c_attn{nullptr}, c_proj{nullptr};
    Tensor bias;
};
TORCH_MODULE(Attn);

struct BlockImpl : torch::nn::Module {
    BlockImpl(const GPT2Config& c)
        : ln_1(torch::nn::LayerNormOptions({c.width})), attn(c), ln_2(torch::nn::LayerNormOptions({c.width})),
          c_fc(c.width, 4 * c.width), c_proj(4 * c.width, c.width) {
        register_module("ln_1", ln_1);
        register_module("attn", attn);
        register_module("ln_2", ln_2);
        register_module("c_fc", c_fc);
        register_module("c_proj", c_proj);
    }
    Tensor forward(Tensor x, std::pair<Tensor, Tensor>* past) {
        x = x + attn->forward(ln_1(x), past);
        auto m = c_fc(ln_2(x));
        m = torch::gelu(m, "tanh");
        return x + c_proj(m);
    }
    torch::nn::LayerNorm ln_1;
    Attn attn;
    torch::nn::LayerNorm ln_2;
    Conv1D c_fc, c_proj;
};
TORCH_MODULE(Block);

struct GPT2Impl : torch::nn::Module {
    explicit GPT2Impl(GPT2Config c = GPT2Config()) : cfg(c), wte(c.vocab, c.width), wpe(c.ctx, c.width), ln_f(torch::nn::LayerNormOptions({c.width})) {
        register_module("wte", wte);
        register_module("wpe", wpe);
        for (int i = 0; i < c.depth; ++i) h.push_back(register_module("h" + std::to_string(i), Block(c)));
        register_module("ln_f", ln_f);
    }

    Tensor forward(const Tensor& ids, KVCache* cache = nullptr) {
        const int64_t offset = cache ? cache->length() : 0;
        auto pos = torch::arange(offset, offset + ids.size(-1), ids.options()).unsqueeze(0);
        auto x = wte(ids) + wpe(pos);
        for (size_t i = 0; i < h.size(); ++i) x = h[i]->forward(x, cache ? &cache->layers[i] : nullptr);
        x = ln_f(x);
        return torch::linear(x, wte->weight); // tied
    }

    Tensor generate(Tensor ids, int64_t count) {
        torch::NoGradGuard no_grad;
        KVCache cache(h.size());
        Tensor next = ids;
        for (int64_t i = 0; i < count; ++i) {
            auto logits = forward(next, &cache);
            next = logits.index({Slice(), -1}).argmax(-1, true);
            ids = torch::cat({ids, next}, 1);
        }
        return ids;
    }

    GPT2Config cfg;
    torch::nn::Embedding wte, wpe;
    std::vector<Block> h;
    torch::nn::LayerNorm ln_f;
};
TORCH_MODULE(GPT2);

// cobra: GPT2Config c{90, 24, 32, 4, 2}; GPT2 gpt(c); gpt->eval(); auto ids = torch::randint(0, 90, {1, 6}, torch::kLong); gpt->generate(ids, 4);
int main(int argc, char* argv[]) {
    if (argc < 2) {
        std::cerr << "usage: gpt2 <tokens.txt> [count]\n";
        return 1;
    }
    std::ifstream in(argv[1]);
    std::vector<int64_t> tokens;
    for (int64_t t; in >> t;) tokens.push_back(t);
    GPT2 model;
    model->eval();
    auto ids = torch::from_blob(tokens.data(), {1, (int64_t)tokens.size()}, torch::kLong).clone();
    auto out = model->generate(ids, argc > 2 ? std::stoi(argv[2]) : 16);
    auto acc = out.accessor<int64_t, 2>();
    for (int64_t i = 0; i < acc.size(1); ++i) std::cout << acc[0][i] << ' ';
    std::cout << std::endl;
}
