// Which rows a step trains on.
#pragma once

#include "predictor/train/fit.h"

#include <ATen/ATen.h>

#include <random>
#include <span>
#include <string>
#include <vector>

namespace cobra::train {

/// The rows of one operator, drawn without repeats until all were seen.
class Deck {
public:
  void add(int row) { rows_.push_back(row); }
  std::size_t size() const { return rows_.size(); }
  int draw(std::mt19937_64& random);

  std::span<const int> order() const { return rows_; }
  std::size_t next() const { return next_; }
  void restore(std::vector<int> order, std::size_t next);

private:
  std::vector<int> rows_;
  std::size_t next_ = 0;
};

/// Everything that decides what a Sampler draws next. One entry a deck, and the decks' rows one after the other.
struct SamplerState {
  std::vector<int> order = {};
  std::vector<std::size_t> next = {};
  std::vector<double> losses = {};
  std::string random = {};
};

/// Decides which operators a step trains on: the more rows and the more error, the more often.
class Sampler {
public:
  /// `rows`: those to train on.
  Sampler(const Dataset& data, std::span<const int> rows, const FitOptions& options);

  /// Rows of the next step, options.groups times options.rowsPerGroup; their operators stay known for learn().
  const std::vector<int>& next();
  /// |log ratio| of the rows that next() gave.
  void learn(const at::Tensor& errors);

  SamplerState state() const;
  /// False if the state is of other decks; nothing has changed then.
  bool restore(const SamplerState& state);

private:
  struct Kind {
    Deck deck;
    double focus, loss;
  };
  int groups_, rowsPerGroup_;
  std::mt19937_64 random_;
  std::vector<Kind> kinds_;
  std::vector<int> rows_;
  std::vector<std::size_t> drawn_;
};

} // namespace cobra::train
