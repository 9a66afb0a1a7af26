#include "predictor/ops/unpack.h"

#include <algorithm>

namespace cobra::ops::detail {
namespace {

template <class... F> struct Overloaded : F... {
  using F::operator()...;
};
template <class... F> Overloaded(F...) -> Overloaded<F...>;

bool isNumber(const Argument& argument) {
  return std::holds_alternative<bool>(argument) || std::holds_alternative<std::int64_t>(argument) ||
         std::holds_alternative<double>(argument);
}

bool fitsItem(Kind kind, const Argument& argument) {
  switch (kind) {
  case Kind::Tensor: return std::holds_alternative<TensorType>(argument);
  case Kind::Int: return std::holds_alternative<std::int64_t>(argument);
  case Kind::Float: return std::holds_alternative<double>(argument) || std::holds_alternative<std::int64_t>(argument);
  case Kind::Bool: return std::holds_alternative<bool>(argument);
  case Kind::Scalar: return isNumber(argument);
  case Kind::ScalarType: return std::holds_alternative<DType>(argument);
  case Kind::String:
  case Kind::Layout:
  case Kind::Device:
  case Kind::MemoryFormat:
  case Kind::Generator: return std::holds_alternative<std::string>(argument);
  }
  return false;
}

bool fitsList(const Parameter& parameter, const Argument& argument) {
  const auto present = [](const auto& item) { return item.has_value(); };
  switch (parameter.kind) {
  case Kind::Tensor: {
    const auto* list = std::get_if<TensorList>(&argument);
    return list != nullptr && (parameter.optionalItem || std::ranges::all_of(*list, present));
  }
  case Kind::Int: return std::holds_alternative<std::vector<std::int64_t>>(argument);
  case Kind::Float: return std::holds_alternative<std::vector<double>>(argument);
  case Kind::Bool: return std::holds_alternative<std::vector<bool>>(argument);
  default: return false;
  }
}

std::string_view typeName(Kind kind) {
  for (const NamedKind& row : namedKinds)
    if (row.kind == kind && row.name != "SymInt") return row.name;
  return "?";
}

std::string typeName(const Parameter& parameter) {
  std::string name(typeName(parameter.kind));
  if (parameter.optionalItem) name += '?';
  if (parameter.list) name += '[' + (parameter.listSize > 0 ? std::to_string(parameter.listSize) : std::string()) + ']';
  if (parameter.optional) name += '?';
  return name;
}

std::string_view typeName(const Argument& argument) {
  constexpr std::array<std::string_view, std::variant_size_v<Argument>> names = {
      "None", "an open value", "bool", "int", "float", "str", "ScalarType", "Tensor", "int[]", "float[]", "bool[]", "Tensor[]"};
  return argument.valueless_by_exception() ? "nothing" : names[argument.index()];
}

} // namespace

bool fits(const Parameter& parameter, const Argument& argument) {
  if (std::holds_alternative<Open>(argument)) return true;
  if (std::holds_alternative<None>(argument)) return parameter.optional || parameter.kind == Kind::Generator;
  if (!parameter.list) return fitsItem(parameter.kind, argument);
  return fitsList(parameter, argument) || (parameter.kind == Kind::Int && parameter.listSize > 0 && fitsItem(Kind::Int, argument));
}

Misuse wrongKind(const Operator& op, const Parameter& parameter, const Argument& argument) {
  return {std::string(op.fullName()) + "() Expected a value of type '" + typeName(parameter) + "' for argument '" + parameter.name +
          "' but instead found type '" + std::string(typeName(argument)) + "'."};
}

Misuse wrongLength(const Parameter& parameter, std::size_t expected, IntList given) {
  std::string list;
  for (const std::int64_t value : given) list += (list.empty() ? "" : ", ") + std::to_string(value);
  return {"expected " + parameter.name + " to be a single integer value or a list of " + std::to_string(expected) + " values, but got " +
          parameter.name + "=[" + list + "]"};
}

double toDouble(const Argument& argument) { return toScalar(argument).asDouble(); }

IntList toInts(const Argument& argument) {
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&argument)) return *list;
  return {};
}

Scalar toScalar(const Argument& argument) {
  return std::visit(Overloaded{[](bool v) { return Scalar{v}; }, [](std::int64_t v) { return Scalar{v}; },
                               [](double v) { return Scalar{v}; }, [](const auto&) { return Scalar{}; }},
                    argument);
}

std::string_view toName(const Argument& argument) {
  const auto* text = std::get_if<std::string>(&argument);
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

} // namespace cobra::ops::detail
