// A perceptron of fully connected layers without cuDNN's convolutions: cuBLAS products, biases by rank-one updates, one precision after the other.
#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cudnn.h>

#include <vector>

class FullyConnected {
public:
  FullyConnected(int in, int out, int batch) : in_(in), out_(out), batch_(batch) {
    cudaMalloc(&weights_, sizeof(float) * in * out);
    cudaMalloc(&bias_, sizeof(float) * out);
    cudaMalloc(&ones_, sizeof(float) * batch);
    cudaMalloc(&y_, sizeof(float) * out * batch);
  }
  float* forward(cublasHandle_t cublas, const float* x) {
    const float alpha = 1.0f, beta = 0.0f;
    cublasSgemm(cublas, CUBLAS_OP_T, CUBLAS_OP_N, out_, batch_, in_, &alpha, weights_, in_, x, in_, &beta, y_, out_);
    cublasSger(cublas, out_, batch_, &alpha, bias_, 1, ones_, 1, y_, out_);
    return y_;
  }

private:
  int in_, out_, batch_;
  float *weights_, *bias_, *ones_, *y_;
};

int main() {
  const int batch = 128;
  const std::vector<int> widths = {784, 512, 256, 10};
  cublasHandle_t cublas;
  cudnnHandle_t cudnn;
  cublasCreate(&cublas);
  cudnnCreate(&cudnn);
  cudnnActivationDescriptor_t sigmoid;
  cudnnCreateActivationDescriptor(&sigmoid);
  cudnnSetActivationDescriptor(sigmoid, CUDNN_ACTIVATION_SIGMOID, CUDNN_PROPAGATE_NAN, 0.0);
  float* x;
  cudaMalloc(&x, sizeof(float) * batch * widths[0]);
  for (size_t i = 0; i + 1 < widths.size(); ++i) {
    FullyConnected layer(widths[i], widths[i + 1], batch);
    x = layer.forward(cublas, x);
    cudnnTensorDescriptor_t descriptor;
    cudnnCreateTensorDescriptor(&descriptor);
    cudnnSetTensor4dDescriptor(descriptor, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, batch, widths[i + 1], 1, 1);
    const float one = 1, zero = 0;
    cudnnActivationForward(cudnn, sigmoid, &one, descriptor, x, &zero, descriptor, x);
  }
  // Eight heads of attention scores in half precision: one batched product.
  void *q, *k, *scores;
  cudaMalloc(&q, 2 * 8 * 64 * 128);
  cudaMalloc(&k, 2 * 8 * 64 * 128);
  cudaMalloc(&scores, 2 * 8 * 128 * 128);
  const float one = 1, zero = 0;
  cublasGemmStridedBatchedEx(cublas, CUBLAS_OP_T, CUBLAS_OP_N, 128, 128, 64, &one, k, CUDA_R_16F, 64, 64 * 128, q, CUDA_R_16F, 64, 64 * 128,
                             &zero, scores, CUDA_R_16F, 128, 128 * 128, 8, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
}
