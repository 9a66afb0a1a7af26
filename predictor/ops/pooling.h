// Shapes and cost of pooling (ATen/native/Pool.h, AdaptiveAveragePooling.cpp, AdaptiveMaxPooling2d.cpp).
#pragma once

#include "predictor/ops/rule.h"

#include <optional>

namespace cobra::ops {

/// x [N, C, ...] or [C, ...] -> [..., ...'], one window for each number of the output.
struct Pooling {
  Tensor input;
  IntList kernel;
  IntList stride; // empty: the kernel's
  IntList padding, dilation;
  bool ceilMode;
  bool wholeWindows = false; // no kernel may be larger than the input, padding or not
};

enum class Pooled : std::uint8_t {
  Values,
  ValuesAndIndices, // int64 positions as a second output
};

/// `rank` spatial dimensions. Cost: one comparison or addition for every number of every window.
Answer pooling(std::string_view name, const Pooling& call, std::size_t rank, Pooled gives);

/// The spatial sizes become `output`; every number of the input is looked at about once.
Answer adaptivePooling(std::string_view name, Tensor input, IntList output, std::size_t rank, Pooled gives);

} // namespace cobra::ops
