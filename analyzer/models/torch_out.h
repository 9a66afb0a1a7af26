#pragma once

#include "analyzer/models/torch_support.h"

namespace cobra::interp::torch_model {

/// Runs the operator without `_out` and gives its results to the tensors named for it; nullopt if `callee` is no such variant or the
/// registry has no operator for it.
std::optional<Result> runOut(Evaluator&, const LibraryCall&);

} // namespace cobra::interp::torch_model
