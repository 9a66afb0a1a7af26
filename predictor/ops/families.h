// The families of operators, one file each under families/. A new file adds a line here and one in
// families.cpp.
#pragma once

#include "predictor/ops/entry.h"

#include <span>

namespace cobra::ops {

namespace families {
extern const Family activation;
extern const Family convolution;
extern const Family elementwise;
extern const Family linearAlgebra;
extern const Family shape;
} // namespace families

/// All of them.
std::span<const Family* const> allFamilies();

} // namespace cobra::ops
