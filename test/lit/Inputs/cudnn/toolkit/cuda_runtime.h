// What an installed runtime header looks like to a host compiler: the words of device code mean nothing without nvcc.
#pragma once
#include <stddef.h>
#if defined(__CUDACC__)
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#else
#define __global__
#define __device__
#endif
enum cudaError { cudaSuccess = 0 };
typedef cudaError cudaError_t;
typedef struct CUstream_st* cudaStream_t;
struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x, y, z;
  dim3(unsigned vx = 1, unsigned vy = 1, unsigned vz = 1) : x(vx), y(vy), z(vz) {}
};
extern "C" cudaError_t cudaMalloc(void**, size_t);
template <class T> static inline cudaError_t cudaMalloc(T** p, size_t bytes) { return ::cudaMalloc((void**)(void*)p, bytes); }
