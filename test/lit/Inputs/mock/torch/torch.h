// A few declarations in LibTorch's shape, so that tests of the command line and the plugin take no seconds. What the functions mean
// is in analyzer/models; bodies are never looked at.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace c10 {
template <class T> class ArrayRef {
public:
  ArrayRef(std::initializer_list<T> list) : data_(list.begin()), size_(list.size()) {}
  ArrayRef(const std::vector<T>& list) : data_(list.data()), size_(list.size()) {}

private:
  const T* data_;
  std::size_t size_;
};
using IntArrayRef = ArrayRef<std::int64_t>;
} // namespace c10

namespace at {
using c10::IntArrayRef;
class Tensor {
public:
  Tensor relu() const;
  Tensor view(IntArrayRef sizes) const;
  Tensor flatten(std::int64_t first = 0, std::int64_t last = -1) const;
  std::int64_t size(std::int64_t dimension) const;
  std::int64_t dim() const;
};
Tensor relu(const Tensor& self);
Tensor matmul(const Tensor& self, const Tensor& other);
Tensor operator+(const Tensor& self, const Tensor& other);
} // namespace at

namespace torch {
using at::matmul;
using at::relu;
using at::Tensor;
using c10::IntArrayRef;
Tensor randn(IntArrayRef size);
Tensor zeros(IntArrayRef size);

namespace nn {
class Module : public std::enable_shared_from_this<Module> {
public:
  Module();
  virtual ~Module();
  virtual void eval();
  template <class T> std::shared_ptr<T> register_module(std::string name, std::shared_ptr<T> module) { return module; }
  template <class Holder, class = typename Holder::ContainedType> Holder register_module(std::string name, Holder module) {
    return module;
  }
};

template <class Contained> class ModuleHolder {
public:
  using ContainedType = Contained;
  ModuleHolder() : impl_(std::make_shared<Contained>()) {}
  ModuleHolder(std::nullptr_t) {}
  template <class Head, class... Tail>
  explicit ModuleHolder(Head&& head, Tail&&... tail)
      : impl_(std::make_shared<Contained>(std::forward<Head>(head), std::forward<Tail>(tail)...)) {}
  Contained* operator->() { return impl_.get(); }
  const Contained* operator->() const { return impl_.get(); }
  Contained& operator*() { return *impl_; }
  template <class... Args> auto operator()(Args&&... args) { return impl_->forward(std::forward<Args>(args)...); }

protected:
  std::shared_ptr<Contained> impl_;
};

// The names of parameters and fields are those that the analysis knows.
struct LinearOptions {
  LinearOptions(std::int64_t in_features, std::int64_t out_features);
  LinearOptions& bias(const bool& new_bias);

private:
  std::int64_t in_features_;
  std::int64_t out_features_;
  bool bias_ = true;
};
class LinearImpl : public Module {
public:
  LinearImpl(std::int64_t in_features, std::int64_t out_features) : LinearImpl(LinearOptions(in_features, out_features)) {}
  explicit LinearImpl(const LinearOptions& options_);
  Tensor forward(const Tensor& input);
  LinearOptions options;
  Tensor weight;
  Tensor bias;
};
} // namespace nn
} // namespace torch

#define TORCH_MODULE_IMPL(Name, ImplType)                                                                    \
  class Name : public torch::nn::ModuleHolder<ImplType> {                                                    \
  public:                                                                                                    \
    using torch::nn::ModuleHolder<ImplType>::ModuleHolder;                                                   \
    Name(const Name&) = default;                                                                             \
    Name(Name&&) = default;                                                                                  \
    Name& operator=(const Name&) = default;                                                                  \
    Name& operator=(Name&&) = default;                                                                       \
  }
#define TORCH_MODULE(Name) TORCH_MODULE_IMPL(Name, Name##Impl)

namespace torch::nn {
TORCH_MODULE(Linear);
} // namespace torch::nn
