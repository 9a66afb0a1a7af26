// A GPU that LibTorch sees: what libtorch_cuda.so brings, over the tests' libcudart. Operators are LibTorch's own for the CPU, run on
// the device's memory, which here is ordinary memory; each is one piece of work on the current stream. Linked to a test, or
// preloaded into cobra-probe.

#include "test/probe/fake/fake.h"

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <array>
#include <chrono>
#include <map>

extern "C" {
const char* cudaGetErrorString(int);
int cudaGetDeviceCount(int*);
int cudaMalloc(void**, std::size_t);
int cudaStreamCreateWithFlags(void**, unsigned);
int cudaStreamSynchronize(void*);
int cudaEventCreate(void**);
int cudaEventDestroy(void*);
int cudaEventRecord(void*, void*);
int cudaEventSynchronize(void*);
int cudaEventElapsedTime(float*, void*, void*);
}

namespace {

void check(int status) { TORCH_CHECK(status == 0, "CUDA error: ", cudaGetErrorString(status)); }

constexpr int devices = 2;

/// Streams of both devices; number 0 is the default one.
struct Streams {
  c10::DeviceIndex device = 0;
  std::array<c10::StreamId, devices> current{};
  std::array<void*, devices> pooled{};

  void* handle(c10::Stream stream) const { return stream.id() == 0 ? nullptr : pooled.at(static_cast<std::size_t>(stream.device_index())); }
  c10::Stream now(c10::DeviceIndex on) const {
    return c10::Stream(c10::Stream::UNSAFE, c10::Device(c10::kCUDA, on), current.at(static_cast<std::size_t>(on)));
  }
};
Streams& streams() {
  static Streams all;
  return all;
}

struct Guard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return c10::kCUDA; }
  c10::Device exchangeDevice(c10::Device to) const override {
    const c10::Device before = getDevice();
    setDevice(to);
    return before;
  }
  c10::Device getDevice() const override { return {c10::kCUDA, streams().device}; }
  void setDevice(c10::Device to) const override { streams().device = to.index(); }
  void uncheckedSetDevice(c10::Device to) const noexcept override { streams().device = to.index(); }
  c10::Stream getStream(c10::Device on) const override { return streams().now(on.index()); }
  c10::Stream getDefaultStream(c10::Device on) const override { return c10::Stream(c10::Stream::DEFAULT, on); }
  c10::Stream getStreamFromGlobalPool(c10::Device on, bool) const override {
    void*& handle = streams().pooled.at(static_cast<std::size_t>(on.index()));
    if (handle == nullptr) check(cudaStreamCreateWithFlags(&handle, 1));
    return c10::Stream(c10::Stream::UNSAFE, on, 1);
  }
  c10::Stream exchangeStream(c10::Stream to) const override {
    c10::Stream before = streams().now(to.device_index());
    streams().current.at(static_cast<std::size_t>(to.device_index())) = to.id();
    return before;
  }
  void* getStreamNativeHandle(c10::Stream stream) const override { return streams().handle(stream); }
  c10::DeviceIndex deviceCount() const noexcept override { return devices; }
  void synchronizeStream(const c10::Stream& stream) const override { check(cudaStreamSynchronize(streams().handle(stream))); }

  void record(void** event, const c10::Stream& stream, c10::DeviceIndex, c10::EventFlag) const override {
    if (*event == nullptr) check(cudaEventCreate(event));
    check(cudaEventRecord(*event, streams().handle(stream)));
  }
  void destroyEvent(void* event, c10::DeviceIndex) const noexcept override {
    if (event != nullptr) cudaEventDestroy(event);
  }
  bool queryEvent(void*) const override { return true; }
  void synchronizeEvent(void* event) const override { check(cudaEventSynchronize(event)); }
  double elapsedTime(void* first, void* last, c10::DeviceIndex) const override {
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, first, last));
    return static_cast<double>(milliseconds);
  }
};
C10_REGISTER_GUARD_IMPL(CUDA, Guard)

/// Keeps what is freed, as LibTorch's does: what is made twice needs no cudaMalloc, which a capture would not allow.
class CachingAllocator final : public c10::Allocator {
public:
  c10::DataPtr allocate(std::size_t bytes) override {
    void* data = nullptr;
    if (bytes > 0) {
      auto& kept = freed()[bytes];
      if (kept.empty()) {
        check(cudaMalloc(&data, bytes));
      } else {
        data = kept.back();
        kept.pop_back();
      }
      sizes()[data] = bytes;
    }
    return {data, data,
            [](void* last) {
              if (last != nullptr) freed()[sizes()[last]].push_back(last);
            },
            c10::Device(c10::kCUDA, streams().device)};
  }
  void copy_data(void* to, const void* from, std::size_t count) const override { default_copy_data(to, from, count); }

private:
  static std::map<std::size_t, std::vector<void*>>& freed() {
    static auto* all = new std::map<std::size_t, std::vector<void*>>;
    return *all;
  }
  static std::map<void*, std::size_t>& sizes() {
    static auto* all = new std::map<void*, std::size_t>;
    return *all;
  }
};
CachingAllocator allocator;
const bool registered = (c10::SetAllocator(c10::kCUDA, &allocator), true);

