// What cuDNN and cuBLAS would refuse, at the call that they would refuse, with their rule in words. The program's own check then ends it.
// RUN: %cobra check %s --quiet --entry 'wrongOutput();' | FileCheck --check-prefix=OUTPUT %s
// OUTPUT: wrong.cpp:[[#@LINE+40]]:3: warning: cuDNN would refuse this: cudnnConvolutionForward returns CUDNN_STATUS_BAD_PARAM: the yDesc is [1, 8, 32, 32], but the call gives [1, 8, 30, 30]
// RUN: %cobra check %s --quiet --entry 'wrongChannels();' | FileCheck --check-prefix=CHANNELS %s
// CHANNELS: warning: cuDNN would refuse this: cudnnGetConvolution2dForwardOutputDim returns CUDNN_STATUS_BAD_PARAM: the input [1, 4, 32, 32] has 4 channels, the filter [8, 3, 3, 3] expects 3
// RUN: %cobra check %s --quiet --entry 'neverSet();' | FileCheck --check-prefix=UNSET %s
// UNSET: warning: cuDNN would refuse this: cudnnActivationForward returns CUDNN_STATUS_BAD_PARAM: the xDesc was created but never set
// RUN: %cobra check %s --quiet --entry 'neverCreated();' | FileCheck --check-prefix=UNCREATED %s
// UNCREATED: warning: cuDNN would refuse this: cudnnSetTensor4dDescriptor returns CUDNN_STATUS_BAD_PARAM: the descriptor it sets was never created
// RUN: %cobra check %s --quiet --entry 'noSize();' | FileCheck --check-prefix=SIZE %s
// SIZE: warning: cuDNN would refuse this: cudnnSetTensor4dDescriptor returns CUDNN_STATUS_BAD_PARAM: a size is 0
// RUN: %cobra check %s --quiet --entry 'wrongPooling();' | FileCheck --check-prefix=POOLING %s
// POOLING: warning: cuDNN would refuse this: cudnnPoolingForward returns CUDNN_STATUS_BAD_PARAM: the yDesc is [1, 3, 17, 17], but the call gives [1, 3, 16, 16]
// RUN: %cobra check %s --quiet --entry 'wrongGemm();' | FileCheck --check-prefix=GEMM %s
// GEMM: warning: cuBLAS would refuse this: cublasSgemm returns CUBLAS_STATUS_INVALID_VALUE: lda is 10 and has to be at least 20
#include <cublas_v2.h>
#include <cudnn.h>

static const float one = 1, zero = 0;

cudnnTensorDescriptor_t tensor(int n, int c, int h, int w) {
  cudnnTensorDescriptor_t d;
  cudnnCreateTensorDescriptor(&d);
  cudnnSetTensor4dDescriptor(d, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, n, c, h, w);
  return d;
}
cudnnFilterDescriptor_t filter(int k, int c, int r) {
  cudnnFilterDescriptor_t d;
  cudnnCreateFilterDescriptor(&d);
  cudnnSetFilter4dDescriptor(d, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, k, c, r, r);
  return d;
}
cudnnConvolutionDescriptor_t convolution(int padding) {
  cudnnConvolutionDescriptor_t d;
  cudnnCreateConvolutionDescriptor(&d);
  cudnnSetConvolution2dDescriptor(d, padding, padding, 1, 1, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT);
  return d;
}

void wrongOutput() {
  cudnnHandle_t handle;
  cudnnCreate(&handle);
  cudnnConvolutionForward(handle, &one, tensor(1, 3, 32, 32), nullptr, filter(8, 3, 3), nullptr, convolution(0),
                          CUDNN_CONVOLUTION_FWD_ALGO_GEMM, nullptr, 0, &zero, tensor(1, 8, 32, 32), nullptr);
}
void wrongChannels() {
  int n, c, h, w;
  cudnnGetConvolution2dForwardOutputDim(convolution(1), tensor(1, 4, 32, 32), filter(8, 3, 3), &n, &c, &h, &w);
}
void neverSet() {
  cudnnHandle_t handle;
  cudnnCreate(&handle);
  cudnnActivationDescriptor_t relu;
  cudnnCreateActivationDescriptor(&relu);
  cudnnSetActivationDescriptor(relu, CUDNN_ACTIVATION_RELU, CUDNN_PROPAGATE_NAN, 0);
  cudnnTensorDescriptor_t x;
  cudnnCreateTensorDescriptor(&x);
  cudnnActivationForward(handle, relu, &one, x, nullptr, &zero, x, nullptr);
}
void neverCreated() {
  cudnnTensorDescriptor_t x;
  cudnnSetTensor4dDescriptor(x, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 1, 2, 3, 4);
}
void noSize() { tensor(1, 3, 0, 4); }
void wrongPooling() {
  cudnnHandle_t handle;
  cudnnCreate(&handle);
  cudnnPoolingDescriptor_t pooling;
  cudnnCreatePoolingDescriptor(&pooling);
  cudnnSetPooling2dDescriptor(pooling, CUDNN_POOLING_MAX, CUDNN_PROPAGATE_NAN, 2, 2, 0, 0, 2, 2);
  cudnnPoolingForward(handle, pooling, &one, tensor(1, 3, 33, 33), nullptr, &zero, tensor(1, 3, 17, 17), nullptr);
}
void wrongGemm() {
  cublasHandle_t handle;
  cublasCreate(&handle);
  float *a, *b, *c;
  cudaMalloc(&a, 4 * 20 * 10);
  cudaMalloc(&b, 4 * 10 * 30);
  cudaMalloc(&c, 4 * 20 * 30);
  cublasSgemm(handle, CUBLAS_OP_N, CUBLAS_OP_N, 20, 30, 10, &one, a, 10, b, 10, &zero, c, 20);
}
