// Tacotron-2-like decoder: prenet with dropout that stays on, location sensitive attention, LSTM cells in a loop, postnet.
#include <torch/torch.h>
#include <iostream>
#include <vector>

using torch::Tensor;
namespace F = torch::nn::functional;

struct HParams {
    int n_mel_channels = 80, n_frames_per_step = 1;
    int encoder_embedding_dim = 512, attention_rnn_dim = 1024, decoder_rnn_dim = 1024, prenet_dim = 256;
    int attention_dim = 128, attention_location_n_filters = 32, attention_location_kernel_size = 31;
    int postnet_embedding_dim = 512, postnet_kernel_size = 5, postnet_n_convolutions = 5;
    int max_decoder_steps = 1000;
    float gate_threshold = 0.5;
    float p_attention_dropout = 0.1, p_decoder_dropout = 0.1;
    int n_symbols = 148, symbols_embedding_dim = 512;
};

struct Prenet : torch::nn::Module {
    std::vector<torch::nn::Linear> layers;
    Prenet(int in_dim, std::vector<int> sizes) {
        std::vector<int> in_sizes{in_dim};
        in_sizes.insert(in_sizes.end(), sizes.begin(), sizes.end() - 1);
        for (std::size_t i = 0; i < sizes.size(); i++) {
            layers.push_back(torch::nn::Linear(torch::nn::LinearOptions(in_sizes[i], sizes[i]).bias(false)));
            register_module("linear" + std::to_string(i), layers.back());
        }
    }
    Tensor forward(Tensor x) {
        for (auto &linear : layers)
            x = F::dropout(F::relu(linear(x)), F::DropoutFuncOptions().p(0.5).training(true));
        return x;
    }
};

struct Postnet : torch::nn::Module {
    torch::nn::ModuleList convolutions;
    Postnet(const HParams &h) {
        for (int i = 0; i < h.postnet_n_convolutions; i++) {
            int in = i == 0 ? h.n_mel_channels : h.postnet_embedding_dim;
            int out = i == h.postnet_n_convolutions - 1 ? h.n_mel_channels : h.postnet_embedding_dim;
            convolutions->push_back(torch::nn::Sequential(
                torch::nn::Conv1d(torch::nn::Conv1dOptions(in, out, h.postnet_kernel_size).padding(int((h.postnet_kernel_size - 1) / 2))),
                torch::nn::BatchNorm1d(out)));
        }
        register_module("convolutions", convolutions);
    }
    Tensor forward(Tensor x) {
        const size_t n = convolutions->size();
        for (size_t i = 0; i < n - 1; i++)
            x = F::dropout(torch::tanh(convolutions[i]->as<torch::nn::Sequential>()->forward(x)), F::DropoutFuncOptions().p(0.5).training(is_training()));
        return F::dropout(convolutions[n - 1]->as<torch::nn::Sequential>()->forward(x), F::DropoutFuncOptions().p(0.5).training(is_training()));
    }
};

struct LocationLayer : torch::nn::Module {
    torch::nn::Conv1d conv{nullptr};
    torch::nn::Linear dense{nullptr};
    LocationLayer(int filters, int kernel, int dim) {
        conv = register_module("location_conv", torch::nn::Conv1d(torch::nn::Conv1dOptions(2, filters, kernel).padding((kernel - 1) / 2).bias(false)));
        dense = register_module("location_dense", torch::nn::Linear(torch::nn::LinearOptions(filters, dim).bias(false)));
    }
    Tensor forward(Tensor w) { return dense(conv(w).transpose(1, 2)); }
};

struct Attention : torch::nn::Module {
    torch::nn::Linear query_layer{nullptr}, memory_layer{nullptr}, v{nullptr};
    std::shared_ptr<LocationLayer> location_layer;
    Attention(const HParams &h) {
        auto lin = [this](const std::string &name, int in, int out) {
            auto l = torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(false));
            torch::nn::init::xavier_uniform_(l->weight, torch::nn::init::calculate_gain(torch::kTanh));
            return register_module(name, l);
        };
        query_layer = lin("query_layer", h.attention_rnn_dim, h.attention_dim);
        memory_layer = lin("memory_layer", h.encoder_embedding_dim, h.attention_dim);
        v = lin("v", h.attention_dim, 1);
        location_layer = register_module("location_layer", std::make_shared<LocationLayer>(h.attention_location_n_filters, h.attention_location_kernel_size, h.attention_dim));
    }
    std::tuple<Tensor, Tensor> forward(Tensor hidden, Tensor memory, Tensor processed_memory, Tensor weights_cat, Tensor mask) {
        auto query = query_layer(hidden.unsqueeze(1));
        auto location = location_layer->forward(weights_cat);
        auto energies = v(torch::tanh(query + location + processed_memory)).squeeze(-1);
        if (mask.defined()) energies.masked_fill_(mask, -INFINITY);
        auto weights = F::softmax(energies, 1);
        auto context = torch::bmm(weights.unsqueeze(1), memory).squeeze(1);
        return std::make_tuple(context, weights);
    }
};

