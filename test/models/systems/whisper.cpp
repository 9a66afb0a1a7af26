// Speech to text: log-mel frames through convolutions and a transformer; a decoder with two caches that is asked token by token.
#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <memory>
#include <unordered_map>
#include <vector>

struct ModelDimensions {
  int n_mels, n_audio_ctx, n_audio_state, n_audio_head, n_audio_layer, n_vocab, n_text_ctx, n_text_state, n_text_head, n_text_layer;
};

static const ModelDimensions TINY = {80, 100, 64, 4, 2, 200, 32, 64, 4, 2};

torch::Tensor sinusoids(int length, int channels, double max_timescale = 10000) {
  assert(channels % 2 == 0);
  const float log_timescale_increment = std::log(max_timescale) / (channels / 2 - 1);
  auto inv_timescales = torch::exp(-log_timescale_increment * torch::arange(channels / 2));
  auto scaled_time = torch::arange(length).index({torch::indexing::Slice(), torch::indexing::None}) * inv_timescales.index({torch::indexing::None});
  return torch::cat({torch::sin(scaled_time), torch::cos(scaled_time)}, 1);
}

using KVCache = std::unordered_map<const torch::nn::Module*, torch::Tensor>;

class MultiHeadAttention : public torch::nn::Module {
 public:
  MultiHeadAttention(int n_state, int n_head) : n_head(n_head) {
    query = register_module("query", torch::nn::Linear(n_state, n_state));
    key = register_module("key", torch::nn::Linear(torch::nn::LinearOptions(n_state, n_state).bias(false)));
    value = register_module("value", torch::nn::Linear(n_state, n_state));
    out = register_module("out", torch::nn::Linear(n_state, n_state));
  }

  torch::Tensor forward(torch::Tensor x, torch::Tensor xa = {}, torch::Tensor mask = {}, KVCache* cache = nullptr) {
    auto q = query(x);
    torch::Tensor k, v;
    if (cache == nullptr || !xa.defined() || cache->find(key.get()) == cache->end()) {
      const auto& source = xa.defined() ? xa : x;
      k = cached(cache, key.get(), key(source), !xa.defined());
      v = cached(cache, value.get(), value(source), !xa.defined());
    } else {
      k = (*cache)[key.get()];
      v = (*cache)[value.get()];
    }
    return out(qkv_attention(q, k, v, mask));
  }

 private:
  static torch::Tensor cached(KVCache* cache, const torch::nn::Module* owner, torch::Tensor fresh, bool grows) {
    if (!cache) return fresh;
    auto it = cache->find(owner);
    if (it != cache->end() && grows) fresh = torch::cat({it->second, fresh}, 1);
    (*cache)[owner] = fresh.detach();
    return fresh;
  }
  torch::Tensor qkv_attention(torch::Tensor q, torch::Tensor k, torch::Tensor v, torch::Tensor mask) {
    const auto n_batch = q.size(0), n_ctx = q.size(1), n_state = q.size(2);
    const double scale = std::pow(n_state / n_head, -0.25);
    q = q.view({q.size(0), q.size(1), n_head, -1}).permute({0, 2, 1, 3}) * scale;
    k = k.view({k.size(0), k.size(1), n_head, -1}).permute({0, 2, 3, 1}) * scale;
    v = v.view({v.size(0), v.size(1), n_head, -1}).permute({0, 2, 1, 3});
    auto qk = q.matmul(k);
    if (mask.defined()) qk = qk + mask.index({torch::indexing::Slice(torch::indexing::None, n_ctx), torch::indexing::Slice(torch::indexing::None, n_ctx)});
    auto w = torch::softmax(qk.to(torch::kFloat), -1).to(q.dtype());
    return w.matmul(v).permute({0, 2, 1, 3}).flatten(2);
  }

  int n_head;
  torch::nn::Linear query{nullptr}, key{nullptr}, value{nullptr}, out{nullptr};
};

class ResidualAttentionBlock : public torch::nn::Module {
 public:
  ResidualAttentionBlock(int n_state, int n_head, bool cross_attention = false) {
    attn = register_module("attn", std::make_shared<MultiHeadAttention>(n_state, n_head));
    attn_ln = register_module("attn_ln", torch::nn::LayerNorm(torch::nn::LayerNormOptions({n_state})));
    if (cross_attention) {
      cross_attn = register_module("cross_attn", std::make_shared<MultiHeadAttention>(n_state, n_head));
      cross_attn_ln = register_module("cross_attn_ln", torch::nn::LayerNorm(torch::nn::LayerNormOptions({n_state})));
    }
    const int n_mlp = n_state * 4;
    mlp = register_module("mlp", torch::nn::Sequential(torch::nn::Linear(n_state, n_mlp), torch::nn::GELU(), torch::nn::Linear(n_mlp, n_state)));
    mlp_ln = register_module("mlp_ln", torch::nn::LayerNorm(torch::nn::LayerNormOptions({n_state})));
  }
  torch::Tensor forward(torch::Tensor x, const torch::Tensor& xa = {}, const torch::Tensor& mask = {}, KVCache* cache = nullptr) {
    x = x + attn->forward(attn_ln(x), {}, mask, cache);
    if (cross_attn) x = x + cross_attn->forward(cross_attn_ln(x), xa, {}, cache);
    return x + mlp->forward(mlp_ln(x));
  }

 private:
  std::shared_ptr<MultiHeadAttention> attn, cross_attn;
  torch::nn::LayerNorm attn_ln{nullptr}, cross_attn_ln{nullptr}, mlp_ln{nullptr};
  torch::nn::Sequential mlp{nullptr};
};

