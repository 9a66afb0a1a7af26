// The families of operators, one file each under families/. A new file adds a line here and one in
// families.cpp.
#pragma once

#include "predictor/ops/entry.h"

#include <span>

namespace cobra::ops {

namespace families {
extern const Family activation;
extern const Family bitwise;
extern const Family comparison;
extern const Family convolution;
extern const Family division;
extern const Family elementwise;
extern const Family linearAlgebra;
extern const Family reduction;
extern const Family rounding;
extern const Family selection;
extern const Family shape;
extern const Family sorting;
extern const Family statistics;
extern const Family unary;
} // namespace families

/// All of them.
std::span<const Family* const> allFamilies();

} // namespace cobra::ops
