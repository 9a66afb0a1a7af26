// Selective state spaces: a causal depthwise convolution, then a scan over time with input-dependent steps.
#include <torch/torch.h>

#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

typedef torch::Tensor T;
namespace tnn = torch::nn;

typedef struct {
  int d_model;
  int n_layer;
  int vocab_size;
  int d_state;
  int expand;
  int dt_rank; // 0: automatic
  int d_conv;
  int pad_vocab_size_multiple;
} mamba_args;

static mamba_args finish(mamba_args a) {
  if (a.dt_rank == 0) a.dt_rank = (int)ceil(a.d_model / 16.0);
  if (a.vocab_size % a.pad_vocab_size_multiple != 0) a.vocab_size += a.pad_vocab_size_multiple - a.vocab_size % a.pad_vocab_size_multiple;
  return a;
}

enum ScanKind { SEQUENTIAL, CUMULATIVE };

struct RMSNorm : tnn::Module {
  T w;
  float eps;
  RMSNorm(int d, float eps = 1e-5f) : eps(eps) { w = register_parameter("weight", torch::ones({d})); }
  T operator()(const T& x) const { return x * torch::rsqrt(x.pow(2).mean(-1, true) + eps) * w; }
};

struct MambaBlock : tnn::Module {
  mamba_args args;
  int d_inner;
  tnn::Linear in_proj, x_proj, dt_proj, out_proj;
  tnn::Conv1d conv1d;
  T A_log, D;
  ScanKind kind;

  MambaBlock(const mamba_args& a, ScanKind kind)
      : args(a), d_inner(a.expand * a.d_model), in_proj(tnn::LinearOptions(a.d_model, 2 * d_inner).bias(false)),
        x_proj(tnn::LinearOptions(d_inner, a.dt_rank + a.d_state * 2).bias(false)), dt_proj(a.dt_rank, d_inner),
        out_proj(tnn::LinearOptions(d_inner, a.d_model).bias(false)), conv1d(tnn::Conv1dOptions(d_inner, d_inner, a.d_conv).groups(d_inner).padding(a.d_conv - 1)), kind(kind) {
    register_module("in_proj", in_proj);
    register_module("x_proj", x_proj);
    register_module("dt_proj", dt_proj);
    register_module("out_proj", out_proj);
    register_module("conv1d", conv1d);
    T A = torch::arange(1, a.d_state + 1, torch::kFloat).repeat({d_inner, 1});
    A_log = register_parameter("A_log", torch::log(A));
    D = register_parameter("D", torch::ones(d_inner));
  }

  T forward(T x) {
    int64_t l = x.sizes()[1];
    auto parts = in_proj(x).split_with_sizes({d_inner, d_inner}, -1);
    T h = parts[0].transpose(1, 2);
    h = conv1d(h).narrow(2, 0, l).transpose(1, 2);
    h = torch::silu(h);
    T y = ssm(h);
    y *= torch::silu(parts[1]);
    return out_proj(y);
  }

  T ssm(const T& x) {
    const int n = A_log.size(1);
    T A = -torch::exp(A_log.to(torch::kFloat32));
    auto dbc = x_proj(x).split_with_sizes({args.dt_rank, n, n}, -1);
    T delta = torch::softplus(dt_proj(dbc[0]));
    return kind == SEQUENTIAL ? scan(x, delta, A, dbc[1], dbc[2]) : cumulative(x, delta, A, dbc[1], dbc[2]);
  }

  T scan(const T& u, const T& delta, const T& A, const T& B, const T& C) {
    int64_t b = u.size(0), l = u.size(1);
    T dA = torch::exp(torch::einsum("bld,dn->bldn", {delta, A}));
    T dBu = torch::einsum("bld,bln,bld->bldn", {delta, B, u});
    T state = torch::zeros({b, d_inner, A.size(1)}, dA.options());
    std::vector<T> ys;
    ys.reserve(l);
    for (int64_t i = 0; i < l; i++) {
      state = dA.select(1, i) * state + dBu.select(1, i);
      ys.emplace_back(torch::einsum("bdn,bn->bd", {state, C.select(1, i)}));
    }
    return torch::stack(ys, 1) + u * D;
  }

  T cumulative(const T& u, const T& delta, const T& A, const T& B, const T& C) {
    T logs = (delta.unsqueeze(-1) * A).cumsum(1);
    T inputs = (delta * u).unsqueeze(-1) * B.unsqueeze(2);
    T states = torch::exp(logs) * (inputs * torch::exp(-logs)).cumsum(1);
    return (states.matmul(C.unsqueeze(-1))).squeeze(-1).addcmul(u, D);
  }
};

struct Mamba : tnn::Module {
  mamba_args args;
  tnn::Embedding embedding{nullptr};
  std::vector<std::pair<std::shared_ptr<RMSNorm>, std::shared_ptr<MambaBlock>>> layers;
  std::shared_ptr<RMSNorm> norm_f;

  Mamba(mamba_args a, ScanKind kind = SEQUENTIAL) : args(finish(a)) {
    embedding = register_module("embedding", tnn::Embedding(args.vocab_size, args.d_model));
    for (int i = 0; i < args.n_layer; ++i) {
      std::string name = "layers." + std::to_string(i);
      for (char& c : name)
        if (c == '.') c = '_';
      auto norm = register_module(name + "_norm", std::make_shared<RMSNorm>(args.d_model));
      auto mixer = register_module(name + "_mixer", std::make_shared<MambaBlock>(args, kind));
      layers.push_back({norm, mixer});
    }
    norm_f = register_module("norm_f", std::make_shared<RMSNorm>(args.d_model));
  }
  T forward(T ids) {
    T x = embedding(ids);
    for (auto& [norm, mixer] : layers) x = mixer->forward((*norm)(x)) + x;
    return torch::linear((*norm_f)(x), embedding->weight); // tied
  }
};

// cobra: mamba_args a = {32, 2, 100, 8, 2, 0, 4, 8}; Mamba m(a); m.eval(); auto ids = torch::randint(0, 100, {2, 6}); m.forward(ids);
// cobra: mamba_args a = {32, 1, 100, 8, 2, 4, 3, 8}; Mamba m(a, CUMULATIVE); m.eval(); auto ids = torch::randint(0, 100, {1, 12}); m.forward(ids);

int main(int argc, char* argv[]) {
  mamba_args a = {.d_model = 64, .n_layer = 2, .vocab_size = 500, .d_state = 16, .expand = 2, .dt_rank = 0, .d_conv = 4, .pad_vocab_size_multiple = 8};
  for (int i = 1; i + 1 < argc; i += 2)
    if (std::string(argv[i]) == "--layers") a.n_layer = std::atoi(argv[i + 1]);
  Mamba model(a);
  model.eval();
  T out = model.forward(torch::randint(0, 500, {1, 8}));
  std::cout << out.sizes() << "\n";
}
