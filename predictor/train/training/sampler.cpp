#include "predictor/train/training/sampler.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

namespace cobra::train {
namespace {

std::vector<int> sorted(std::span<const int> rows) {
  std::vector<int> copy(rows.begin(), rows.end());
  std::ranges::sort(copy);
  return copy;
}

} // namespace

int Deck::draw(std::mt19937_64& random) {
  if (next_ == 0) {
    for (std::size_t i = rows_.size(); i > 1; --i) std::swap(rows_[i - 1], rows_[random() % i]);
  }
  const int row = rows_[next_];
  next_ = (next_ + 1) % rows_.size();
  return row;
}

void Deck::restore(std::vector<int> order, std::size_t next) {
  rows_ = std::move(order);
  next_ = next;
}

Sampler::Sampler(const Dataset& data, std::span<const int> rows, const FitOptions& options)
    : groups_(options.groups), rowsPerGroup_(options.rowsPerGroup), random_(options.seed + 1) {
  std::map<std::string, Deck> decks;
  for (const int index : rows) {
    const DatasetRow& row = data.rows[static_cast<std::size_t>(index)];
    // Calls inside networks are many; those that ran alone shall be heard beside them.
    decks[row.inside() ? row.calls.size() > 1 ? "networks" : data.kindOf(row) + " inside" : data.kindOf(row)].add(index);
  }
  for (auto& [name, deck] : decks) {
    const bool focus = std::ranges::find(options.focus, name.substr(0, name.find(' '))) != options.focus.end();
    kinds_.push_back({std::move(deck), focus ? 2.0 : 1.0, 0.5});
  }
}

const std::vector<int>& Sampler::next() {
  rows_.clear();
  drawn_.clear();
  std::vector<double> weights;
  for (const Kind& kind : kinds_) {
    weights.push_back(kind.focus * std::sqrt(static_cast<double>(kind.deck.size())) * std::clamp(kind.loss, 0.02, 0.5));
  }
  std::discrete_distribution<std::size_t> choose(weights.begin(), weights.end());
  for (int g = 0; g < groups_; ++g) {
    const std::size_t kind = choose(random_);
    for (int i = 0; i < rowsPerGroup_; ++i) rows_.push_back(kinds_[kind].deck.draw(random_));
    drawn_.push_back(kind);
  }
  return rows_;
}

void Sampler::learn(const at::Tensor& errors) {
  const at::Tensor means = errors.detach().view({groups_, rowsPerGroup_}).mean(1);
  for (std::size_t g = 0; g < drawn_.size(); ++g) {
    double& loss = kinds_[drawn_[g]].loss;
    const double mean = means[static_cast<std::int64_t>(g)].item<double>();
    if (std::isfinite(mean)) loss += 0.05 * (mean - loss);
  }
}

SamplerState Sampler::state() const {
  SamplerState state;
  for (const Kind& kind : kinds_) {
    const auto order = kind.deck.order();
    state.order.insert(state.order.end(), order.begin(), order.end());
    state.next.push_back(kind.deck.next());
    state.losses.push_back(kind.loss);
  }
  std::ostringstream text;
  text << random_;
  state.random = text.str();
  return state;
}

bool Sampler::restore(const SamplerState& state) {
  if (state.next.size() != kinds_.size() || state.losses.size() != kinds_.size()) return false;
  std::mt19937_64 random;
  std::istringstream text(state.random);
  if (!(text >> random)) return false;
  std::vector<std::vector<int>> orders;
  std::size_t begin = 0;
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    const std::size_t size = kinds_[k].deck.size();
    if (state.order.size() - begin < size || state.next[k] >= size) return false;
    std::vector<int> order(state.order.begin() + static_cast<std::ptrdiff_t>(begin),
                           state.order.begin() + static_cast<std::ptrdiff_t>(begin + size));
    if (sorted(order) != sorted(kinds_[k].deck.order())) return false;
    orders.push_back(std::move(order));
    begin += size;
  }
  if (begin != state.order.size()) return false;
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    kinds_[k].deck.restore(std::move(orders[k]), state.next[k]);
    kinds_[k].loss = state.losses[k];
  }
  random_ = random;
  return true;
}

} // namespace cobra::train
