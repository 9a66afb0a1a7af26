// Long forecasts: attention of the few queries that matter, convolutions that halve the sequence, and embeddings of the calendar.
#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

using namespace torch;

struct Config {
    std::string attn = "prob";
    int enc_in = 7, dec_in = 7, c_out = 7, seq_len = 32, label_len = 16, out_len = 8;
    int factor = 2, d_model = 32, n_heads = 4, e_layers = 2, d_layers = 1, d_ff = 64;
    double dropout = 0.05;
    std::string activation = "gelu";
    bool distil = true, mix = true;
};

class ProbAttentionImpl : public nn::Module {
    bool mask_flag;
    int factor;

public:
    ProbAttentionImpl(bool mask_flag, int factor) : mask_flag(mask_flag), factor(factor) {}

    Tensor forward(Tensor queries, Tensor keys, Tensor values) {
        int B = queries.size(0), L_Q = queries.size(1), H = queries.size(2), D = queries.size(3);
        int L_K = keys.size(1);
        queries = queries.transpose(2, 1);
        keys = keys.transpose(2, 1);
        values = values.transpose(2, 1);
        int U_part = factor * static_cast<int>(std::ceil(std::log(L_K)));
        int u = factor * static_cast<int>(std::ceil(std::log(L_Q)));
        U_part = U_part < L_K ? U_part : L_K;
        u = u < L_Q ? u : L_Q;

        // a sample of the keys says which queries are not lazy
        auto K_expand = keys.unsqueeze(-3).expand({B, H, L_Q, L_K, D});
        auto index_sample = torch::randint(L_K, {L_Q, U_part}, kLong);
        auto K_sample = K_expand.index({indexing::Slice(), indexing::Slice(), torch::arange(L_Q).unsqueeze(1), index_sample, indexing::Slice()});
        auto Q_K_sample = matmul(queries.unsqueeze(-2), K_sample.transpose(-2, -1)).squeeze();
        auto M = std::get<0>(Q_K_sample.max(-1)) - Q_K_sample.sum(-1).div(L_K);
        auto M_top = std::get<1>(M.topk(u, -1, /*largest=*/true, /*sorted=*/false));
        auto b = torch::arange(B).view({B, 1, 1}), h = torch::arange(H).view({1, H, 1});
        auto Q_reduce = queries.index({b, h, M_top});
        auto scores = matmul(Q_reduce, keys.transpose(-2, -1)) * (1. / std::sqrt(D));

        Tensor context;
        if (!mask_flag)
            context = values.mean(-2).unsqueeze(-2).expand({B, H, L_Q, values.size(-1)}).clone();
        else
            context = values.cumsum(-2);
        if (mask_flag) {
            auto causal = torch::ones({L_Q, L_K}, kBool).triu(1).index({None_(), None_()}).expand({B, H, L_Q, L_K});
            scores.masked_fill_(causal.index({b, h, M_top}), -std::numeric_limits<float>::infinity());
        }
        auto attn = softmax(scores, -1);
        context.index_put_({b, h, M_top}, matmul(attn, values).type_as(context));
        return context.transpose(2, 1).contiguous();
    }

private:
    static indexing::TensorIndex None_() { return indexing::None; }
};
TORCH_MODULE(ProbAttention);

struct FullAttentionImpl : nn::Module {
    Tensor forward(Tensor q, Tensor k, Tensor v) {
        auto scores = einsum("blhe,bshe->bhls", {q, k});
        auto A = dropout(softmax(scores / std::sqrt((double)q.size(-1)), -1), 0.05, is_training());
        return einsum("bhls,bshd->blhd", {A, v}).contiguous();
    }
};
TORCH_MODULE(FullAttention);

