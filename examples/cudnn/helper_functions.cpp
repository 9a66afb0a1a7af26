// Free functions that fill in descriptors by reference and by pointer; sizes travel through the descriptors.
#include <cuda_runtime.h>
#include <cudnn.h>

struct Sizes {
  int n, c, h, w;
};

void makeTensor(cudnnTensorDescriptor_t& descriptor, const Sizes& s) {
  cudnnCreateTensorDescriptor(&descriptor);
  const int dims[4] = {s.n, s.c, s.h, s.w};
  const int strides[4] = {s.c * s.h * s.w, s.h * s.w, s.w, 1};
  cudnnSetTensorNdDescriptor(descriptor, CUDNN_DATA_HALF, 4, dims, strides);
}

Sizes sizesOf(cudnnTensorDescriptor_t descriptor) {
  cudnnDataType_t type;
  int n, c, h, w, ns, cs, hs, ws;
  cudnnGetTensor4dDescriptor(descriptor, &type, &n, &c, &h, &w, &ns, &cs, &hs, &ws);
  return {n, c, h, w};
}

void makeConvolution(cudnnConvolutionDescriptor_t* descriptor, int padding, int stride, int groups) {
  cudnnCreateConvolutionDescriptor(descriptor);
  int pads[2] = {padding, padding}, strides[2] = {stride, stride}, dilations[2] = {1, 1};
  cudnnSetConvolutionNdDescriptor(*descriptor, 2, pads, strides, dilations, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT);
  cudnnSetConvolutionGroupCount(*descriptor, groups);
  cudnnSetConvolutionMathType(*descriptor, CUDNN_TENSOR_OP_MATH);
}

/// Depthwise 3x3 and then 1x1, as in MobileNet. The output descriptor is made here and handed back.
void separable(cudnnHandle_t handle, cudnnTensorDescriptor_t x, void* in, int outChannels, int stride, cudnnTensorDescriptor_t& y, void*& out) {
  const Sizes s = sizesOf(x);
  const float alpha = 1, beta = 0;
  void* weights;
  cudaMalloc(&weights, 1 << 20);

  cudnnFilterDescriptor_t depthwise, pointwise;
  cudnnCreateFilterDescriptor(&depthwise);
  cudnnSetFilter4dDescriptor(depthwise, CUDNN_DATA_HALF, CUDNN_TENSOR_NCHW, s.c, 1, 3, 3);
  cudnnCreateFilterDescriptor(&pointwise);
  const int filter[] = {outChannels, s.c, 1, 1};
  cudnnSetFilterNdDescriptor(pointwise, CUDNN_DATA_HALF, CUDNN_TENSOR_NCHW, 4, filter);

  cudnnConvolutionDescriptor_t first, second;
  makeConvolution(&first, 1, stride, s.c);
  makeConvolution(&second, 0, 1, 1);

  int dims[4];
  cudnnGetConvolutionNdForwardOutputDim(first, x, depthwise, 4, dims);
  cudnnTensorDescriptor_t middle;
  makeTensor(middle, {dims[0], dims[1], dims[2], dims[3]});
  void* between;
  cudaMalloc(&between, dims[0] * dims[1] * dims[2] * dims[3] * 2);
  cudnnConvolutionForward(handle, &alpha, x, in, depthwise, weights, first, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM, nullptr, 0, &beta,
                          middle, between);

  makeTensor(y, {dims[0], outChannels, dims[2], dims[3]});
  cudaMalloc(&out, dims[0] * outChannels * dims[2] * dims[3] * 2);
  cudnnConvolutionForward(handle, &alpha, middle, between, pointwise, weights, second, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM, nullptr, 0,
                          &beta, y, out);
}

int main() {
  cudnnHandle_t handle;
  cudnnCreate(&handle);
  cudnnTensorDescriptor_t x, y, z;
  makeTensor(x, {1, 32, 112, 112});
  void *a, *b, *c;
  cudaMalloc(&a, 32 * 112 * 112 * 2);
  separable(handle, x, a, 64, 1, y, b);
  separable(handle, y, b, 128, 2, z, c);
}
