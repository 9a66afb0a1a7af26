// What lists of indices and index tensors mean (ATen/native/IndexingUtils.h, TensorAdvancedIndexing.cpp,
// ScatterGatherChecks.h).
#pragma once

#include "predictor/ops/broadcast.h"
#include "predictor/ops/rules.h"

#include <optional>

namespace cobra::ops {

/// x[i, :, j] with tensors as indices.
struct Indexed {
  std::optional<Shape> shape; // empty where a boolean mask decides it
  std::int64_t indexBytes = 0;
};
std::variant<Indexed, Misuse> indexedShape(Tensor self, MaybeTensors indices);

/// gather and scatter: the index has self's rank and is nowhere larger, but along `dim` (wrapped).
std::optional<Misuse> gatherMisuse(std::string_view name, Tensor self, Int dim, Tensor index, std::string_view selfName);

} // namespace cobra::ops