struct AttentionLayerImpl : nn::Module {
    AttentionLayerImpl(nn::AnyModule attention, int d_model, int n_heads, bool mix = false) : inner(attention), n_heads(n_heads), mix(mix) {
        register_module("inner", inner.ptr());
        const char *names[] = {"q", "k", "v", "o"};
        for (auto n : names) projections->push_back(n, nn::Linear(d_model, d_model));
        register_module("projections", projections);
    }
    Tensor forward(Tensor q, Tensor k, Tensor v) {
        const auto B = q.size(0), L = q.size(1), S = k.size(1);
        auto it = projections->begin();
        auto project = [&](Tensor x, int64_t n) { return (it++)->forward<Tensor>(x).view({B, n, n_heads, -1}); };
        auto a = project(q, L);
        auto b = project(k, S);
        auto c = project(v, S);
        auto out = inner.forward<Tensor>(a, b, c);
        if (mix) out = out.transpose(2, 1).contiguous();
        return it->forward<Tensor>(out.view({B, L, -1}));
    }
    nn::AnyModule inner;
    int n_heads;
    bool mix;
    nn::Sequential projections;
};
TORCH_MODULE(AttentionLayer);

struct ConvLayerImpl : nn::Module {
    ConvLayerImpl(int c) : down(nn::Conv1dOptions(c, c, 3).padding(1).padding_mode(kCircular)), norm(c), pool(nn::MaxPool1dOptions(3).stride(2).padding(1)) {
        register_module("downConv", down);
        register_module("norm", norm);
    }
    Tensor forward(Tensor x) { return pool(elu(norm(down(x.permute({0, 2, 1}))))).transpose(1, 2); }
    nn::Conv1d down;
    nn::BatchNorm1d norm;
    nn::MaxPool1d pool;
};
TORCH_MODULE(ConvLayer);

struct FeedForwardImpl : nn::Module {
    FeedForwardImpl(const Config &c) : conv1(nn::Conv1dOptions(c.d_model, c.d_ff, 1)), conv2(nn::Conv1dOptions(c.d_ff, c.d_model, 1)), drop(c.dropout), act(c.activation) {
        register_module("conv1", conv1);
        register_module("conv2", conv2);
        register_module("drop", drop);
    }
    Tensor forward(Tensor y) {
        y = conv1(y.transpose(-1, 1));
        y = drop(act == "relu" ? relu(y) : gelu(y));
        return drop(conv2(y).transpose(-1, 1));
    }
    nn::Conv1d conv1, conv2;
    nn::Dropout drop;
    std::string act;
};
TORCH_MODULE(FeedForward);

struct LayerImpl : nn::Module {
    LayerImpl(const Config &c, bool decoder) : decoder(decoder), ff(c) {
        auto make = [&](bool mask, bool mix) {
            nn::AnyModule a = c.attn == "prob" && (mask || !decoder) ? nn::AnyModule(ProbAttention(mask, c.factor)) : nn::AnyModule(FullAttention());
            return AttentionLayer(a, c.d_model, c.n_heads, mix);
        };
        self = register_module("self", make(decoder, decoder && c.mix));
        if (decoder) cross = register_module("cross", make(false, false));
        register_module("ff", ff);
        for (int i = 0; i < 3; i++) norms.push_back(register_module("norm" + std::to_string(i), nn::LayerNorm(nn::LayerNormOptions({c.d_model}))));
    }
    Tensor forward(Tensor x, Tensor memory = {}) {
        x = norms[0](x + self(x, x, x));
        if (decoder) x = norms[1](x + cross(x, memory, memory));
        return norms[2](x + ff(x));
    }
    bool decoder;
    FeedForward ff;
    AttentionLayer self{nullptr}, cross{nullptr};
    std::vector<nn::LayerNorm> norms;
};
TORCH_MODULE(Layer);

