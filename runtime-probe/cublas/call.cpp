#include "runtime-probe/cublas/call.h"

#include "runtime-probe/cuda/inputs.h"
#include "runtime-probe/cuda/lane.h"

#include <algorithm>
#include <array>
#include <limits>

namespace cobra::probe::cublas {
namespace {

using cuda::Held;
using Kind = CallFailure::Kind;

constexpr std::array files = {"libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so"};
constexpr std::array outOfMemory = {3}; // CUBLAS_STATUS_ALLOC_FAILED

struct Api {
  static Api load() { return Api{cuda::Library::open({"cuBLAS", files, "cublasGetStatusString", outOfMemory})}; }

  template <class... A> using Function = cuda::Function<A...>;
  cuda::Library library;
  Function<int, int*> getProperty{library, "cublasGetProperty"};
  Function<void**> create{library, "cublasCreate_v2"};
  Function<void*> destroy{library, "cublasDestroy_v2"};
  Function<void*, void*> setStream{library, "cublasSetStream_v2"};
  Function<void*, int> setMathMode{library, "cublasSetMathMode"};
  // handle, transposed?, m, n, k, alpha, a with type and leading dimension, b, beta, c, type of the sums, algorithm
  Function<void*, int, int, int, int, int, const void*, const void*, int, int, const void*, int, int, const void*, void*, int, int, int,
           int>
      gemm{library, "cublasGemmEx"};
  // the same with the distance from one matrix to the next, and their count
  Function<void*, int, int, int, int, int, const void*, const void*, int, int, long long, const void*, int, int, long long, const void*,
           void*, int, int, long long, int, int, int>
      gemmBatched{library, "cublasGemmStridedBatchedEx"};
};

/// CUDA_R_... and CUBLAS_COMPUTE_...
struct Numbers {
  DType dtype;
  int type, sums;
};
constexpr std::array numbers = {Numbers{DType::Float32, 0, 68}, Numbers{DType::Float64, 1, 70}, Numbers{DType::Float16, 2, 68},
                                Numbers{DType::BFloat16, 14, 68}};
const Numbers& numbersOf(DType dtype) {
  auto at = std::ranges::find(numbers, dtype, &Numbers::dtype);
  if (at == numbers.end()) throw CallFailure{Kind::Argument, "cuBLAS multiplies no matrices of " + std::string(longName(dtype))};
  return *at;
}

int fitted(std::int64_t n) {
  if (n < 0 || n > std::numeric_limits<int>::max())
    throw CallFailure{Kind::Argument, "cuBLAS counts in int, which cannot hold " + std::to_string(n)};
  return static_cast<int>(n);
}

/// What cuBLAS is told: [batch,] m x k times k x n, column-major.
struct Product {
  bool batched = false, transa = false, transb = false;
  int m = 0, n = 0, k = 0, lda = 0, ldb = 0, batch = 1;
  DType dtype = DType::Float32;
};

template <class T> const T& argument(const Call& call, std::string_view name) {
  const auto* value = std::get_if<T>(&call.arguments.at(static_cast<std::size_t>(call.op->indexOf(name))));
  if (value == nullptr)
    throw CallFailure{Kind::Argument, "the argument " + std::string(name) + " of " + std::string(call.op->name()) + " is not known"};
  return *value;
}

Product productOf(const Call& call) {
  const bool batched = call.op->name() == "cublas::gemm_batched";
  if (!batched && call.op->name() != "cublas::gemm")
    throw CallFailure{Kind::UnknownOperator, "the probe cannot run " + std::string(call.op->name()) + " through cuBLAS"};
  ops::Answer answer = ops::evaluate(*call.op, call.arguments);
  if (auto* misuse = std::get_if<ops::Misuse>(&answer)) throw CallFailure{Kind::Argument, misuse->sentence};
  const auto &self = argument<TensorType>(call, "self"), &mat2 = argument<TensorType>(call, "mat2");
  Product product{batched, argument<bool>(call, "transa"), argument<bool>(call, "transb"), 0, 0, 0, 0, 0, 1, self.dtype};
  const std::size_t rows = batched ? 1 : 0, columns = rows + 1;
  product.m = fitted(self.shape[product.transa ? columns : rows]);
  product.k = fitted(self.shape[product.transa ? rows : columns]);
  product.n = fitted(mat2.shape[product.transb ? rows : columns]);
  product.lda = fitted(self.shape[rows]);
  product.ldb = fitted(mat2.shape[rows]);
  if (batched) product.batch = fitted(self.shape[0]);
  return product;
}

class CublasCall final : public Workload {
public:
  CublasCall(const Call& call, const Product& product, const MeasureSetting& setting, const cuda::Runtime& runtime, void* stream)
      : api_(Api::load()), product_(product), numbers_(numbersOf(product.dtype)),
        handle_(cuda::hold(api_.destroy, [&](void** into) { api_.create(into); })), inputs_(cuda::inputsOf(call, setting.call, runtime)) {
    api_.setStream(handle_.get(), stream);
    constexpr int plain = 0, tf32 = 3; // CUBLAS_DEFAULT_MATH, CUBLAS_TF32_TENSOR_OP_MATH
    api_.setMathMode(handle_.get(), setting.tf32 ? tf32 : plain);
    const auto elements =
        static_cast<std::size_t>(product.batch) * static_cast<std::size_t>(product.m) * static_cast<std::size_t>(product.n);
    output_ = runtime.allocate(elements * static_cast<std::size_t>(byteSize(product.dtype)));
  }

