// Descriptors as classes that create and destroy themselves; errors as exceptions.
#include <cuda_runtime.h>
#include <cudnn.h>

#include <stdexcept>
#include <string>
#include <utility>

inline void check(cudnnStatus_t status) {
  if (status != CUDNN_STATUS_SUCCESS) throw std::runtime_error(std::string("cuDNN: ") + cudnnGetErrorString(status));
}

class Handle {
public:
  Handle() { check(cudnnCreate(&handle_)); }
  ~Handle() { cudnnDestroy(handle_); }
  operator cudnnHandle_t() const { return handle_; }

private:
  cudnnHandle_t handle_;
};

class TensorDescriptor {
public:
  TensorDescriptor() { check(cudnnCreateTensorDescriptor(&descriptor_)); }
  TensorDescriptor(int n, int c, int h, int w) : TensorDescriptor() {
    check(cudnnSetTensor4dDescriptor(descriptor_, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, n, c, h, w));
  }
  ~TensorDescriptor() { cudnnDestroyTensorDescriptor(descriptor_); }
  TensorDescriptor(const TensorDescriptor&) = delete;
  operator cudnnTensorDescriptor_t() const { return descriptor_; }
  std::size_t bytes() const {
    std::size_t size = 0;
    check(cudnnGetTensorSizeInBytes(descriptor_, &size));
    return size;
  }

private:
  cudnnTensorDescriptor_t descriptor_;
};

class DeviceBuffer {
public:
  explicit DeviceBuffer(std::size_t bytes) {
    if (cudaMalloc(&data_, bytes) != cudaSuccess) throw std::bad_alloc();
  }
  DeviceBuffer(DeviceBuffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  ~DeviceBuffer() { cudaFree(data_); }
  float* get() const { return static_cast<float*>(data_); }

private:
  void* data_ = nullptr;
};

class MaxPool {
public:
  MaxPool(int window, int stride) {
    check(cudnnCreatePoolingDescriptor(&descriptor_));
    check(cudnnSetPooling2dDescriptor(descriptor_, CUDNN_POOLING_MAX, CUDNN_PROPAGATE_NAN, window, window, 0, 0, stride, stride));
  }
  ~MaxPool() { cudnnDestroyPoolingDescriptor(descriptor_); }
  void forward(const Handle& handle, const TensorDescriptor& x, const DeviceBuffer& in, const TensorDescriptor& y, DeviceBuffer& out) {
    const float alpha = 1.f, beta = 0.f;
    check(cudnnPoolingForward(handle, descriptor_, &alpha, x, in.get(), &beta, y, out.get()));
  }

private:
  cudnnPoolingDescriptor_t descriptor_;
};

int main() {
  try {
    Handle handle;
    TensorDescriptor image(16, 32, 28, 28), pooled(16, 32, 14, 14);
    DeviceBuffer in(image.bytes()), out(pooled.bytes()), probabilities(pooled.bytes());
    MaxPool pool(2, 2);
    pool.forward(handle, image, in, pooled, out);
    const float alpha = 1.f, beta = 0.f;
    check(cudnnSoftmaxForward(handle, CUDNN_SOFTMAX_ACCURATE, CUDNN_SOFTMAX_MODE_CHANNEL, &alpha, pooled, out.get(), &beta, pooled,
                              probabilities.get()));
  } catch (const std::exception&) {
    return 1;
  }
}
