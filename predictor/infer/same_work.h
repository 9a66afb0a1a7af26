// Calls that run the same kernels, written as calls of one operator, so that what was measured of one tells of all.
#pragma once

#include "predictor/encode/snippet.h"

#include <optional>
#include <string_view>

namespace cobra::infer {

/// What LibTorch itself makes of a call before it launches kernels: second names (`multiply` is `mul`), in-place forms, a
/// convolution's padding in words as numbers, 1-D convolutions as 2-D ones of height 1 (`view1d_as_2d` in
/// aten/src/ATen/native/Convolution.cpp). The call itself where there is nothing to rewrite, or an argument that decides it is open.
Call sameWork(const Call& call);

/// Which kernels LibTorch takes on the CPU, with one thread, for a convolution of float32: "onednn", "onednn depthwise", "onednn grouped"
/// or "native" (`ConvParams::use_mkldnn` in the same file). Empty for other dtypes and open shapes; nullopt where the call, written as
/// sameWork() does, is no convolution.
std::optional<std::string_view> convolutionPath(const Call& call);

} // namespace cobra::infer
