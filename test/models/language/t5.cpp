// T5 encoder-decoder with relative position buckets.
#include <torch/torch.h>
#include <algorithm>
#include <cmath>
#include <iostream>

namespace F = torch::nn::functional;

struct T5Config {
    int64_t d_model = 512, d_kv = 64, d_ff = 2048, num_layers = 6, num_heads = 8;
    int64_t relative_attention_num_buckets = 32, relative_attention_max_distance = 128;
    int64_t vocab_size = 32128;
    float dropout_rate = 0.1f, layer_norm_epsilon = 1e-6f;
    bool is_decoder = false;
};

class T5LayerNormImpl : public torch::nn::Module {
    torch::Tensor weight;
    float variance_epsilon;
public:
    T5LayerNormImpl(int64_t hidden, float eps) : variance_epsilon(eps) {
        weight = register_parameter("weight", torch::ones({hidden}));
    }
    torch::Tensor forward(torch::Tensor x) {
        auto variance = x.to(torch::kFloat32).pow(2).mean(-1, true);
        x = x * torch::rsqrt(variance + variance_epsilon);
        if (weight.scalar_type() == torch::kHalf || weight.scalar_type() == torch::kBFloat16)
            x = x.to(weight.scalar_type());
        return weight * x;
    }
};
TORCH_MODULE(T5LayerNorm);

class T5AttentionImpl : public torch::nn::Module {
public:
    T5AttentionImpl(const T5Config &config, bool has_relative_attention_bias = false)
        : cfg(config), has_bias(has_relative_attention_bias), n_heads(config.num_heads), inner_dim(config.num_heads * config.d_kv) {
        auto opt = torch::nn::LinearOptions(cfg.d_model, inner_dim).bias(false);
        q = register_module("q", torch::nn::Linear(opt));
        k = register_module("k", torch::nn::Linear(opt));
        v = register_module("v", torch::nn::Linear(opt));
        o = register_module("o", torch::nn::Linear(torch::nn::LinearOptions(inner_dim, cfg.d_model).bias(false)));
        if (has_bias)
            relative_attention_bias = register_module("relative_attention_bias", torch::nn::Embedding(cfg.relative_attention_num_buckets, n_heads));
    }

    static torch::Tensor relative_position_bucket(torch::Tensor relative_position, bool bidirectional, int64_t num_buckets, int64_t max_distance) {
        torch::Tensor relative_buckets = torch::zeros_like(relative_position);
        if (bidirectional) {
            num_buckets /= 2;
            relative_buckets += (relative_position > 0).to(torch::kLong) * num_buckets;
            relative_position = torch::abs(relative_position);
        } else {
            relative_position = -torch::min(relative_position, torch::zeros_like(relative_position));
        }
        int64_t max_exact = num_buckets / 2;
        auto is_small = relative_position < max_exact;
        auto if_large = max_exact + (torch::log(relative_position.to(torch::kFloat) / max_exact) /
                                     std::log(double(max_distance) / max_exact) * (num_buckets - max_exact)).to(torch::kLong);
        if_large = torch::min(if_large, torch::full_like(if_large, num_buckets - 1));
        relative_buckets += torch::where(is_small, relative_position, if_large);
        return relative_buckets;
    }

    torch::Tensor compute_bias(int64_t query_length, int64_t key_length) {
        auto context = torch::arange(query_length, torch::kLong).unsqueeze(1);
        auto memory = torch::arange(key_length, torch::kLong).unsqueeze(0);
        auto bucket = relative_position_bucket(memory - context, !cfg.is_decoder, cfg.relative_attention_num_buckets, cfg.relative_attention_max_distance);
        auto values = relative_attention_bias(bucket);
        return values.permute({2, 0, 1}).unsqueeze(0);
    }

    std::tuple<torch::Tensor, torch::Tensor> forward(torch::Tensor hidden, torch::Tensor mask = torch::Tensor(),
                                                     torch::Tensor key_value = torch::Tensor(), torch::Tensor position_bias = torch::Tensor()) {
        int64_t batch = hidden.size(0), length = hidden.size(1);
        auto shape = [&](torch::Tensor t) { return t.view({batch, -1, n_heads, cfg.d_kv}).transpose(1, 2); };
        auto source = key_value.defined() ? key_value : hidden;
        auto query = shape(q(hidden)), key = shape(k(source)), value = shape(v(source));
        auto scores = torch::matmul(query, key.transpose(3, 2));
        if (!position_bias.defined()) {
            if (!has_bias)
                position_bias = torch::zeros({1, n_heads, length, source.size(1)}, scores.options());
            else
                position_bias = compute_bias(length, source.size(1));
            if (mask.defined())
                position_bias = position_bias + mask;
        }
        scores += position_bias;
        auto weights = F::softmax(scores.to(torch::kFloat), -1).type_as(scores);
        weights = F::dropout(weights, F::DropoutFuncOptions().p(cfg.dropout_rate).training(is_training()));
        auto out = torch::matmul(weights, value).transpose(1, 2).contiguous().view({batch, -1, inner_dim});
        return std::make_tuple(o(out), position_bias);
    }

private:
    T5Config cfg;
    bool has_bias;
    int64_t n_heads, inner_dim;
    torch::nn::Linear q{nullptr}, k{nullptr}, v{nullptr}, o{nullptr};
    torch::nn::Embedding relative_attention_bias{nullptr};
};
TORCH_MODULE(T5Attention);

