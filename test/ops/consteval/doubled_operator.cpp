// The same overload twice in a family.
#include "predictor/ops/entry.h"

using namespace cobra::ops;

#ifdef MISTAKE
#define SECOND "aten::same"
#else
#define SECOND "aten::same.other"
#endif

constexpr auto entries =
    family(op(
               "aten::same(Tensor self) -> Tensor", [](Tensor self) -> Answer { return Effect{{self}}; }, "self: [1..4]"),
           op(SECOND "(Tensor self) -> Tensor", [](Tensor self) -> Answer { return Effect{{self}}; }, "self: [1..4]"));
