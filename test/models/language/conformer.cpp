#include <torch/torch.h>
#include <iostream>

// Conformer encoder for speech recognition with convolutional subsampling and relative positional attention (Transformer-XL shift).

using namespace torch::nn;
using torch::Tensor;

class SwishImpl : public Module {
 public:
  Tensor forward(Tensor x) { return x * x.sigmoid(); }
};
TORCH_MODULE(Swish);

class Conv2dSubsamplingImpl : public Module {
 public:
  Conv2dSubsamplingImpl(int64_t idim, int64_t odim) {
    conv = Sequential(Conv2d(Conv2dOptions(1, odim, 3).stride(2)), ReLU(), Conv2d(Conv2dOptions(odim, odim, 3).stride(2)), ReLU());
    out = Linear(odim * (((idim - 1) / 2 - 1) / 2), odim);
    register_module("conv", conv);
    register_module("out", out);
  }
  std::pair<Tensor, Tensor> forward(Tensor x, Tensor mask) {
    x = conv->forward(x.unsqueeze(1));
    auto b = x.size(0), c = x.size(1), t = x.size(2), f = x.size(3);
    x = out(x.transpose(1, 2).contiguous().view({b, t, c * f}));
    if (!mask.defined()) return {x, mask};
    return {x, mask.slice(2, 0, -2, 2).slice(2, 0, -2, 2)};
  }

 private:
  Sequential conv{nullptr};
  Linear out{nullptr};
};
TORCH_MODULE(Conv2dSubsampling);

class RelPositionalEncodingImpl : public Module {
 public:
  RelPositionalEncodingImpl(int64_t d) : d_model(d), xscale(std::sqrt(d)) {}
  Tensor extend(int64_t t) {
    auto positive = torch::zeros({t, d_model}), negative = torch::zeros({t, d_model});
    auto position = torch::arange(0, t, torch::kFloat32).unsqueeze(1);
    auto div_term = torch::exp(torch::arange(0, d_model, 2, torch::kFloat32) * -(std::log(10000.0) / d_model));
    using namespace torch::indexing;
    positive.index_put_({Slice(), Slice(0, None, 2)}, torch::sin(position * div_term));
    positive.index_put_({Slice(), Slice(1, None, 2)}, torch::cos(position * div_term));
    negative.index_put_({Slice(), Slice(0, None, 2)}, torch::sin(-1 * position * div_term));
    negative.index_put_({Slice(), Slice(1, None, 2)}, torch::cos(-1 * position * div_term));
    return torch::cat({torch::flip(positive, {0}).unsqueeze(0), negative.slice(0, 1).unsqueeze(0)}, 1);
  }
  std::pair<Tensor, Tensor> forward(Tensor x) {
    if (!pe.defined() || pe.size(1) < x.size(1) * 2 - 1) pe = extend(x.size(1));
    x = x * xscale;
    auto mid = pe.size(1) / 2;
    return {x, pe.slice(1, mid - x.size(1) + 1, mid + x.size(1))};
  }

 private:
  int64_t d_model;
  double xscale;
  Tensor pe;
};
TORCH_MODULE(RelPositionalEncoding);

class RelPositionAttentionImpl : public Module {
 public:
  RelPositionAttentionImpl(int64_t heads, int64_t d) : h(heads), d_k(d / heads) {
    linear_q = register_module("linear_q", Linear(d, d));
    linear_k = register_module("linear_k", Linear(d, d));
    linear_v = register_module("linear_v", Linear(d, d));
    linear_out = register_module("linear_out", Linear(d, d));
    linear_pos = register_module("linear_pos", Linear(LinearOptions(d, d).bias(false)));
    pos_bias_u = register_parameter("pos_bias_u", torch::empty({h, d_k}));
    pos_bias_v = register_parameter("pos_bias_v", torch::empty({h, d_k}));
    init::xavier_uniform_(pos_bias_u);
    init::xavier_uniform_(pos_bias_v);
  }
  static Tensor rel_shift(Tensor x) {
    auto zero_pad = torch::zeros({x.size(0), x.size(1), x.size(2), 1}, x.options());
    auto padded = torch::cat({zero_pad, x}, -1).view({x.size(0), x.size(1), x.size(3) + 1, x.size(2)});
    return padded.slice(2, 1).view_as(x).slice(3, 0, x.size(-1) / 2 + 1);
  }
  Tensor forward(Tensor x, Tensor pos_emb, Tensor mask) {
    auto n = x.size(0);
    auto q = linear_q(x).view({n, -1, h, d_k});
    auto k = linear_k(x).view({n, -1, h, d_k}).transpose(1, 2);
    auto v = linear_v(x).view({n, -1, h, d_k}).transpose(1, 2);
    auto p = linear_pos(pos_emb).view({pos_emb.size(0), -1, h, d_k}).transpose(1, 2);
    auto q_u = (q + pos_bias_u).transpose(1, 2);
    auto q_v = (q + pos_bias_v).transpose(1, 2);
    auto ac = torch::matmul(q_u, k.transpose(-2, -1));
    auto bd = rel_shift(torch::matmul(q_v, p.transpose(-2, -1)));
    auto scores = (ac + bd) / std::sqrt(static_cast<double>(d_k));
    Tensor attn;
    if (mask.defined()) {
      auto m = mask.unsqueeze(1).eq(0);
      attn = torch::softmax(scores.masked_fill(m, -1e30), -1).masked_fill(m, 0.0);
    } else {
      attn = torch::softmax(scores, -1);
    }
    x = torch::matmul(attn, v).transpose(1, 2).contiguous().view({n, -1, h * d_k});
    return linear_out(x);
  }

