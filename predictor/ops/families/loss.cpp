// Losses and distances (ATen/native/Loss.cpp, LossNLL.cpp, Distance.cpp). `reduction` is 0: none, 1: mean, 2:
// sum.
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
#include "predictor/ops/families/pointwise.h"

#include <algorithm>

namespace cobra::ops {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

/// 1 is the mean, 2 the sum, all else nothing.
bool reduces(Int reduction) { return reduction == 1 || reduction == 2; }

/// Reduces a loss per number of `each`: as it is, or its mean or sum.
Answer reduced(TensorType each, std::int64_t flopsPerElement, Int reduction) {
  const std::int64_t flops = mulClamped(each.elements(), flopsPerElement + (reduces(reduction) ? 1 : 0));
  if (reduces(reduction)) each.shape.clear();
  return Effect{{std::move(each)}, flops};
}

/// A mean of integers has no dtype.
std::optional<Misuse> noMean(DType dtype, Int reduction) {
  if (reduction != 1 || isFloating(dtype) || isComplex(dtype)) return std::nullopt;
  return Misuse{"mean(): could not infer output dtype. Input dtype must be either a floating point or "
                "complex dtype. Got: " +
                messageName(dtype)};
}

/// A loss of each pair of numbers that meet.
Answer pairLoss(Operands operands, std::int64_t flopsPerElement, Int reduction) {
  auto shape = broadcastShape(operands);
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *std::move(misuse);
  return reduced({resultType(operands), std::get<Shape>(std::move(shape))}, flopsPerElement, reduction);
}

Misuse cannotHold(DType computed, DType wanted) {
  return {"result type " + messageName(computed) + " can't be cast to the desired output type " + messageName(wanted)};
}

/// Subtracting booleans is refused.
std::optional<Misuse> subtractsBool(Tensor a, Tensor b) {
  if (a.dtype != DType::Bool && b.dtype != DType::Bool) return std::nullopt;
  return Misuse{"Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to "
                "invert a mask, use the "
                "`~` or `logical_not()` operator instead."};
}

/// The same where the mean is taken by mean().
Answer meanLoss(Operands operands, std::int64_t flopsPerElement, Int reduction) {
  if (auto misuse = noMean(resultType(operands), reduction)) return *std::move(misuse);
  return pairLoss(operands, flopsPerElement, reduction);
}

/// Some losses know the three reductions only.
std::optional<Misuse> unknownReduction(Int reduction) {
  if (reduction >= 0 && reduction <= 2) return std::nullopt;
  return Misuse{"reduction == Reduction::Mean || reduction == Reduction::Sum INTERNAL ASSERT FAILED: " + number(reduction)};
}

Answer squared(Tensor self, Tensor target, Int reduction) {
  if (auto misuse = unknownReduction(reduction)) return *std::move(misuse);
  return pairLoss({self, target}, 2, reduction);
}

Answer smoothL1(Tensor self, Tensor target, Int reduction, Float beta) {
  if (beta < 0) return Misuse{"smooth_l1_loss does not support negative values for beta."};
  if (auto misuse = unknownReduction(reduction)) return *std::move(misuse);
  return pairLoss({self, target}, 5, reduction);
}

Answer huber(Tensor self, Tensor target, Int reduction, Float delta) {
  if (delta <= 0) return Misuse{"huber_loss does not support non-positive values for delta."};
  // The loss has the dtype of self.
  if (const DType dtype = resultType(self, target); !canCast(dtype, self.dtype)) return cannotHold(dtype, self.dtype);
  const TensorType other{self.dtype, target.shape};
  return pairLoss({self, other}, 6, reduction);
}

Answer l1(Tensor self, Tensor target, Int reduction) {
  if (auto misuse = subtractsBool(self, target)) return *std::move(misuse);
  return meanLoss({self, target}, 2, reduction);
}

Answer klDivergence(Tensor self, Tensor target, Int reduction) {
  for (const TensorType* tensor : {&self, &target})
    if (isIntegral(tensor->dtype) || tensor->dtype == DType::Bool) return Misuse{"kl_div: Integral inputs not supported."};
  return pairLoss({self, target}, 4, reduction);
}

/// Computed in place on a tensor like self.
Answer softMargin(Tensor self, Tensor target, Int reduction) {
  if (auto misuse = subtractsBool(self, self)) return *std::move(misuse);
  if (!expandable(target.shape, self.shape))
    return Misuse{"output with shape " + text(self.shape) + " doesn't match the broadcast shape of " + text(target.shape)};
  if (const DType dtype = resultType(self, target); !canCast(dtype, self.dtype)) return cannotHold(dtype, self.dtype);
  return meanLoss({self}, 4, reduction);
}

Answer marginRanking(Tensor input1, Tensor input2, Tensor target, Int reduction) {
  if (auto misuse = subtractsBool(input1, input2)) return *std::move(misuse);
  if (auto misuse = subtractsBool(target, target)) return *std::move(misuse);
  return meanLoss({input1, input2, target}, 5, reduction);
}

/// The loss has the dtype of self.
Answer hingeEmbedding(Tensor self, Tensor target, Int reduction) {
  if (auto misuse = subtractsBool(self, self)) return *std::move(misuse);
  const TensorType compared{self.dtype, target.shape};
  return meanLoss({self, compared}, 7, reduction);
}

std::optional<Misuse> wrongWeight(MaybeTensor weight, std::int64_t classes) {
  if (weight == nullptr || (weight->rank() == 1 && weight->shape[0] == classes)) return std::nullopt;
  return Misuse{"weight tensor should be defined either for all " + number(classes) +
                " classes or no classes but got weight tensor of shape: " + text(weight->shape)};
}

/// self [N, C, ...], target int64 [N, ...] -> [N, ...]; or self [C], target [].
Answer nll(Tensor self, Tensor target, MaybeTensor weight, Int reduction, std::int64_t flopsPerClass) {
  if (self.rank() < 1) return Misuse{"Expected 1 or more dimensions (got 0)"};
  if (self.rank() != 1 && (target.rank() == 0 || self.shape[0] != target.shape[0]))
    return Misuse{"Expected input batch_size (" + number(self.shape[0]) + ") to match target batch_size (" +
                  (target.rank() == 0 ? "none" : number(target.shape[0])) + ")."};
  const std::int64_t classes = self.shape[self.rank() == 1 ? 0 : 1];
  Shape expected;
  if (self.rank() > 1) {
    expected = self.shape;
    expected.erase(expected.begin() + 1);
  }
  // Without a batch the one target may stand alone in a list.
  const bool single = self.rank() == 1 && target.shape == Shape{1};
  if (target.shape != expected && !single) return Misuse{"Expected target size " + text(expected) + ", got " + text(target.shape)};
  if (target.dtype != DType::Int64 && target.dtype != DType::UInt8)
    return Misuse{"expected scalar type Long but found " + messageName(target.dtype)};
  if (classes == 0 && target.elements() > 0) return Misuse{"Target 0 is out of bounds."};
  if (auto misuse = wrongWeight(weight, classes)) return *std::move(misuse);
  if (weight != nullptr && weight->dtype != self.dtype)
    return Misuse{"expected scalar type " + messageName(self.dtype) + " but found " + messageName(weight->dtype)};
  const std::int64_t flops = addClamped(mulClamped(self.elements(), flopsPerClass), target.elements());
  return Effect{{{self.dtype, reduction == 0 ? expected : Shape{}}}, flops};
}

/// Targets are class numbers, or one probability for each class and the shape of self.
Answer crossEntropy(Tensor self, Tensor target, MaybeTensor weight, Int reduction, Int ignored, Float smoothing) {
  constexpr std::int64_t logSoftmax = 5;
  if (smoothing > 1) return Misuse{"label_smoothing must be between 0.0 and 1.0. Got: " + std::to_string(smoothing)};
  if (self.shape != target.shape || self.rank() == 0) return nll(self, target, weight, reduction, logSoftmax);
  if (!isFloating(target.dtype))
    return Misuse{"Expected floating point type for target with class probabilities, got " + messageName(target.dtype)};
  if (reduction < 0 || reduction > 2) return Misuse{"Invalid reduction type encountered in cross_entropy: " + number(reduction)};
  if (ignored >= 0) return Misuse{"ignore_index is not supported for floating point target"};
  const std::size_t classDim = self.rank() == 1 ? 0 : 1;
  if (auto misuse = wrongWeight(weight, self.shape[classDim])) return *std::move(misuse);
  TensorType output{resultType(self, target), self.shape};
  output.shape.erase(output.shape.begin() + static_cast<std::ptrdiff_t>(classDim));
  if (reduces(reduction)) output.shape.clear();
  return Effect{{std::move(output)}, mulClamped(self.elements(), logSoftmax + 2)};
}

Answer binaryCrossEntropy(Tensor self, Tensor target, MaybeTensor weight, Int reduction) {
  if (self.shape != target.shape)
    return Misuse{"Using a target size (" + text(target.shape) + ") that is different to the input size (" + text(self.shape) +
                  ") is deprecated. Please ensure they have the same size."};
  if (self.dtype != target.dtype) return Misuse{"Found dtype " + messageName(target.dtype) + " but expected " + messageName(self.dtype)};
  if (weight != nullptr && !expandable(weight->shape, self.shape))
    return Misuse{"weight " + text(weight->shape) + " cannot be broadcast to the input's size " + text(self.shape)};
  return reduced(self, weight != nullptr ? 7 : 6, reduction);
}

Answer logitsCrossEntropy(Tensor self, Tensor target, MaybeTensor weight, MaybeTensor positive, Int reduction) {
  // Computed in place on a tensor of the target's shape.
  for (const TensorType* other : {&self, weight, positive})
    if (other != nullptr && !expandable(other->shape, target.shape))
      return Misuse{"output with shape " + text(target.shape) + " doesn't match the broadcast shape of " + text(other->shape)};
  if (auto misuse = subtractsBool(target, target)) return *std::move(misuse);
  if (const DType dtype = resultType(self, target); !canCast(dtype, target.dtype)) return cannotHold(dtype, target.dtype);
  return reduced(target, 8 + (weight != nullptr ? 1 : 0) + (positive != nullptr ? 3 : 0), reduction);
}

/// Along one dimension, which goes away.
Answer cosineSimilarity(Tensor a, Tensor b, Int dim, Float eps) {
  if (eps < 0) return Misuse{"eps must be non-negative, got: " + std::to_string(eps)};
  const DType dtype = resultType(a, b);
  if (!isFloating(dtype)) return Misuse{"expected common dtype to be floating point, yet common dtype is " + messageName(dtype)};
  auto shape = broadcast(a.shape, b.shape);
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *std::move(misuse);
  const TensorType all{dtype, std::get<Shape>(std::move(shape))};
  if (auto misuse = wrapDim(dim, all.rank())) return *std::move(misuse);
  return Effect{{{dtype, withoutDim(all.shape, dim)}}, mulClamped(all.elements(), 6)};
}

/// The last dimension goes away, or stays as 1.
Answer pairwiseDistance(Tensor a, Tensor b, Bool keepdim) {
  if (auto misuse = subtractsBool(a, b)) return *std::move(misuse);
  auto shape = broadcast(a.shape, b.shape);
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *std::move(misuse);
  const TensorType all{resultType(a, b), std::get<Shape>(std::move(shape))};
  if (!isFloating(all.dtype))
    return Misuse{"linalg.vector_norm: Expected a floating point or complex tensor as input. Got " + messageName(all.dtype)};
  return Effect{{{all.dtype, withoutDim(all.shape, all.rank() - 1, keepdim)}}, mulClamped(all.elements(), 5)};
}

Answer tripletMargin(Tensor anchor, Tensor positive, Tensor negative, Bool swap, Int reduction) {
  if (anchor.rank() != positive.rank() || anchor.rank() != negative.rank())
    return Misuse{"The anchor, positive, and negative tensors are expected to have the same number of "
                  "dimensions, but got: anchor " +
                  number(anchor.rank()) + "D, positive " + number(positive.rank()) + "D, and negative " + number(negative.rank()) +
                  "D inputs"};
  for (const TensorType* other : {&positive, &negative})
    if (auto misuse = subtractsBool(anchor, *other)) return *std::move(misuse);
  auto shape = broadcastShape({anchor, positive, negative});
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *std::move(misuse);
  TensorType all{resultType({anchor, positive, negative}), std::get<Shape>(std::move(shape))};
  const std::int64_t flops = mulClamped(all.elements(), swap ? 15 : 10);
  all.shape = reduces(reduction) ? Shape{} : withoutDim(all.shape, all.rank() - 1);
  return Effect{{std::move(all)}, flops};
}

constexpr std::string_view pairs = "self: [N:1..256, C:1..4096] | [N:1..16, C:1..64, 1..128, 1..128]  target: self  reduction: 0|1|1|2";
constexpr std::string_view classes = "self: [N:1..1024, C:1..10000]  target: i64[N]  reduction: 0|1|1|2  weight: None|None|[C]";

constexpr auto entries = family(
    op(
        "aten::mse_loss(Tensor self, Tensor target, int reduction=1) -> Tensor",
        [](Tensor self, Tensor target, Int reduction) -> Answer { return squared(self, target, reduction); }, pairs),
    op(
        "aten::l1_loss(Tensor self, Tensor target, int reduction=1) -> Tensor",
        [](Tensor self, Tensor target, Int reduction) -> Answer { return l1(self, target, reduction); }, pairs),
    op(
        "aten::smooth_l1_loss(Tensor self, Tensor target, int reduction=1, float beta=1.) -> Tensor",
        [](Tensor self, Tensor target, Int reduction, Float beta) -> Answer { return smoothL1(self, target, reduction, beta); }, pairs),
    op(
        "aten::huber_loss(Tensor self, Tensor target, int reduction=1, float delta=1.) -> Tensor",
        [](Tensor self, Tensor target, Int reduction, Float delta) -> Answer { return huber(self, target, reduction, delta); }, pairs),
    op(
        "aten::soft_margin_loss(Tensor self, Tensor target, int reduction=1) -> Tensor",
        [](Tensor self, Tensor target, Int reduction) -> Answer { return softMargin(self, target, reduction); }, pairs),
    op(
        "aten::kl_div(Tensor self, Tensor target, int reduction=1, *, bool log_target=False) -> Tensor",
        [](Tensor self, Tensor target, Int reduction, Openable<Bool>) -> Answer { return klDivergence(self, target, reduction); }, pairs),
    op(
        "aten::cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt "
        "ignore_index=-100, "
        "float label_smoothing=0.) -> Tensor",
        [](Tensor self, Tensor target, MaybeTensor weight, Int reduction, Int ignored, Float smoothing) -> Answer {
          return crossEntropy(self, target, weight, reduction, ignored, smoothing);
        },
        classes),
    op(
        "aten::nll_loss_nd(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt "
        "ignore_index=-100) -> Tensor",
        [](Tensor self, Tensor target, MaybeTensor weight, Int reduction, Openable<Int>) -> Answer {
          return nll(self, target, weight, reduction, 0);
        },
        classes),
    op(
        "aten::nll_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt "
        "ignore_index=-100) -> Tensor",
        [](Tensor self, Tensor target, MaybeTensor weight, Int reduction, Openable<Int>) -> Answer {
          if (self.rank() < 1 || self.rank() > 2) return Misuse{"input tensor should be 1D or 2D"};
          return nll(self, target, weight, reduction, 0);
        },
        classes),
    op(
        "aten::nll_loss2d(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt "
        "ignore_index=-100) -> Tensor",
        [](Tensor self, Tensor target, MaybeTensor weight, Int reduction, Openable<Int>) -> Answer {
          if (target.rank() != 3)
            return Misuse{"only batches of spatial targets supported (3D tensors) but got targets of dimension: " + number(target.rank())};
          if (self.rank() != 4)
            return Misuse{"only batches of spatial inputs supported (4D tensors), but got input of dimension: " + number(self.rank())};
          return nll(self, target, weight, reduction, 0);
        },
        "self: [N:1..8, C:1..32, H:1..64, W:1..64]  target: i64[N, H, W]  reduction: 0|1|1|2"),
    op(
        "aten::binary_cross_entropy(Tensor self, Tensor target, Tensor? weight=None, int reduction=1) -> "
        "Tensor",
        [](Tensor self, Tensor target, MaybeTensor weight, Int reduction) -> Answer {
          return binaryCrossEntropy(self, target, weight, reduction);
        },
        pairs),
    op(
        "aten::binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? "
        "pos_weight=None, int "
        "reduction=1) -> Tensor",
        [](Tensor self, Tensor target, MaybeTensor weight, MaybeTensor positive, Int reduction) -> Answer {
          return logitsCrossEntropy(self, target, weight, positive, reduction);
        },
        pairs),
    op(
        "aten::hinge_embedding_loss(Tensor self, Tensor target, float margin=1., int reduction=1) -> Tensor",
        [](Tensor self, Tensor target, Openable<Float>, Int reduction) -> Answer { return hingeEmbedding(self, target, reduction); },
        pairs),
    op(
        "aten::margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, float margin=0., int "
        "reduction=1) -> Tensor",
        [](Tensor input1, Tensor input2, Tensor target, Openable<Float>, Int reduction) -> Answer {
          return marginRanking(input1, input2, target, reduction);
        },
        "input1: [1..4096]  input2: input1  target: input1  reduction: 0|1|2"),
    op(
        "aten::triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, float margin=1., float "
        "p=2., float "
        "eps=9.9999999999999995e-07, bool swap=False, int reduction=1) -> Tensor",
        [](Tensor anchor, Tensor positive, Tensor negative, Openable<Float>, Openable<Float>, Openable<Float>, Bool swap,
           Int reduction) -> Answer { return tripletMargin(anchor, positive, negative, swap, reduction); },
        "anchor: [1..256, 1..2048]  positive: anchor  negative: anchor  reduction: 0|1|2"),
    op(
        "aten::cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor",
        [](Tensor x1, Tensor x2, Int dim, Float eps) -> Answer { return cosineSimilarity(x1, x2, dim, eps); },
        "x1: [1..256, 1..2048]  x2: x1"),
    op(
        "aten::pairwise_distance(Tensor x1, Tensor x2, float p=2., float eps=9.9999999999999995e-07, bool "
        "keepdim=False) -> Tensor",
        [](Tensor x1, Tensor x2, Openable<Float>, Openable<Float>, Bool keepdim) -> Answer { return pairwiseDistance(x1, x2, keepdim); },
        "x1: [1..256, 1..2048]  x2: x1  keepdim: False|True"));

} // namespace

constinit const Family families::loss = {"loss", entries};

} // namespace cobra::ops
