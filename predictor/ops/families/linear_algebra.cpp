#include "predictor/ops/families.h"
#include "predictor/ops/rules.h"

namespace cobra::ops {
namespace {

constexpr auto entries = family(op(
    "aten::linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor",
    [](Tensor input, Tensor weight, MaybeTensor bias) -> Answer {
      if (weight.rank() != 2 || input.rank() < 1)
        return Misuse{"linear: weight must be 2-D and input at least 1-D"};
      if (input.shape.back() != weight.shape[1])
        return Misuse{"mat1 and mat2 shapes cannot be multiplied (" +
                      std::to_string(input.elements() / std::max<std::int64_t>(1, input.shape.back())) + "x" +
                      std::to_string(input.shape.back()) + " and " + std::to_string(weight.shape[1]) + "x" +
                      std::to_string(weight.shape[0]) + ")"};
      TensorType output = input;
      output.shape.back() = weight.shape[0];
      std::int64_t flops = mulClamped(mulClamped(2, output.elements()), weight.shape[1]);
      if (bias) flops = addClamped(flops, output.elements());
      return Effect{{output}, flops};
    },
    "input: [1..128, I:1..4096] | [1..16, 1..256, I:1..4096]  weight: [O:1..4096, I]  bias: None | [O]"));

} // namespace

constinit const Family families::linearAlgebra = {"linear algebra", entries};

} // namespace cobra::ops
