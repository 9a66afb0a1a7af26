// Pooled features of networks: how often each part comes, in as few columns as say the same.
#pragma once

#include "predictor/train/nets/parts.h"

#include <ATen/ATen.h>

#include <span>

namespace cobra::train {

/// Which corrections stand beside the sum over parts.
struct Corrections {
  bool presence = false;      // whether a part comes at all (more often than in every network): a first convolution wakes threads
  bool products = false;      // of every two pooled counts, squares included
  bool presenceTimes = false; // presence times pooled counts
};

/// Built from training networks alone. Parts whose counts differ by a constant and a factor only are one column; parts
/// that come equally often in all networks are none.
class Factors {
public:
  /// `networks` are keys of `parts.counts`. With more than `most` columns, corrections use counts pooled by operator.
  Factors(const NetworkParts& parts, std::span<const std::string> networks, std::size_t most = 12);

  std::size_t columns() const { return chosen_.size(); }
  std::size_t pooled() const { return groups_.size(); }
  /// [n, 1 + columns] in double: a constant, then the sum over parts. Standardised by the training networks.
  at::Tensor sums(const NetworkParts& parts, std::span<const std::string> networks) const;
  /// [n, corrections], standardised; has no columns where none is asked for.
  at::Tensor corrections(const NetworkParts& parts, std::span<const std::string> networks, const Corrections& which) const;

private:
  struct Scale {
    at::Tensor mean, deviation;
    at::Tensor apply(const at::Tensor& x) const { return (x - mean) / deviation; }
  };
  at::Tensor raw(const NetworkParts& parts, std::span<const std::string> networks) const;
  at::Tensor products(const at::Tensor& counts, const Corrections& which) const;
  static Scale scaleOf(const at::Tensor& x);

  std::vector<std::size_t> chosen_;              // parts that stand for a column
  std::vector<std::vector<std::size_t>> groups_; // columns of each pooled count
  at::Tensor least_;                             // [pooled] the smallest pooled count in training
  at::Tensor training_;                          // [n, columns] raw counts, for the scales of corrections
  Scale scale_;
};

} // namespace cobra::train
