// Calls of cuDNN and cuBLAS as the operators of LibTorch that run the same kernels: what was measured of those tells of these.
#pragma once

#include "predictor/encode/snippet.h"

#include <optional>

namespace cobra::infer {

/// The call of LibTorch that does the same work on a GPU; nullopt where there is none, or an argument that decides it is open.
std::optional<Call> likeness(const Call& call);

} // namespace cobra::infer