class AudioEncoder : public torch::nn::Module {
 public:
  explicit AudioEncoder(const ModelDimensions& d)
      : conv1(torch::nn::Conv1dOptions(d.n_mels, d.n_audio_state, 3).padding(1)), conv2(torch::nn::Conv1dOptions(d.n_audio_state, d.n_audio_state, 3).stride(2).padding(1)),
        ln_post(torch::nn::LayerNormOptions({d.n_audio_state})) {
    register_module("conv1", conv1);
    register_module("conv2", conv2);
    register_buffer("positional_embedding", positional = sinusoids(d.n_audio_ctx, d.n_audio_state));
    for (int i = 0; i < d.n_audio_layer; i++)
      blocks.push_back(register_module("blocks_" + std::to_string(i), std::make_shared<ResidualAttentionBlock>(d.n_audio_state, d.n_audio_head)));
    register_module("ln_post", ln_post);
  }
  torch::Tensor forward(torch::Tensor x) {
    x = torch::gelu(conv1(x));
    x = torch::gelu(conv2(x));
    x = x.permute({0, 2, 1});
    TORCH_CHECK(x.sizes().slice(1) == positional.sizes(), "incorrect audio shape");
    x = (x + positional).to(x.dtype());
    for (auto& block : blocks) x = block->forward(x);
    return ln_post(x);
  }

 private:
  torch::nn::Conv1d conv1, conv2;
  torch::nn::LayerNorm ln_post;
  torch::Tensor positional;
  std::vector<std::shared_ptr<ResidualAttentionBlock>> blocks;
};

class TextDecoder : public torch::nn::Module {
 public:
  explicit TextDecoder(const ModelDimensions& d) : token_embedding(d.n_vocab, d.n_text_state), ln(torch::nn::LayerNormOptions({d.n_text_state})) {
    register_module("token_embedding", token_embedding);
    positional_embedding = register_parameter("positional_embedding", torch::empty({d.n_text_ctx, d.n_text_state}).normal_(0, 0.01));
    for (int i = 0; i < d.n_text_layer; i++)
      blocks.push_back(register_module("blocks_" + std::to_string(i), std::make_shared<ResidualAttentionBlock>(d.n_text_state, d.n_text_head, true)));
    register_module("ln", ln);
    mask = register_buffer("mask", torch::empty({d.n_text_ctx, d.n_text_ctx}).fill_(-INFINITY).triu_(1));
  }
  torch::Tensor forward(torch::Tensor tokens, torch::Tensor xa, KVCache* cache = nullptr, int64_t offset = 0) {
    auto x = token_embedding(tokens) + positional_embedding.slice(0, offset, offset + tokens.size(-1));
    for (auto& block : blocks) x = block->forward(x, xa, mask, cache);
    x = ln(x);
    return torch::matmul(x, torch::transpose(token_embedding->weight.to(x.dtype()), 0, 1)).to(torch::kFloat);
  }

 private:
  torch::nn::Embedding token_embedding;
  torch::nn::LayerNorm ln;
  torch::Tensor positional_embedding, mask;
  std::vector<std::shared_ptr<ResidualAttentionBlock>> blocks;
};

class Whisper : public torch::nn::Module {
 public:
  explicit Whisper(ModelDimensions d = TINY) : dims(d) {
    encoder = register_module("encoder", std::make_shared<AudioEncoder>(d));
    decoder = register_module("decoder", std::make_shared<TextDecoder>(d));
  }
  torch::Tensor log_mel(torch::Tensor audio, int n_fft = 400, int hop = 160) {
    auto window = torch::hann_window(n_fft);
    auto stft = torch::stft(audio, n_fft, hop, c10::nullopt, window, true, "reflect", false, c10::nullopt, true);
    auto magnitudes = stft.index({"...", torch::indexing::Slice(torch::indexing::None, -1)}).abs().pow(2);
    auto mel_spec = torch::matmul(filters, magnitudes);
    auto log_spec = torch::clamp(mel_spec, 1e-10).log10();
    log_spec = torch::maximum(log_spec, log_spec.max() - 8.0);
    return (log_spec + 4.0) / 4.0;
  }
  torch::Tensor forward(torch::Tensor mel, torch::Tensor tokens) { return decoder->forward(tokens, encoder->forward(mel)); }

  /// Greedy, for a fixed number of steps.
  torch::Tensor transcribe(torch::Tensor audio, int64_t steps) {
    torch::NoGradGuard no_grad;
    auto xa = encoder->forward(log_mel(audio));
    auto tokens = torch::full({xa.size(0), 3}, 1, torch::kLong);
    KVCache cache;
    int64_t offset = 0;
    for (int64_t i = 0; i < steps; ++i) {
      auto input = i == 0 ? tokens : tokens.slice(1, tokens.size(1) - 1);
      auto logits = decoder->forward(input, xa, &cache, offset).select(1, -1);
      offset += input.size(1);
      auto suppressed = torch::tensor({0, 5, 7}, torch::kLong);
      logits.index_fill_(1, suppressed, -INFINITY);
      tokens = torch::cat({tokens, logits.argmax(-1, /*keepdim=*/true)}, -1);
    }
    return tokens;
  }

  ModelDimensions dims;
  std::shared_ptr<AudioEncoder> encoder;
  std::shared_ptr<TextDecoder> decoder;
  torch::Tensor filters = register_buffer("mel_filters", torch::rand({80, 201}));
};

// cobra: Whisper model; model.eval(); auto mel = torch::randn({2, 80, 200}); auto tokens = torch::randint(0, 200, {2, 7}); model.forward(mel, tokens);
// cobra: Whisper model; model.eval(); auto audio = torch::randn({1, 32000}); model.transcribe(audio, 4);

int main() {
  auto model = std::make_shared<Whisper>();
  model->eval();
  std::cout << model->transcribe(torch::randn({1, 32000}), 16) << std::endl;
  return 0;
}
