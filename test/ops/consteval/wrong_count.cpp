// A rule that forgets a parameter of the schema.
#include "predictor/ops/entry.h"

using namespace cobra::ops;

constexpr Entry entry = op(
    "aten::leaky(Tensor self, float slope=0.01) -> Tensor",
#ifdef MISTAKE
    [](Tensor self) -> Answer { return Effect{{self}}; },
#else
    [](Tensor self, Float) -> Answer { return Effect{{self}}; },
#endif
    "self: [1..4]");
