// Default values as LibTorch's schema strings write them.
#pragma once

#include "predictor/ops/schema.h"

namespace cobra::ops {

/// "[1, 1]", "None", "1.0000000000000001e-05", "\"mean\"": the value that stands for it in a snippet. A
/// single value for "int[2]" is repeated; numbers that stand for a dtype or a memory format become that dtype
/// or name. None where the text cannot be read.
Argument readDefault(const SchemaParameter& parameter);

} // namespace cobra::ops
