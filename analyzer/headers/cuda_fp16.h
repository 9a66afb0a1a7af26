// Stand-in for CUDA's half precision type.
#ifndef COBRA_CUDA_FP16_H
#define COBRA_CUDA_FP16_H
#pragma GCC system_header
#include <cuda_runtime.h>
struct __half {
  unsigned short __x;
  __half() = default;
  __half(float);
  __half(double);
  __half(int);
  operator float() const;
};
typedef __half half;
struct __half2 {
  __half x, y;
};
typedef __half2 half2;
__half __float2half(float);
float __half2float(__half);
__half __float2half_rn(float);
#endif
