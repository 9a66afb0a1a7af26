// A rule that takes a tensor that may be None as one that is always there.
#include "predictor/ops/entry.h"

using namespace cobra::ops;

#ifdef MISTAKE
using Bias = Tensor;
#else
using Bias = MaybeTensor;
#endif

constexpr Entry entry =
    op("aten::shift(Tensor self, Tensor? bias=None) -> Tensor", [](Tensor self, Bias) -> Answer { return Effect{{self}}; }, "self: [1..4]");
