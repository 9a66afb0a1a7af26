// Convolution, bias and ReLU in one call, for a stack of layers given by a table; then global pooling by a reduction, and a kernel of our own.
#include <cudnn.h>
#include <thrust/device_vector.h>

struct LayerSpec {
  int out, kernel, stride;
};
constexpr LayerSpec network[] = {{32, 3, 2}, {64, 3, 1}, {128, 3, 2}};

template <typename T> __global__ void scale(T* data, int count, T factor) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x) data[i] *= factor;
}

static cudnnHandle_t g_handle = nullptr;

static cudnnTensorDescriptor_t tensor(int n, int c, int h, int w) {
  cudnnTensorDescriptor_t d;
  cudnnCreateTensorDescriptor(&d);
  cudnnSetTensor4dDescriptor(d, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, n, c, h, w);
  return d;
}

int main() {
  cudnnCreate(&g_handle);
  int n = 2, c = 3, h = 64, w = 64;
  thrust::device_vector<float> x(n * c * h * w), y;
  cudnnActivationDescriptor_t relu;
  cudnnCreateActivationDescriptor(&relu);
  cudnnSetActivationDescriptor(relu, CUDNN_ACTIVATION_RELU, CUDNN_PROPAGATE_NAN, 0);
  for (const LayerSpec& layer : network) {
    cudnnFilterDescriptor_t filter;
    cudnnCreateFilterDescriptor(&filter);
    cudnnSetFilter4dDescriptor(filter, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, layer.out, c, layer.kernel, layer.kernel);
    cudnnConvolutionDescriptor_t convolution;
    cudnnCreateConvolutionDescriptor(&convolution);
    cudnnSetConvolution2dDescriptor(convolution, layer.kernel / 2, layer.kernel / 2, layer.stride, layer.stride, 1, 1, CUDNN_CROSS_CORRELATION,
                                    CUDNN_DATA_FLOAT);
    const auto in = tensor(n, c, h, w);
    thrust::device_vector<float> weights(layer.out * c * layer.kernel * layer.kernel), bias(layer.out);
    cudnnGetConvolution2dForwardOutputDim(convolution, in, filter, &n, &c, &h, &w);
    const auto out = tensor(n, c, h, w), biasDescriptor = tensor(1, c, 1, 1);
    y = thrust::device_vector<float>(n * c * h * w);
    const float one = 1, zero = 0;
    cudnnConvolutionBiasActivationForward(g_handle, &one, in, thrust::raw_pointer_cast(x.data()), filter, thrust::raw_pointer_cast(weights.data()),
                                          convolution, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM, nullptr, 0, &zero, out,
                                          thrust::raw_pointer_cast(&y[0]), biasDescriptor, thrust::raw_pointer_cast(bias.data()), relu, out,
                                          thrust::raw_pointer_cast(&y[0]));
    x.swap(y);
  }
  cudnnReduceTensorDescriptor_t mean;
  cudnnCreateReduceTensorDescriptor(&mean);
  cudnnSetReduceTensorDescriptor(mean, CUDNN_REDUCE_TENSOR_AVG, CUDNN_DATA_FLOAT, CUDNN_PROPAGATE_NAN, CUDNN_REDUCE_TENSOR_NO_INDICES,
                                 CUDNN_32BIT_INDICES);
  thrust::device_vector<float> pooled(n * c);
  float* result = thrust::raw_pointer_cast(pooled.data());
  const float one = 1, zero = 0;
  cudnnReduceTensor(g_handle, mean, nullptr, 0, nullptr, 0, &one, tensor(n, c, h, w), thrust::raw_pointer_cast(x.data()), &zero,
                    tensor(n, c, 1, 1), result);
  scale<<<dim3(8), dim3(256)>>>(result, n * c, 0.5f);
}
