// Random calls: every argument fits the schema, no attention is paid to whether LibTorch would take the
// shapes together.
#pragma once

#include "predictor/encode/snippet.h"

#include <random>

namespace cobra::test {

using Random = std::mt19937_64;

/// From the edge cases of each kind as well as from its whole range; no NaN, which never equals itself.
Argument randomArgument(const ops::Parameter& parameter, Random& random);
Call randomCall(const ops::Operator& op, Random& random);

} // namespace cobra::test
