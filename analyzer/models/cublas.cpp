// cuBLAS: the fully connected layers of programs that call cuDNN directly. One node for each call. Matrices
// are column-major.
#include "analyzer/models/cudnn_support.h"
#include "analyzer/models/registration.h"

#include <array>

namespace cobra::interp {

using namespace cudnn_model;

namespace {

/// S, D or H in the name decides; the Ex calls say it in an argument.
DType dtypeOfName(llvm::StringRef name) {
  name.consume_front("cublas");
  name.consume_front("I");
  return name.starts_with("D") ? DType::Float64 : name.starts_with("H") ? DType::Float16 : DType::Float32;
}

/// Where the arguments of one gemm stand; -1: it has none.
struct Gemm {
  int a, aType, lda, b, bType, ldb, c, ldc, batch;
};
constexpr Gemm plain = {7, -1, 8, 9, -1, 10, 12, 13, -1};
constexpr Gemm ex = {7, 8, 9, 10, 11, 12, 14, 16, -1};
constexpr Gemm strided = {7, -1, 8, 10, -1, 11, 14, 15, 17};
constexpr Gemm stridedEx = {7, 8, 9, 11, 12, 13, 16, 18, 20};
constexpr Gemm batched = {7, -1, 8, 9, -1, 10, 12, 13, 14};

std::size_t at(int argument) { return static_cast<std::size_t>(argument); }

Result gemmWith(Evaluator& ev, const LibraryCall& call,
                const Gemm& where) { // handle, transa, transb, m, n, k, alpha, ...
  Operation op(ev, call);
  std::array<std::optional<std::int64_t>, 5> numbers;
  for (std::size_t i = 0; i < 5; ++i) {
    numbers[i] = ev.integer(call.value(1 + i));
    if (!numbers[i])
      op.open(i < 2 ? "whether a matrix is transposed is not known" : "a size of its matrices is not known", reason(call.value(1 + i)));
  }
  std::optional<std::int64_t> batch = 1;
  if (where.batch >= 0) batch = ev.integer(call.value(at(where.batch)));
  if (!batch) op.open("the size of its batch is not known", reason(call.value(at(where.batch))));
  DType dtype = dtypeOfName(call.name);
  if (where.aType >= 0) {
    const auto number = ev.integer(call.value(at(where.aType)));
    const auto known = number ? cudaDataTypeOf(*number) : std::nullopt;
    dtype = known.value_or(dtype);
    if (!known) op.open("the data type of its matrices is not known", reason(call.value(at(where.aType))));
  }
  if (!op.good()) return op.answer();
  const bool transa = *numbers[0] != 0, transb = *numbers[1] != 0;
  const std::int64_t m = *numbers[2], n = *numbers[3], k = *numbers[4];
  if (m < 0 || n < 0 || k < 0) op.wrong("CUBLAS_STATUS_INVALID_VALUE: a size of its matrices is negative");
  // The distance between columns is at least a column.
  auto tooShort = [&](int argument, std::int64_t rows, const char* name) {
    if (auto distance = ev.integer(call.value(at(argument))); distance && *distance < std::max<std::int64_t>(1, rows))
      op.wrong("CUBLAS_STATUS_INVALID_VALUE: " + std::string(name) + " is " + std::to_string(*distance) + " and has to be at least " +
               std::to_string(std::max<std::int64_t>(1, rows)));
  };
  tooShort(where.lda, transa ? k : m, "lda");
  tooShort(where.ldb, transb ? n : k, "ldb");
  tooShort(where.ldc, m, "ldc");
  TensorType a{dtype, transa ? Shape{k, m} : Shape{m, k}}, b{dtype, transb ? Shape{n, k} : Shape{k, n}};
  if (where.batch >= 0) {
    a.shape.insert(a.shape.begin(), *batch);
    b.shape.insert(b.shape.begin(), *batch);
  }
  return op.run(where.batch >= 0 ? "cublas::gemm_batched" : "cublas::gemm",
                {op.input(at(where.a), a), op.input(at(where.b), b), std::int64_t{transa}, std::int64_t{transb}},
                {{std::nullopt, at(where.c), "C"}});
}

Result gemm(Evaluator& ev, const LibraryCall& call) { return gemmWith(ev, call, plain); }
Result gemmEx(Evaluator& ev, const LibraryCall& call) { return gemmWith(ev, call, ex); }
Result gemmStrided(Evaluator& ev, const LibraryCall& call) { return gemmWith(ev, call, strided); }
Result gemmStridedEx(Evaluator& ev, const LibraryCall& call) { return gemmWith(ev, call, stridedEx); }
Result gemmBatched(Evaluator& ev, const LibraryCall& call) { return gemmWith(ev, call, batched); }

/// Sizes as arguments `first`..., as a shape; open where one is not known.
std::optional<Shape> sizes(Evaluator& ev, Operation& op, const LibraryCall& call, std::size_t first, std::size_t count) {
  Shape shape;
  for (std::size_t i = first; i < first + count; ++i) {
    auto n = ev.integer(call.value(i));
    if (!n) {
      op.open("a size is not known", reason(call.value(i)));
      return std::nullopt;
    }
    if (*n < 0) op.wrong("CUBLAS_STATUS_INVALID_VALUE: a size is " + std::to_string(*n));
    shape.push_back(*n);
  }
  return shape;
}

Result gemv(Evaluator& ev,
            const LibraryCall& call) { // handle, trans, m, n, alpha, a, lda, x, incx, beta, y, incy
  Operation op(ev, call);
  auto shape = sizes(ev, op, call, 2, 2);
  const auto trans = ev.integer(call.value(1));
  if (!trans) op.open("whether the matrix is transposed is not known", reason(call.value(1)));
  if (!op.good()) return op.answer();
  const DType dtype = dtypeOfName(call.name);
  return op.run("cublas::gemv", {op.input(5, {dtype, *shape}), op.input(7, {dtype, {(*shape)[*trans ? 0 : 1]}}), std::int64_t{*trans != 0}},
                {{std::nullopt, 10, "y"}});
}

Result ger(Evaluator& ev, const LibraryCall& call) { // handle, m, n, alpha, x, incx, y, incy, a, lda
  Operation op(ev, call);
  auto shape = sizes(ev, op, call, 1, 2);
  if (!op.good()) return op.answer();
  const DType dtype = dtypeOfName(call.name);
  return op.run("cublas::ger", {op.input(8, {dtype, *shape}), op.input(4, {dtype, {(*shape)[0]}}), op.input(6, {dtype, {(*shape)[1]}})},
                {{std::nullopt, 8, "A"}});
}

Result geam(Evaluator& ev,
            const LibraryCall& call) { // handle, transa, transb, m, n, alpha, a, lda, beta, b, ldb, c, ldc
  Operation op(ev, call);
  auto shape = sizes(ev, op, call, 3, 2);
  if (!op.good()) return op.answer();
  const TensorType type{dtypeOfName(call.name), *shape};
  return op.run("cublas::geam", {op.input(6, type), op.input(9, type)}, {{std::nullopt, 11, "C"}});
}

/// Calls on vectors: handle, n, then pointers at `reads`; the result lies at `writes`, 0 for the host.
struct Vectors {
  const char* name;
  const char* op;
  std::initializer_list<std::size_t> reads;
  std::size_t writes;
};
const Vectors vectors[] = {{"axpy", "cublas::axpy", {3, 5}, 5}, {"scal", "cublas::scal", {3}, 3}, {"copy", "cublas::copy", {2}, 4},
                           {"dot", "cublas::dot", {2, 4}, 0},   {"nrm2", "cublas::nrm2", {2}, 0}, {"asum", "cublas::asum", {2}, 0},
                           {"amax", "cublas::amax", {2}, 0}};
Result vector(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  auto shape = sizes(ev, op, call, 1, 1);
  if (!op.good()) return op.answer();
  for (const Vectors& entry : vectors) {
    if (!call.name.contains(entry.name)) continue;
    std::vector<Value> inputs;
    for (std::size_t argument : entry.reads) inputs.push_back(op.input(argument, {dtypeOfName(call.name), *shape}));
    if (!entry.writes) give(ev, call.value(call.size() - 1), open(call.at, call.name.str() + " computes it at run time"));
    return op.run(entry.op, std::move(inputs), {{std::nullopt, entry.writes ? entry.writes : call.size() - 1, "y"}});
  }
  return ok();
}

Result nothingHappens(Evaluator&, const LibraryCall&) { return ok(); }

} // namespace

void registerCublas(Library& library) {
  // Headers rename the calls by macros: cublasSgemm is cublasSgemm_v2.
  auto both = [&](const std::string& name, Handler handler) {
    for (const char* suffix : {"", "_v2", "_64", "_v2_64"}) library.function(name + suffix, handler);
  };
  for (const std::string letter : {"S", "D", "H"}) {
    both("cublas" + letter + "gemm", gemm);
    both("cublas" + letter + "gemmStridedBatched", gemmStrided);
    both("cublas" + letter + "gemmBatched", gemmBatched);
    both("cublas" + letter + "gemv", gemv);
    both("cublas" + letter + "ger", ger);
    both("cublas" + letter + "geam", geam);
    for (const Vectors& entry : vectors)
      both("cublas" + std::string(entry.name == std::string_view("amax") ? "I" : "") + letter + entry.name, vector);
  }
  both("cublasGemmEx", gemmEx);
  both("cublasSgemmEx", gemmEx);
  both("cublasGemmStridedBatchedEx", gemmStridedEx);
  for (const char* name :
       {"cublasDestroy", "cublasSetStream", "cublasGetStream", "cublasSetMathMode", "cublasSetPointerMode", "cublasSetWorkspace",
        "cublasGetVersion", "cublasSetMatrix", "cublasGetMatrix", "cublasSetVector", "cublasGetVector"})
    both(name, nothingHappens);
}

} // namespace cobra::interp
