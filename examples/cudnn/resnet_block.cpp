// A bottleneck block of ResNet-50 for inference: three convolutions with batch normalization, a projected shortcut, and the sum.
#include <cuda_runtime.h>
#include <cudnn.h>

#include <cstdlib>
#include <iostream>

namespace {
void verify(cudnnStatus_t status, const char* what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  std::cerr << what << ": " << cudnnGetErrorString(status) << std::endl;
  std::abort();
}
#define VERIFY(call) verify(call, #call)

struct Blob {
  cudnnTensorDescriptor_t desc{};
  float* data = nullptr;
  int n = 0, c = 0, h = 0, w = 0;
};

Blob blob(int n, int c, int h, int w) {
  Blob b{nullptr, nullptr, n, c, h, w};
  VERIFY(cudnnCreateTensorDescriptor(&b.desc));
  VERIFY(cudnnSetTensor4dDescriptor(b.desc, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, n, c, h, w));
  cudaMalloc(reinterpret_cast<void**>(&b.data), static_cast<size_t>(n) * c * h * w * sizeof(float));
  return b;
}

class Block {
public:
  Block(cudnnHandle_t handle, int width, int stride) : handle_(handle), width_(width), stride_(stride) {
    VERIFY(cudnnCreateActivationDescriptor(&relu_));
    VERIFY(cudnnSetActivationDescriptor(relu_, CUDNN_ACTIVATION_RELU, CUDNN_NOT_PROPAGATE_NAN, 0.0));
    VERIFY(cudnnCreateOpTensorDescriptor(&add_));
    VERIFY(cudnnSetOpTensorDescriptor(add_, CUDNN_OP_TENSOR_ADD, CUDNN_DATA_FLOAT, CUDNN_NOT_PROPAGATE_NAN));
  }

  Blob operator()(const Blob& x) {
    Blob y = activate(norm(convolve(x, width_, 1, 1)));
    y = activate(norm(convolve(y, width_, 3, stride_)));
    y = norm(convolve(y, 4 * width_, 1, 1));
    Blob shortcut = x.c != 4 * width_ || stride_ != 1 ? norm(convolve(x, 4 * width_, 1, stride_)) : x;
    Blob sum = blob(y.n, y.c, y.h, y.w);
    VERIFY(cudnnOpTensor(handle_, add_, &one_, y.desc, y.data, &one_, shortcut.desc, shortcut.data, &zero_, sum.desc, sum.data));
    return activate(sum);
  }

private:
  Blob convolve(const Blob& x, int out, int kernel, int stride) {
    cudnnFilterDescriptor_t filter;
    cudnnConvolutionDescriptor_t convolution;
    VERIFY(cudnnCreateFilterDescriptor(&filter));
    VERIFY(cudnnSetFilter4dDescriptor(filter, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, out, x.c, kernel, kernel));
    VERIFY(cudnnCreateConvolutionDescriptor(&convolution));
    VERIFY(cudnnSetConvolution2dDescriptor(convolution, kernel / 2, kernel / 2, stride, stride, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
    int n, c, h, w;
    VERIFY(cudnnGetConvolution2dForwardOutputDim(convolution, x.desc, filter, &n, &c, &h, &w));
    Blob y = blob(n, c, h, w);
    float* weights;
    cudaMalloc(&weights, sizeof(float) * out * x.c * kernel * kernel);
    cudnnConvolutionFwdAlgoPerf_t results[8];
    int count;
    VERIFY(cudnnGetConvolutionForwardAlgorithm_v7(handle_, x.desc, filter, convolution, y.desc, 8, &count, results));
    size_t limit = 64 << 20;
    cudnnConvolutionFwdAlgo_t algorithm = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM;
    for (int i = 0; i < count; ++i)
      if (results[i].status == CUDNN_STATUS_SUCCESS && results[i].memory <= limit) {
        algorithm = results[i].algo;
        break;
      }
    VERIFY(cudnnConvolutionForward(handle_, &one_, x.desc, x.data, filter, weights, convolution, algorithm, nullptr, 0, &zero_, y.desc, y.data));
    return y;
  }
  Blob norm(const Blob& x) {
    cudnnTensorDescriptor_t parameters;
    VERIFY(cudnnCreateTensorDescriptor(&parameters));
    VERIFY(cudnnDeriveBNTensorDescriptor(parameters, x.desc, CUDNN_BATCHNORM_SPATIAL));
    float *scale, *bias, *mean, *variance;
    for (float** p : {&scale, &bias, &mean, &variance}) cudaMalloc(p, x.c * sizeof(float));
    VERIFY(cudnnBatchNormalizationForwardInference(handle_, CUDNN_BATCHNORM_SPATIAL, &one_, &zero_, x.desc, x.data, x.desc, x.data,
                                                   parameters, scale, bias, mean, variance, 1e-5));
    return x;
  }
  Blob activate(const Blob& x) {
    VERIFY(cudnnActivationForward(handle_, relu_, &one_, x.desc, x.data, &zero_, x.desc, x.data));
    return x;
  }

  cudnnHandle_t handle_;
  int width_, stride_;
  cudnnActivationDescriptor_t relu_;
  cudnnOpTensorDescriptor_t add_;
  const float one_ = 1, zero_ = 0;
};
} // namespace

int main() {
  cudnnHandle_t handle;
  VERIFY(cudnnCreate(&handle));
  Block first(handle, 64, 1), second(handle, 128, 2);
  second(first(blob(8, 64, 56, 56)));
}