struct DataEmbeddingImpl : nn::Module {
    DataEmbeddingImpl(int c_in, const Config &c) {
        auto pe = torch::zeros({5000, c.d_model}).to(kFloat);
        auto position = torch::arange(0, 5000).to(kFloat).unsqueeze(1);
        auto div_term = (torch::arange(0, c.d_model, 2).to(kFloat) * -(std::log(10000.0) / c.d_model)).exp();
        pe.index_put_({indexing::Slice(), indexing::Slice(0, indexing::None, 2)}, sin(position * div_term));
        pe.index_put_({indexing::Slice(), indexing::Slice(1, indexing::None, 2)}, cos(position * div_term));
        register_buffer("pe", pe.unsqueeze(0));
        token = register_module("token", nn::Conv1d(nn::Conv1dOptions(c_in, c.d_model, 3).padding(1).padding_mode(kCircular).bias(false)));
        for (auto [name, size] : std::vector<std::pair<std::string, int>>{{"month", 13}, {"day", 32}, {"weekday", 7}, {"hour", 24}})
            calendar.push_back(register_module(name, nn::Embedding(size, c.d_model)));
        drop = register_module("drop", nn::Dropout(c.dropout));
    }
    Tensor forward(Tensor x, Tensor mark) {
        mark = mark.to(kLong);
        auto y = token(x.permute({0, 2, 1})).transpose(1, 2) + named_buffers()["pe"].index({indexing::Slice(), indexing::Slice(indexing::None, x.size(1))});
        for (size_t i = calendar.size(); i-- > 0;) y = y + calendar[i](mark.index({indexing::Ellipsis, (int64_t)i}));
        return drop(y);
    }
    nn::Conv1d token{nullptr};
    std::vector<nn::Embedding> calendar;
    nn::Dropout drop{nullptr};
};
TORCH_MODULE(DataEmbedding);

struct InformerImpl : nn::Module {
    explicit InformerImpl(Config c) : c(c), enc_embed(c.enc_in, c), dec_embed(c.dec_in, c), head(c.d_model, c.c_out) {
        register_module("enc_embedding", enc_embed);
        register_module("dec_embedding", dec_embed);
        for (int i = 0; i < c.e_layers; i++) {
            encoder->push_back(Layer(c, false));
            if (c.distil && i + 1 < c.e_layers) encoder->push_back(ConvLayer(c.d_model));
        }
        for (int i = 0; i < c.d_layers; i++) decoder->push_back(Layer(c, true));
        register_module("encoder", encoder);
        register_module("decoder", decoder);
        register_module("projection", head);
    }
    Tensor forward(Tensor x_enc, Tensor x_mark_enc, Tensor x_dec, Tensor x_mark_dec) {
        auto memory = enc_embed(x_enc, x_mark_enc);
        for (const auto &m : *encoder) {
            if (auto layer = std::dynamic_pointer_cast<LayerImpl>(m)) memory = layer->forward(memory);
            else memory = m->as<ConvLayer>()->forward(memory);
        }
        auto y = dec_embed(x_dec, x_mark_dec);
        for (const auto &m : *decoder) y = m->as<LayerImpl>()->forward(y, memory);
        return head(y).slice(1, -c.out_len);
    }
    Config c;
    DataEmbedding enc_embed, dec_embed;
    nn::Linear head;
    nn::ModuleList encoder, decoder;
};
TORCH_MODULE(Informer);

Tensor calendar_marks(int64_t batch, int64_t length) {
    std::vector<Tensor> columns;
    for (int64_t limit : {13, 32, 7, 24}) columns.push_back(torch::randint(0, limit, {batch, length}));
    return stack(columns, -1);
}

Tensor predict(Informer &model, const Config &c, int64_t batch) {
    auto x = torch::randn({batch, c.seq_len, c.enc_in});
    auto dec = cat({x.slice(1, c.seq_len - c.label_len), torch::zeros({batch, c.out_len, c.dec_in})}, 1);
    return model(x, calendar_marks(batch, c.seq_len), dec, calendar_marks(batch, c.label_len + c.out_len));
}

// cobra: Config c; Informer model(c); model->eval(); predict(model, c, 2);
// cobra: Config c; c.attn = "full"; c.distil = false; c.e_layers = 1; c.activation = "relu"; Informer model(c); model->train(); predict(model, c, 3);

int main() {
    Config c;
    Informer model(c);
    optim::Adam optimizer(model->parameters(), 1e-4);
    optim::StepLR scheduler(optimizer, 1, 0.5);
    for (int epoch = 0; epoch < 2; epoch++) {
        model->train();
        optimizer.zero_grad();
        auto loss = mse_loss(predict(model, c, 4), torch::randn({4, c.out_len, c.c_out}));
        loss.backward();
        optimizer.step();
        scheduler.step();
        std::cout << "epoch " << epoch << ": " << loss.item<double>() << std::endl;
    }
}
