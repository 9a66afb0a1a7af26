// One digit classified by a network in C++ of cuDNN's early days: a class over the number's type, descriptors set again for every layer, the fully
// connected layers as matrix times vector on top of the bias, weights from files, and the answer searched on the host.
#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cudnn.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#define FAIL(text)                                                       \
  do {                                                                   \
    std::ostringstream message;                                          \
    message << text << " at " << __FILE__ << ':' << __LINE__ << '\n';    \
    std::cerr << message.str();                                          \
    cudaDeviceReset();                                                   \
    std::exit(EXIT_FAILURE);                                             \
  } while (0)
#define DNN(call)                                                        \
  do {                                                                   \
    const cudnnStatus_t code = (call);                                   \
    if (code != CUDNN_STATUS_SUCCESS) FAIL(cudnnGetErrorString(code));   \
  } while (0)

template <typename Number> struct Traits;
template <> struct Traits<float> {
  static const cudnnDataType_t type = CUDNN_DATA_FLOAT;
  static void multiply(cublasHandle_t cublas, int in, int out, const float* one, const float* a, const float* x, float* y) {
    if (cublasSgemv(cublas, CUBLAS_OP_T, in, out, one, a, in, x, 1, one, y, 1) != CUBLAS_STATUS_SUCCESS) FAIL("gemv");
  }
};

template <typename Number> struct Weights {
  Weights(int in, int out, int kernel, const char* file) : in(in), out(out), kernel(kernel) {
    const int count = in * out * kernel * kernel;
    std::vector<Number> host(count + out);
    std::ifstream stream(file, std::ios::binary);
    if (!stream) FAIL("cannot open " << file);
    stream.read(reinterpret_cast<char*>(host.data()), host.size() * sizeof(Number));
    cudaMalloc(&values, host.size() * sizeof(Number));
    cudaMemcpy(values, host.data(), host.size() * sizeof(Number), cudaMemcpyHostToDevice);
    bias = values + count;
  }
  ~Weights() { cudaFree(values); }
  int in, out, kernel;
  Number *values = nullptr, *bias = nullptr;
};

