#include "predictor/ops/rules.h"

namespace cobra::ops {

std::string text(IntList sizes) {
  std::string result = "[";
  for (const std::int64_t size : sizes) result += (result.size() > 1 ? ", " : "") + std::to_string(size);
  return result + "]";
}

} // namespace cobra::ops
