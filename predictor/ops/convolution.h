// Shapes and cost of convolutions of any dimension, both ways (ATen/native/Convolution.cpp, ConvUtils.h).
#pragma once

#include "predictor/ops/rule.h"

namespace cobra::ops {

/// x [N, C, ...], w [O, C/groups, k...], b [O]  ->  [N, O, ...'], each ' = (x + 2 p - d (k - 1) - 1) / s + 1.
/// The N may be left out.
struct Convolution {
  Tensor input;
  Tensor weight;
  MaybeTensor bias;
  IntList stride, padding, dilation;
  Int groups;
};
Answer convolution(const Convolution& call);

/// x [N, C, ...], w [C, O/groups, k...], b [O]  ->  [N, O, ...'], each ' = (x - 1) s - 2 p + d (k - 1) +
/// output padding + 1.
Answer transposedConvolution(const Convolution& call, IntList outputPadding);

/// `padding` of a convolution given as text: "valid", or "same", which keeps the sizes and needs stride 1.
Answer namedPaddingConvolution(Convolution call, String padding);

} // namespace cobra::ops
