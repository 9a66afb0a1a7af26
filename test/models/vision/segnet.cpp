// SegNet: pooling indices travel from the encoder to the decoder.
#include <torch/torch.h>
#include <array>
#include <deque>
#include <iostream>
#include <list>
#include <tuple>

struct SegNetImpl : torch::nn::Module {
  static constexpr std::array<int, 4> widths{16, 32, 64, 64};
  static constexpr int kDepth[4] = {2, 2, 3, 3};

  explicit SegNetImpl(int classes, int channels = 3) {
    int in = channels;
    for (std::size_t s = 0; s < widths.size(); ++s) {
      torch::nn::Sequential e;
      for (int d = 0; d < kDepth[s]; ++d, in = widths[s]) append(e, in, widths[s]);
      encoders.push_back(register_module("encoder" + std::to_string(s), e));
    }
    for (int s = static_cast<int>(widths.size()) - 1; s >= 0; s--) {
      const int out = s > 0 ? widths[s - 1] : classes;
      torch::nn::Sequential d;
      for (int i = 1; i < kDepth[s]; ++i) append(d, widths[s], widths[s]);
      if (s > 0)
        append(d, widths[s], out);
      else
        d->push_back("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(widths[s], out, {3, 3}).padding({1, 1})));
      decoders.push_front(d);
      register_module("decoder" + std::to_string(s), d);
    }
    register_module("unpool", unpool);
  }

  torch::Tensor forward(torch::Tensor x) {
    std::list<std::pair<torch::Tensor, std::vector<int64_t>>> memory;
    for (auto& e : encoders) {
      x = e->forward(x);
      auto size = x.sizes().vec();
      torch::Tensor indices;
      std::tie(x, indices) = torch::max_pool2d_with_indices(x, {2, 2}, {2, 2});
      memory.emplace_back(indices, size);
    }
    for (auto d = decoders.rbegin(); d != decoders.rend(); ++d) {
      const auto& [indices, size] = memory.back();
      x = unpool(x, indices, size);
      x = (*d)->forward(x);
      memory.pop_back();
    }
    return torch::log_softmax(x, 1);
  }

 private:
  static void append(torch::nn::Sequential& s, int in, int out) {
    s->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1)));
    s->push_back(torch::nn::BatchNorm2d(out));
    s->push_back(torch::nn::Functional(static_cast<torch::Tensor (&)(const torch::Tensor&)>(torch::relu)));
  }
  std::vector<torch::nn::Sequential> encoders;
  std::deque<torch::nn::Sequential> decoders;
  torch::nn::MaxUnpool2d unpool{torch::nn::MaxUnpool2dOptions(2).stride(2)};
};
TORCH_MODULE(SegNet);

int main(int argc, char** argv) {
  const int64_t size = argc > 1 ? std::stol(argv[1]) : 96;
  SegNet net(12);
  net->eval();
  const auto y = net->forward(torch::rand({1, 3, size, size + 3}));
  std::cout << y.sizes() << "\n" << std::get<1>(y.max(1)).sizes() << "\n";
}
