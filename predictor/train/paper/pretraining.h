// Joint pre-training of the encoder: masked tokens (cross entropy) and log latency (squared error). The masked part reads the snippet with
// the measured latency behind it; the latency part reads the bare snippet, always.
#pragma once

#include "predictor/train/paper/encoder.h"
#include "predictor/train/paper/step_line.h"

#include <string>

namespace cobra::train::paper {

/// One layer with what it took.
struct LayerExample {
  std::string snippet;
  double ms = 0;
};

struct PretrainingOptions {
  int epochs = 200, batch = 64;
  double rate = 1e-3, ratePerEpoch = 0.9; // Adam's rate, and its factor after each epoch
  double mask = 0.1, clip = 0.5;
  bool latency = true; // false: masked tokens alone, and nothing appended to them
  std::uint64_t seed = 0;
};

/// The token ids that each half of the loss reads. `masked` holds snippets with the latency behind them if `latency` is asked for;
/// `bare` never does.
struct TrainingInputs {
  std::vector<Sequence> masked, bare;
};
TrainingInputs trainingInputs(const std::vector<LayerExample>& rows, const WordPiece& tokens, bool latency);

/// Trains the encoder in place. An epoch visits every row once. The progress' loss is that of the tokens and the latency together.
void pretrain(Encoder& encoder, const WordPiece& tokens, const std::vector<LayerExample>& rows, const PretrainingOptions& options,
              const StepLine& progress);

/// Mean over the tokens of each snippet, without gradients: [snippets, width].
at::Tensor embedSnippets(const Encoder& encoder, const WordPiece& tokens, const std::vector<std::string>& snippets);
/// Milliseconds by the latency head.
std::vector<double> predictLayers(const Encoder& encoder, const WordPiece& tokens, const std::vector<std::string>& snippets);

/// exp of the mean cross entropy over tokens of numbers, each masked alone in a copy of its snippet; at most `perRow` of a row, drawn by
/// `seed`. With `latency` the row's measured time stands behind the snippet.
double parameterPerplexity(const Encoder& encoder, const WordPiece& tokens, const std::vector<LayerExample>& rows, bool latency, int perRow,
                           std::uint64_t seed);

} // namespace cobra::train::paper
