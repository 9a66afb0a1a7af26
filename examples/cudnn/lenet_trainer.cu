// LeNet trained by hand: forward and backward in one class, fully connected layers through cuBLAS, the update in a kernel.
#include <cublas_v2.h>
#include <cudnn.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#define CUDNN(call)                                                                             \
  do {                                                                                          \
    cudnnStatus_t s = (call);                                                                   \
    if (s != CUDNN_STATUS_SUCCESS) {                                                            \
      printf("cuDNN error at %s:%d: %s\n", __FILE__, __LINE__, cudnnGetErrorString(s));         \
      exit(1);                                                                                  \
    }                                                                                           \
  } while (0)
#define CUBLAS(call)                                                                            \
  if ((call) != CUBLAS_STATUS_SUCCESS) {                                                        \
    printf("cuBLAS error at %s:%d\n", __FILE__, __LINE__);                                      \
    exit(1);                                                                                    \
  }
#define CUDA(call)                                                                              \
  {                                                                                             \
    cudaError_t e = call;                                                                       \
    if (e != cudaSuccess) {                                                                     \
      printf("CUDA error: %s\n", cudaGetErrorString(e));                                        \
      exit(1);                                                                                  \
    }                                                                                           \
  }

__global__ void softmaxLoss(const float* labels, int classes, int batch, float* gradient) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < batch) gradient[i * classes + static_cast<int>(labels[i])] -= 1.0f;
}

struct ConvLayer {
  int in, out, kernel, inHeight, outHeight;
  float *weights, *bias, *dWeights, *dBias;
  cudnnFilterDescriptor_t filter;
  cudnnConvolutionDescriptor_t convolution;
  cudnnTensorDescriptor_t biasDescriptor, output;
  cudnnConvolutionFwdAlgo_t forward;

  ConvLayer(int in_, int out_, int kernel_, int height) : in(in_), out(out_), kernel(kernel_), inHeight(height), outHeight(height - kernel_ + 1) {
    CUDA(cudaMalloc(&weights, sizeof(float) * in * out * kernel * kernel));
    CUDA(cudaMalloc(&dWeights, sizeof(float) * in * out * kernel * kernel));
    CUDA(cudaMalloc(&bias, sizeof(float) * out));
    CUDA(cudaMalloc(&dBias, sizeof(float) * out));
  }
};

class LeNet {
public:
  explicit LeNet(int batch) : batch_(batch), conv1_(1, 20, 5, 28), conv2_(20, 50, 5, 12) {
    CUBLAS(cublasCreate(&cublas_));
    CUDNN(cudnnCreate(&cudnn_));
    CUDNN(cudnnCreateTensorDescriptor(&input_));
    CUDNN(cudnnSetTensor4dDescriptor(input_, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, batch, 1, 28, 28));
    setUp(conv1_, input_);
    CUDNN(cudnnCreatePoolingDescriptor(&pool_));
    CUDNN(cudnnSetPooling2dDescriptor(pool_, CUDNN_POOLING_MAX, CUDNN_PROPAGATE_NAN, 2, 2, 0, 0, 2, 2));
    CUDNN(cudnnCreateTensorDescriptor(&pooled1_));
    CUDNN(cudnnSetTensor4dDescriptor(pooled1_, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, batch, 20, 12, 12));
    setUp(conv2_, pooled1_);
    CUDNN(cudnnCreateTensorDescriptor(&pooled2_));
    CUDNN(cudnnSetTensor4dDescriptor(pooled2_, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, batch, 50, 4, 4));
    CUDNN(cudnnCreateTensorDescriptor(&scores_));
    CUDNN(cudnnSetTensor4dDescriptor(scores_, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, batch, 10, 1, 1));
    for (float** p : {&x_, &y1_, &p1_, &y2_, &p2_, &s_, &prob_, &fc_, &dFc_, &dS_, &dP2_, &dY2_, &dP1_, &dY1_, &labels_})
      CUDA(cudaMalloc(p, sizeof(float) * batch * 20 * 24 * 24));
  }

