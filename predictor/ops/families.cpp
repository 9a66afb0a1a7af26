#include "predictor/ops/families.h"

#include "predictor/ops/families/cudnn.h"

#include <array>

namespace cobra::ops {

std::span<const Family* const> allFamilies() {
  static constexpr std::array table = {
      &families::activation,       //
      &families::adaptivePooling,  //
      &families::aliases,          //
      &families::attention,        //
      &families::bitwise,          //
      &families::comparison,       //
      &families::complex,          //
      &families::conversion,       //
      &families::convolution,      //
      &families::cublas,           //
      &families::cudnnConvolution, //
      &families::cudnnGraph,       //
      &families::cudnnLayers,      //
      &families::cudnnRecurrent,   //
      &families::cudnnTensors,     //
      &families::decomposition,    //
      &families::division,         //
      &families::elementwise,      //
      &families::factory,          //
      &families::framing,          //
      &families::gating,           //
      &families::image,            //
      &families::indexing,         //
      &families::interpolation,    //
      &families::joining,          //
      &families::likeFactory,      //
      &families::linearAlgebra,    //
      &families::loss,             //
      &families::normalization,    //
      &families::padding,          //
      &families::permutation,      //
      &families::pooling,          //
      &families::products,         //
      &families::random,           //
      &families::rearranging,      //
      &families::recurrent,        //
      &families::reduction,        //
      &families::rounding,         //
      &families::sampling,         //
      &families::scanning,         //
      &families::scattering,       //
      &families::scatterReduction, //
      &families::selection,        //
      &families::sequenceLoss,     //
      &families::shape,            //
      &families::slicing,          //
      &families::sorting,          //
      &families::special,          //
      &families::specialInPlace,   //
      &families::spectral,         //
      &families::squashing,        //
      &families::statistics,       //
      &families::unary,            //
      &families::unpooling,        //
      &families::upsampling,       //
  };
  return table;
}

} // namespace cobra::ops