template <typename Number> class Network {
public:
  Network() {
    DNN(cudnnCreate(&cudnn_));
    cublasCreate(&cublas_);
    for (cudnnTensorDescriptor_t* d : {&source_, &target_, &bias_}) DNN(cudnnCreateTensorDescriptor(d));
    DNN(cudnnCreateFilterDescriptor(&filter_));
    DNN(cudnnCreateConvolutionDescriptor(&convolution_));
    DNN(cudnnCreatePoolingDescriptor(&pooling_));
    DNN(cudnnCreateActivationDescriptor(&relu_));
  }
  void choose(cudnnConvolutionFwdAlgo_t algorithm) { chosen_ = algorithm; }

  int classify(const Weights<Number>& first, const Weights<Number>& second, const Weights<Number>& hidden, const Weights<Number>& last) {
    Number image[28 * 28] = {};
    Number *a = nullptr, *b = nullptr;
    n_ = c_ = 1;
    h_ = w_ = 28;
    resize(&a, h_ * w_);
    cudaMemcpy(a, image, sizeof image, cudaMemcpyHostToDevice);
    convolve(first, a, &b);
    pool(b, &a);
    convolve(second, a, &b);
    pool(b, &a);
    connect(hidden, a, &b);
    activate(b, &a);
    connect(last, a, &b);
    resize(&a, c_);
    describe(source_);
    DNN(cudnnSoftmaxForward(cudnn_, CUDNN_SOFTMAX_ACCURATE, CUDNN_SOFTMAX_MODE_CHANNEL, &one_, source_, b, &zero_, source_, a));
    Number scores[10];
    cudaMemcpy(scores, a, sizeof scores, cudaMemcpyDeviceToHost);
    int best = 0;
    for (int i = 1; i < 10; ++i)
      if (scores[best] < scores[i]) best = i;
    return best;
  }

private:
  static void resize(Number** data, int count) {
    if (*data != nullptr) cudaFree(*data);
    if (cudaMalloc(data, count * sizeof(Number)) != cudaSuccess) FAIL("out of memory");
  }
  void describe(cudnnTensorDescriptor_t& descriptor) {
    const int sizes[4] = {n_, c_, h_, w_}, strides[4] = {c_ * h_ * w_, h_ * w_, w_, 1};
    DNN(cudnnSetTensorNdDescriptor(descriptor, Traits<Number>::type, 4, sizes, strides));
  }
  void take(const int* sizes) { n_ = sizes[0], c_ = sizes[1], h_ = sizes[2], w_ = sizes[3]; }

  void convolve(const Weights<Number>& weights, Number* x, Number** y) {
    describe(source_);
    const int filter[4] = {weights.out, weights.in, weights.kernel, weights.kernel}, padding[2] = {0, 0}, ones[2] = {1, 1};
    DNN(cudnnSetFilterNdDescriptor(filter_, Traits<Number>::type, CUDNN_TENSOR_NCHW, 4, filter));
    DNN(cudnnSetConvolutionNdDescriptor(convolution_, 2, padding, ones, ones, CUDNN_CROSS_CORRELATION, Traits<Number>::type));
    int sizes[4];
    DNN(cudnnGetConvolutionNdForwardOutputDim(convolution_, source_, filter_, 4, sizes));
    take(sizes);
    describe(target_);
    cudnnConvolutionFwdAlgo_t algorithm = static_cast<cudnnConvolutionFwdAlgo_t>(chosen_);
    if (chosen_ < 0) {
      int given = 0;
      cudnnConvolutionFwdAlgoPerf_t results[CUDNN_CONVOLUTION_FWD_ALGO_COUNT];
      DNN(cudnnFindConvolutionForwardAlgorithm(cudnn_, source_, filter_, convolution_, target_, CUDNN_CONVOLUTION_FWD_ALGO_COUNT, &given, results));
      for (int i = 0; i < given; ++i) std::cout << results[i].algo << ": " << results[i].time << " ms, " << results[i].memory << " bytes\n";
      algorithm = results[0].algo;
    }
    resize(y, n_ * c_ * h_ * w_);
    size_t bytes = 0;
    void* workspace = nullptr;
    DNN(cudnnGetConvolutionForwardWorkspaceSize(cudnn_, source_, filter_, convolution_, target_, algorithm, &bytes));
    if (bytes != 0) cudaMalloc(&workspace, bytes);
    DNN(cudnnConvolutionForward(cudnn_, &one_, source_, x, filter_, weights.values, convolution_, algorithm, workspace, bytes, &zero_, target_, *y));
    DNN(cudnnSetTensor4dDescriptor(bias_, CUDNN_TENSOR_NCHW, Traits<Number>::type, 1, c_, 1, 1));
    DNN(cudnnAddTensor(cudnn_, &one_, bias_, weights.bias, &one_, target_, *y));
    if (bytes != 0) cudaFree(workspace);
  }
  void pool(Number* x, Number** y) {
    const int two[2] = {2, 2}, none[2] = {0, 0};
    DNN(cudnnSetPoolingNdDescriptor(pooling_, CUDNN_POOLING_MAX, CUDNN_PROPAGATE_NAN, 2, two, none, two));
    describe(source_);
    int sizes[4];
    DNN(cudnnGetPoolingNdForwardOutputDim(pooling_, source_, 4, sizes));
    take(sizes);
    describe(target_);
    resize(y, n_ * c_ * h_ * w_);
    DNN(cudnnPoolingForward(cudnn_, pooling_, &one_, source_, x, &zero_, target_, *y));
  }
  void connect(const Weights<Number>& weights, Number* x, Number** y) {
    const int in = c_ * h_ * w_;
    resize(y, weights.out);
    cudaMemcpy(*y, weights.bias, weights.out * sizeof(Number), cudaMemcpyDeviceToDevice);
    Traits<Number>::multiply(cublas_, in, weights.out, &one_, weights.values, x, *y);
    c_ = weights.out, h_ = w_ = 1;
  }
  void activate(Number* x, Number** y) {
    DNN(cudnnSetActivationDescriptor(relu_, CUDNN_ACTIVATION_RELU, CUDNN_PROPAGATE_NAN, 0.0));
    resize(y, n_ * c_ * h_ * w_);
    describe(source_);
    DNN(cudnnActivationForward(cudnn_, relu_, &one_, source_, x, &zero_, source_, *y));
  }

  cudnnHandle_t cudnn_;
  cublasHandle_t cublas_;
  cudnnTensorDescriptor_t source_, target_, bias_;
  cudnnFilterDescriptor_t filter_;
  cudnnConvolutionDescriptor_t convolution_;
  cudnnPoolingDescriptor_t pooling_;
  cudnnActivationDescriptor_t relu_;
  int n_ = 0, c_ = 0, h_ = 0, w_ = 0, chosen_ = -1;
  const Number one_ = 1, zero_ = 0;
};

int main() {
  int devices = 0;
  cudaGetDeviceCount(&devices);
  for (int i = 0; i < devices; ++i) {
    cudaDeviceProp properties;
    cudaGetDeviceProperties(&properties, i);
    std::printf("device %d: %d multiprocessors\n", i, properties.multiProcessorCount);
  }
  Network<float> network;
  Weights<float> first(1, 20, 5, "conv1.bin"), second(20, 50, 5, "conv2.bin"), hidden(800, 500, 1, "ip1.bin"), last(500, 10, 1, "ip2.bin");
  const int searched = network.classify(first, second, hidden, last);
  network.choose(CUDNN_CONVOLUTION_FWD_ALGO_FFT);
  const int transformed = network.classify(first, second, hidden, last);
  if (searched != transformed) FAIL("the algorithms disagree");
  cudaDeviceReset();
  exit(EXIT_SUCCESS);
}