class Decoder : public torch::nn::Module {
    HParams h;
    std::shared_ptr<Prenet> prenet;
    std::shared_ptr<Attention> attention_layer;
    torch::nn::LSTMCell attention_rnn{nullptr}, decoder_rnn{nullptr};
    torch::nn::Linear linear_projection{nullptr}, gate_layer{nullptr};
    // state of one utterance
    Tensor attention_hidden, attention_cell, decoder_hidden, decoder_cell, attention_weights, attention_weights_cum, attention_context, memory, processed_memory, mask;

public:
    explicit Decoder(HParams hp) : h(hp) {
        prenet = register_module("prenet", std::make_shared<Prenet>(h.n_mel_channels * h.n_frames_per_step, std::vector<int>{h.prenet_dim, h.prenet_dim}));
        attention_rnn = register_module("attention_rnn", torch::nn::LSTMCell(h.prenet_dim + h.encoder_embedding_dim, h.attention_rnn_dim));
        attention_layer = register_module("attention_layer", std::make_shared<Attention>(h));
        decoder_rnn = register_module("decoder_rnn", torch::nn::LSTMCell(torch::nn::LSTMCellOptions(h.attention_rnn_dim + h.encoder_embedding_dim, h.decoder_rnn_dim)));
        linear_projection = register_module("linear_projection", torch::nn::Linear(h.decoder_rnn_dim + h.encoder_embedding_dim, h.n_mel_channels * h.n_frames_per_step));
        gate_layer = register_module("gate_layer", torch::nn::Linear(h.decoder_rnn_dim + h.encoder_embedding_dim, 1));
    }

    void initialize(const Tensor &mem, const Tensor &m) {
        auto B = mem.size(0), T = mem.size(1);
        auto zeros = [&](int64_t n) { return torch::zeros({B, n}, mem.options()); };
        attention_hidden = zeros(h.attention_rnn_dim);
        attention_cell = zeros(h.attention_rnn_dim);
        decoder_hidden = zeros(h.decoder_rnn_dim);
        decoder_cell = zeros(h.decoder_rnn_dim);
        attention_weights = zeros(T);
        attention_weights_cum = zeros(T);
        attention_context = zeros(h.encoder_embedding_dim);
        memory = mem;
        processed_memory = attention_layer->memory_layer(mem);
        mask = m;
    }

    std::tuple<Tensor, Tensor, Tensor> decode(const Tensor &input) {
        auto cell_input = torch::cat({input, attention_context}, -1);
        std::tie(attention_hidden, attention_cell) = attention_rnn(cell_input, std::make_tuple(attention_hidden, attention_cell));
        attention_hidden = F::dropout(attention_hidden, F::DropoutFuncOptions().p(h.p_attention_dropout).training(is_training()));
        auto cat = torch::cat({attention_weights.unsqueeze(1), attention_weights_cum.unsqueeze(1)}, 1);
        std::tie(attention_context, attention_weights) = attention_layer->forward(attention_hidden, memory, processed_memory, cat, mask);
        attention_weights_cum += attention_weights;
        auto decoder_input = torch::cat({attention_hidden, attention_context}, -1);
        std::tuple<Tensor, Tensor> state(decoder_hidden, decoder_cell);
        std::tie(decoder_hidden, decoder_cell) = decoder_rnn->forward(decoder_input, state);
        auto both = torch::cat({decoder_hidden, attention_context}, 1);
        return {linear_projection(both), gate_layer(both), attention_weights};
    }

