// Where versions of LibTorch run different operators, the headers that the program was read with say which: inline functions in them
// decide, and their text is at hand though their bodies are not parsed.
#pragma once

#include "analyzer/interp/evaluator.h"

namespace cobra::interp::torch_model {

/// at::indexing::INDEX_MAX: the end of a slice that has none.
std::int64_t farthestIndex(Evaluator& ev);
/// True where index() passes over a slice that ends behind the tensor's end; false where its end must be the tensor's own, as in older
/// headers.
bool passesOverLongSlices(Evaluator& ev);

} // namespace cobra::interp::torch_model
