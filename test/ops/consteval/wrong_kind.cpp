// A rule that takes an integer where the schema has a float.
#include "predictor/ops/entry.h"

using namespace cobra::ops;

#ifdef MISTAKE
using Slope = Int;
#else
using Slope = Float;
#endif

constexpr Entry entry =
    op("aten::leaky(Tensor self, float slope=0.01) -> Tensor", [](Tensor self, Slope) -> Answer { return Effect{{self}}; }, "self: [1..4]");