  void step(const float* images, const float* labels) {
    const float one = 1.0f, zero = 0.0f;
    CUDA(cudaMemcpyAsync(x_, images, sizeof(float) * batch_ * 784, cudaMemcpyHostToDevice));
    CUDA(cudaMemcpyAsync(labels_, labels, sizeof(float) * batch_, cudaMemcpyHostToDevice));
    convolve(conv1_, input_, x_, y1_);
    CUDNN(cudnnPoolingForward(cudnn_, pool_, &one, conv1_.output, y1_, &zero, pooled1_, p1_));
    convolve(conv2_, pooled1_, p1_, y2_);
    CUDNN(cudnnPoolingForward(cudnn_, pool_, &one, conv2_.output, y2_, &zero, pooled2_, p2_));
    CUBLAS(cublasSgemm(cublas_, CUBLAS_OP_T, CUBLAS_OP_N, 10, batch_, 800, &one, fc_, 800, p2_, 800, &zero, s_, 10));
    CUDNN(cudnnSoftmaxForward(cudnn_, CUDNN_SOFTMAX_ACCURATE, CUDNN_SOFTMAX_MODE_CHANNEL, &one, scores_, s_, &zero, scores_, prob_));

    CUDA(cudaMemcpyAsync(dS_, prob_, sizeof(float) * batch_ * 10, cudaMemcpyDeviceToDevice));
    softmaxLoss<<<(batch_ + 127) / 128, 128>>>(labels_, 10, batch_, dS_);
    CUBLAS(cublasSgemm(cublas_, CUBLAS_OP_N, CUBLAS_OP_T, 800, 10, batch_, &one, p2_, 800, dS_, 10, &zero, dFc_, 800));
    CUBLAS(cublasSgemm(cublas_, CUBLAS_OP_N, CUBLAS_OP_N, 800, batch_, 10, &one, fc_, 800, dS_, 10, &zero, dP2_, 800));
    CUDNN(cudnnPoolingBackward(cudnn_, pool_, &one, pooled2_, p2_, pooled2_, dP2_, conv2_.output, y2_, &zero, conv2_.output, dY2_));
    backward(conv2_, pooled1_, p1_, dY2_);
    CUDNN(cudnnConvolutionBackwardData(cudnn_, &one, conv2_.filter, conv2_.weights, conv2_.output, dY2_, conv2_.convolution,
                                       CUDNN_CONVOLUTION_BWD_DATA_ALGO_0, nullptr, 0, &zero, pooled1_, dP1_));
    CUDNN(cudnnPoolingBackward(cudnn_, pool_, &one, pooled1_, p1_, pooled1_, dP1_, conv1_.output, y1_, &zero, conv1_.output, dY1_));
    backward(conv1_, input_, x_, dY1_);
    const float rate = -0.01f;
    CUBLAS(cublasSaxpy(cublas_, 8000, &rate, dFc_, 1, fc_, 1));
  }

private:
  void setUp(ConvLayer& layer, cudnnTensorDescriptor_t x) {
    CUDNN(cudnnCreateFilterDescriptor(&layer.filter));
    CUDNN(cudnnSetFilter4dDescriptor(layer.filter, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, layer.out, layer.in, layer.kernel, layer.kernel));
    CUDNN(cudnnCreateConvolutionDescriptor(&layer.convolution));
    CUDNN(cudnnSetConvolution2dDescriptor(layer.convolution, 0, 0, 1, 1, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
    int n, c, h, w;
    CUDNN(cudnnGetConvolution2dForwardOutputDim(layer.convolution, x, layer.filter, &n, &c, &h, &w));
    CUDNN(cudnnCreateTensorDescriptor(&layer.output));
    CUDNN(cudnnSetTensor4dDescriptor(layer.output, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, n, c, h, w));
    CUDNN(cudnnCreateTensorDescriptor(&layer.biasDescriptor));
    CUDNN(cudnnSetTensor4dDescriptor(layer.biasDescriptor, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 1, c, 1, 1));
    CUDNN(cudnnGetConvolutionForwardAlgorithm(cudnn_, x, layer.filter, layer.convolution, layer.output,
                                              CUDNN_CONVOLUTION_FWD_PREFER_FASTEST, 0, &layer.forward));
  }
  void convolve(ConvLayer& layer, cudnnTensorDescriptor_t descriptor, float* x, float* y) {
    const float one = 1.0f, zero = 0.0f;
    CUDNN(cudnnConvolutionForward(cudnn_, &one, descriptor, x, layer.filter, layer.weights, layer.convolution, layer.forward, nullptr, 0,
                                  &zero, layer.output, y));
    CUDNN(cudnnAddTensor(cudnn_, &one, layer.biasDescriptor, layer.bias, &one, layer.output, y));
  }
  void backward(ConvLayer& layer, cudnnTensorDescriptor_t descriptor, float* x, float* dy) {
    const float one = 1.0f, zero = 0.0f;
    CUDNN(cudnnConvolutionBackwardBias(cudnn_, &one, layer.output, dy, &zero, layer.biasDescriptor, layer.dBias));
    CUDNN(cudnnConvolutionBackwardFilter(cudnn_, &one, descriptor, x, layer.output, dy, layer.convolution,
                                         CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0, nullptr, 0, &zero, layer.filter, layer.dWeights));
  }

  int batch_;
  ConvLayer conv1_, conv2_;
  cublasHandle_t cublas_;
  cudnnHandle_t cudnn_;
  cudnnPoolingDescriptor_t pool_;
  cudnnTensorDescriptor_t input_, pooled1_, pooled2_, scores_;
  float *x_, *y1_, *p1_, *y2_, *p2_, *s_, *prob_, *fc_, *dFc_, *dS_, *dP2_, *dY2_, *dP1_, *dY1_, *labels_;
};

int main() {
  LeNet net(64);
  std::vector<float> images(64 * 784), labels(64);
  net.step(images.data(), labels.data());
  CUDA(cudaDeviceSynchronize());
  return 0;
}
