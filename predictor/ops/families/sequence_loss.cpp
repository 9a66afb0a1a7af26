// Losses over sequences, margins and counts (ATen/native/LossCTC.cpp, LossMultiMargin.cpp, Loss.cpp).
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

#include <algorithm>

namespace cobra::ops {
namespace {

bool reduces(Int reduction) { return reduction == 1 || reduction == 2; }

/// log_probs [T, N, C] or [T, C], targets [N, S] or all in one list -> [N], or a number
Answer connectionist(Tensor logProbs, Tensor targets, std::int64_t lengths, std::int64_t targetLengths, Int blank, Int reduction) {
  if (logProbs.rank() != 2 && logProbs.rank() != 3) return Misuse{"ctc_loss: log_probs must have 2 or 3 dimensions"};
  if (logProbs.dtype != DType::Float32 && logProbs.dtype != DType::Float64) return notImplemented("ctc_loss_cpu", logProbs.dtype);
  if (targets.dtype != DType::Int64 && targets.dtype != DType::Int32) return Unknown{"targets"};
  if (targets.rank() > 2) return Misuse{"targets must be 1-dimensional or 2-dimensional"};
  const std::int64_t batch = logProbs.rank() == 3 ? logProbs.shape[1] : 1, classes = logProbs.shape.back();
  if (blank < 0 || blank >= classes) return Misuse{"blank must be in label range"};
  if (lengths != batch || targetLengths != batch) return Misuse{"input_lengths must be of size batch_size"};
  if (targets.rank() == 2 && targets.shape[0] != batch)
    return Misuse{"Expected tensor to have size " + std::to_string(batch) + " at dimension 0"};
  Shape shape;
  if (!reduces(reduction) && logProbs.rank() == 3) shape.push_back(batch);
  const std::int64_t steps = mulClamped(logProbs.shape[0], mulClamped(targets.elements(), 2));
  return Effect{{{logProbs.dtype, std::move(shape)}}, mulClamped(steps, 6)};
}

/// Lengths that are known are compared with what they count.
std::optional<Misuse> wrongLengths(Tensor logProbs, Tensor targets, IntList lengths, IntList targetLengths) {
  std::int64_t longest = 0, total = 0;
  for (Int length : targetLengths) {
    if (length < 0) return Misuse{"Expected target_lengths to have value at least 0, but got value " + std::to_string(length)};
    longest = std::max(longest, length);
    total = addClamped(total, length);
  }
  for (Int length : lengths)
    if (length < 0 || (logProbs.rank() > 0 && length > logProbs.shape[0]))
      return Misuse{"Expected input_lengths to have value at most the number of steps, but got value " + std::to_string(length)};
  if (targets.rank() == 2 && targets.shape[1] < longest)
    return Misuse{"Expected tensor to have size at least " + std::to_string(longest) + " at dimension 1"};
  if (targets.rank() == 1 && targets.shape[0] != total)
    return Misuse{"Expected tensor to have size " + std::to_string(total) + " at dimension 0"};
  return std::nullopt;
}

Answer poissonLikelihood(Tensor input, Tensor target, Int reduction) {
  if (isComplex(input.dtype) || isComplex(target.dtype)) return Unknown{"input"};
  if (input.dtype == DType::Bool || target.dtype == DType::Bool) return Unknown{"input"};
  const DType type = floatingType(resultType(input, target));
  if (type != resultType(input, target)) return Unknown{"input"};
  auto shape = broadcastShape({input, target});
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *misuse;
  TensorType output{type, std::get<Shape>(std::move(shape))};
  const std::int64_t flops = mulClamped(output.elements(), 4);
  if (reduces(reduction)) output.shape.clear();
  return Effect{{std::move(output)}, flops};
}

/// input1, input2 [N, D] or [D], target [N] or [] of 1 and -1
Answer cosineEmbedding(Tensor a, Tensor b, Tensor target, Int reduction) {
  if (target.rank() > 1) return Misuse{"0D or 1D target tensor expected, multi-target not supported"};
  if (a.rank() != target.rank() + 1 || b.rank() != target.rank() + 1)
    return Misuse{"1D or 2D input tensors expected, found inputs with other sizes"};
  if (!isFloating(a.dtype) || a.dtype != b.dtype || target.dtype == DType::Bool || isComplex(target.dtype)) return Unknown{"input1"};
  auto shape = broadcastShape({a, b});
  if (auto* misuse = std::get_if<Misuse>(&shape)) return *misuse;
  Shape rows = std::get<Shape>(std::move(shape));
  const std::int64_t flops = mulClamped(TensorType{a.dtype, rows}.elements(), 6);
  rows.pop_back();
  auto joined = broadcast(rows, target.shape);
  if (auto* misuse = std::get_if<Misuse>(&joined)) return *misuse;
  if (isFloating(target.dtype) && target.dtype != a.dtype) return Unknown{"target"};
  return Effect{{{a.dtype, reduces(reduction) ? Shape{} : std::get<Shape>(std::move(joined))}}, flops};
}

/// self [N, C] or [C], target int64 [N] or []
Answer multiMargin(Tensor self, Tensor target, const Openable<Scalar>& p, MaybeTensor weight, Int reduction) {
  if (p && (*p).asDouble() != 1 && (*p).asDouble() != 2) return Misuse{"only p == 1 and p == 2 supported"};
  if (self.rank() > 2 || self.rank() < 1 || self.elements() == 0) return Unknown{"self"};
  if (target.dtype != DType::Int64) return Misuse{"expected scalar type Long but found " + messageName(target.dtype)};
  if (self.dtype != DType::Float32 && self.dtype != DType::Float64) return Unknown{"self"};
  const std::int64_t batch = self.rank() == 2 ? self.shape[0] : 1;
  if (target.rank() > 1 || target.elements() != batch)
    return Misuse{"inconsistent target size, expected " + std::to_string(batch) + " but got " + text(target.shape)};
  if (weight != nullptr && (weight->elements() != self.shape.back() || weight->rank() != 1)) return Misuse{"inconsistent weight size"};
  if (weight != nullptr && weight->dtype != self.dtype) return Misuse{"expected scalar type " + messageName(self.dtype)};
  Shape shape;
  if (reduction == 0) shape = target.shape;
  return Effect{{{self.dtype, std::move(shape)}}, mulClamped(self.elements(), 3)};
}

Answer multiLabelMargin(Tensor self, Tensor target, Int reduction) {
  if (self.rank() > 2 || self.elements() == 0) return Unknown{"self"};
  if (self.shape != target.shape)
    return Misuse{"inconsistent target size: " + text(target.shape) + " for input of size: " + text(self.shape)};
  if (target.dtype != DType::Int64) return Misuse{"expected scalar type Long but found " + messageName(target.dtype)};
  if (self.dtype != DType::Float32 && self.dtype != DType::Float64) return Unknown{"self"};
  Shape shape;
  if (reduction == 0 && self.rank() == 2) shape = {self.shape[0]};
  return Effect{{{self.dtype, std::move(shape)}}, mulClamped(self.elements(), 4)};
}

constexpr auto entries =
    family(op(
               "aten::ctc_loss.IntList(Tensor log_probs, Tensor targets, int[] input_lengths, int[] "
               "target_lengths, int blank=0, int "
               "reduction=1, bool zero_infinity=False) -> Tensor",
               [](Tensor logProbs, Tensor targets, IntList lengths, IntList targetLengths, Int blank, Int reduction, Bool) -> Answer {
                 if (auto misuse = wrongLengths(logProbs, targets, lengths, targetLengths)) return *misuse;
                 return connectionist(logProbs, targets, static_cast<std::int64_t>(lengths.size()),
                                      static_cast<std::int64_t>(targetLengths.size()), blank, reduction);
               },
               "log_probs: [20..50, 2, 5..30]  targets: i64[2, 10]  input_lengths: [20, 18]  target_lengths: "
               "[10, 7]  reduction: 0|1|2"),
           op(
               "aten::ctc_loss.Tensor(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor "
               "target_lengths, int blank=0, int "
               "reduction=1, bool zero_infinity=False) -> Tensor",
               [](Tensor logProbs, Tensor targets, Tensor lengths, Tensor targetLengths, Int blank, Int reduction, Bool) -> Answer {
                 for (const TensorType* list : {&lengths, &targetLengths})
                   if (!isIntegral(list->dtype)) return Misuse{"input_lengths must be integral"};
                 return connectionist(logProbs, targets, lengths.elements(), targetLengths.elements(), blank, reduction);
               },
               ""),
           op(
               "aten::poisson_nll_loss(Tensor input, Tensor target, bool log_input, bool full, float eps, "
               "int reduction) -> Tensor",
               [](Tensor input, Tensor target, Bool, Bool, Openable<Float>, Int reduction) -> Answer {
                 return poissonLikelihood(input, target, reduction);
               },
               "input: [1..64, 1..64]  target: input  log_input: True|False  full: False  eps: 0.5  "
               "reduction: 0|1|2"),
           op(
               "aten::cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, float margin=0., "
               "int reduction=1) -> Tensor",
               [](Tensor a, Tensor b, Tensor target, Openable<Float>, Int reduction) -> Answer {
                 return cosineEmbedding(a, b, target, reduction);
               },
               "input1: [N:1..64, D:1..64]  input2: [N, D]  target: [N]  reduction: 0|1|2"),
           op(
               "aten::multi_margin_loss(Tensor self, Tensor target, Scalar p=1, Scalar margin=1, Tensor? "
               "weight=None, int reduction=1) -> Tensor",
               [](Tensor self, Tensor target, Openable<Scalar> p, Openable<Scalar>, MaybeTensor weight, Int reduction) -> Answer {
                 return multiMargin(self, target, p, weight, reduction);
               },
               "self: [N:1..64, 2..64]  target: i64[N]  reduction: 0|1|2"),
           op(
               "aten::multilabel_margin_loss(Tensor self, Tensor target, int reduction=1) -> Tensor",
               [](Tensor self, Tensor target, Int reduction) -> Answer { return multiLabelMargin(self, target, reduction); },
               "self: [N:1..64, C:2..64]  target: i64[N, C]  reduction: 0|1|2"));

} // namespace

constinit const Family families::sequenceLoss = {"sequence loss", entries};

} // namespace cobra::ops
