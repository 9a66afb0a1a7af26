#include <cudnn.h>

__device__ float twice(float x) { return 2 * x; }
__global__ void scale(float* x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) x[i] = twice(x[i]);
}

int main() {
  cudnnHandle_t handle;
  cudnnCreate(&handle);
  cudnnTensorDescriptor_t x, y;
  cudnnCreateTensorDescriptor(&x);
  cudnnCreateTensorDescriptor(&y);
  cudnnSetTensor4dDescriptor(x, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 2, 3, 32, 32);
  cudnnSetTensor4dDescriptor(y, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 2, 8, 32, 32);
  cudnnFilterDescriptor_t w;
  cudnnCreateFilterDescriptor(&w);
  cudnnSetFilter4dDescriptor(w, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, 8, 3, 3, 3);
  cudnnConvolutionDescriptor_t convolution;
  cudnnCreateConvolutionDescriptor(&convolution);
  cudnnSetConvolution2dDescriptor(convolution, 1, 1, 1, 1, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT);
  cudnnConvolutionFwdAlgo_t algorithm;
  cudnnGetConvolutionForwardAlgorithm(handle, x, w, convolution, y, CUDNN_CONVOLUTION_FWD_PREFER_FASTEST, 0, &algorithm);
  float *in, *weights, *out;
  cudaMalloc(&in, 4 * 2 * 3 * 32 * 32);
  cudaMalloc(&weights, 4 * 8 * 3 * 9);
  cudaMalloc(&out, 4 * 2 * 8 * 32 * 32);
  const float one = 1, zero = 0;
  scale<<<dim3(24), dim3(256)>>>(in, 2 * 3 * 32 * 32);
  cudnnConvolutionForward(handle, &one, x, in, w, weights, convolution, algorithm, nullptr, 0, &zero, y, out);
}
