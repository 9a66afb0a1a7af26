// cuDNN's enumerations, which the plan names, as the numbers that its functions take. They are the same in versions 8 and 9.
//
// Pure functions, any thread.
#pragma once

#include "predictor/ops/value.h"

#include <optional>
#include <string_view>

namespace cobra::probe::cudnn {

/// "CUDNN_POOLING_MAX"; nothing for a name that is not in the table.
std::optional<int> numberOf(std::string_view constant);
/// CUDNN_DATA_...; nothing where cuDNN has none.
std::optional<int> dataTypeOf(DType dtype);
/// In which a convolution adds up numbers of that type.
DType sumOf(DType dtype);

} // namespace cobra::probe::cudnn
