// A schema with a type that LibTorch does not have.
#include "predictor/ops/entry.h"

using namespace cobra::ops;

#ifdef MISTAKE
#define TYPE "Tensro"
#else
#define TYPE "Tensor"
#endif

constexpr Entry entry = op("aten::same(" TYPE " self) -> Tensor", [](Tensor self) -> Answer { return Effect{{self}}; }, "self: [1..4]");
