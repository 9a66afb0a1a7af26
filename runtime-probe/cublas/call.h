// Calls of cublas:: entries through cuBLAS itself: matrix products, one and many. The other entries are not run.
//
// Matrices are column-major, as the entries have them. The product is cublasGemmEx or cublasGemmStridedBatchedEx with the default
// algorithm, whichever function the program called; sums are in float, of doubles in double.
#pragma once

#include "runtime-probe/runner.h"

#include <string>

namespace cobra::probe::cublas {

/// Throws CallFailure: no GPU, no cuBLAS, an entry that is not run, what is wrong with the call, or the function of cuBLAS that
/// refused with its status.
Prepared prepare(const Call& call, const MeasureSetting& setting);

/// "cuBLAS 12.4.5". Throws CallFailure where it cannot be loaded.
std::string version();

} // namespace cobra::probe::cublas
