/*
 * Sequence to sequence with Bahdanau attention: bidirectional GRU encoder, attention, LSTM-free decoder loop with teacher forcing.
 */
#include <torch/torch.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <vector>

using namespace std;
using namespace torch;

class EncoderImpl : public nn::Module {
private:
    nn::Embedding embedding{nullptr};
    nn::GRU rnn{nullptr};
    nn::Linear fc{nullptr};
    nn::Dropout dropout{nullptr};

public:
    EncoderImpl(int input_dim, int emb_dim, int enc_hid, int dec_hid, double p) {
        embedding = register_module("embedding", nn::Embedding(input_dim, emb_dim));
        rnn = register_module("rnn", nn::GRU(nn::GRUOptions(emb_dim, enc_hid).bidirectional(true)));
        fc = register_module("fc", nn::Linear(enc_hid * 2, dec_hid));
        dropout = register_module("dropout", nn::Dropout(p));
    }

    tuple<Tensor, Tensor> forward(Tensor src) {
        // src = [src len, batch]
        Tensor embedded = dropout->forward(embedding->forward(src));
        Tensor outputs, hidden;
        tie(outputs, hidden) = rnn->forward(embedded);
        hidden = torch::tanh(fc->forward(torch::cat({hidden[-2], hidden[-1]}, 1)));
        return make_tuple(outputs, hidden);
    }
};
TORCH_MODULE(Encoder);

class BahdanauImpl : public nn::Module {
private:
    nn::Linear attn{nullptr}, v{nullptr};

public:
    BahdanauImpl(int enc_hid, int dec_hid) {
        attn = register_module("attn", nn::Linear(enc_hid * 2 + dec_hid, dec_hid));
        v = register_module("v", nn::Linear(nn::LinearOptions(dec_hid, 1).bias(false)));
    }
    Tensor forward(Tensor hidden, Tensor encoder_outputs) {
        int src_len = encoder_outputs.size(0);
        hidden = hidden.unsqueeze(1).repeat({1, src_len, 1});
        encoder_outputs = encoder_outputs.permute({1, 0, 2});
        auto energy = torch::tanh(attn(torch::cat({hidden, encoder_outputs}, 2)));
        auto attention = v(energy).squeeze(2);
        return torch::softmax(attention, 1);
    }
};
TORCH_MODULE(Bahdanau);

class DecoderImpl : public nn::Module {
public:
    int output_dim;
    DecoderImpl(int output_dim_, int emb, int enc_hid, int dec_hid, double p, Bahdanau att) : output_dim(output_dim_), attention(att) {
        register_module("attention", attention);
        embedding = register_module("embedding", nn::Embedding(output_dim, emb));
        rnn = register_module("rnn", nn::GRU(enc_hid * 2 + emb, dec_hid));
        fc_out = register_module("fc_out", nn::Linear(enc_hid * 2 + dec_hid + emb, output_dim));
        dropout = register_module("dropout", nn::Dropout(p));
    }
    pair<Tensor, Tensor> forward(Tensor input, Tensor hidden, Tensor encoder_outputs) {
        input = input.unsqueeze(0);
        auto embedded = dropout(embedding(input));
        auto a = attention(hidden, encoder_outputs).unsqueeze(1);
        encoder_outputs = encoder_outputs.permute({1, 0, 2});
        auto weighted = torch::bmm(a, encoder_outputs).permute({1, 0, 2});
        auto rnn_input = torch::cat({embedded, weighted}, 2);
        auto result = rnn->forward(rnn_input, hidden.unsqueeze(0));
        auto output = get<0>(result).squeeze(0);
        auto h = get<1>(result).squeeze(0);
        auto prediction = fc_out(torch::cat({output, weighted.squeeze(0), embedded.squeeze(0)}, 1));
        return make_pair(prediction, h);
    }

private:
    Bahdanau attention;
    nn::Embedding embedding{nullptr};
    nn::GRU rnn{nullptr};
    nn::Linear fc_out{nullptr};
    nn::Dropout dropout{nullptr};
};
TORCH_MODULE(Decoder);

class Seq2Seq : public nn::Module {
public:
    Seq2Seq(Encoder e, Decoder d) : encoder(e), decoder(d) {
        register_module("encoder", encoder);
        register_module("decoder", decoder);
    }
    Tensor forward(Tensor src, Tensor trg, float teacher_forcing_ratio = 0.5) {
        int trg_len = trg.size(0), batch_size = trg.size(1);
        Tensor outputs = torch::zeros({trg_len, batch_size, decoder->output_dim});
        auto [enc_out, hidden] = encoder->forward(src);
        Tensor input = trg[0];
        for (int t = 1; t < trg_len; t++) {
            Tensor out;
            tie(out, hidden) = decoder->forward(input, hidden, enc_out);
            outputs[t] = out;
            bool teacher = (float)rand() / RAND_MAX < teacher_forcing_ratio;
            Tensor top1 = out.argmax(1);
            input = teacher ? trg[t] : top1; // open: which side of ?: is taken is not known
        }
        return outputs;
    }

private:
    Encoder encoder;
    Decoder decoder;
};

void init_weights(nn::Module &m) {
    NoGradGuard g;
    for (auto &p : m.named_parameters(false)) {
        if (p.key().find("weight") != string::npos)
            nn::init::normal_(p.value(), 0, 0.01);
        else
            nn::init::constant_(p.value(), 0);
    }
}

// cobra: Seq2Seq net(Encoder(30, 8, 6, 10, 0.5), Decoder(20, 8, 6, 10, 0.5, Bahdanau(6, 10))); net.eval(); auto src = torch::randint(0, 30, {7, 3}, torch::kLong); auto trg = torch::randint(0, 20, {5, 3}, torch::kLong); net.forward(src, trg, 0.0f);
int main(int argc, char **argv) {
    int input_dim = argc > 1 ? atoi(argv[1]) : 7855, output_dim = argc > 2 ? atoi(argv[2]) : 5893;
    Bahdanau attn(512, 512);
    Encoder enc(input_dim, 256, 512, 512, 0.5);
    Decoder dec(output_dim, 256, 512, 512, 0.5, attn);
    auto model = make_shared<Seq2Seq>(enc, dec);
    model->apply(init_weights);
    size_t n = 0;
    for (auto p : model->parameters()) if (p.requires_grad()) n += p.numel();
    cout << "The model has " << n << " trainable parameters" << endl;
    model->eval();
    auto out = model->forward(torch::randint(0, input_dim, {12, 4}), torch::randint(0, output_dim, {10, 4}), 0);
    cout << out.sizes() << endl;
}
