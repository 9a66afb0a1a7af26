// The values that an operator's arguments take: what stands in a canonical snippet.
//
//   f32[1,64,56,56]   [1,1]   3   0.5   None   True   'mean'   float32   [f32[2,3],f32[2,3]]
//
// Plain values: copy freely, compare with ==, no thread rules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cobra {

enum class DType : std::uint8_t { Float32, Float64, Float16, BFloat16, Int64, Int32, Int16, Int8, UInt8, Bool, Complex64, Complex128 };

/// Bytes of one element.
std::int64_t byteSize(DType dtype);
/// "float32", "bfloat16", "int64", "bool": the name in graphs and on the command line.
std::string_view longName(DType dtype);
/// "f32", "bf16", "i64", "b8": the name inside a snippet.
std::string_view shortName(DType dtype);
/// Accepts long names, short names and LibTorch's own ("kFloat32", "kFloat", "float", "half").
std::optional<DType> dtypeFromName(std::string_view name);

bool isFloating(DType dtype);
bool isIntegral(DType dtype); // bool not counted
bool isComplex(DType dtype);
/// LibTorch's result type of two tensors of equal category rank (c10/core/ScalarType.h, promoteTypes).
DType promote(DType a, DType b);

/// Sizes, outermost first; [] is a scalar.
using Shape = std::vector<std::int64_t>;

/// A tensor as the registry sees it: no values, no strides.
struct TensorType {
  DType dtype = DType::Float32;
  Shape shape;

  std::int64_t rank() const { return static_cast<std::int64_t>(shape.size()); }
  /// Product of the sizes, clamped to INT64_MAX where it would overflow.
  std::int64_t elements() const;
  /// elements() x byteSize(), clamped likewise.
  std::int64_t bytes() const;
  bool operator==(const TensorType&) const = default;
};

struct None {
  bool operator==(const None&) const = default;
};

/// The argument exists but its value cannot be told without running the program.
struct Open {
  bool operator==(const Open&) const = default;
};

/// Tensor[] and Tensor?[] alike.
using TensorList = std::vector<std::optional<TensorType>>;

/// One argument. Scalars are bool, int64_t or double; layouts, devices, memory formats and `str` are
/// std::string.
using Argument = std::variant<None, Open, bool, std::int64_t, double, std::string, DType, TensorType, std::vector<std::int64_t>,
                              std::vector<double>, std::vector<bool>, TensorList>;

/// a * b and a + b, clamped to the range of int64_t.
std::int64_t mulClamped(std::int64_t a, std::int64_t b);
std::int64_t addClamped(std::int64_t a, std::int64_t b);

} // namespace cobra
