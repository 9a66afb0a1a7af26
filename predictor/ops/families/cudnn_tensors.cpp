// cuDNN's operations on whole tensors.
#include "predictor/ops/families.h"
#include "predictor/ops/families/cudnn.h"

#include <algorithm>

namespace cobra::ops {
namespace {

using cudnn::badParam;
using cudnn::repeatsTo;

Answer combined(Tensor self, Tensor other, std::int64_t flops) {
  if (!repeatsTo(other.shape, self.shape))
    return badParam("the tensor " + text(other.shape) + " does not repeat to " + text(self.shape) + ": each size has to be equal or 1");
  return pointwise(self, flops);
}

/// Sizes aligned at their ends, each equal or 1.
std::variant<Shape, Misuse> met(Tensors inputs) {
  Shape result;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Shape& next = inputs[i].shape;
    if (next.size() > result.size()) result.insert(result.begin(), next.size() - result.size(), 1);
    for (std::size_t k = 0; k < next.size(); ++k) {
      std::int64_t& size = result[result.size() - next.size() + k];
      if (size != next[k] && size != 1 && next[k] != 1)
        return badParam("the tensors of a pointwise operation do not meet: " + text(result) + " and " + text(next));
      if (size == 1) size = next[k];
    }
  }
  return result;
}

constexpr std::string_view one = "self: [1..64, 1..512, 1..64, 1..64]";

constexpr auto entries = family(
    op(
        "cudnn::add_tensor(Tensor self, Tensor other) -> Tensor",
        [](Tensor self, Tensor other) -> Answer { return combined(self, other, 1); },
        "self: [1..64, C:1..512, 1..64, 1..64]  other: [1, C, 1, 1]|self"),
    op(
        "cudnn::op_tensor(Tensor self, Tensor other, str op=\"add\") -> Tensor",
        [](Tensor self, Tensor other, Openable<String>) -> Answer { return combined(self, other, 1); },
        "self: [1..64, C:1..512, 1..64, 1..64]  other: [1, C, 1, 1]|self"),
    op(
        "cudnn::reduce_tensor(Tensor self, int[] size, str op=\"add\") -> Tensor",
        [](Tensor self, IntList size, Openable<String>) -> Answer {
          const Shape wanted(size.begin(), size.end());
          if (!repeatsTo(wanted, self.shape))
            return badParam("the tensor " + text(self.shape) + " does not reduce to " + text(size) + ": each size has to be equal or 1");
          return Effect{{{self.dtype, wanted}}, self.elements()};
        },
        "self: [1..64, C:1..512, 1..64, 1..64]  size: [1, C, 1, 1]|[1, 1, 1, 1]"),
    op(
        "cudnn::scale_tensor(Tensor self, Scalar alpha=1) -> Tensor",
        [](Tensor self, Openable<Scalar>) -> Answer { return pointwise(self, 1); }, one),
    op(
        "cudnn::set_tensor(Tensor self, Scalar value=0) -> Tensor",
        [](Tensor self, Openable<Scalar>) -> Answer { return Effect{{self}, 0, self.bytes()}; }, one),
    op(
        "cudnn::transform_tensor(Tensor self) -> Tensor", [](Tensor self) -> Answer { return pointwise(self, 0); }, one),
    op(
        "cudnn::pointwise(Tensor[] inputs, str mode) -> Tensor",
        [](Tensors inputs, Openable<String>) -> Answer {
          if (inputs.empty()) return badParam("a pointwise operation needs an input");
          auto shape = met(inputs);
          if (auto* misuse = std::get_if<Misuse>(&shape)) return *std::move(misuse);
          return pointwise({inputs[0].dtype, std::get<Shape>(shape)}, 1);
        },
        "inputs: [[N:1..64, C:1..512, H:1..64, H], [N, C, H, H]]  mode: 'add'|'mul'"));

} // namespace

constinit const Family families::cudnnTensors = {"cudnn tensors", entries};

} // namespace cobra::ops
