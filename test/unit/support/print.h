// How GoogleTest shows the project's nouns when an expectation fails.
#pragma once

#include "predictor/encode/snippet.h"

#include <ostream>

namespace cobra {

inline void PrintTo(const Call& call, std::ostream* out) { *out << printSnippet(call); }

} // namespace cobra
