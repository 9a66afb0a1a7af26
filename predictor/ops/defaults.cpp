#include "predictor/ops/defaults.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace cobra::ops {
namespace {

template <typename T> std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct NumberedDType {
  std::int64_t number;
  DType dtype;
};
// c10/core/ScalarType.h, order of AT_FORALL_SCALAR_TYPES_WITH_COMPLEX_AND_QINTS.
constexpr std::array<NumberedDType, 12> numberedDTypes = {{{0, DType::UInt8},
                                                           {1, DType::Int8},
                                                           {2, DType::Int16},
                                                           {3, DType::Int32},
                                                           {4, DType::Int64},
                                                           {5, DType::Float16},
                                                           {6, DType::Float32},
                                                           {7, DType::Float64},
                                                           {9, DType::Complex64},
                                                           {10, DType::Complex128},
                                                           {11, DType::Bool},
                                                           {15, DType::BFloat16}}};
// c10/core/MemoryFormat.h
constexpr std::array<std::string_view, 4> memoryFormats = {"contiguous_format", "preserve_format", "channels_last", "channels_last_3d"};

Argument dtype(std::string_view text) {
  const auto value = number<std::int64_t>(text);
  const auto at = std::ranges::find(numberedDTypes, value, &NumberedDType::number);
  return at == numberedDTypes.end() ? Argument(None{}) : Argument(at->dtype);
}

Argument memoryFormat(std::string_view text) {
  const auto value = number<std::size_t>(text);
  if (!value || *value >= memoryFormats.size()) return None{};
  return std::string(memoryFormats[*value]);
}

Argument scalar(std::string_view text) {
  if (text == "True" || text == "False") return text == "True";
  if (const auto whole = number<std::int64_t>(text)) return *whole;
  if (const auto real = number<double>(text)) return *real;
  return None{};
}

Argument single(Kind kind, std::string_view text) {
  switch (kind) {
  case Kind::Int:
  case Kind::Bool:
  case Kind::Scalar: return scalar(text);
  case Kind::Float: {
    const auto value = number<double>(text);
    return value ? Argument(*value) : Argument(None{});
  }
  case Kind::ScalarType: return dtype(text);
  case Kind::MemoryFormat: return memoryFormat(text);
  case Kind::String:
    if (text.size() >= 2 && text.front() == '"') return std::string(text.substr(1, text.size() - 2));
    return None{};
  default: return None{};
  }
}

template <typename T> Argument list(const SchemaParameter& parameter) {
  std::vector<T> values;
  const auto add = [&](std::string_view item) {
    const Argument value = single(parameter.type.kind, item);
    if (const auto* found = std::get_if<T>(&value)) values.push_back(*found);
  };
  std::string_view text = parameter.defaultText;
  if (!text.starts_with('[')) {
    add(text);
    if (!values.empty()) values.resize(static_cast<std::size_t>(std::max(1, parameter.type.listSize)), values.front());
    return values;
  }
  text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    add(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  return values;
}

} // namespace

Argument readDefault(const SchemaParameter& parameter) {
  if (parameter.defaultText == "None") return None{};
  if (!parameter.type.list) return single(parameter.type.kind, parameter.defaultText);
  switch (parameter.type.kind) {
  case Kind::Int: return list<std::int64_t>(parameter);
  case Kind::Float: return list<double>(parameter);
  case Kind::Bool: return list<bool>(parameter);
  case Kind::Tensor: return TensorList{};
  default: return None{};
  }
}

} // namespace cobra::ops
