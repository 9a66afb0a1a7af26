#include "predictor/encode/snippet.h"

#include <algorithm>

namespace cobra {
namespace {

using ops::Kind;
using ops::Parameter;

/// [1,2] and 3 where the schema has floats; other arguments as they are.
Argument asFloats(const Argument& argument) {
  if (const auto* whole = std::get_if<std::int64_t>(&argument)) return static_cast<double>(*whole);
  if (const auto* wholes = std::get_if<std::vector<std::int64_t>>(&argument)) return std::vector<double>(wholes->begin(), wholes->end());
  return argument;
}

/// A single value where the schema has a list: LibTorch repeats it.
Argument asList(const Argument& argument, int size) {
  const auto count = static_cast<std::size_t>(std::max(size, 1));
  if (const auto* value = std::get_if<std::int64_t>(&argument)) return std::vector<std::int64_t>(count, *value);
  if (const auto* value = std::get_if<double>(&argument)) return std::vector<double>(count, *value);
  if (const auto* value = std::get_if<bool>(&argument)) return std::vector<bool>(count, *value);
  return argument;
}

template <typename T> bool isEmptyList(const Argument& argument) {
  const auto* items = std::get_if<std::vector<T>>(&argument);
  return items && items->empty();
}

/// The empty list of the schema's kind: "[]" alone does not say of what.
Argument emptyList(Kind kind) {
  switch (kind) {
  case Kind::Tensor: return TensorList{};
  case Kind::Bool: return std::vector<bool>{};
  case Kind::Float:
  case Kind::Scalar: return std::vector<double>{};
  default: return std::vector<std::int64_t>{};
  }
}

Argument normalized(const Parameter& parameter, Argument argument) {
  const bool floats = parameter.kind == Kind::Float || (parameter.kind == Kind::Scalar && parameter.list);
  if (floats) argument = asFloats(argument);
  if (!parameter.list) return argument;
  if (parameter.kind == Kind::Tensor) {
    if (const auto* tensor = std::get_if<TensorType>(&argument)) argument = TensorList{*tensor};
  } else {
    argument = asList(argument, parameter.listSize);
  }
  const bool empty = isEmptyList<std::int64_t>(argument) || isEmptyList<double>(argument) || isEmptyList<bool>(argument) ||
                     isEmptyList<std::optional<TensorType>>(argument);
  return empty ? emptyList(parameter.kind) : argument;
}

} // namespace

Call normalized(Call call) {
  if (!call.op) return call;
  const auto parameters = call.op->parameters();
  const std::size_t count = std::min(parameters.size(), call.arguments.size());
  for (std::size_t i = 0; i < count; ++i) call.arguments[i] = normalized(parameters[i], std::move(call.arguments[i]));
  return call;
}

} // namespace cobra
