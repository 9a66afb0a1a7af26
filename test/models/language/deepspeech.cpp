// DeepSpeech2: spectrogram front-end with torch::stft, masked convolutions, batch-normed bidirectional GRUs.
#include <torch/torch.h>
#include <cmath>
#include <iostream>

struct AudioConf { int sample_rate; float window_size; float window_stride; };

struct SpectrogramImpl : torch::nn::Module {
    SpectrogramImpl(AudioConf c) : n_fft((int)(c.sample_rate * c.window_size)), hop((int)(c.sample_rate * c.window_stride)) {
        window = register_buffer("window", torch::hann_window(n_fft));
    }
    torch::Tensor forward(torch::Tensor wave) {
        auto spec = torch::stft(wave, n_fft, hop, n_fft, window, /*center=*/true, "reflect", /*normalized=*/false, /*onesided=*/true, /*return_complex=*/true);
        auto mag = spec.abs();
        mag = torch::log1p(mag);
        auto mean = mag.mean({1, 2}, true);
        auto std = mag.std({1, 2}, true, true);
        return (mag - mean) / (std + 1e-5);
    }
    int n_fft, hop;
    torch::Tensor window;
};
TORCH_MODULE(Spectrogram);

// A Sequential cannot be put into an AnyModule, this can.
struct BlockImpl : torch::nn::SequentialImpl {
    using torch::nn::SequentialImpl::SequentialImpl;
    torch::Tensor forward(torch::Tensor x) { return torch::nn::SequentialImpl::forward(x); }
};
TORCH_MODULE(Block);

struct SequenceWiseImpl : torch::nn::Module {
    SequenceWiseImpl(torch::nn::AnyModule m) : module(std::move(m)) { register_module("module", module.ptr()); }
    torch::Tensor forward(torch::Tensor x) {
        auto t = x.size(0), n = x.size(1);
        x = x.view({t * n, -1});
        x = module.forward(x);
        return x.view({t, n, -1});
    }
    torch::nn::AnyModule module;
};
TORCH_MODULE(SequenceWise);

struct BatchRNNImpl : torch::nn::Module {
    BatchRNNImpl(int input_size, int hidden_size, bool batch_norm = true) : hidden(hidden_size) {
        if (batch_norm)
            bn = register_module("batch_norm", SequenceWise(torch::nn::AnyModule(torch::nn::BatchNorm1d(input_size))));
        rnn = register_module("rnn", torch::nn::GRU(torch::nn::GRUOptions(input_size, hidden_size).bidirectional(true).bias(true)));
    }
    torch::Tensor forward(torch::Tensor x) {
        if (bn) x = bn->forward(x);
        torch::Tensor h;
        std::tie(x, h) = rnn->forward(x);
        // sum the directions: (T, N, 2H) -> (T, N, H)
        x = x.view({x.size(0), x.size(1), 2, -1}).sum(2).view({x.size(0), x.size(1), -1});
        return x;
    }
    int hidden;
    SequenceWise bn{nullptr};
    torch::nn::GRU rnn{nullptr};
};
TORCH_MODULE(BatchRNN);

struct LookaheadImpl : torch::nn::Module {
    LookaheadImpl(int n_features, int context) : pad(0, context - 1) {
        conv = register_module("conv", torch::nn::Conv1d(torch::nn::Conv1dOptions(n_features, n_features, context).groups(n_features).bias(false)));
    }
    torch::Tensor forward(torch::Tensor x) {
        x = x.transpose(0, 1).transpose(1, 2);
        x = torch::nn::functional::pad(x, torch::nn::functional::PadFuncOptions({pad.first, pad.second}).mode(torch::kConstant).value(0));
        x = conv(x);
        return x.transpose(1, 2).transpose(0, 1).contiguous();
    }
    std::pair<int, int> pad;
    torch::nn::Conv1d conv{nullptr};
};
TORCH_MODULE(Lookahead);

class DeepSpeechImpl : public torch::nn::Module {
public:
    DeepSpeechImpl(const AudioConf &audio, int classes, int hidden = 1024, int layers = 5, int context = 20) : spectrogram(audio) {
        register_module("spectrogram", spectrogram);
        conv = torch::nn::Sequential(
            torch::nn::Conv2d(torch::nn::Conv2dOptions(1, 32, {41, 11}).stride({2, 2}).padding({20, 5})), torch::nn::BatchNorm2d(32),
            torch::nn::Hardtanh(torch::nn::HardtanhOptions().min_val(0).max_val(20).inplace(true)),
            torch::nn::Conv2d(torch::nn::Conv2dOptions(32, 32, {21, 11}).stride({2, 1}).padding({10, 5})), torch::nn::BatchNorm2d(32),
            torch::nn::Hardtanh(torch::nn::HardtanhOptions().min_val(0).max_val(20).inplace(true)));
        register_module("conv", conv);
        int rnn_input = (int)std::floor((audio.sample_rate * audio.window_size) / 2) + 1;
        rnn_input = (int)std::floor(rnn_input + 2 * 20 - 41) / 2 + 1;
        rnn_input = (int)std::floor(rnn_input + 2 * 10 - 21) / 2 + 1;
        rnn_input *= 32;
        for (int i = 0; i < layers; ++i)
            rnns->push_back(BatchRNN(i == 0 ? rnn_input : hidden, hidden, i != 0));
        register_module("rnns", rnns);
        lookahead = register_module("lookahead", torch::nn::Sequential(Lookahead(hidden, context), torch::nn::Hardtanh(torch::nn::HardtanhOptions().min_val(0).max_val(20))));
        auto fully_connected = Block(torch::nn::BatchNorm1d(hidden), torch::nn::Linear(torch::nn::LinearOptions(hidden, classes).bias(false)));
        fc = register_module("fc", SequenceWise(torch::nn::AnyModule(fully_connected)));
    }

    torch::Tensor forward(torch::Tensor wave) {
        auto x = spectrogram(wave).unsqueeze(1);
        x = conv->forward(x);
        auto sizes = x.sizes();
        x = x.view({sizes[0], sizes[1] * sizes[2], sizes[3]});
        x = x.transpose(1, 2).transpose(0, 1).contiguous(); // T N H
        for (auto rnn = rnns->begin(); rnn != rnns->end(); rnn++)
            x = (*rnn)->as<BatchRNNImpl>()->forward(x);
        x = lookahead->forward(x);
        x = fc(x).transpose(0, 1);
        return is_training() ? x : torch::softmax(x, -1);
    }

private:
    Spectrogram spectrogram;
    torch::nn::Sequential conv{nullptr}, lookahead{nullptr};
    torch::nn::ModuleList rnns;
    SequenceWise fc{nullptr};
};
TORCH_MODULE(DeepSpeech);

int main(int argc, char **argv) {
    AudioConf audio{16000, .02f, .01f};
    DeepSpeech model(audio, 29);
    model->eval();
    torch::NoGradGuard g;
    std::cout << model->forward(torch::randn({2, 16000})).sizes() << '\n';
}
// cobra: DeepSpeech m(AudioConf{2000, .02f, .01f}, 29, 24, 2, 4); m->eval(); auto wave = torch::randn({2, 1200}); m->forward(wave);
