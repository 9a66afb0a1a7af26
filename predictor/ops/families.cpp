#include "predictor/ops/families.h"

#include <array>

namespace cobra::ops {

std::span<const Family* const> allFamilies() {
  static constexpr std::array table = {
      &families::activation,    //
      &families::convolution,   //
      &families::elementwise,   //
      &families::linearAlgebra, //
      &families::shape,         //
  };
  return table;
}

} // namespace cobra::ops
