#include "predictor/ops/families.h"
#include "predictor/ops/rules.h"

namespace cobra::ops {
namespace {

constexpr auto entries = family(op(
    "aten::relu(Tensor self) -> Tensor", [](Tensor self) -> Answer { return pointwise(self, 1); },
    "self: [1..64, 1..512, 1..64, 1..64]"));

} // namespace

constinit const Family families::activation = {"activation", entries};

} // namespace cobra::ops
