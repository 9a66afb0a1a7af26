// A GPT-like decoder: a configuration struct, attention written out, a causal mask kept as a buffer.
#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <limits>

struct GPTConfig {
  int64_t vocab_size = 50257;
  int64_t block_size = 256;
  int64_t n_layer = 6;
  int64_t n_head = 6;
  int64_t n_embd = 384;
  double dropout = 0.1;
  bool bias = true;
};

class CausalSelfAttentionImpl : public torch::nn::Module {
public:
  explicit CausalSelfAttentionImpl(const GPTConfig& config) : n_head_(config.n_head), n_embd_(config.n_embd) {
    TORCH_CHECK(n_embd_ % n_head_ == 0, "n_embd must be a multiple of n_head");
    c_attn_ = register_module("c_attn", torch::nn::Linear(torch::nn::LinearOptions(n_embd_, 3 * n_embd_).bias(config.bias)));
    c_proj_ = register_module("c_proj", torch::nn::Linear(torch::nn::LinearOptions(n_embd_, n_embd_).bias(config.bias)));
    dropout_ = register_module("dropout", torch::nn::Dropout(config.dropout));
    mask_ = register_buffer("mask", torch::tril(torch::ones({config.block_size, config.block_size}))
                                        .view({1, 1, config.block_size, config.block_size}));
  }

  torch::Tensor forward(torch::Tensor x) {
    const auto B = x.size(0), T = x.size(1), C = x.size(2);
    const auto qkv = c_attn_->forward(x).split(n_embd_, 2);
    auto q = qkv[0].view({B, T, n_head_, C / n_head_}).transpose(1, 2);
    auto k = qkv[1].view({B, T, n_head_, C / n_head_}).transpose(1, 2);
    auto v = qkv[2].view({B, T, n_head_, C / n_head_}).transpose(1, 2);

    auto att = torch::matmul(q, k.transpose(-2, -1)) * (1.0 / std::sqrt(static_cast<double>(k.size(-1))));
    auto mask = mask_.slice(2, 0, T).slice(3, 0, T);
    att = att.masked_fill(mask == 0, -std::numeric_limits<float>::infinity());
    att = dropout_->forward(torch::softmax(att, -1));
    auto y = torch::matmul(att, v).transpose(1, 2).contiguous().view({B, T, C});
    return dropout_->forward(c_proj_->forward(y));
  }

private:
  int64_t n_head_, n_embd_;
  torch::nn::Linear c_attn_{nullptr}, c_proj_{nullptr};
  torch::nn::Dropout dropout_{nullptr};
  torch::Tensor mask_;
};
TORCH_MODULE(CausalSelfAttention);

class BlockImpl : public torch::nn::Module {
public:
  explicit BlockImpl(const GPTConfig& config)
      : ln_1_(torch::nn::LayerNormOptions({config.n_embd})), attn_(config),
        ln_2_(torch::nn::LayerNormOptions({config.n_embd})),
        mlp_(torch::nn::Linear(config.n_embd, 4 * config.n_embd), torch::nn::GELU(),
             torch::nn::Linear(4 * config.n_embd, config.n_embd), torch::nn::Dropout(config.dropout)) {
    register_module("ln_1", ln_1_);
    register_module("attn", attn_);
    register_module("ln_2", ln_2_);
    register_module("mlp", mlp_);
  }
  torch::Tensor forward(torch::Tensor x) {
    x = x + attn_(ln_1_(x));
    return x + mlp_->forward(ln_2_(x));
  }

private:
  torch::nn::LayerNorm ln_1_;
  CausalSelfAttention attn_;
  torch::nn::LayerNorm ln_2_;
  torch::nn::Sequential mlp_;
};
TORCH_MODULE(Block);

class GPTImpl : public torch::nn::Module {
public:
  explicit GPTImpl(GPTConfig config) : config_(std::move(config)) {
    wte_ = register_module("wte", torch::nn::Embedding(config_.vocab_size, config_.n_embd));
    wpe_ = register_module("wpe", torch::nn::Embedding(config_.block_size, config_.n_embd));
    for (int i = 0; i < config_.n_layer; ++i) blocks_->push_back(Block(config_));
    register_module("blocks", blocks_);
    ln_f_ = register_module("ln_f", torch::nn::LayerNorm(torch::nn::LayerNormOptions({config_.n_embd})));
    lm_head_ = register_module("lm_head", torch::nn::Linear(torch::nn::LinearOptions(config_.n_embd, config_.vocab_size).bias(false)));
    for (auto& p : parameters())
      if (p.dim() > 1) torch::nn::init::normal_(p, 0.0, 0.02);
  }

  torch::Tensor forward(torch::Tensor tokens) {
    const auto T = tokens.size(1);
    if (T > config_.block_size) throw std::invalid_argument("the sequence is longer than block_size");
    auto positions = torch::arange(0, T, torch::TensorOptions().dtype(torch::kLong).device(tokens.device()));
    auto x = wte_->forward(tokens) + wpe_->forward(positions).unsqueeze(0);
    for (const auto& block : *blocks_) x = block->as<Block>()->forward(x);
    return lm_head_->forward(ln_f_->forward(x));
  }

private:
  GPTConfig config_;
  torch::nn::Embedding wte_{nullptr}, wpe_{nullptr};
  torch::nn::ModuleList blocks_;
  torch::nn::LayerNorm ln_f_{nullptr};
  torch::nn::Linear lm_head_{nullptr};
};
TORCH_MODULE(GPT);

int main() {
  GPTConfig config;
  config.n_layer = 2;
  GPT model(config);
  model->eval();
  torch::InferenceMode guard;
  auto tokens = torch::randint(0, config.vocab_size, {1, 64}, torch::kLong);
  std::cout << model->forward(tokens).sizes() << '\n';
}
