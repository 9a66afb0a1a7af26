#include "predictor/train/paper/pretraining.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>

namespace cobra::train::paper {
namespace {

constexpr std::size_t kBatchOfAnswers = 64;

at::Tensor integers(const std::vector<std::int64_t>& values) { return at::tensor(values, at::TensorOptions().dtype(at::kLong)); }

/// Hidden states of chosen tokens against what stood there.
struct Masked {
  std::vector<std::vector<int>> ids;
  std::vector<std::int64_t> rows, columns, wanted;

  void hide(std::size_t row, std::size_t column, int mask) {
    rows.push_back(static_cast<std::int64_t>(row));
    columns.push_back(static_cast<std::int64_t>(column));
    wanted.push_back(ids[row][column]);
    ids[row][column] = mask;
  }
  at::Tensor crossEntropy(const Encoder& encoder, const at::Tensor& hidden, at::Reduction::Reduction reduction) const {
    const at::Tensor states = hidden.index({integers(rows), integers(columns)});
    return at::cross_entropy_loss(encoder.tokenScores(states), integers(wanted), {}, reduction);
  }
};

/// Batches of rows of similar length, in an order drawn anew each epoch, so that little is padding.
std::vector<std::vector<std::size_t>> drawBatches(const std::vector<Sequence>& sequences, std::size_t size, std::mt19937_64& random) {
  std::vector<std::size_t> order(sequences.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::shuffle(order, random);
  const std::size_t window = size * 16;
  for (std::size_t begin = 0; begin < order.size(); begin += window) {
    const auto first = order.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), begin + window));
    std::ranges::sort(first, last, {}, [&](std::size_t i) { return sequences[i].ids.size(); });
  }
  std::vector<std::vector<std::size_t>> batches;
  for (std::size_t begin = 0; begin < order.size(); begin += size) {
    const auto first = order.begin() + static_cast<std::ptrdiff_t>(begin);
    batches.emplace_back(first, order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), begin + size)));
  }
  std::ranges::shuffle(batches, random);
  return batches;
}

/// Runs `each` over batches of snippets in their order, without gradients.
void overSnippets(const Encoder& encoder, const WordPiece& tokens, const std::vector<std::string>& snippets,
                  const std::function<void(const at::Tensor&)>& each) {
  const c10::NoGradGuard noGrad;
  for (std::size_t begin = 0; begin < snippets.size(); begin += kBatchOfAnswers) {
    std::vector<std::vector<int>> ids;
    for (std::size_t i = begin; i < std::min(snippets.size(), begin + kBatchOfAnswers); ++i) {
      ids.push_back(plainSequence(tokens, snippets[i]).ids);
    }
    const TokenBatch batch = makeTokenBatch(ids, tokens.special(WordPiece::Pad));
    each(Encoder::pooled(encoder.hidden(batch, false), batch));
  }
}

} // namespace

TrainingInputs trainingInputs(const std::vector<LayerExample>& rows, const WordPiece& tokens, bool latency) {
  TrainingInputs inputs;
  for (const LayerExample& row : rows) {
    inputs.bare.push_back(plainSequence(tokens, row.snippet));
    inputs.masked.push_back(latency ? sequenceWithLatency(tokens, row.snippet, row.ms) : inputs.bare.back());
  }
  return inputs;
}

