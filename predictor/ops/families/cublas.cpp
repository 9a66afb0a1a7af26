// cuBLAS. Matrices are column-major: [rows, columns] as in the formula, so a row-major program's matrix
// appears transposed. A multiply-add counts as 2.
#include "predictor/ops/families.h"
#include "predictor/ops/families/cudnn.h"

#include <utility>

namespace cobra::ops {
namespace {

Misuse invalid(const std::string& why) { return Misuse{"CUBLAS_STATUS_INVALID_VALUE: " + why}; }

/// self [.., m, k] and mat2 [.., k, n], each transposed where it says so.
Answer product(Tensor self, Tensor mat2, bool transa, bool transb, std::size_t rank) {
  if (self.shape.size() != rank || mat2.shape.size() != rank)
    return invalid("matrices " + text(self.shape) + " and " + text(mat2.shape) + " do not have " + cudnn::number(static_cast<Int>(rank)) +
                   " dimensions");
  std::int64_t m = self.shape[rank - 2], k = self.shape[rank - 1], inner = mat2.shape[rank - 2], n = mat2.shape[rank - 1];
  if (transa) std::swap(m, k);
  if (transb) std::swap(inner, n);
  if (k != inner || (rank == 3 && self.shape[0] != mat2.shape[0]))
    return invalid("the matrices " + text(self.shape) + " and " + text(mat2.shape) + " cannot be multiplied");
  Shape shape = {m, n};
  if (rank == 3) shape.insert(shape.begin(), self.shape[0]);
  TensorType result{self.dtype, std::move(shape)};
  const std::int64_t flops = mulClamped(2, mulClamped(result.elements(), k));
  return Effect{{std::move(result)}, flops};
}

Answer reduced(Tensor self, std::int64_t flops) { return Effect{{{self.dtype, {}}}, mulClamped(flops, self.elements())}; }

constexpr auto entries =
    family(op(
               "cublas::gemm(Tensor self, Tensor mat2, bool transa=False, bool transb=False) -> Tensor",
               [](Tensor self, Tensor mat2, Bool transa, Bool transb) -> Answer { return product(self, mat2, transa, transb, 2); },
               "self: [1..2048, K:1..2048]  mat2: [K, 1..2048]"),
           op(
               "cublas::gemm_batched(Tensor self, Tensor mat2, bool transa=False, bool transb=False) -> Tensor",
               [](Tensor self, Tensor mat2, Bool transa, Bool transb) -> Answer { return product(self, mat2, transa, transb, 3); },
               "self: [B:1..64, 1..512, K:1..512]  mat2: [B, K, 1..512]"),
           op(
               "cublas::gemv(Tensor self, Tensor vec, bool trans=False) -> Tensor",
               [](Tensor self, Tensor vec, Bool trans) -> Answer {
                 if (self.rank() != 2 || vec.rank() != 1)
                   return invalid("a matrix and a vector are needed, not " + text(self.shape) + " and " + text(vec.shape));
                 const std::int64_t rows = self.shape[trans ? 1 : 0], columns = self.shape[trans ? 0 : 1];
                 if (vec.shape[0] != columns)
                   return invalid("the matrix " + text(self.shape) + " and the vector " + text(vec.shape) + " cannot be multiplied");
                 return Effect{{{self.dtype, {rows}}}, mulClamped(2, self.elements())};
               },
               "self: [1..2048, K:1..2048]  vec: [K]"),
           op(
               "cublas::ger(Tensor self, Tensor x, Tensor y) -> Tensor",
               [](Tensor self, Tensor x, Tensor y) -> Answer {
                 if (x.rank() != 1 || y.rank() != 1)
                   return invalid("two vectors are needed, not " + text(x.shape) + " and " + text(y.shape));
                 if (self.shape != Shape{x.shape[0], y.shape[0]})
                   return invalid("the product of the vectors " + text(x.shape) + " and " + text(y.shape) +
                                  " cannot be added to the matrix " + text(self.shape));
                 return pointwise(self, 2);
               },
               "self: [M:1..2048, N:1..2048]  x: [M]  y: [N]"),
           op(
               "cublas::geam(Tensor self, Tensor other) -> Tensor",
               [](Tensor self, Tensor other) -> Answer {
                 if (self.elements() != other.elements())
                   return invalid("the matrices " + text(self.shape) + " and " + text(other.shape) + " cannot be added");
                 return pointwise(self, 3);
               },
               "self: [M:1..2048, N:1..2048]  other: [M, N]"),
           op(
               "cublas::axpy(Tensor x, Tensor y) -> Tensor",
               [](Tensor x, Tensor y) -> Answer {
                 if (x.shape != y.shape) return invalid("the vectors " + text(x.shape) + " and " + text(y.shape) + " cannot be added");
                 return pointwise(y, 2);
               },
               "x: [N:1..1048576]  y: [N]"),
           op(
               "cublas::scal(Tensor x) -> Tensor", [](Tensor x) -> Answer { return pointwise(x, 1); }, "x: [1..1048576]"),
           op(
               "cublas::copy(Tensor x) -> Tensor", [](Tensor x) -> Answer { return pointwise(x, 0); }, "x: [1..1048576]"),
           op(
               "cublas::dot(Tensor x, Tensor y) -> Tensor",
               [](Tensor x, Tensor y) -> Answer {
                 if (x.shape != y.shape) return invalid("the vectors " + text(x.shape) + " and " + text(y.shape) + " cannot be multiplied");
                 return reduced(x, 2);
               },
               "x: [N:1..1048576]  y: [N]"),
           op(
               "cublas::nrm2(Tensor x) -> Tensor", [](Tensor x) -> Answer { return reduced(x, 2); }, "x: [1..1048576]"),
           op(
               "cublas::asum(Tensor x) -> Tensor", [](Tensor x) -> Answer { return reduced(x, 1); }, "x: [1..1048576]"),
           op("cublas::amax(Tensor x) -> Tensor", [](Tensor x) -> Answer { return reduced(x, 1); }, "x: [1..1048576]"));

} // namespace

constinit const Family families::cublas = {"cublas", entries};

} // namespace cobra::ops
