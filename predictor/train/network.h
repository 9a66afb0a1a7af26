// The encoder of predictor/infer/encoder.h once more, in LibTorch, where it can be differentiated. The parity
// test holds the two together.
#pragma once

#include "predictor/train/dataset.h"

#include <ATen/ATen.h>

#include <map>
#include <string>
#include <vector>

namespace cobra::train {

/// A call on a device, as the network's input: `index` counts within its operator.
struct Unit {
  int op = 0;
  std::int64_t index = 0;
};

/// All inputs of a dataset as tensors, computed once. Facts are standardised with the model's statistics.
class Inputs {
public:
  /// Fills model.tensors["facts.mean" and "facts.scale"] from the training rows if they are missing.
  Inputs(const Dataset& data, infer::Model& model);

  struct PerOperator {
    at::Tensor numbers;    // [units, integers of all tokens]: rows of numberTable
    at::Tensor categories; // [units, tokens]: 0 for none, else 1 + row of category.vector
    at::Tensor facts;      // [units, kCallFacts + kDeviceFacts]
    at::Tensor terms;      // [units, kTerms], log ms
    at::Tensor devices;    // [units]
  };
  std::vector<PerOperator> operators;
  at::Tensor numberTable;               // [distinct integers + 1, kNumberWidth]; row 0 is zero and stands for "absent"
  std::vector<std::vector<Unit>> units; // of each row of the dataset; empty where an operator is unknown
  at::Tensor contexts;                  // [rows of the dataset, kContext]
  at::Tensor drift;                     // [rows of the dataset, kDrift]; undefined where no row says when it was timed
};

/// Numbers that say when in its run a row was timed: its distance from kReferenceTime and that squared, both 0 where it is not known.
inline constexpr int kDrift = 2;
/// What is predicted is the time at this point of a run (0 to 1). Times that grow along a run lie in the middle, by ratio, before its
/// middle.
inline constexpr double kReferenceTime = 0.45;

/// Rows to run together: units grouped by operator and, for each, the row that it adds to.
struct Batch {
  struct Group {
    int op = 0;
    at::Tensor units; // [distinct] indices into Inputs::operators[op]
    at::Tensor which; // [n] of `units`
    at::Tensor rows;  // [n]
  };
  std::vector<Group> groups = {};
  at::Tensor contexts = {}; // [rows, kContext]
  at::Tensor drift = {};    // [rows, kDrift] while learning; undefined: all as at the reference time
  std::int64_t rows = 0;
};
Batch makeBatch(const Inputs& inputs, std::span<const int> rows);
/// The same for rows to learn from: with what is known of when they were timed.
Batch makeLearningBatch(const Inputs& inputs, std::span<const int> rows);

class Network {
public:
  /// Fresh weights; the model gives sizes and vocabulary. With `drift` it has weights for Batch::drift, which no model keeps.
  Network(const infer::Model& model, std::uint64_t seed, bool drift = false);

  /// log of milliseconds of each row of the batch: [rows].
  at::Tensor forward(const Inputs& inputs, const Batch& batch) const;

  /// All trained weights in one vector, and the same for their gradients: the optimiser works on these.
  at::Tensor weights, gradients;
  /// 1 where weight decay applies, like `weights`.
  at::Tensor decayed;

  void copyTo(infer::Model& model, const at::Tensor& flat) const;
  void copyFrom(const infer::Model& model);

private:
  const at::Tensor& at(const std::string& name) const { return views_.at(name); }
  at::Tensor embed(const Inputs& inputs, const Batch::Group& group) const;

  infer::Architecture architecture_;
  infer::Vocabulary vocabulary_;
  int context_; // numbers of the surroundings that are read
  std::map<std::string, at::Tensor> views_;
  std::map<std::string, std::int64_t> begins_;
};

} // namespace cobra::train