void pretrain(Encoder& encoder, const WordPiece& tokens, const std::vector<LayerExample>& rows, const PretrainingOptions& options,
              const StepLine& progress) {
  const auto start = std::chrono::steady_clock::now();
  const TrainingInputs inputs = trainingInputs(rows, tokens, options.latency);
  std::vector<float> logs;
  for (const LayerExample& row : rows) logs.push_back(static_cast<float>(std::log(row.ms)));
  const at::Tensor wanted = at::tensor(logs);
  if (options.latency && !rows.empty()) encoder.startLatencyAt(wanted.mean().item<double>());
  at::manual_seed(options.seed); // of dropout
  std::mt19937_64 random(options.seed);
  std::bernoulli_distribution hidden(options.mask);
  Adam adam(encoder.weights(), 0, options.clip);
  double rate = options.rate, recent = 0;
  const int perEpoch =
      static_cast<int>((rows.size() + static_cast<std::size_t>(options.batch) - 1) / static_cast<std::size_t>(options.batch));
  int step = 0;
  for (int epoch = 0; epoch < options.epochs; ++epoch, rate *= options.ratePerEpoch) {
    for (const auto& chosen : drawBatches(inputs.masked, static_cast<std::size_t>(options.batch), random)) {
      Masked masked;
      std::vector<std::int64_t> labels;
      for (const std::size_t row : chosen) {
        masked.ids.push_back(inputs.masked[row].ids);
        labels.push_back(static_cast<std::int64_t>(row));
        for (std::size_t at = 1; at < inputs.masked[row].snippetEnd; ++at) {
          if (hidden(random)) masked.hide(masked.ids.size() - 1, at, tokens.special(WordPiece::Mask));
        }
      }
      at::Tensor loss = at::zeros({});
      if (!masked.rows.empty()) {
        const TokenBatch batch = makeTokenBatch(masked.ids, tokens.special(WordPiece::Pad));
        loss = masked.crossEntropy(encoder, encoder.hidden(batch, true), at::Reduction::Mean);
      }
      if (options.latency) {
        std::vector<std::vector<int>> bare;
        for (const std::size_t row : chosen) bare.push_back(inputs.bare[row].ids);
        const TokenBatch batch = makeTokenBatch(bare, tokens.special(WordPiece::Pad));
        const at::Tensor logMs = encoder.logLatency(Encoder::pooled(encoder.hidden(batch, true), batch));
        loss = loss + (logMs - wanted.index_select(0, integers(labels))).square().mean();
      }
      if (!loss.requires_grad()) continue; // nothing was drawn to be masked
      loss.backward();
      adam.step(rate);
      const double value = loss.item<double>();
      recent = step == 0 ? value : recent + 0.05 * (value - recent);
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
      progress(++step, perEpoch * options.epochs, recent, elapsed.count());
    }
  }
}

at::Tensor embedSnippets(const Encoder& encoder, const WordPiece& tokens, const std::vector<std::string>& snippets) {
  std::vector<at::Tensor> parts{at::zeros({0, encoder.sizes().width})};
  overSnippets(encoder, tokens, snippets, [&](const at::Tensor& pooled) { parts.push_back(pooled); });
  return at::cat(parts);
}

std::vector<double> predictLayers(const Encoder& encoder, const WordPiece& tokens, const std::vector<std::string>& snippets) {
  std::vector<double> out;
  overSnippets(encoder, tokens, snippets, [&](const at::Tensor& pooled) {
    const at::Tensor ms = encoder.logLatency(pooled).to(at::kDouble).exp();
    out.insert(out.end(), ms.data_ptr<double>(), ms.data_ptr<double>() + ms.numel());
  });
  return out;
}

double parameterPerplexity(const Encoder& encoder, const WordPiece& tokens, const std::vector<LayerExample>& rows, bool latency, int perRow,
                           std::uint64_t seed) {
  const c10::NoGradGuard noGrad;
  std::mt19937_64 random(seed);
  double sum = 0;
  std::size_t count = 0;
  Masked masked;
  const auto flush = [&] {
    if (masked.ids.empty()) return;
    const TokenBatch batch = makeTokenBatch(masked.ids, tokens.special(WordPiece::Pad));
    sum += masked.crossEntropy(encoder, encoder.hidden(batch, false), at::Reduction::Sum).item<double>();
    count += masked.rows.size();
    masked = {};
  };
  for (const LayerExample& row : rows) {
    const Sequence sequence = latency ? sequenceWithLatency(tokens, row.snippet, row.ms) : plainSequence(tokens, row.snippet);
    std::vector<std::size_t> places;
    for (std::size_t at = 1; at < sequence.snippetEnd; ++at) {
      if (sequence.parameter[at]) places.push_back(at);
    }
    std::ranges::shuffle(places, random);
    places.resize(std::min(places.size(), static_cast<std::size_t>(perRow)));
    for (const std::size_t at : places) {
      masked.ids.push_back(sequence.ids);
      masked.hide(masked.ids.size() - 1, at, tokens.special(WordPiece::Mask));
    }
    if (masked.ids.size() >= kBatchOfAnswers) flush();
  }
  flush();
  return count > 0 ? std::exp(sum / static_cast<double>(count)) : 0;
}

} // namespace cobra::train::paper
