#include "predictor/ops/families.h"

#include <array>

namespace cobra::ops {

std::span<const Family* const> allFamilies() {
  static constexpr std::array table = {
      &families::activation,      //
      &families::adaptivePooling, //
      &families::attention,       //
      &families::bitwise,         //
      &families::comparison,      //
      &families::conversion,      //
      &families::convolution,     //
      &families::division,        //
      &families::elementwise,     //
      &families::factory,         //
      &families::gating,          //
      &families::image,           //
      &families::indexing,        //
      &families::interpolation,   //
      &families::joining,         //
      &families::likeFactory,     //
      &families::linearAlgebra,   //
      &families::loss,            //
      &families::normalization,   //
      &families::padding,         //
      &families::permutation,     //
      &families::pooling,         //
      &families::random,          //
      &families::recurrent,       //
      &families::reduction,       //
      &families::rounding,        //
      &families::scattering,      //
      &families::selection,       //
      &families::shape,           //
      &families::slicing,         //
      &families::sorting,         //
      &families::squashing,       //
      &families::statistics,      //
      &families::unary,           //
      &families::upsampling,      //
  };
  return table;
}

} // namespace cobra::ops