struct CUDAHooks final : at::CUDAHooksInterface { // LibTorch looks for that name
  explicit CUDAHooks(at::CUDAHooksArgs) {}
  void init() const override {}
  bool hasCUDA() const override { return true; }
  bool hasCUDART() const override { return true; }
  long versionCUDART() const override { return 12040; }
  c10::DeviceIndex deviceCount() const override {
    int count = 0;
    return static_cast<c10::DeviceIndex>(cudaGetDeviceCount(&count) == 0 ? count : 0);
  }
};
using at::CUDAHooksRegistry;
using at::RegistererCUDAHooksRegistry;
REGISTER_CUDA_HOOKS(CUDAHooks);

/// Tensors of the device as tensors of the CPU over the same memory, and back.
class Translation {
public:
  c10::IValue down(const c10::IValue& value) {
    if (value.isTensor()) return onCpu(value.toTensor());
    if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& tensor : value.toTensorVector()) list.push_back(onCpu(tensor));
      return list;
    }
    if (value.isOptionalTensorList()) {
      c10::List<std::optional<at::Tensor>> list;
      for (std::optional<at::Tensor> tensor : value.toOptionalTensorList()) list.push_back(tensor ? std::optional(onCpu(*tensor)) : tensor);
      return list;
    }
    if (value.isDevice() && value.toDevice().is_cuda()) return c10::Device(c10::kCPU);
    return value;
  }
  c10::IValue up(const c10::IValue& value) const {
    if (value.isTensor()) return onDevice(value.toTensor());
    if (!value.isTensorList()) return value;
    c10::List<at::Tensor> list;
    for (const at::Tensor& tensor : value.toTensorVector()) list.push_back(onDevice(tensor));
    return list;
  }

private:
  at::Tensor onCpu(const at::Tensor& tensor) {
    if (!tensor.defined() || !tensor.is_cuda()) return tensor;
    at::Tensor same = at::from_blob(tensor.data_ptr(), tensor.sizes(), tensor.strides(), at::TensorOptions(tensor.scalar_type()));
    pairs_.emplace_back(tensor, same);
    return same;
  }
  at::Tensor onDevice(const at::Tensor& tensor) const {
    if (!tensor.defined()) return tensor;
    const c10::DispatchKeySet keys(c10::DispatchKey::CUDA);
    for (const auto& [above, below] : pairs_) {
      if (tensor.is_same(below)) return above;
      if (tensor.numel() == 0 || tensor.storage().data() != below.storage().data()) continue;
      at::Tensor view = at::detail::make_tensor<c10::TensorImpl>(c10::Storage(above.storage()), keys, tensor.dtype());
      const auto offset = static_cast<const char*>(tensor.data_ptr()) - static_cast<const char*>(above.storage().data());
      view.unsafeGetTensorImpl()->set_sizes_and_strides(tensor.sizes(), tensor.strides(), offset / tensor.element_size());
      return view;
    }
    at::Tensor made = at::detail::empty_generic(tensor.sizes(), &allocator, keys, tensor.scalar_type(), std::nullopt);
    at::Tensor dense = tensor.contiguous();
    if (dense.nbytes() > 0) std::memcpy(made.data_ptr(), dense.data_ptr(), dense.nbytes());
    return made;
  }
  std::vector<std::pair<at::Tensor, at::Tensor>> pairs_;
};

void kernel() {
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(2);
  while (std::chrono::steady_clock::now() < until) {
  }
}

void run(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  void* stream = streams().handle(streams().now(streams().device));
  const std::string& name = op.schema().name();
  const bool waits = name == "aten::nonzero" || name == "aten::_local_scalar_dense"; // its result's size, or value, goes to the host
  const bool works = op.schema().returns().empty() || op.schema().returns()[0].alias_info() == nullptr || op.schema().is_mutable();
  const bool empty = name.starts_with("aten::empty");
  if (works && !empty) check(cobra::fake::launch(stream, kernel));
  if (waits) check(cudaStreamSynchronize(stream));
  Translation translation;
  for (c10::IValue& value : *stack) value = translation.down(value);
  op.callBoxed(stack);
  for (c10::IValue& value : *stack) value = translation.up(value);
}

// One of LibTorch's own for all devices, which asks for the device's kernel.
TORCH_LIBRARY_IMPL(aten, CUDA, library) { library.impl("copy_", torch::CppFunction::makeFromBoxedFunction<&run>()); }
TORCH_LIBRARY_IMPL(_, CUDA, library) { library.fallback(torch::CppFunction::makeFromBoxedFunction<&run>()); }

} // namespace