 private:
  int64_t h, d_k;
  Linear linear_q{nullptr}, linear_k{nullptr}, linear_v{nullptr}, linear_out{nullptr}, linear_pos{nullptr};
  Tensor pos_bias_u, pos_bias_v;
};
TORCH_MODULE(RelPositionAttention);

class ConvolutionModuleImpl : public Module {
 public:
  ConvolutionModuleImpl(int64_t channels, int64_t kernel) {
    TORCH_CHECK((kernel - 1) % 2 == 0, "kernel_size should be an odd number for 'SAME' padding");
    pointwise1 = register_module("pointwise_conv1", Conv1d(Conv1dOptions(channels, 2 * channels, 1)));
    depthwise = register_module("depthwise_conv", Conv1d(Conv1dOptions(channels, channels, kernel).padding((kernel - 1) / 2).groups(channels)));
    norm = register_module("norm", BatchNorm1d(channels));
    pointwise2 = register_module("pointwise_conv2", Conv1d(channels, channels, 1));
    activation = register_module("activation", Swish());
  }
  Tensor forward(Tensor x) {
    x = x.transpose(1, 2);
    x = functional::glu(pointwise1(x), functional::GLUFuncOptions(1));
    x = activation(norm(depthwise(x)));
    return pointwise2(x).transpose(1, 2);
  }

 private:
  Conv1d pointwise1{nullptr}, depthwise{nullptr}, pointwise2{nullptr};
  BatchNorm1d norm{nullptr};
  Swish activation{nullptr};
};
TORCH_MODULE(ConvolutionModule);

class ConformerLayerImpl : public Module {
 public:
  ConformerLayerImpl(int64_t d, int64_t heads, int64_t ff, int64_t kernel) {
    auto feed_forward = [&] { return Sequential(LayerNorm(LayerNormOptions({d})), Linear(d, ff), Swish(), Dropout(0.1), Linear(ff, d)); };
    macaron = register_module("feed_forward_macaron", feed_forward());
    ff2 = register_module("feed_forward", feed_forward());
    attn = register_module("self_attn", RelPositionAttention(heads, d));
    conv = register_module("conv_module", ConvolutionModule(d, kernel));
    norm_mha = register_module("norm_mha", LayerNorm(LayerNormOptions({d})));
    norm_conv = register_module("norm_conv", LayerNorm(LayerNormOptions({d})));
    norm_final = register_module("norm_final", LayerNorm(LayerNormOptions({d})));
  }
  Tensor forward(Tensor x, Tensor pos, Tensor mask) {
    constexpr double ff_scale = 0.5;
    x = x + ff_scale * macaron->forward(x);
    x = x + attn(norm_mha(x), pos, mask);
    x = x + conv(norm_conv(x));
    x = x + ff_scale * ff2->forward(x);
    return norm_final(x);
  }

 private:
  Sequential macaron{nullptr}, ff2{nullptr};
  RelPositionAttention attn{nullptr};
  ConvolutionModule conv{nullptr};
  LayerNorm norm_mha{nullptr}, norm_conv{nullptr}, norm_final{nullptr};
};
TORCH_MODULE(ConformerLayer);

class ConformerImpl : public Module {
 public:
  ConformerImpl(int64_t mel, int64_t d, int64_t heads, int64_t ff, int64_t n, int64_t vocab, int64_t kernel = 15)
      : embed(mel, d), pos(d), after_norm(LayerNormOptions({d})), ctc(d, vocab) {
    register_module("embed", embed);
    register_module("pos", pos);
    for (int64_t i = 0; i < n; i++) encoders.push_back(register_module("encoder" + std::to_string(i), ConformerLayer(d, heads, ff, kernel)));
    register_module("after_norm", after_norm);
    register_module("ctc", ctc);
  }
  Tensor forward(Tensor feats, Tensor lengths) {
    auto T = feats.size(1);
    auto row = torch::arange(0, T, torch::TensorOptions().dtype(torch::kInt64));
    auto mask = (row.unsqueeze(0) < lengths.unsqueeze(1)).unsqueeze(1);
    Tensor x, p;
    std::tie(x, mask) = embed(feats, mask);
    std::tie(x, p) = pos->forward(x);
    for (auto& layer : encoders) x = layer(x, p, mask);
    return functional::log_softmax(ctc(after_norm(x)), functional::LogSoftmaxFuncOptions(2));
  }

 private:
  Conv2dSubsampling embed;
  RelPositionalEncoding pos;
  std::vector<ConformerLayer> encoders;
  LayerNorm after_norm;
  Linear ctc;
};
TORCH_MODULE(Conformer);

int main() {
  Conformer net(80, 144, 4, 576, 4, 500);
  net->eval();
  auto feats = torch::randn({2, 200, 80});
  auto lengths = torch::tensor({200, 160}, torch::kLong);
  auto out = net->forward(feats, lengths);
  auto targets = torch::randint(1, 500, {2, 10}, torch::kLong);
  auto loss = torch::ctc_loss(out.transpose(0, 1), targets, torch::full({2}, out.size(1), torch::kLong), torch::full({2}, 10, torch::kLong));
  std::cout << out.sizes() << " " << loss.item<float>() << std::endl;
}

// cobra: Conformer net(20, 16, 4, 32, 2, 30, 7); net->eval(); auto feats = torch::randn({2, 40, 20}); auto lengths = torch::tensor({40, 31}, torch::kLong); net->forward(feats, lengths);
