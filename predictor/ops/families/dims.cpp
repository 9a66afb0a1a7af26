#include "predictor/ops/families/dims.h"

#include <algorithm>
#include <string>

namespace cobra::ops {

std::optional<Misuse> wrapDim(Int& dim, std::int64_t rank) {
  const std::int64_t count = std::max<std::int64_t>(rank, 1);
  if (dim < -count || dim >= count)
    return Misuse{"Dimension out of range (expected to be in range of [" + std::to_string(-count) + ", " + std::to_string(count - 1) +
                  "], but got " + std::to_string(dim) + ")"};
  if (dim < 0) dim += count;
  return std::nullopt;
}

std::variant<DimMask, Misuse> dimMask(MaybeIntList dims, std::int64_t rank) {
  DimMask mask(static_cast<std::size_t>(std::max<std::int64_t>(rank, 1)), !dims || dims->empty());
  if (!dims) return mask;
  for (Int dim : *dims) {
    if (auto misuse = wrapDim(dim, rank)) return *misuse;
    if (mask[static_cast<std::size_t>(dim)]) return Misuse{"dim " + std::to_string(dim) + " appears multiple times in the list of dims"};
    mask[static_cast<std::size_t>(dim)] = true;
  }
  return mask;
}

Shape reducedShape(const Shape& shape, const DimMask& mask, bool keepdim) {
  Shape result;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (!mask[i])
      result.push_back(shape[i]);
    else if (keepdim)
      result.push_back(1);
  }
  return result;
}

Shape withoutDim(Shape shape, Int dim, bool keepdim) {
  if (shape.empty()) return shape;
  if (keepdim)
    shape[static_cast<std::size_t>(dim)] = 1;
  else
    shape.erase(shape.begin() + dim);
  return shape;
}

} // namespace cobra::ops
