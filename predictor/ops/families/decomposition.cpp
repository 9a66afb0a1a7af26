// Matrices taken apart, inverted and solved (ATen/native/BatchLinearAlgebra.cpp, LinearAlgebra.cpp), batched
// over leading dimensions.
#include "predictor/ops/broadcast.h"
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
#include "predictor/ops/families/pointwise.h"
#include "predictor/ops/matmul.h"

#include <algorithm>

namespace cobra::ops {
namespace {

std::int64_t rows(Tensor a) { return a.shape[a.shape.size() - 2]; }
std::int64_t columns(Tensor a) { return a.shape.back(); }

/// The leading dimensions followed by others.
Shape withTail(Tensor a, std::initializer_list<std::int64_t> tail) {
  Shape shape(a.shape.begin(), a.shape.end() - 2);
  shape.insert(shape.end(), tail);
  return shape;
}

/// A matrix of single or double precision.
std::optional<Misuse> notMatrix(std::string_view name, Tensor a, bool square) {
  if (a.rank() < 2) return Misuse{std::string(name) + ": The input tensor A must have at least 2 dimensions."};
  if (square && rows(a) != columns(a))
    return Misuse{std::string(name) + ": A must be batches of square matrices, but they are " + std::to_string(rows(a)) + " by " +
                  std::to_string(columns(a)) + " matrices"};
  if (!isFloating(a.dtype) && !isComplex(a.dtype))
    return Misuse{std::string(name) + ": Expected a floating point or complex tensor as input. Got " + messageName(a.dtype)};
  if (a.dtype == DType::Float16 || a.dtype == DType::BFloat16)
    return Misuse{std::string(name) + ": Low precision dtypes not supported. Got " + messageName(a.dtype)};
  return std::nullopt;
}

/// n^3 for each matrix, times what a method needs.
std::int64_t cubic(Tensor a, std::int64_t times) { return mulClamped(mulClamped(a.elements(), std::min(rows(a), columns(a))), times); }

Answer inverse(Tensor a) {
  if (auto misuse = notMatrix("linalg.inv", a, true)) return *misuse;
  return Effect{{a}, cubic(a, 2)};
}

Answer determinant(std::string_view name, Tensor a, bool signAndLog) {
  if (auto misuse = notMatrix(name, a, true)) return *misuse;
  Effect effect{{{a.dtype, withTail(a, {})}}, cubic(a, 1)};
  if (signAndLog) effect.outputs.push_back({realType(a.dtype), withTail(a, {})});
  return effect;
}

Answer cholesky(Tensor a) {
  if (auto misuse = notMatrix("linalg.cholesky", a, true)) return *misuse;
  return Effect{{a}, cubic(a, 1)};
}

Answer singularValues(Tensor a, bool full) {
  if (auto misuse = notMatrix("linalg.svd", a, false)) return *misuse;
  const std::int64_t m = rows(a), n = columns(a), k = std::min(m, n);
  return Effect{
      {{a.dtype, withTail(a, {m, full ? m : k})}, {realType(a.dtype), withTail(a, {k})}, {a.dtype, withTail(a, {full ? n : k, n})}},
      cubic(a, 12)};
}

/// V where linalg_svd gives its transpose.
Answer svd(Tensor a, bool some, bool vectors) {
  Answer answer = singularValues(a, !some || !vectors);
  if (auto* effect = std::get_if<Effect>(&answer)) {
    Shape& v = effect->outputs[2].shape;
    std::swap(v[v.size() - 1], v[v.size() - 2]);
  }
  return answer;
}

Answer qr(Tensor a, std::string_view mode) {
  if (mode != "reduced" && mode != "complete" && mode != "r")
    return Misuse{"qr received unrecognized mode '" + std::string(mode) + "' but expected one of 'reduced' (default), 'r', or 'complete'"};
  if (auto misuse = notMatrix("linalg.qr", a, false)) return *misuse;
  const std::int64_t m = rows(a), n = columns(a), k = mode == "complete" ? m : std::min(m, n);
  TensorType q{a.dtype, mode == "r" ? Shape{0} : withTail(a, {m, k})};
  return Effect{{std::move(q), {a.dtype, withTail(a, {k, n})}}, cubic(a, 4)};
}

Answer eigenvaluesOfSymmetric(Tensor a, std::string_view triangle) {
  if (auto misuse = notMatrix("linalg.eigh", a, true)) return *misuse;
  if (triangle != "L" && triangle != "U" && triangle != "l" && triangle != "u")
    return Misuse{"Expected UPLO argument to be 'L' or 'U', but got " + std::string(triangle)};
  return Effect{{{realType(a.dtype), withTail(a, {rows(a)})}, a}, cubic(a, 9)};
}

/// A [..., n, n], B [..., n, k] or [..., n] -> like B, leading dimensions broadcast
Answer solve(Tensor a, Tensor b, bool left) {
  if (auto misuse = notMatrix("linalg.solve", a, true)) return *misuse;
  if (a.dtype != b.dtype) return Misuse{"linalg.solve: Expected A and B to have the same dtype"};
  const bool vector = b.rank() == 1 || (b.rank() + 1 == a.rank() && std::equal(b.shape.begin(), b.shape.end(), a.shape.begin()));
  if (b.rank() < 1) return Misuse{"linalg.solve: B must have at least one dimension"};
  const Shape last = vector ? Shape{b.shape.back()} : Shape(b.shape.end() - 2, b.shape.end());
  if ((left ? last.front() : last.back()) != rows(a)) return Misuse{"linalg.solve: Incompatible shapes of A and B for the equation AX = B"};
  if (vector && !left) return Misuse{"linalg.solve: Vector broadcasting of the left hand side is not supported for left=False."};
  auto lead = broadcast(withTail(a, {}), Shape(b.shape.begin(), b.shape.end() - static_cast<std::ptrdiff_t>(last.size())));
  if (auto* misuse = std::get_if<Misuse>(&lead)) return *misuse;
  Shape shape = std::get<Shape>(std::move(lead));
  shape.insert(shape.end(), last.begin(), last.end());
  TensorType output{b.dtype, std::move(shape)};
  const std::int64_t flops = addClamped(cubic(a, 1), mulClamped(mulClamped(output.elements(), rows(a)), 2));
  return Effect{{std::move(output)}, flops};
}

Answer cross(Tensor a, Tensor b, Int dim) {
  if (a.rank() != b.rank()) return Misuse{"linalg.cross: inputs must have the same number of dimensions."};
  if (auto misuse = wrapDim(dim, a.rank())) return *misuse;
  if (a.dtype != b.dtype) return Unknown{"other"}; // devices differ in what they refuse
  if (sizeAt(a, dim) != 3 || sizeAt(b, dim) != 3)
    return Misuse{"linalg.cross: inputs dimension " + std::to_string(dim) + " must have length 3."};
  return pointwise({a, b}, Gives::Promoted, 3);
}

/// torch.cross without a dimension takes the first of size 3.
Answer crossSomewhere(Tensor a, Tensor b, MaybeInt dim) {
  if (dim) return cross(a, b, *dim);
  if (a.rank() != b.rank()) return Misuse{"linalg.cross: inputs must have the same number of dimensions."};
  auto shape = broadcast(a.shape, b.shape);
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *misuse;
  for (std::size_t i = 0; i < a.shape.size(); ++i)
    if (a.shape[i] == 3) return cross(a, b, static_cast<Int>(i));
  return Misuse{"no dimension of size 3 in input"};
}

Answer trace(Tensor a) {
  if (a.rank() != 2) return Misuse{"trace: expected a matrix, but got tensor with dim " + std::to_string(a.rank())};
  const bool whole = isIntegral(a.dtype) || a.dtype == DType::Bool;
  const std::int64_t n = std::min(rows(a), columns(a));
  return Effect{{{whole ? DType::Int64 : a.dtype, {}}}, n, mulClamped(n, a.bytes() / std::max<std::int64_t>(a.elements(), 1))};
}

Answer exponential(Tensor a) {
  if (auto misuse = notMatrix("matrix_exp", a, true)) return *misuse;
  return Effect{{a}, cubic(a, 20)};
}

/// x1 [..., p, m], x2 [..., r, m] -> [..., p, r]
Answer distances(Tensor x1, Tensor x2, Float p) {
  for (const TensorType* x : {&x1, &x2}) {
    if (x->rank() < 2) return Misuse{"cdist only supports at least 2D tensors, got: " + std::to_string(x->rank()) + "D"};
    if (!isFloating(x->dtype)) return Misuse{"cdist only supports floating-point dtypes, got: " + messageName(x->dtype)};
  }
  if (columns(x1) != columns(x2))
    return Misuse{"X1 and X2 must have the same number of columns. X1: " + std::to_string(columns(x1)) +
                  " X2: " + std::to_string(columns(x2))};
  if (p < 0) return Misuse{"cdist only supports non-negative p values"};
  if (x1.dtype != x2.dtype) return Misuse{"expected scalar type " + messageName(x1.dtype) + " but found " + messageName(x2.dtype)};
  auto lead = broadcast(withTail(x1, {}), withTail(x2, {}));
  if (auto* misuse = std::get_if<Misuse>(&lead)) return *misuse;
  Shape shape = std::get<Shape>(std::move(lead));
  shape.insert(shape.end(), {rows(x1), rows(x2)});
  TensorType output{x1.dtype, std::move(shape)};
  const std::int64_t flops = mulClamped(mulClamped(output.elements(), columns(x1)), 3);
  return Effect{{std::move(output)}, flops};
}

Answer pseudoInverse(Tensor a) {
  if (auto misuse = notMatrix("linalg.pinv", a, false)) return *misuse;
  return Effect{{{a.dtype, withTail(a, {columns(a), rows(a)})}}, cubic(a, 16)};
}

/// Each pair of numbers multiplied; the shorter shape is filled up with 1 in front.
Answer kronecker(Tensor a, Tensor b) {
  Shape shape(std::max(a.shape.size(), b.shape.size()), 1);
  for (const Shape* s : {&a.shape, &b.shape})
    for (std::size_t i = 0; i < s->size(); ++i) {
      std::int64_t& size = shape[shape.size() - s->size() + i];
      size = mulClamped(size, (*s)[i]);
    }
  return pointwise({resultType(a, b), std::move(shape)}, 1);
}

/// batch1 [b, n, m], batch2 [b, m, p] -> [n, p], summed over the batch
Answer summedProducts(Tensor batch1, Tensor batch2) {
  Answer product = matrixProduct("addbmm", batch1, batch2, 3);
  if (auto* effect = std::get_if<Effect>(&product)) effect->outputs[0].shape.erase(effect->outputs[0].shape.begin());
  return product;
}

/// a [..., k], b [..., k] -> [a..., b...]
Answer inner(Tensor a, Tensor b) {
  if (a.rank() == 0 || b.rank() == 0) return pointwise({a, b}, Gives::Promoted);
  if (a.shape.back() != b.shape.back())
    return Misuse{"inner() the last dimension must match on both input tensors but got shapes " + text(a.shape) + " and " + text(b.shape)};
  if (auto misuse = differentTypes(a, b)) return *misuse;
  Shape shape(a.shape.begin(), a.shape.end() - 1);
  shape.insert(shape.end(), b.shape.begin(), b.shape.end() - 1);
  return pointwise({a.dtype, std::move(shape)}, mulClamped(2, a.shape.back()));
}

/// Sums over pairs of dimensions; what is left of both stays in order.
Answer contract(Tensor a, Tensor b, IntList ofA, IntList ofB) {
  if (ofA.size() != ofB.size()) return Misuse{"both dimension lists should have same length"};
  const auto maskA = dimMask(ofA, a.rank()), maskB = dimMask(ofB, b.rank());
  for (const auto* mask : {&maskA, &maskB})
    if (const auto* misuse = std::get_if<Misuse>(mask)) return *misuse;
  if (auto misuse = differentTypes(a, b)) return *misuse;
  std::int64_t summed = 1;
  for (std::size_t i = 0; i < ofA.size(); ++i) {
    Int da = ofA[i], db = ofB[i];
    if (auto misuse = wrapDim(da, a.rank())) return *misuse;
    if (auto misuse = wrapDim(db, b.rank())) return *misuse;
    const std::int64_t x = sizeAt(a, da), y = sizeAt(b, db);
    if (x != y && x != 1 && y != 1)
      return Misuse{"contracted dimensions need to match, but first has size " + std::to_string(x) + " and second has size " +
                    std::to_string(y)};
    summed = mulClamped(summed, std::min(x, y));
  }
  const auto left = [](Tensor t, IntList dims, const DimMask& mask) { return dims.empty() ? t.shape : reducedShape(t.shape, mask, false); };
  Shape shape = left(a, ofA, std::get<DimMask>(maskA));
  const Shape rest = left(b, ofB, std::get<DimMask>(maskB));
  shape.insert(shape.end(), rest.begin(), rest.end());
  return pointwise({a.dtype, std::move(shape)}, mulClamped(2, summed));
}

Answer power(Tensor a) {
  if (a.rank() < 2) return Misuse{"linalg.matrix_power: The input tensor A must have at least 2 dimensions."};
  if (rows(a) != columns(a)) return Misuse{"linalg.matrix_power: A must be batches of square matrices"};
  if (!isFloating(a.dtype) && !isComplex(a.dtype)) return Unknown{"self"};
  if (a.dtype == DType::Float16 || a.dtype == DType::BFloat16) return Unknown{"self"};
  return Effect{{a}, cubic(a, 4)};
}

constexpr std::string_view square = "self: [N:1..64, N] | [1..4, N:1..32, N]";
constexpr std::string_view squareA = "A: [N:1..64, N] | [1..4, N:1..32, N]";
constexpr std::string_view triple = "self: [N:1..64, 3]  other: [N, 3]  dim: -1|1";

constexpr auto entries = family(
    op(
        "aten::inverse(Tensor self) -> Tensor", [](Tensor self) -> Answer { return inverse(self); }, square),
    op(
        "aten::linalg_inv(Tensor A) -> Tensor", [](Tensor a) -> Answer { return inverse(a); }, squareA),
    op(
        "aten::det(Tensor self) -> Tensor", [](Tensor self) -> Answer { return determinant("linalg.det", self, false); }, square),
    op(
        "aten::linalg_det(Tensor A) -> Tensor", [](Tensor a) -> Answer { return determinant("linalg.det", a, false); }, squareA),
    op(
        "aten::logdet(Tensor self) -> Tensor", [](Tensor self) -> Answer { return determinant("logdet", self, false); }, square),
    op(
        "aten::slogdet(Tensor self) -> (Tensor sign, Tensor logabsdet)",
        [](Tensor self) -> Answer { return determinant("linalg.slogdet", self, true); }, square),
    op(
        "aten::linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet)",
        [](Tensor a) -> Answer { return determinant("linalg.slogdet", a, true); }, squareA),
    op(
        "aten::cholesky(Tensor self, bool upper=False) -> Tensor",
        [](Tensor self, Bool) -> Answer {
          if (self.elements() == 0) return Unknown{"self"};
          return cholesky(self);
        },
        "self: [1, 1]"),
    op(
        "aten::linalg_cholesky(Tensor self, *, bool upper=False) -> Tensor", [](Tensor self, Bool) -> Answer { return cholesky(self); },
        square),
    op(
        "aten::linalg_svd(Tensor A, bool full_matrices=True, *, str? driver=None) -> (Tensor U, Tensor S, "
        "Tensor Vh)",
        [](Tensor a, Bool full, MaybeString) -> Answer { return singularValues(a, full); },
        "A: [1..32, 1..32] | [1..4, 1..16, 1..16]  full_matrices: True|False"),
    op(
        "aten::svd(Tensor self, bool some=True, bool compute_uv=True) -> (Tensor U, Tensor S, Tensor V)",
        [](Tensor self, Bool some, Bool vectors) -> Answer { return svd(self, some, vectors); },
        "self: [1..32, 1..32] | [1..4, 1..16, 1..16]  some: True|False"),
    op(
        "aten::linalg_qr(Tensor A, str mode=\"reduced\") -> (Tensor Q, Tensor R)",
        [](Tensor a, String mode) -> Answer { return qr(a, mode); },
        "A: [1..32, 1..32] | [1..4, 1..16, 1..16]  mode: 'reduced'|'complete'|'r'"),
    op(
        "aten::linalg_eigh(Tensor self, str UPLO=\"L\") -> (Tensor eigenvalues, Tensor eigenvectors)",
        [](Tensor self, String triangle) -> Answer { return eigenvaluesOfSymmetric(self, triangle); }, square),
    op(
        "aten::linalg_solve(Tensor A, Tensor B, *, bool left=True) -> Tensor",
        [](Tensor a, Tensor b, Bool left) -> Answer { return solve(a, b, left); }, "A: [N:1..64, N]  B: [N, 1..16] | [N] | [3, N, 2]"),
    op(
        "aten::matrix_exp(Tensor self) -> Tensor", [](Tensor self) -> Answer { return exponential(self); }, square),
    op(
        "aten::linalg_matrix_exp(Tensor self) -> Tensor", [](Tensor self) -> Answer { return exponential(self); }, square),
    op(
        "aten::matrix_power(Tensor self, int n) -> Tensor", [](Tensor self, Openable<Int>) -> Answer { return power(self); },
        "self: [N:1..64, N]  n: 0|1|3"),
    op(
        "aten::pinverse(Tensor self, float rcond=1.0000000000000001e-15) -> Tensor",
        [](Tensor self, Openable<Float>) -> Answer { return pseudoInverse(self); }, "self: [1..32, 1..32]"));

constexpr auto pairs = family(
    op(
        "aten::linalg_cross(Tensor self, Tensor other, *, int dim=-1) -> Tensor",
        [](Tensor self, Tensor other, Int dim) -> Answer { return cross(self, other, dim); }, triple),
    op(
        "aten::cross(Tensor self, Tensor other, int? dim=None) -> Tensor",
        [](Tensor self, Tensor other, MaybeInt dim) -> Answer { return crossSomewhere(self, other, dim); }, triple),
    op(
        "aten::trace(Tensor self) -> Tensor", [](Tensor self) -> Answer { return trace(self); }, "self: [1..64, 1..64]"),
    op(
        "aten::cdist(Tensor x1, Tensor x2, float p=2., int? compute_mode=None) -> Tensor",
        [](Tensor x1, Tensor x2, Float p, MaybeInt) -> Answer { return distances(x1, x2, p); },
        "x1: [1..64, M:1..32] | [B:1..4, 1..64, M:1..32]  x2: [1..64, M]  p: 1.0|2.0"),
    op(
        "aten::kron(Tensor self, Tensor other) -> Tensor", [](Tensor self, Tensor other) -> Answer { return kronecker(self, other); },
        "self: [1..8, 1..8]  other: [1..8, 1..8] | [1..8]"),
    op(
        "aten::addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
        [](Tensor self, Tensor batch1, Tensor batch2, Openable<Scalar>, Openable<Scalar>) -> Answer {
          return plusProduct(self, summedProducts(batch1, batch2));
        },
        "batch1: [B:1..8, N:1..32, K:1..32]  batch2: [B, K, M:1..32]  self: [N, M] | [M]"),
    op(
        "aten::baddbmm_(Tensor(a!) self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> "
        "Tensor(a!)",
        [](Tensor self, Tensor batch1, Tensor batch2, Openable<Scalar>, Openable<Scalar>) -> Answer {
          return plusProductInPlace(self, matrixProduct("baddbmm", batch1, batch2, 3));
        },
        "batch1: [B:1..8, N:1..32, K:1..32]  batch2: [B, K, M:1..32]  self: [B, N, M]"),
    op(
        "aten::inner(Tensor self, Tensor other) -> Tensor", [](Tensor self, Tensor other) -> Answer { return inner(self, other); },
        "self: [1..8, K:1..32] | [K:1..32]  other: [1..8, K] | [K]"),
    op(
        "aten::tensordot(Tensor self, Tensor other, int[] dims_self, int[] dims_other) -> Tensor",
        [](Tensor self, Tensor other, IntList ofSelf, IntList ofOther) -> Answer { return contract(self, other, ofSelf, ofOther); },
        "self: [1..8, K:1..32, L:1..8]  other: [K, L, 1..8]  dims_self: [1, 2]  dims_other: [0, 1]"));

} // namespace

constinit const Family families::decomposition = {"decomposition", entries};
constinit const Family families::products = {"products", pairs};

} // namespace cobra::ops