  void repeat(std::int64_t count) override {
    for (; count > 0; --count) product_.batched ? many() : one();
  }

private:
  static constexpr int defaultAlgorithm = -1; // CUBLAS_GEMM_DEFAULT

  const void* factor(const float& single, const double& twice) const {
    return product_.dtype == DType::Float64 ? static_cast<const void*>(&twice) : &single;
  }
  const void* alpha() const { return factor(oneFloat_, oneDouble_); }
  const void* beta() const { return factor(zeroFloat_, zeroDouble_); }

  void one() {
    const Product& p = product_;
    api_.gemm(handle_.get(), p.transa, p.transb, p.m, p.n, p.k, alpha(), inputs_[0].get(), numbers_.type, p.lda, inputs_[1].get(),
              numbers_.type, p.ldb, beta(), output_.get(), numbers_.type, p.m, numbers_.sums, defaultAlgorithm);
  }
  void many() {
    const Product& p = product_;
    auto size = [](int rows, int columns) { return static_cast<long long>(rows) * columns; };
    api_.gemmBatched(handle_.get(), p.transa, p.transb, p.m, p.n, p.k, alpha(), inputs_[0].get(), numbers_.type, p.lda, size(p.m, p.k),
                     inputs_[1].get(), numbers_.type, p.ldb, size(p.k, p.n), beta(), output_.get(), numbers_.type, p.m, size(p.m, p.n),
                     p.batch, numbers_.sums, defaultAlgorithm);
  }

  Api api_;
  Product product_;
  Numbers numbers_;
  Held handle_;
  std::vector<Held> inputs_;
  Held output_;
  float oneFloat_ = 1, zeroFloat_ = 0;
  double oneDouble_ = 1, zeroDouble_ = 0;
};

} // namespace

Prepared prepare(const Call& call, const MeasureSetting& setting) {
  const Product product = productOf(call);
  cuda::Runtime runtime = cuda::onDevice(call, setting.call);
  auto lane = std::make_unique<cuda::StreamLane>(runtime);
  auto workload = std::make_unique<CublasCall>(call, product, setting, runtime, lane->stream());
  return {std::move(lane), std::move(workload)};
}

std::string version() {
  const Api api = Api::load();
  std::string text;
  for (int part = 0; part < 3; ++part) { // MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL
    int number = 0;
    api.getProperty(part, &number);
    text += (part == 0 ? "" : ".") + std::to_string(number);
  }
  return "cuBLAS " + text;
}

} // namespace cobra::probe::cublas
