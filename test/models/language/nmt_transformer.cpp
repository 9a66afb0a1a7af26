// Translation with torch::nn::Transformer, sinusoidal positions, masks as in the tutorial.
#include <torch/torch.h>
#include <cmath>
#include <iostream>

class PositionalEncoding : public torch::nn::Module {
 public:
  PositionalEncoding(int64_t emb_size, double dropout, int64_t maxlen = 5000) : dropout_(dropout) {
    auto den = torch::exp(-torch::arange(0, emb_size, 2) * std::log(10000.0) / emb_size);
    auto pos = torch::arange(0, maxlen).reshape({maxlen, 1});
    auto pe = torch::zeros({maxlen, emb_size});
    pe.index_put_({torch::indexing::Slice(), torch::indexing::Slice(0, torch::indexing::None, 2)}, torch::sin(pos * den));
    pe.index_put_({torch::indexing::Slice(), torch::indexing::Slice(1, torch::indexing::None, 2)}, torch::cos(pos * den));
    pe = pe.unsqueeze(-2);
    register_module("dropout", dropout_);
    pos_embedding_ = register_buffer("pos_embedding", pe);
  }
  torch::Tensor forward(torch::Tensor token_embedding) {
    return dropout_(token_embedding + pos_embedding_.slice(0, 0, token_embedding.size(0)));
  }

 private:
  torch::nn::Dropout dropout_;
  torch::Tensor pos_embedding_;
};

class TokenEmbedding : public torch::nn::Module {
 public:
  TokenEmbedding(int64_t vocab, int64_t emb) : embedding_(register_module("embedding", torch::nn::Embedding(vocab, emb))), emb_(emb) {}
  torch::Tensor forward(torch::Tensor tokens) { return embedding_(tokens.to(torch::kLong)) * std::sqrt((double)emb_); }

 private:
  torch::nn::Embedding embedding_;
  int64_t emb_;
};

struct Masks {
  torch::Tensor src, tgt, src_padding, tgt_padding;
};

torch::Tensor generate_square_subsequent_mask(int64_t sz) {
  auto mask = (torch::triu(torch::ones({sz, sz})) == 1).transpose(0, 1);
  mask = mask.to(torch::kFloat).masked_fill(mask == 0, -std::numeric_limits<float>::infinity()).masked_fill(mask == 1, 0.0);
  return mask;
}

constexpr int64_t PAD_IDX = 1;

Masks create_mask(const torch::Tensor& src, const torch::Tensor& tgt) {
  Masks m;
  m.tgt = generate_square_subsequent_mask(tgt.size(0));
  m.src = torch::zeros({src.size(0), src.size(0)}).to(torch::kFloat);
  m.src_padding = (src == PAD_IDX).transpose(0, 1);
  m.tgt_padding = (tgt == PAD_IDX).transpose(0, 1);
  return m;
}

class Seq2SeqTransformer : public torch::nn::Module {
 public:
  Seq2SeqTransformer(int64_t enc_layers, int64_t dec_layers, int64_t emb, int64_t nhead, int64_t src_vocab, int64_t tgt_vocab,
                     int64_t ff = 512, double dropout = 0.1) {
    transformer_ = register_module("transformer", torch::nn::Transformer(torch::nn::TransformerOptions()
                                                                             .d_model(emb)
                                                                             .nhead(nhead)
                                                                             .num_encoder_layers(enc_layers)
                                                                             .num_decoder_layers(dec_layers)
                                                                             .dim_feedforward(ff)
                                                                             .dropout(dropout)));
    generator_ = register_module("generator", torch::nn::Linear(emb, tgt_vocab));
    src_tok_emb_ = register_module("src_tok_emb", std::make_shared<TokenEmbedding>(src_vocab, emb));
    tgt_tok_emb_ = register_module("tgt_tok_emb", std::make_shared<TokenEmbedding>(tgt_vocab, emb));
    positional_ = register_module("positional", std::make_shared<PositionalEncoding>(emb, dropout, 200));
    for (auto& p : this->parameters()) {
      if (p.dim() > 1) torch::nn::init::xavier_uniform_(p);
    }
  }

  torch::Tensor forward(torch::Tensor src, torch::Tensor trg, const Masks& m) {
    auto src_emb = positional_->forward(src_tok_emb_->forward(src));
    auto tgt_emb = positional_->forward(tgt_tok_emb_->forward(trg));
    auto outs = transformer_->forward(src_emb, tgt_emb, m.src, m.tgt, /*memory_mask=*/{}, m.src_padding, m.tgt_padding, m.src_padding);
    return generator_(outs);
  }
  torch::Tensor encode(torch::Tensor src, torch::Tensor mask) {
    return transformer_->encoder.forward(positional_->forward(src_tok_emb_->forward(src)), mask);
  }

 private:
  torch::nn::Transformer transformer_{nullptr};
  torch::nn::Linear generator_{nullptr};
  std::shared_ptr<TokenEmbedding> src_tok_emb_, tgt_tok_emb_;
  std::shared_ptr<PositionalEncoding> positional_;
};

int main() {
  torch::manual_seed(0);
  const int64_t SRC_VOCAB = 400, TGT_VOCAB = 300, EMB = 64;
  auto model = std::make_shared<Seq2SeqTransformer>(3, 3, EMB, 8, SRC_VOCAB, TGT_VOCAB, 128);
  torch::nn::CrossEntropyLoss loss_fn(torch::nn::CrossEntropyLossOptions().ignore_index(PAD_IDX));
  torch::optim::Adam optimizer(model->parameters(), torch::optim::AdamOptions(1e-4).betas({0.9, 0.98}).eps(1e-9));
  model->train();
  double losses = 0;
  for (int step = 0; step < 10; ++step) {
    auto src = torch::randint(2, SRC_VOCAB, {20, 8}, torch::kLong);
    auto tgt = torch::randint(2, TGT_VOCAB, {17, 8}, torch::kLong);
    auto tgt_input = tgt.slice(0, 0, -1);
    auto masks = create_mask(src, tgt_input);
    auto logits = model->forward(src, tgt_input, masks);
    optimizer.zero_grad();
    auto tgt_out = tgt.slice(0, 1);
    auto loss = loss_fn(logits.reshape({-1, logits.size(-1)}), tgt_out.reshape(-1));
    loss.backward();
    optimizer.step();
    losses += loss.item<double>();
  }
  std::cout << losses / 10 << '\n';
}

// cobra: auto model = std::make_shared<Seq2SeqTransformer>(2, 2, 16, 4, 40, 30, 32); model->eval(); auto src = torch::randint(2, 40, {7, 3}, torch::kLong); auto tgt = torch::randint(2, 30, {5, 3}, torch::kLong); auto masks = create_mask(src, tgt); model->forward(src, tgt, masks);