    std::vector<Tensor> forward(Tensor mem, Tensor mels, Tensor m) {
        auto go = torch::zeros({mem.size(0), h.n_mel_channels * h.n_frames_per_step}).unsqueeze(0);
        auto frames = mels.transpose(1, 2).transpose(0, 1);
        auto inputs = prenet->forward(torch::cat({go, frames}, 0));
        initialize(mem, m);
        std::vector<Tensor> outs, gates, aligns;
        while ((int64_t)outs.size() < inputs.size(0) - 1) {
            auto [mel, gate, align] = decode(inputs[outs.size()]);
            outs.push_back(mel.squeeze(1));
            gates.push_back(gate.squeeze(1));
            aligns.push_back(align);
        }
        auto mel = torch::stack(outs).transpose(0, 1).contiguous();
        mel = mel.view({mel.size(0), -1, h.n_mel_channels}).transpose(1, 2);
        return {mel, torch::stack(gates).transpose(0, 1).contiguous(), torch::stack(aligns).transpose(0, 1)};
    }

    std::vector<Tensor> inference(Tensor mem) {
        initialize(mem, {});
        auto input = torch::zeros({mem.size(0), h.n_mel_channels * h.n_frames_per_step});
        std::vector<Tensor> outs;
        while (true) {
            input = prenet->forward(input);
            auto [mel, gate, align] = decode(input);
            outs.push_back(mel);
            if (torch::sigmoid(gate).item<float>() > h.gate_threshold) break;
            if ((int)outs.size() == h.max_decoder_steps) {
                std::cout << "Warning! Reached max decoder steps" << std::endl;
                break;
            }
            input = mel;
        }
        return outs;
    }
};

class Tacotron2 : public torch::nn::Module {
public:
    Tacotron2(const HParams &h) : hp(h) {
        embedding = register_module("embedding", torch::nn::Embedding(h.n_symbols, h.symbols_embedding_dim));
        for (int i = 0; i < 3; i++)
            convs.push_back(register_module("enc_conv" + std::to_string(i), torch::nn::Sequential(
                torch::nn::Conv1d(torch::nn::Conv1dOptions(h.encoder_embedding_dim, h.encoder_embedding_dim, 5).padding(2)), torch::nn::BatchNorm1d(h.encoder_embedding_dim), torch::nn::ReLU())));
        lstm = register_module("lstm", torch::nn::LSTM(torch::nn::LSTMOptions(h.encoder_embedding_dim, h.encoder_embedding_dim / 2).num_layers(1).batch_first(true).bidirectional(true)));
        decoder = register_module("decoder", std::make_shared<Decoder>(h));
        postnet = register_module("postnet", std::make_shared<Postnet>(h));
    }
    std::vector<Tensor> forward(Tensor text, Tensor lengths, Tensor mels) {
        auto x = embedding(text).transpose(1, 2);
        for (auto &c : convs) x = c->forward(x);
        x = std::get<0>(lstm->forward(x.transpose(1, 2)));
        auto ids = torch::arange(0, text.size(1), lengths.options());
        auto mask = torch::bitwise_not(ids < lengths.unsqueeze(1)).to(torch::kBool);
        auto out = decoder->forward(x, mels, mask);
        auto mel_post = postnet->forward(out[0]) + out[0];
        out.insert(out.begin() + 1, mel_post);
        return out;
    }
private:
    HParams hp;
    torch::nn::Embedding embedding{nullptr};
    std::vector<torch::nn::Sequential> convs;
    torch::nn::LSTM lstm{nullptr};
    std::shared_ptr<Decoder> decoder;
    std::shared_ptr<Postnet> postnet;
};

// cobra: HParams h; h.n_mel_channels = 8; h.encoder_embedding_dim = 16; h.symbols_embedding_dim = 16; h.attention_rnn_dim = 12; h.decoder_rnn_dim = 12; h.prenet_dim = 6; h.attention_dim = 10; h.attention_location_n_filters = 4; h.attention_location_kernel_size = 5; h.postnet_embedding_dim = 16; Tacotron2 t(h); t.eval(); auto text = torch::randint(0, 148, {2, 9}, torch::kLong); auto lengths = torch::tensor({9, 7}); auto mels = torch::randn({2, 8, 4}); t.forward(text, lengths, mels);
int main() {
    auto model = std::make_shared<Tacotron2>(HParams());
    model->eval();
    torch::NoGradGuard guard;
    auto out = model->forward(torch::randint(0, 148, {1, 20}), torch::full({1}, 20, torch::kLong), torch::randn({1, 80, 16}));
    for (auto &t : out) std::cout << t.sizes() << "\n";
    return 0;
}
