// The arithmetic of the encoder, compiled once for each instruction set and chosen at run time.
//
// Matrices are row-major float32. No kernel allocates; pointers must not overlap unless said.
#pragma once

#include <string_view>

namespace cobra::infer {

struct Kernels {
  std::string_view name; // "avx512", "avx2", "portable"

  /// out[rows, n] = a[rows, k] x w[k, n] + bias[n] (bias may be null). `n` is a multiple of 16; lda, ldo are
  /// row strides.
  void (*product)(const float* a, long lda, long rows, long k, const float* w, long n, const float* bias, float* out, long ldo);
  /// The same, added to what is in `out`.
  void (*addProduct)(const float* a, long lda, long rows, long k, const float* w, long n, const float* bias, float* out, long ldo);
  /// Layer normalisation of each row of `width`, a multiple of 16; epsilon 1e-5; `out` may be `in`.
  void (*normalize)(const float* in, long rows, long width, const float* weight, const float* bias, float* out);
  /// GELU with the tanh formula (Hendrycks & Gimpel 2016, equation 2), in place.
  void (*gelu)(float* values, long count);
  /// One head's attention for `queries` leading rows over `tokens` rows: q, k, v have row stride `stride`,
  /// out `outStride`; softmax(q kT / sqrt(width)) v. `scores` is scratch of `tokens` floats.
  void (*attend)(const float* q, const float* k, const float* v, long stride, long queries, long tokens, long width, float* scores,
                 float* out, long outStride);
};

/// The fastest set that this processor runs. Thread-safe.
const Kernels& bestKernels();
/// Every set that this processor runs, the portable one last; for tests and benchmarks.
const Kernels* const* runnableKernels(int& count);

} // namespace cobra::infer