class T5BlockImpl : public torch::nn::Module {
public:
    T5BlockImpl(const T5Config &c, bool bias) : dropout(c.dropout_rate) {
        self = register_module("self", T5Attention(c, bias));
        self_norm = register_module("self_norm", T5LayerNorm(c.d_model, c.layer_norm_epsilon));
        if (c.is_decoder) {
            cross = register_module("cross", T5Attention(c, false));
            cross_norm = register_module("cross_norm", T5LayerNorm(c.d_model, c.layer_norm_epsilon));
        }
        wi = register_module("wi", torch::nn::Linear(torch::nn::LinearOptions(c.d_model, c.d_ff).bias(false)));
        wo = register_module("wo", torch::nn::Linear(torch::nn::LinearOptions(c.d_ff, c.d_model).bias(false)));
        ff_norm = register_module("ff_norm", T5LayerNorm(c.d_model, c.layer_norm_epsilon));
        register_module("dropout", dropout);
    }
    struct Biases { torch::Tensor self, cross; };

    torch::Tensor forward(torch::Tensor x, torch::Tensor mask, torch::Tensor encoded, Biases &biases) {
        torch::Tensor y;
        std::tie(y, biases.self) = self->forward(self_norm(x), mask, {}, biases.self);
        x = x + dropout(y);
        if (!cross.is_empty()) {
            std::tie(y, biases.cross) = cross->forward(cross_norm(x), {}, encoded, biases.cross);
            x = x + dropout(y);
        }
        return x + dropout(wo(dropout(torch::relu(wi(ff_norm(x))))));
    }

private:
    T5Attention self{nullptr}, cross{nullptr};
    T5LayerNorm self_norm{nullptr}, cross_norm{nullptr}, ff_norm{nullptr};
    torch::nn::Linear wi{nullptr}, wo{nullptr};
    torch::nn::Dropout dropout;
};
TORCH_MODULE(T5Block);

class T5StackImpl : public torch::nn::Module {
public:
    T5StackImpl(T5Config c, torch::nn::Embedding shared) : cfg(c), embed(shared) {
        for (int64_t i = 0; i < c.num_layers; i++)
            block->push_back(T5Block(c, i == 0));
        register_module("block", block);
        final_norm = register_module("final_layer_norm", T5LayerNorm(c.d_model, c.layer_norm_epsilon));
    }
    torch::Tensor forward(torch::Tensor ids, torch::Tensor encoded = {}) {
        auto x = embed(ids);
        torch::Tensor mask;
        if (cfg.is_decoder) {
            auto seq = torch::arange(ids.size(1));
            auto causal = seq.unsqueeze(0).repeat({ids.size(1), 1}).le(seq.unsqueeze(1));
            mask = (1.0 - causal.to(x.scalar_type()).unsqueeze(0).unsqueeze(0)) * -1e9;
        }
        T5BlockImpl::Biases biases;
        for (auto &b : *block)
            x = b->as<T5Block>()->forward(x, mask, encoded, biases);
        return final_norm(x);
    }
private:
    T5Config cfg;
    torch::nn::Embedding embed;
    torch::nn::ModuleList block;
    T5LayerNorm final_norm{nullptr};
};
TORCH_MODULE(T5Stack);

class T5ForConditionalGenerationImpl : public torch::nn::Module {
public:
    explicit T5ForConditionalGenerationImpl(const T5Config &config) : d_model(config.d_model) {
        shared = register_module("shared", torch::nn::Embedding(config.vocab_size, config.d_model));
        T5Config dec = config;
        dec.is_decoder = true;
        encoder = register_module("encoder", T5Stack(config, shared));
        decoder = register_module("decoder", T5Stack(dec, shared));
        lm_head = register_module("lm_head", torch::nn::Linear(torch::nn::LinearOptions(config.d_model, config.vocab_size).bias(false)));
        lm_head->weight = shared->weight;
    }
    torch::Tensor shift_right(const torch::Tensor &labels) {
        auto shifted = labels.new_zeros(labels.sizes());
        shifted.slice(1, 1).copy_(labels.slice(1, 0, -1));
        shifted.select(1, 0).fill_(0);
        return shifted.masked_fill_(shifted == -100, 0);
    }
    std::pair<torch::Tensor, torch::Tensor> forward(torch::Tensor ids, torch::Tensor labels) {
        auto encoded = encoder->forward(ids);
        auto decoded = decoder->forward(shift_right(labels), encoded);
        auto logits = lm_head(decoded * std::pow(d_model, -0.5));
        auto loss = F::cross_entropy(logits.view({-1, logits.size(-1)}), labels.view(-1), F::CrossEntropyFuncOptions().ignore_index(-100));
        return {loss, logits};
    }
private:
    int64_t d_model;
    torch::nn::Embedding shared{nullptr};
    T5Stack encoder{nullptr}, decoder{nullptr};
    torch::nn::Linear lm_head{nullptr};
};
TORCH_MODULE(T5ForConditionalGeneration);

// cobra: T5Config c; c.d_model = 16; c.d_kv = 4; c.num_heads = 4; c.d_ff = 32; c.num_layers = 2; c.vocab_size = 60; T5ForConditionalGeneration t5(c); t5->eval(); auto ids = torch::randint(0, 60, {2, 9}, torch::kLong); auto labels = torch::randint(0, 60, {2, 7}, torch::kLong); t5->forward(ids, labels);
int main() {
    T5ForConditionalGeneration model(T5Config{});
    torch::optim::Adam opt(model->parameters(), 1e-4);
    auto ids = torch::randint(0, 32128, {4, 32}, torch::kLong), labels = torch::randint(0, 32128, {4, 16}, torch::kLong);
    for (int i = 0; i < 3; i++) {
        auto [loss, logits] = model->forward(ids, labels);
        opt.zero_grad();
        loss.backward();
        torch::nn::utils::clip_grad_norm_(model->parameters(), 1.0);
        opt.step();
        std::printf("%d %.4f\n", i, loss.item<double>());
    }
}
