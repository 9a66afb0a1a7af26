// The trained numbers of a network in one vector, with a named view of each tensor, and Adam over them.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cobra::train::paper {

enum class Start : std::uint8_t { Zero, One, Embedding, Matrix }; // Embedding: normal, deviation 0.02; Matrix: normal, 1 / sqrt(rows)

struct WeightShape {
  std::string name;
  std::vector<std::int64_t> shape;
  Start start = Start::Zero;
};

class Weights {
public:
  Weights(const std::vector<WeightShape>& shapes, std::uint64_t seed);
  Weights(const Weights&) = delete;
  Weights& operator=(const Weights&) = delete;
  Weights(Weights&&) = default;
  Weights& operator=(Weights&&) = default;

  /// A leaf for autograd; its gradient lies in `gradients`.
  const at::Tensor& operator[](const std::string& name) const { return views_.at(name); }
  at::Tensor flat, gradients;

private:
  std::map<std::string, at::Tensor> views_;
};

/// Adam (Kingma & Ba 2015) with beta 0.9 and 0.999, epsilon 1e-8; weight decay is added to the gradient, whose norm is cut at `clip` first
/// (0: not cut).
class Adam {
public:
  Adam(Weights& weights, double decay, double clip);
  /// Uses the gradients and clears them. Gradients that are not finite are dropped.
  void step(double rate);

private:
  Weights& weights_;
  double decay_, clip_;
  at::Tensor first_, second_;
  int count_ = 0;
};

} // namespace cobra::train::paper
