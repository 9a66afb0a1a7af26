// Stand-in for CUDA's bfloat16 type.
#ifndef COBRA_CUDA_BF16_H
#define COBRA_CUDA_BF16_H
#pragma GCC system_header
#include <cuda_runtime.h>
struct __nv_bfloat16 {
  unsigned short __x;
  __nv_bfloat16() = default;
  __nv_bfloat16(float);
  operator float() const;
};
typedef __nv_bfloat16 nv_bfloat16;
__nv_bfloat16 __float2bfloat16(float);
float __bfloat162float(__nv_bfloat16);
#endif
