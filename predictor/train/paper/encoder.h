// The published encoder: token and position embeddings, then blocks of self-attention and a feed-forward layer with layer norm before each
// (Vaswani et al. 2017; Xiong et al. 2020), and the two heads that pre-training needs.
#pragma once

#include "predictor/train/paper/sequence.h"
#include "predictor/train/paper/weights.h"

#include <span>

namespace cobra::train::paper {

struct EncoderSizes {
  std::int64_t entries = 30522; // of the vocabulary
  std::int64_t width = 512;     // of embeddings, hidden states and feed-forward layers; a multiple of heads
  std::int64_t blocks = 4, heads = 16;
  std::int64_t latencyHidden = 256;
  double dropout = 0.5; // of the embeddings' sum and of each sublayer's output
};

/// Sequences of different length as one tensor, filled up with [PAD].
struct TokenBatch {
  at::Tensor ids;     // [n, length]
  at::Tensor present; // [n, length], 1 for a token, 0 for padding
};
TokenBatch makeTokenBatch(std::span<const std::vector<int>> sequences, int padding);

class Encoder {
public:
  Encoder(const EncoderSizes& sizes, std::uint64_t seed);

  /// H: [n, length, width]. Dropout only while training.
  at::Tensor hidden(const TokenBatch& batch, bool training) const;
  /// x = H^T 1 / K, the mean over a sequence's K tokens: [n, width].
  static at::Tensor pooled(const at::Tensor& hidden, const TokenBatch& batch);
  /// Scores of all entries for rows of hidden states: [m, entries].
  at::Tensor tokenScores(const at::Tensor& rows) const;
  /// log of milliseconds of pooled states: [n].
  at::Tensor logLatency(const at::Tensor& pooled) const;

  const EncoderSizes& sizes() const { return sizes_; }
  Weights& weights() { return weights_; }
  const Weights& weights() const { return weights_; }
  /// Where the latency head starts from: the mean of the training rows' log latency.
  void startLatencyAt(double logMs);

private:
  EncoderSizes sizes_;
  Weights weights_;
};

} // namespace cobra::train::paper
