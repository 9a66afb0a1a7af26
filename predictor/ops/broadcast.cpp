#include "predictor/ops/broadcast.h"

#include <algorithm>
#include <string>

namespace cobra::ops {
namespace {

void include(std::optional<DType>& into, DType dtype) { into = into ? promote(*into, dtype) : dtype; }

DType complexOf(DType dtype) { return dtype == DType::Float64 ? DType::Complex128 : DType::Complex64; }

/// The dtype of a higher-ranked group with a lower-ranked one.
std::optional<DType> combined(std::optional<DType> higher, std::optional<DType> lower) {
  if (!higher) return lower;
  if (!lower || isComplex(*higher)) return higher;
  if (isFloating(*higher)) return isComplex(*lower) ? complexOf(*higher) : *higher;
  if (*higher == DType::Bool || isFloating(*lower) || isComplex(*lower)) return promote(*higher, *lower);
  return higher;
}

} // namespace

std::variant<Shape, Misuse> broadcast(const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (std::size_t back = 1; back <= result.size(); ++back) {
    const std::int64_t x = back <= a.size() ? a[a.size() - back] : 1;
    const std::int64_t y = back <= b.size() ? b[b.size() - back] : 1;
    if (x != y && x != 1 && y != 1)
      return Misuse{"The size of tensor a (" + std::to_string(x) + ") must match the size of tensor b (" + std::to_string(y) +
                    ") at non-singleton dimension " + std::to_string(result.size() - back)};
    result[result.size() - back] = x == 1 ? y : x;
  }
  return result;
}

bool expandable(const Shape& from, const Shape& to) {
  if (from.size() > to.size()) return false;
  return std::equal(from.rbegin(), from.rend(), to.rbegin(), [](auto x, auto y) { return x == y || x == 1; });
}

ResultType& ResultType::add(Tensor tensor) {
  include(tensor.shape.empty() ? dimensionless_ : dimensioned_, tensor.dtype);
  return *this;
}

ResultType& ResultType::add(Scalar number) {
  include(number_, number.isBool() ? DType::Bool : number.isInt() ? DType::Int64 : DType::Float32);
  return *this;
}

DType ResultType::get() const { return combined(dimensioned_, combined(dimensionless_, number_)).value_or(DType::Float32); }

} // namespace cobra::ops
