// Fourier neural operator (1d and 2d), FNet mixing, a learnable spectral filter bank.
#include <torch/torch.h>
#include <complex>
#include <iostream>

using namespace torch::indexing;

class SpectralConv1d : public torch::nn::Module {
 public:
  SpectralConv1d(int64_t in, int64_t out, int64_t modes) : out_(out), modes_(modes) {
    double scale = 1.0 / (in * out);
    weights = register_parameter("weights", scale * torch::rand({in, out, modes}, torch::kComplexFloat));
  }
  torch::Tensor forward(torch::Tensor x) {
    auto x_ft = torch::fft::rfft(x);
    auto out_ft = torch::zeros({x.size(0), out_, x.size(-1) / 2 + 1}, torch::dtype(torch::kComplexFloat).device(x.device()));
    out_ft.index_put_({Slice(), Slice(), Slice(None, modes_)}, torch::einsum("bix,iox->box", {x_ft.index({Slice(), Slice(), Slice(None, modes_)}), weights}));
    return torch::fft::irfft(out_ft, x.size(-1));
  }

 private:
  int64_t out_, modes_;
  torch::Tensor weights;
};

class FNO1d : public torch::nn::Module {
 public:
  FNO1d(int64_t modes, int64_t width, int64_t depth = 4) : fc0(2, width), fc1(width, 128), fc2(128, 1) {
    register_module("fc0", fc0);
    for (int64_t i = 0; i < depth; ++i) {
      convs.push_back(register_module("conv" + std::to_string(i), std::make_shared<SpectralConv1d>(width, width, modes)));
      ws.push_back(register_module("w" + std::to_string(i), torch::nn::Conv1d(width, width, 1)));
    }
    register_module("fc1", fc1);
    register_module("fc2", fc2);
  }
  torch::Tensor grid(torch::IntArrayRef shape) {
    auto g = torch::linspace(0, 1, shape[1]);
    return g.reshape({1, shape[1], 1}).repeat({shape[0], 1, 1});
  }
  torch::Tensor forward(torch::Tensor x) {
    x = torch::cat({x, grid(x.sizes())}, -1);
    x = fc0(x).permute({0, 2, 1});
    for (size_t i = 0; i < convs.size(); ++i) {
      x = convs[i]->forward(x) + ws[i](x);
      if (i < convs.size() - 1) x = torch::gelu(x);
    }
    x = x.permute({0, 2, 1});
    return fc2(torch::gelu(fc1(x)));
  }

 private:
  torch::nn::Linear fc0, fc1, fc2;
  std::vector<std::shared_ptr<SpectralConv1d>> convs;
  std::vector<torch::nn::Conv1d> ws;
};

struct FNetBlockImpl : torch::nn::Module {
  FNetBlockImpl(int64_t d, int64_t ff) : norm1(torch::nn::LayerNormOptions({d})), norm2(torch::nn::LayerNormOptions({d})), ffn(torch::nn::Linear(d, ff), torch::nn::GELU(), torch::nn::Linear(ff, d)) {
    register_module("norm1", norm1);
    register_module("norm2", norm2);
    register_module("ffn", ffn);
  }
  torch::Tensor forward(torch::Tensor x) {
    auto mixed = torch::real(torch::fft::fft2(x, c10::nullopt, {-1, -2}));
    x = norm1(x + mixed);
    return norm2(x + ffn->forward(x));
  }
  torch::nn::LayerNorm norm1, norm2;
  torch::nn::Sequential ffn;
};
TORCH_MODULE(FNetBlock);

struct FNet : torch::nn::Module {
  FNet(int64_t vocab, int64_t d, int n) : embed(vocab, d) {
    register_module("embed", embed);
    for (int i = 0; i < n; ++i) blocks->push_back(FNetBlock(d, 4 * d));
    register_module("blocks", blocks);
  }
  torch::Tensor forward(torch::Tensor ids) { return blocks->forward(embed(ids)).mean(1); }
  torch::nn::Embedding embed;
  torch::nn::Sequential blocks;
};

/// Magnitudes of windowed frames through a mel-like filter bank, and back.
struct SpectralFilter : torch::nn::Module {
  SpectralFilter(int64_t n_fft, int64_t hop, int64_t bands) : n_fft(n_fft), hop(hop) {
    window = register_buffer("window", torch::hamming_window(n_fft, /*periodic=*/true));
    bank = register_parameter("bank", torch::rand({bands, n_fft / 2 + 1}));
    mask = register_module("mask", torch::nn::Sequential(torch::nn::Linear(bands, n_fft / 2 + 1), torch::nn::Sigmoid()));
  }
  std::tuple<torch::Tensor, torch::Tensor> forward(torch::Tensor wave) {
    auto spec = torch::stft(wave, n_fft, hop, c10::nullopt, window, true, "reflect", false, c10::nullopt, true);
    auto power = spec.abs().pow(2);
    auto mel = torch::log(torch::matmul(bank, power) + 1e-6);
    auto gain = mask->forward(mel.transpose(1, 2)).transpose(1, 2);
    auto filtered = torch::istft(spec * gain, n_fft, hop, c10::nullopt, window, true, false, c10::nullopt, wave.size(-1));
    auto phase = torch::angle(spec);
    auto rebuilt = torch::polar(spec.abs(), phase);
    return {filtered, torch::view_as_real(rebuilt)};
  }
  int64_t n_fft, hop;
  torch::Tensor window, bank;
  torch::nn::Sequential mask{nullptr};
};

int main() {
  FNO1d net(16, 64);
  auto a = torch::rand({20, 256, 1});
  std::cout << net.forward(a).sizes() << std::endl;
}
// cobra: FNO1d net(6, 12, 3); net.eval(); auto a = torch::rand({4, 32, 1}); net.forward(a);
// cobra: FNet net(50, 16, 2); net.eval(); auto ids = torch::randint(0, 50, {3, 10}, torch::kLong); net.forward(ids);
// cobra: SpectralFilter net(64, 16, 10); net.eval(); auto wave = torch::randn({2, 400}); net.forward(wave);
