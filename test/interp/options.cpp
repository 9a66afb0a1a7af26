// What comes around models in LibTorch: options with TORCH_ARG, initialization, modes, printing, devices, seeds.
#include <torch/torch.h>

#include <iostream>
#include <vector>

using torch::Tensor;
namespace nn = torch::nn;

// ---- options of one's own with TORCH_ARG
struct BlockOptions {
  BlockOptions(int64_t in, int64_t out) : in_(in), out_(out) {}
  TORCH_ARG(int64_t, in);
  TORCH_ARG(int64_t, out);
  TORCH_ARG(bool, norm) = true;
  TORCH_ARG(std::vector<int64_t>, hidden) = {5};
};
struct BlockImpl : nn::Module {
  explicit BlockImpl(const BlockOptions& o) : options(o) {
    int64_t in = o.in();
    for (auto h : o.hidden()) net->push_back(nn::Linear(in, h)), in = h;
    if (o.norm()) net->push_back(nn::LayerNorm(nn::LayerNormOptions({in})));
    net->push_back(nn::Linear(in, options.out()));
    register_module("net", net);
  }
  Tensor forward(Tensor x) { return net->forward(x); } // [[2 6]] [[2 7]] [[2 3]]
  BlockOptions options;
  nn::Sequential net;
};
TORCH_MODULE(Block);
// cobra: Block block(BlockOptions(4, 3).norm(false).hidden({6, 7})); auto x = torch::randn({2, 4}); block->forward(x);

// ---- weights initialized in every way: nothing of it runs in forward
struct Initialized : nn::Module {
  nn::Linear line{4, 3};
  nn::Conv2d conv{nn::Conv2dOptions(1, 2, 1)};
  Initialized() {
    register_module("line", line);
    register_module("conv", conv);
    torch::NoGradGuard guard;
    nn::init::xavier_uniform_(line->weight);
    nn::init::constant_(line->bias, 0.1);
    for (auto& m : modules(false))
      if (auto* c = m->as<nn::Conv2d>()) nn::init::kaiming_normal_(c->weight, 0, torch::kFanOut, torch::kReLU);
    for (auto& p : named_parameters())
      if (p.key().find("bias") != std::string::npos) p.value().zero_();
  }
  Tensor forward(Tensor x) { return conv(line(x).view({1, 1, -1, 3})); } // [[2 3]] [[1 1 2 3]] [[1 2 2 3]]
};
// cobra: Initialized net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- options changed, read back, copied from another layer
struct Reading : nn::Module {
  nn::Conv2d a{nn::Conv2dOptions(3, 4, {3, 5}).stride({2, 1}).padding({1, 2})};
  nn::Conv2d b{nullptr};
  nn::Linear head{nullptr};
  Reading() {
    auto o = a->options;
    b = nn::Conv2d(nn::Conv2dOptions(o.out_channels(), 2 * o.in_channels(), (*o.kernel_size())[0]).stride(o.stride()).groups(2));
    head = nn::Linear(b->options.out_channels(), b->weight.size(1) + a->bias.numel());
  }
  Tensor forward(Tensor x) { return head(b(a(x)).mean({2, 3})); } // [[1 4 4 8]] [[1 6 1 6]] [[1 6]] [[1 6]]
};
// cobra: Reading net; auto x = torch::randn({1, 3, 8, 8}); net.forward(x);

// ---- train and eval, asked for and changed for a part
struct Modes : nn::Module {
  nn::BatchNorm1d frozen{4}, live{4};
  Modes() {
    register_module("frozen", frozen);
    register_module("live", live);
  }
  Tensor forward(Tensor x) {
    frozen->eval();
    x = live(frozen(x)); // [[3 4]] [[3 4]]
    return is_training() && !frozen->is_training() ? x.relu() : x; // [[3 4]]
  }
};
// cobra: auto net = std::make_shared<Modes>(); net->train(); auto x = torch::randn({3, 4}); net->forward(x);

// ---- parameters, buffers and counts
struct Counted : nn::Module {
  Tensor scale = register_parameter("scale", torch::ones({3}));
  Tensor running = register_buffer("running", torch::zeros({2, 3}));
  nn::Linear line = register_module("line", nn::Linear(3, 3));
  Tensor forward(Tensor x) {
    int64_t n = 0;
    for (const auto& p : parameters()) n += p.numel(); // 3 + 9 + 3
    n += static_cast<int64_t>(named_buffers().size() + named_children().size()) + running.size(0);
    return (x * scale + running).expand({n, 2, 3}); // [[2 3]] [[2 3]] [[19 2 3]]
  }
};
// cobra: Counted net; auto x = torch::randn({2, 3}); net.forward(x);

// ---- devices, dtypes, seeds, printing
struct Around : nn::Module {
  nn::Linear line = register_module("line", nn::Linear(3, 2));
  Tensor forward(Tensor x) {
    torch::manual_seed(1);
    torch::Device device(torch::kCPU);
    if (torch::cuda::is_available()) device = torch::Device(torch::kCUDA, 0);
    std::cout << "device: " << device << ", sizes " << x.sizes() << std::endl;
    torch::NoGradGuard no_grad;
    auto options = torch::TensorOptions().dtype(torch::kFloat32).device(device);
    return line(x) + torch::zeros({2}, options).to(x.dtype()); // [[4 2]] [[2]] [[2]] [[4 2]]
  }
};
// cobra: Around net; auto x = torch::randn({4, 3}); net.forward(x);

// ---- a module printed and named by itself
struct PrettyImpl : nn::Cloneable<PrettyImpl> {
  explicit PrettyImpl(int64_t n) : n(n) { reset(); }
  void reset() override { line = register_module("line", nn::Linear(n, n)); }
  void pretty_print(std::ostream& stream) const override { stream << "Pretty(" << n << ")"; }
  Tensor forward(Tensor x) { return line(x).repeat({1, name() == "PrettyImpl" ? 2 : 3}); } // [[1 2]] [[1 4]]
  int64_t n;
  nn::Linear line{nullptr};
};
TORCH_MODULE(Pretty);
// cobra: Pretty net(2); std::cout << net << std::endl; auto x = torch::randn({1, 2}); net->forward(x);
