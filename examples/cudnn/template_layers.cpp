// Layers as templates over the data type, kept behind a virtual base class and run in a loop.
#include <cuda_runtime.h>
#include <cudnn.h>

#include <memory>
#include <vector>

template <typename T> struct DataType;
template <> struct DataType<float> {
  static constexpr cudnnDataType_t value = CUDNN_DATA_FLOAT;
};
template <> struct DataType<double> {
  static constexpr cudnnDataType_t value = CUDNN_DATA_DOUBLE;
};

struct Shape {
  int n, c, h, w;
  int count() const { return n * c * h * w; }
};

template <typename T> class Tensor {
public:
  explicit Tensor(Shape s) : shape(s) {
    cudnnCreateTensorDescriptor(&descriptor);
    cudnnSetTensor4dDescriptor(descriptor, CUDNN_TENSOR_NCHW, DataType<T>::value, s.n, s.c, s.h, s.w);
    cudaMalloc(&data, s.count() * sizeof(T));
  }
  Shape shape;
  cudnnTensorDescriptor_t descriptor;
  T* data = nullptr;
};
template <typename T> using TensorPtr = std::shared_ptr<Tensor<T>>;

template <typename T> class Layer {
public:
  virtual ~Layer() = default;
  virtual TensorPtr<T> forward(cudnnHandle_t handle, const TensorPtr<T>& x) = 0;

protected:
  const T one_ = 1, zero_ = 0;
};

template <typename T, int Kernel, int Stride = 1, int Padding = Kernel / 2> class Convolution : public Layer<T> {
public:
  Convolution(int in, int out) : out_(out) {
    cudnnCreateFilterDescriptor(&filter_);
    cudnnSetFilter4dDescriptor(filter_, DataType<T>::value, CUDNN_TENSOR_NCHW, out, in, Kernel, Kernel);
    cudnnCreateConvolutionDescriptor(&convolution_);
    cudnnSetConvolution2dDescriptor(convolution_, Padding, Padding, Stride, Stride, 1, 1, CUDNN_CROSS_CORRELATION, DataType<T>::value);
    cudaMalloc(&weights_, out * in * Kernel * Kernel * sizeof(T));
  }
  TensorPtr<T> forward(cudnnHandle_t handle, const TensorPtr<T>& x) override {
    Shape s;
    cudnnGetConvolution2dForwardOutputDim(convolution_, x->descriptor, filter_, &s.n, &s.c, &s.h, &s.w);
    auto y = std::make_shared<Tensor<T>>(s);
    cudnnConvolutionForward(handle, &this->one_, x->descriptor, x->data, filter_, weights_, convolution_,
                            CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM, nullptr, 0, &this->zero_, y->descriptor, y->data);
    return y;
  }

private:
  int out_;
  cudnnFilterDescriptor_t filter_;
  cudnnConvolutionDescriptor_t convolution_;
  T* weights_ = nullptr;
};

template <typename T> class Activation : public Layer<T> {
public:
  explicit Activation(cudnnActivationMode_t mode) {
    cudnnCreateActivationDescriptor(&descriptor_);
    cudnnSetActivationDescriptor(descriptor_, mode, CUDNN_NOT_PROPAGATE_NAN, 0.0);
  }
  TensorPtr<T> forward(cudnnHandle_t handle, const TensorPtr<T>& x) override {
    cudnnActivationForward(handle, descriptor_, &this->one_, x->descriptor, x->data, &this->zero_, x->descriptor, x->data);
    return x;
  }

private:
  cudnnActivationDescriptor_t descriptor_;
};

int main() {
  cudnnHandle_t handle;
  cudnnCreate(&handle);
  std::vector<std::unique_ptr<Layer<double>>> layers;
  int in = 3;
  for (int out : {16, 32, 64}) {
    layers.push_back(std::make_unique<Convolution<double, 3, 2>>(in, out));
    layers.push_back(std::make_unique<Activation<double>>(CUDNN_ACTIVATION_TANH));
    in = out;
  }
  TensorPtr<double> x = std::make_shared<Tensor<double>>(Shape{4, 3, 65, 65});
  for (auto& layer : layers) x = layer->forward(handle, x);
  return 0;
}
