#include "predictor/ops/broadcast.h"
#include "predictor/ops/families.h"
#include "predictor/ops/matmul.h"
#include "predictor/ops/rules.h"

namespace cobra::ops {
namespace {

Answer mv(Tensor matrix, Tensor vector) {
  if (matrix.rank() != 2 || vector.rank() != 1)
    return Misuse{"vector + matrix @ vector expected, got " + std::to_string(vector.rank()) + ", " + std::to_string(matrix.rank()) + ", " +
                  std::to_string(vector.rank())};
  return matmul(matrix, vector);
}

Answer dot(Tensor a, Tensor b) {
  if (a.rank() != 1 || b.rank() != 1)
    return Misuse{"1D tensors expected, but got " + std::to_string(a.rank()) + "D and " + std::to_string(b.rank()) + "D tensors"};
  if (auto misuse = differentTypes(a, b)) return *std::move(misuse);
  return matmul(a, b);
}

Answer outer(Tensor a, Tensor b) {
  if (a.rank() != 1) return Misuse{"outer: Expected 1-D argument self, but got " + std::to_string(a.rank()) + "-D"};
  if (b.rank() != 1) return Misuse{"outer: Expected 1-D argument vec2, but got " + std::to_string(b.rank()) + "-D"};
  return pointwise({ResultType().add(a).add(b).get(), {a.shape[0], b.shape[0]}}, 1);
}

constexpr std::string_view matrices = "self: [N:1..2048, K:1..2048]  mat2: [K, 1..2048]";
constexpr std::string_view batches = "self: [B:1..64, N:1..512, K:1..512]  mat2: [B, K, 1..512]";
constexpr std::string_view plusMatrices = "mat1: [N:1..2048, K:1..2048]  mat2: [K, M:1..2048]  self: [M] | [N, M]";
constexpr std::string_view plusMatricesInPlace = "mat1: [N:1..2048, K:1..2048]  mat2: [K, M:1..2048]  self: [N, M]";
constexpr std::string_view plusBatches =
    "batch1: [B:1..64, N:1..512, K:1..512]  batch2: [B, K, M:1..512]  self: [B, N, M] | [M] | [1, N, M]";

constexpr auto entries = family(
    op(
        "aten::linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor",
        [](Tensor input, Tensor weight, MaybeTensor bias) -> Answer { return linear(input, weight, bias); },
        "input: [1..256, I:1..4096] | [1..32, 1..512, I:1..2048]  weight: [O:1..4096, I]  bias: None | [O]"),
    op(
        "aten::bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor",
        [](Tensor input1, Tensor input2, Tensor weight, MaybeTensor bias) -> Answer { return bilinear(input1, input2, weight, bias); },
        "input1: [N:1..128, I:1..128]  input2: [N, J:1..128]  weight: [O:1..64, I, J]  bias: None | [O]"),
    op(
        "aten::matmul(Tensor self, Tensor other) -> Tensor", [](Tensor self, Tensor other) -> Answer { return matmul(self, other); },
        "self: [B:1..16, H:1..16, N:1..256, K:1..256] | [B:1..64, H:1, N:1..512, K:1..512] | [N:1..2048, "
        "K:1..2048]  "
        "other: [B, H, K, 1..256] | [B, 1, K, 1..256] | [K, 1..1024] | [K]"),
    op(
        "aten::mm(Tensor self, Tensor mat2) -> Tensor",
        [](Tensor self, Tensor mat2) -> Answer { return matrixProduct("mm", self, mat2, 2); }, matrices),
    op(
        "aten::bmm(Tensor self, Tensor mat2) -> Tensor",
        [](Tensor self, Tensor mat2) -> Answer { return matrixProduct("bmm", self, mat2, 3); }, batches),
    op(
        "aten::addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
        [](Tensor self, Tensor mat1, Tensor mat2, Openable<Scalar>, Openable<Scalar>) -> Answer {
          return plusProduct(self, matrixProduct("addmm", mat1, mat2, 2));
        },
        plusMatrices),
    op(
        "aten::addmm_(Tensor(a!) self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> "
        "Tensor(a!)",
        [](Tensor self, Tensor mat1, Tensor mat2, Openable<Scalar>, Openable<Scalar>) -> Answer {
          return plusProductInPlace(self, matrixProduct("addmm", mat1, mat2, 2));
        },
        plusMatricesInPlace),
    op(
        "aten::baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> "
        "Tensor",
        [](Tensor self, Tensor batch1, Tensor batch2, Openable<Scalar>, Openable<Scalar>) -> Answer {
          return plusProduct(self, matrixProduct("baddbmm", batch1, batch2, 3));
        },
        plusBatches),
    op(
        "aten::addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
        [](Tensor self, Tensor mat, Tensor vec, Openable<Scalar>, Openable<Scalar>) -> Answer {
          // LibTorch does not look at the dtype of what is added.
          return plusProduct({mat.dtype, self.shape}, mv(mat, vec));
        },
        "mat: [N:1..2048, K:1..2048]  vec: [K]  self: [N]"),
    op(
        "aten::mv(Tensor self, Tensor vec) -> Tensor", [](Tensor self, Tensor vec) -> Answer { return mv(self, vec); },
        "self: [1..4096, K:1..4096]  vec: [K]"),
    op(
        "aten::dot(Tensor self, Tensor tensor) -> Tensor", [](Tensor self, Tensor tensor) -> Answer { return dot(self, tensor); },
        "self: [K:1..1000000]  tensor: [K]"),
    op(
        "aten::outer(Tensor self, Tensor vec2) -> Tensor", [](Tensor self, Tensor vec2) -> Answer { return outer(self, vec2); },
        "self: [1..4096]  vec2: [1..4096]"),
    op(
        "aten::einsum(str equation, Tensor[] tensors, *, int[]? path=None) -> Tensor",
        [](String equation, Tensors tensors, MaybeIntList) -> Answer { return einsum(equation, tensors); },
        "equation: 'bij,bjk->bik'  tensors: [[B:1..32, I:1..128, J:1..128], [B, J, 1..128]]"));

} // namespace

constinit const Family families::linearAlgebra = {"linear algebra", entries};

} // namespace cobra::ops
