#include "predictor/ops/families.h"
#include "predictor/ops/rules.h"

#include <algorithm>

namespace cobra::ops {
namespace {

constexpr auto entries = family(
    op("aten::view(Tensor(a) self, SymInt[] size) -> Tensor(a)",
       [](Tensor self, IntList size) -> Answer {
         Shape shape(size.begin(), size.end());
         const std::int64_t elements = self.elements();
         const Misuse misuse{"shape '" + text(size) + "' is invalid for input of size " + std::to_string(elements)};
         auto inferred = std::ranges::find(shape, -1);
         if (inferred != shape.end()) {
           *inferred = 1;
           const std::int64_t rest = TensorType{self.dtype, shape}.elements();
           if (rest <= 0 || elements % rest != 0) return misuse;
           *inferred = elements / rest;
         }
         if (TensorType{self.dtype, shape}.elements() != elements) return misuse;
         return viewOf(self.dtype, std::move(shape));
       },
       "self: [A:1..64, B:1..512, C:1..64, D:1..64]  size: [A, B*C*D] | [A, -1] | [A*B, C, D] | [-1] | [A, B, C*D]"));

} // namespace

constinit const Family families::shape = {"shape", entries};

} // namespace cobra::ops
