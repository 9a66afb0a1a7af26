#include "predictor/ops/families.h"

#include <array>

namespace cobra::ops {

std::span<const Family* const> allFamilies() {
  static constexpr std::array table = {
        &families::activation, //
        &families::bitwise, //
        &families::comparison, //
        &families::convolution, //
        &families::division, //
        &families::elementwise, //
        &families::linearAlgebra, //
        &families::reduction, //
        &families::rounding, //
        &families::selection, //
        &families::shape, //
        &families::sorting, //
        &families::statistics, //
        &families::unary, //
    };
  return table;
}

} // namespace cobra::ops
