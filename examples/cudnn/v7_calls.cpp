// AlexNet's first layers with the calls of cuDNN 7 that version 9 no longer declares, and LRN and dropout.
#include <cuda_runtime.h>
#include <cudnn.h>

struct Net {
  cudnnHandle_t handle;
  cudnnTensorDescriptor_t srcTensorDesc, dstTensorDesc, biasTensorDesc;
  cudnnFilterDescriptor_t filterDesc;
  cudnnConvolutionDescriptor_t convDesc;
  cudnnPoolingDescriptor_t poolingDesc;
  cudnnLRNDescriptor_t normDesc;
  cudnnDropoutDescriptor_t dropoutDesc;

  Net() {
    cudnnCreate(&handle);
    cudnnCreateTensorDescriptor(&srcTensorDesc);
    cudnnCreateTensorDescriptor(&dstTensorDesc);
    cudnnCreateTensorDescriptor(&biasTensorDesc);
    cudnnCreateFilterDescriptor(&filterDesc);
    cudnnCreateConvolutionDescriptor(&convDesc);
    cudnnCreatePoolingDescriptor(&poolingDesc);
    cudnnCreateLRNDescriptor(&normDesc);
    cudnnCreateDropoutDescriptor(&dropoutDesc);
  }

  static void resize(int size, float** data) {
    if (*data != nullptr) cudaFree(*data);
    cudaMalloc(data, size * sizeof(float));
  }

  void convolveForward(int outputs, int kernel, int pad, int stride, int& n, int& c, int& h, int& w, float* src, float** dst) {
    cudnnSetTensor4dDescriptor(srcTensorDesc, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, n, c, h, w);
    cudnnSetFilter4dDescriptor(filterDesc, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, outputs, c, kernel, kernel);
    cudnnSetConvolution2dDescriptor(convDesc, pad, pad, stride, stride, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT);
    cudnnGetConvolution2dForwardOutputDim(convDesc, srcTensorDesc, filterDesc, &n, &c, &h, &w);
    cudnnSetTensor4dDescriptor(dstTensorDesc, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, n, c, h, w);
    cudnnConvolutionFwdAlgo_t algo;
    cudnnGetConvolutionForwardAlgorithm(handle, srcTensorDesc, filterDesc, convDesc, dstTensorDesc,
                                        CUDNN_CONVOLUTION_FWD_SPECIFY_WORKSPACE_LIMIT, 1 << 22, &algo);
    resize(n * c * h * w, dst);
    size_t bytes = 0;
    cudnnGetConvolutionForwardWorkspaceSize(handle, srcTensorDesc, filterDesc, convDesc, dstTensorDesc, algo, &bytes);
    void *workspace = nullptr, *filter = nullptr;
    if (bytes != 0) cudaMalloc(&workspace, bytes);
    float alpha = 1, beta = 0;
    cudnnConvolutionForward(handle, &alpha, srcTensorDesc, src, filterDesc, filter, convDesc, algo, workspace, bytes, &beta, dstTensorDesc, *dst);
    if (bytes != 0) cudaFree(workspace);
  }

  void lrnForward(int n, int c, int h, int w, float* src, float** dst) {
    cudnnSetLRNDescriptor(normDesc, 5, 0.0001f, 0.75f, 1.0f);
    resize(n * c * h * w, dst);
    float alpha = 1, beta = 0;
    cudnnLRNCrossChannelForward(handle, normDesc, CUDNN_LRN_CROSS_CHANNEL_DIM1, &alpha, dstTensorDesc, src, &beta, dstTensorDesc, *dst);
  }

  void poolForward(int& n, int& c, int& h, int& w, float* src, float** dst) {
    const int window[2] = {3, 3}, padding[2] = {0, 0}, stride[2] = {2, 2};
    cudnnSetPoolingNdDescriptor(poolingDesc, CUDNN_POOLING_MAX, CUDNN_PROPAGATE_NAN, 2, window, padding, stride);
    cudnnSetTensor4dDescriptor(srcTensorDesc, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, n, c, h, w);
    int dims[4];
    cudnnGetPoolingNdForwardOutputDim(poolingDesc, srcTensorDesc, 4, dims);
    n = dims[0], c = dims[1], h = dims[2], w = dims[3];
    cudnnSetTensor4dDescriptor(dstTensorDesc, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, n, c, h, w);
    resize(n * c * h * w, dst);
    float alpha = 1, beta = 0;
    cudnnPoolingForward(handle, poolingDesc, &alpha, srcTensorDesc, src, &beta, dstTensorDesc, *dst);
  }

  void dropoutForward(float* src, float** dst) {
    size_t states = 0, reserve = 0;
    cudnnDropoutGetStatesSize(handle, &states);
    void *stateMemory, *reserveMemory;
    cudaMalloc(&stateMemory, states);
    cudnnSetDropoutDescriptor(dropoutDesc, handle, 0.5f, stateMemory, states, 42);
    cudnnDropoutGetReserveSpaceSize(dstTensorDesc, &reserve);
    cudaMalloc(&reserveMemory, reserve);
    cudnnDropoutForward(handle, dropoutDesc, dstTensorDesc, src, dstTensorDesc, *dst, reserveMemory, reserve);
  }
};

int main() {
  Net net;
  int n = 1, c = 3, h = 227, w = 227;
  float *src = nullptr, *dst = nullptr;
  Net::resize(n * c * h * w, &src);
  net.convolveForward(96, 11, 0, 4, n, c, h, w, src, &dst);
  net.lrnForward(n, c, h, w, dst, &src);
  net.poolForward(n, c, h, w, src, &dst);
  net.convolveForward(256, 5, 2, 1, n, c, h, w, dst, &src);
  net.dropoutForward(src, &dst);
}
