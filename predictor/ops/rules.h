// Small things that most rules say.
#pragma once

#include "predictor/ops/entry.h"

#include <string>
#include <utility>

namespace cobra::ops {

/// "[1, 3, 224, 224]", as LibTorch's messages write sizes.
std::string text(IntList sizes);

/// `flopsPerElement` operations on each element; the result has the type of `self`.
inline Effect pointwise(Tensor self, std::int64_t flopsPerElement) { return {{self}, mulClamped(self.elements(), flopsPerElement)}; }

/// A result that shares memory with an argument: nothing is read or written.
inline Effect viewOf(DType dtype, Shape shape) { return {{{dtype, std::move(shape)}}, 0, 0}; }

} // namespace cobra::ops
