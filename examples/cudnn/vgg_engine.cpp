// An inference engine in modern C++: descriptors in unique_ptrs with deleters, a table of layers, lambdas, one workspace for all, half precision.
#include <cublas_v2.h>
#include <cuda_fp16.h>
#include <cudnn.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace engine {

class CudnnError : public std::runtime_error {
public:
  CudnnError(cudnnStatus_t status, std::string_view call) : std::runtime_error(std::string(call) + ": " + cudnnGetErrorString(status)) {}
};
inline void ensure(cudnnStatus_t status, std::string_view call) {
  if (status != CUDNN_STATUS_SUCCESS) throw CudnnError(status, call);
}
#define ENSURE(call) ::engine::ensure((call), #call)

template <auto Destroy> struct Deleter {
  template <typename T> void operator()(T* p) const noexcept { Destroy(p); }
};
template <typename Descriptor, auto Destroy> using Owned = std::unique_ptr<std::remove_pointer_t<Descriptor>, Deleter<Destroy>>;
using Tensor = Owned<cudnnTensorDescriptor_t, cudnnDestroyTensorDescriptor>;
using Filter = Owned<cudnnFilterDescriptor_t, cudnnDestroyFilterDescriptor>;
using Convolution = Owned<cudnnConvolutionDescriptor_t, cudnnDestroyConvolutionDescriptor>;
using Pooling = Owned<cudnnPoolingDescriptor_t, cudnnDestroyPoolingDescriptor>;
using Activation = Owned<cudnnActivationDescriptor_t, cudnnDestroyActivationDescriptor>;

template <typename Result, typename Raw, typename Create> Result make(Create create) {
  Raw raw{};
  ENSURE(create(&raw));
  return Result(raw);
}

struct Shape {
  int n, c, h, w;
  [[nodiscard]] constexpr size_t count() const noexcept { return size_t(n) * c * h * w; }
  friend std::ostream& operator<<(std::ostream& os, const Shape& s) { return os << s.n << 'x' << s.c << 'x' << s.h << 'x' << s.w; }
};

struct DeviceDelete {
  void operator()(void* p) const { cudaFree(p); }
};
template <typename T> using DeviceArray = std::unique_ptr<T[], DeviceDelete>;
template <typename T> DeviceArray<T> device(size_t count) {
  T* p = nullptr;
  if (auto e = cudaMalloc(reinterpret_cast<void**>(&p), count * sizeof(T)); e != cudaSuccess) throw std::runtime_error(cudaGetErrorString(e));
  return DeviceArray<T>(p);
}

struct Conv { int channels, kernel = 3, stride = 1, padding = 1; };
struct Pool { int window = 2; };
struct Dense { int outputs; bool relu = true; };
using LayerSpec = std::variant<Conv, Pool, Dense>;

const std::map<std::string, std::vector<LayerSpec>> zoo = {
    {"vgg11",
     {Conv{64}, Pool{}, Conv{128}, Pool{}, Conv{256}, Conv{256}, Pool{}, Conv{512}, Conv{512}, Pool{}, Conv{512}, Conv{512}, Pool{}, Dense{4096}, Dense{4096},
      Dense{1000, false}}},
    {"tiny", {Conv{16, 5, 2, 2}, Pool{}, Dense{10, false}}}};

class Session {
public:
  explicit Session(const std::string& model, Shape input) : shape_(input) {
    cudnnCreate(&cudnn_);
    cublasCreate(&cublas_);
    relu_ = make<Activation, cudnnActivationDescriptor_t>(cudnnCreateActivationDescriptor);
    ENSURE(cudnnSetActivationDescriptor(relu_.get(), CUDNN_ACTIVATION_RELU, CUDNN_NOT_PROPAGATE_NAN, 0.0));
    for (const LayerSpec& spec : zoo.at(model)) std::visit([this](const auto& layer) { add(layer); }, spec);
    workspace_ = device<std::byte>(workspaceBytes_);
  }
  ~Session() {
    cublasDestroy(cublas_);
    cudnnDestroy(cudnn_);
  }

