// What the entries of cuDNN and cuBLAS share. These libraries answer misuse with a status and no words; the
// sentences are the tool's. LibTorch does not have these operators: their schemas are the tool's own, with
// the fields of the descriptors as arguments.
#pragma once

#include "predictor/ops/rules.h"

#include <string>

namespace cobra::ops::families {
extern const Family cudnnGraph;
}

namespace cobra::ops::cudnn {

inline Misuse badParam(const std::string& why) { return Misuse{"CUDNN_STATUS_BAD_PARAM: " + why}; }

inline std::string number(std::int64_t value) { return std::to_string(value); }

/// 1 + (input + 2 padding - (dilation (kernel - 1) + 1)) / stride, which
/// cudnnGetConvolutionNdForwardOutputDim gives; pooling has dilation 1. Clamped; the result may be below 1.
inline std::int64_t slid(std::int64_t input, std::int64_t kernel, std::int64_t padding, std::int64_t stride, std::int64_t dilation) {
  const std::int64_t covered = addClamped(mulClamped(addClamped(kernel, -1), dilation), 1);
  const std::int64_t room = addClamped(addClamped(input, mulClamped(2, padding)), -covered);
  return room < 0 ? 0 : room / stride + 1;
}

/// Every size of `small` is that of `large` or 1.
inline bool repeatsTo(const Shape& small, const Shape& large) {
  if (small.size() != large.size()) return false;
  for (std::size_t i = 0; i < small.size(); ++i)
    if (small[i] != large[i] && small[i] != 1) return false;
  return true;
}

} // namespace cobra::ops::cudnn
