// One convolution with its bias and activation, as a C programmer writes it: descriptors by hand, a macro around every call.
#include <cuda_runtime.h>
#include <cudnn.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#define checkCUDNN(expression)                                                                      \
  {                                                                                                 \
    cudnnStatus_t status = (expression);                                                            \
    if (status != CUDNN_STATUS_SUCCESS) {                                                           \
      std::fprintf(stderr, "Error on line %d: %s\n", __LINE__, cudnnGetErrorString(status));        \
      std::exit(EXIT_FAILURE);                                                                      \
    }                                                                                               \
  }

int main(int argc, char** argv) {
  const int batch = 1, channels = 3, height = 224, width = 224;
  const int filters = 64, kernel = 7;

  cudnnHandle_t cudnn;
  checkCUDNN(cudnnCreate(&cudnn));

  cudnnTensorDescriptor_t input_descriptor;
  checkCUDNN(cudnnCreateTensorDescriptor(&input_descriptor));
  checkCUDNN(cudnnSetTensor4dDescriptor(input_descriptor, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, batch, channels, height, width));

  cudnnFilterDescriptor_t kernel_descriptor;
  checkCUDNN(cudnnCreateFilterDescriptor(&kernel_descriptor));
  checkCUDNN(cudnnSetFilter4dDescriptor(kernel_descriptor, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, filters, channels, kernel, kernel));

  cudnnConvolutionDescriptor_t convolution_descriptor;
  checkCUDNN(cudnnCreateConvolutionDescriptor(&convolution_descriptor));
  checkCUDNN(cudnnSetConvolution2dDescriptor(convolution_descriptor, 3, 3, 2, 2, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));

  int n = 0, c = 0, h = 0, w = 0;
  checkCUDNN(cudnnGetConvolution2dForwardOutputDim(convolution_descriptor, input_descriptor, kernel_descriptor, &n, &c, &h, &w));

  cudnnTensorDescriptor_t output_descriptor, bias_descriptor;
  checkCUDNN(cudnnCreateTensorDescriptor(&output_descriptor));
  checkCUDNN(cudnnSetTensor4dDescriptor(output_descriptor, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, n, c, h, w));
  checkCUDNN(cudnnCreateTensorDescriptor(&bias_descriptor));
  checkCUDNN(cudnnSetTensor4dDescriptor(bias_descriptor, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, 1, c, 1, 1));

  cudnnConvolutionFwdAlgoPerf_t algorithm;
  int found = 0;
  checkCUDNN(cudnnFindConvolutionForwardAlgorithm(cudnn, input_descriptor, kernel_descriptor, convolution_descriptor,
                                                  output_descriptor, 1, &found, &algorithm));
  size_t workspace_bytes = 0;
  checkCUDNN(cudnnGetConvolutionForwardWorkspaceSize(cudnn, input_descriptor, kernel_descriptor, convolution_descriptor,
                                                     output_descriptor, algorithm.algo, &workspace_bytes));
  if (workspace_bytes == 0) std::printf("no workspace needed\n");

  float *d_input = nullptr, *d_output = nullptr, *d_kernel = nullptr, *d_bias = nullptr;
  void* d_workspace = nullptr;
  const int image_bytes = batch * channels * height * width * sizeof(float);
  cudaMalloc((void**)&d_input, image_bytes);
  cudaMalloc((void**)&d_output, n * c * h * w * sizeof(float));
  cudaMalloc((void**)&d_kernel, filters * channels * kernel * kernel * sizeof(float));
  cudaMalloc((void**)&d_bias, c * sizeof(float));
  cudaMalloc(&d_workspace, workspace_bytes);
  std::vector<float> image(batch * channels * height * width);
  cudaMemcpy(d_input, image.data(), image_bytes, cudaMemcpyHostToDevice);

  const float alpha = 1.0f, beta = 0.0f, one = 1.0f;
  checkCUDNN(cudnnConvolutionForward(cudnn, &alpha, input_descriptor, d_input, kernel_descriptor, d_kernel, convolution_descriptor,
                                     algorithm.algo, d_workspace, workspace_bytes, &beta, output_descriptor, d_output));
  checkCUDNN(cudnnAddTensor(cudnn, &alpha, bias_descriptor, d_bias, &one, output_descriptor, d_output));

  cudnnActivationDescriptor_t activation_descriptor;
  checkCUDNN(cudnnCreateActivationDescriptor(&activation_descriptor));
  checkCUDNN(cudnnSetActivationDescriptor(activation_descriptor, CUDNN_ACTIVATION_RELU, CUDNN_PROPAGATE_NAN, 0));
  checkCUDNN(cudnnActivationForward(cudnn, activation_descriptor, &alpha, output_descriptor, d_output, &beta, output_descriptor, d_output));

  float* h_output = new float[n * c * h * w];
  cudaMemcpy(h_output, d_output, n * c * h * w * sizeof(float), cudaMemcpyDeviceToHost);
  delete[] h_output;
  cudaFree(d_input);
  cudnnDestroyTensorDescriptor(input_descriptor);
  cudnnDestroy(cudnn);
  return 0;
}