  const __half* run(const __half* image) {
    const __half* data = image;
    for (const auto& [name, step] : steps_) data = step(data);
    return data;
  }
  Shape shape() const { return shape_; }

private:
  Tensor tensor(const Shape& s) const {
    auto t = make<Tensor, cudnnTensorDescriptor_t>(cudnnCreateTensorDescriptor);
    ENSURE(cudnnSetTensor4dDescriptor(t.get(), CUDNN_TENSOR_NHWC, CUDNN_DATA_HALF, s.n, s.c, s.h, s.w));
    return t;
  }
  void add(const Conv& layer) {
    auto x = std::make_shared<Tensor>(tensor(shape_));
    auto w = std::make_shared<Filter>(make<Filter, cudnnFilterDescriptor_t>(cudnnCreateFilterDescriptor));
    ENSURE(cudnnSetFilter4dDescriptor(w->get(), CUDNN_DATA_HALF, CUDNN_TENSOR_NHWC, layer.channels, shape_.c, layer.kernel, layer.kernel));
    auto c = std::make_shared<Convolution>(make<Convolution, cudnnConvolutionDescriptor_t>(cudnnCreateConvolutionDescriptor));
    ENSURE(cudnnSetConvolution2dDescriptor(c->get(), layer.padding, layer.padding, layer.stride, layer.stride, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
    ENSURE(cudnnSetConvolutionMathType(c->get(), CUDNN_TENSOR_OP_MATH));
    const size_t weights = size_t(layer.channels) * shape_.c * layer.kernel * layer.kernel;
    ENSURE(cudnnGetConvolution2dForwardOutputDim(c->get(), x->get(), w->get(), &shape_.n, &shape_.c, &shape_.h, &shape_.w));
    auto y = std::make_shared<Tensor>(tensor(shape_));
    auto b = std::make_shared<Tensor>(tensor({1, layer.channels, 1, 1}));
    size_t bytes = 0;
    constexpr auto algorithm = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
    ENSURE(cudnnGetConvolutionForwardWorkspaceSize(cudnn_, x->get(), w->get(), c->get(), y->get(), algorithm, &bytes));
    workspaceBytes_ = std::max(workspaceBytes_, bytes);
    auto data = std::shared_ptr<__half[]>(device<__half>(weights)), bias = std::shared_ptr<__half[]>(device<__half>(layer.channels)),
         out = std::shared_ptr<__half[]>(device<__half>(shape_.count()));
    steps_.emplace_back("conv", [=, this](const __half* in) -> const __half* {
      const float alpha = 1.f, beta = 0.f;
      ENSURE(cudnnConvolutionBiasActivationForward(cudnn_, &alpha, x->get(), in, w->get(), data.get(), c->get(), algorithm, workspace_.get(), workspaceBytes_,
                                                   &beta, y->get(), out.get(), b->get(), bias.get(), relu_.get(), y->get(), out.get()));
      return out.get();
    });
  }
  void add(const Pool& layer) {
    auto x = std::make_shared<Tensor>(tensor(shape_));
    auto p = std::make_shared<Pooling>(make<Pooling, cudnnPoolingDescriptor_t>(cudnnCreatePoolingDescriptor));
    ENSURE(cudnnSetPooling2dDescriptor(p->get(), CUDNN_POOLING_MAX, CUDNN_NOT_PROPAGATE_NAN, layer.window, layer.window, 0, 0, layer.window, layer.window));
    shape_.h /= layer.window;
    shape_.w /= layer.window;
    auto y = std::make_shared<Tensor>(tensor(shape_));
    auto out = std::shared_ptr<__half[]>(device<__half>(shape_.count()));
    steps_.emplace_back("pool", [=, this](const __half* in) -> const __half* {
      const float alpha = 1.f, beta = 0.f;
      ENSURE(cudnnPoolingForward(cudnn_, p->get(), &alpha, x->get(), in, &beta, y->get(), out.get()));
      return out.get();
    });
  }
  void add(const Dense& layer) {
    const int inputs = shape_.c * shape_.h * shape_.w, batch = shape_.n;
    shape_ = {batch, layer.outputs, 1, 1};
    auto weights = std::shared_ptr<__half[]>(device<__half>(size_t(inputs) * layer.outputs));
    auto out = std::shared_ptr<__half[]>(device<__half>(shape_.count()));
    auto y = std::make_shared<Tensor>(tensor(shape_));
    steps_.emplace_back("dense", [=, this, outputs = layer.outputs, relu = layer.relu](const __half* in) -> const __half* {
      const float alpha = 1.f, beta = 0.f;
      cublasGemmEx(cublas_, CUBLAS_OP_T, CUBLAS_OP_N, outputs, batch, inputs, &alpha, weights.get(), CUDA_R_16F, inputs, in, CUDA_R_16F, inputs, &beta, out.get(),
                   CUDA_R_16F, outputs, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT_TENSOR_OP);
      if (relu) ENSURE(cudnnActivationForward(cudnn_, relu_.get(), &alpha, y->get(), out.get(), &beta, y->get(), out.get()));
      return out.get();
    });
  }

  cudnnHandle_t cudnn_ = nullptr;
  cublasHandle_t cublas_ = nullptr;
  Shape shape_;
  Activation relu_;
  size_t workspaceBytes_ = 0;
  DeviceArray<std::byte> workspace_;
  std::vector<std::pair<std::string, std::function<const __half*(const __half*)>>> steps_;
};

} // namespace engine

int main(int argc, char** argv) try {
  const std::string model = argc > 1 ? argv[1] : "vgg11";
  const engine::Shape input{16, 3, 224, 224};
  engine::Session session(model, input);
  auto image = engine::device<__half>(input.count());
  cudaEvent_t start, stop;
  cudaEventCreate(&start);
  cudaEventCreate(&stop);
  cudaEventRecord(start);
  const __half* scores = session.run(image.get());
  cudaEventRecord(stop);
  cudaEventSynchronize(stop);
  float ms = 0;
  cudaEventElapsedTime(&ms, start, stop);
  std::vector<__half> host(session.shape().count());
  cudaMemcpy(host.data(), scores, host.size() * sizeof(__half), cudaMemcpyDeviceToHost);
  std::cout << session.shape() << " in " << ms << " ms\n";
  return ms > 100 ? 2 : 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
