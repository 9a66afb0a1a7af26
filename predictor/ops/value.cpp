#include "predictor/ops/value.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <type_traits>

namespace cobra {
namespace {

struct DTypeRow {
  std::string_view longName, shortName;
  std::int64_t bytes;
};
// In the order of DType.
constexpr std::array<DTypeRow, 12> dtypeRows = {{{"float32", "f32", 4},
                                                 {"float64", "f64", 8},
                                                 {"float16", "f16", 2},
                                                 {"bfloat16", "bf16", 2},
                                                 {"int64", "i64", 8},
                                                 {"int32", "i32", 4},
                                                 {"int16", "i16", 2},
                                                 {"int8", "i8", 1},
                                                 {"uint8", "u8", 1},
                                                 {"bool", "b8", 1},
                                                 {"complex64", "c64", 8},
                                                 {"complex128", "c128", 16}}};

struct DTypeAlias {
  std::string_view name;
  DType dtype;
};
// LibTorch's and Python's further names; "kFloat" loses its k before the lookup.
constexpr std::array<DTypeAlias, 20> dtypeAliases = {{
    {"Float", DType::Float32},
    {"float", DType::Float32},
    {"Double", DType::Float64},
    {"double", DType::Float64},
    {"Half", DType::Float16},
    {"half", DType::Float16},
    {"BFloat16", DType::BFloat16},
    {"Long", DType::Int64},
    {"long", DType::Int64},
    {"Int", DType::Int32},
    {"int", DType::Int32},
    {"Short", DType::Int16},
    {"short", DType::Int16},
    {"Char", DType::Int8},
    {"char", DType::Int8},
    {"Byte", DType::UInt8},
    {"byte", DType::UInt8},
    {"Bool", DType::Bool},
    {"ComplexFloat", DType::Complex64},
    {"ComplexDouble", DType::Complex128},
}};
// Names that only come after "k": kFloat32.
constexpr std::array<DTypeAlias, 8> upperNames = {{{"Float32", DType::Float32},
                                                   {"Float64", DType::Float64},
                                                   {"Float16", DType::Float16},
                                                   {"Int64", DType::Int64},
                                                   {"Int32", DType::Int32},
                                                   {"Int16", DType::Int16},
                                                   {"Int8", DType::Int8},
                                                   {"UInt8", DType::UInt8}}};

const DTypeRow& row(DType dtype) { return dtypeRows[std::min<std::size_t>(static_cast<std::size_t>(dtype), dtypeRows.size() - 1)]; }

template <std::size_t N> std::optional<DType> lookUp(const std::array<DTypeAlias, N>& table, std::string_view name) {
  const auto at = std::ranges::find(table, name, &DTypeAlias::name);
  return at == table.end() ? std::nullopt : std::optional(at->dtype);
}

} // namespace

std::int64_t byteSize(DType dtype) { return row(dtype).bytes; }
std::string_view longName(DType dtype) { return row(dtype).longName; }
std::string_view shortName(DType dtype) { return row(dtype).shortName; }

std::optional<DType> dtypeFromName(std::string_view name) {
  for (std::size_t i = 0; i < dtypeRows.size(); ++i)
    if (dtypeRows[i].longName == name || dtypeRows[i].shortName == name) return static_cast<DType>(i);
  if (const auto dtype = lookUp(dtypeAliases, name)) return dtype;
  if (!name.starts_with('k')) return std::nullopt;
  name.remove_prefix(1);
  if (const auto dtype = lookUp(upperNames, name)) return dtype;
  return lookUp(dtypeAliases, name);
}

bool isFloating(DType dtype) { return dtype <= DType::BFloat16; }
bool isIntegral(DType dtype) { return dtype >= DType::Int64 && dtype <= DType::UInt8; }
bool isComplex(DType dtype) { return dtype == DType::Complex64 || dtype == DType::Complex128; }

DType promote(DType a, DType b) {
  if (a == b) return a;
  if (isComplex(a) || isComplex(b)) {
    const auto isDouble = [](DType t) { return t == DType::Float64 || t == DType::Complex128; };
    return isDouble(a) || isDouble(b) ? DType::Complex128 : DType::Complex64;
  }
  if (isFloating(a) && isFloating(b)) {
    // The halves have no order between them: float16 and bfloat16 meet in float32.
    if (byteSize(a) == byteSize(b)) return DType::Float32;
    return byteSize(a) > byteSize(b) ? a : b;
  }
  if (isFloating(a) || isFloating(b)) return isFloating(a) ? a : b;
  if (a == DType::Bool || b == DType::Bool) return a == DType::Bool ? b : a;
  // Integers. uint8 has no signed partner of its size: with int8 it becomes int16.
  if (byteSize(a) == byteSize(b)) return DType::Int16;
  return byteSize(a) > byteSize(b) ? a : b;
}

std::int64_t TensorType::elements() const {
  std::int64_t product = 1;
  // A size of 0 wins over any overflow before it.
  if (std::ranges::find(shape, 0) != shape.end()) return 0;
  for (const std::int64_t size : shape) product = mulClamped(product, size);
  return product;
}

std::int64_t TensorType::bytes() const { return mulClamped(elements(), byteSize(dtype)); }

std::int64_t mulClamped(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (!__builtin_mul_overflow(a, b, &product)) return product;
  using Limits = std::numeric_limits<std::int64_t>;
  return (a < 0) == (b < 0) ? Limits::max() : Limits::min();
}

std::int64_t addClamped(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  using Limits = std::numeric_limits<std::int64_t>;
  return a > 0 ? Limits::max() : Limits::min();
}

} // namespace cobra
