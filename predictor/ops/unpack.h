// How one argument becomes one parameter of a rule (rule.h). Slot<T> says which schema types T spells, holds
// the value, and reads it from an argument whose kind fits() has already been checked against the schema.
#pragma once

#include "predictor/ops/rule.h"
#include "predictor/ops/schema.h"

#include <optional>
#include <type_traits>
#include <variant>

namespace cobra::ops::detail {

/// Does an argument have the kind that the schema asks for? Open fits everything, None what is optional. A
/// number fits where the schema has a float, and a single value where it has a list of fixed length
/// ("int[2]").
bool fits(const Parameter& parameter, const Argument& argument);
/// "Expected a value of type 'Tensor' for argument 'input' but instead found 3."
Misuse wrongKind(const Operator& op, const Parameter& parameter, const Argument& argument);
/// "expected stride to be a single integer value or a list of 2 values, but got stride=[1, 1, 1]"
Misuse wrongLength(const Parameter& parameter, std::size_t expected, IntList given);

double toDouble(const Argument& argument);
/// The list; empty where there is none.
IntList toInts(const Argument& argument);
Scalar toScalar(const Argument& argument);
std::string_view toName(const Argument& argument);

constexpr bool plain(const SchemaType& type, Kind kind, bool optional) {
  return type.kind == kind && !type.list && type.optional == optional;
}

template <typename T> struct Slot;

/// A slot that holds the value itself.
template <typename T> struct ValueSlot {
  T value{};
  T get() const { return value; }
};

template <> struct Slot<const TensorType&> {
  const TensorType* value = nullptr;
  static constexpr bool spells(const SchemaType& type) { return plain(type, Kind::Tensor, false); }
  void read(const Argument& argument) { value = std::get_if<TensorType>(&argument); }
  const TensorType& get() const { return *value; }
};
template <> struct Slot<const TensorType*> : ValueSlot<const TensorType*> {
  static constexpr bool spells(const SchemaType& type) { return plain(type, Kind::Tensor, true); }
  void read(const Argument& argument) { value = std::get_if<TensorType>(&argument); }
};

template <typename List, bool optionalItem> struct TensorsSlot {
  const TensorList* value = nullptr;
  static constexpr bool spells(const SchemaType& type) {
    return type.kind == Kind::Tensor && type.list && !type.optional && type.optionalItem == optionalItem;
  }
  void read(const Argument& argument) { value = std::get_if<TensorList>(&argument); }
  List get() const { return List(*value); }
};
template <> struct Slot<Tensors> : TensorsSlot<Tensors, false> {};
template <> struct Slot<MaybeTensors> : TensorsSlot<MaybeTensors, true> {};

template <> struct Slot<Int> : ValueSlot<Int> {
  static constexpr bool spells(const SchemaType& type) { return plain(type, Kind::Int, false); }
  void read(const Argument& argument) { value = *std::get_if<std::int64_t>(&argument); }
};
template <> struct Slot<Float> : ValueSlot<Float> {
  static constexpr bool spells(const SchemaType& type) { return plain(type, Kind::Float, false); }
  void read(const Argument& argument) { value = toDouble(argument); }
};
template <> struct Slot<Bool> : ValueSlot<Bool> {
  static constexpr bool spells(const SchemaType& type) { return plain(type, Kind::Bool, false); }
  void read(const Argument& argument) { value = *std::get_if<bool>(&argument); }
};
template <> struct Slot<Scalar> : ValueSlot<Scalar> {
  static constexpr bool spells(const SchemaType& type) { return plain(type, Kind::Scalar, false); }
  void read(const Argument& argument) { value = toScalar(argument); }
};
template <> struct Slot<String> : ValueSlot<String> {
  static constexpr bool spells(const SchemaType& type) { return plain(type, Kind::String, false); }
  void read(const Argument& argument) { value = toName(argument); }
};
template <> struct Slot<ScalarType> : ValueSlot<ScalarType> {
  static constexpr bool spells(const SchemaType& type) { return plain(type, Kind::ScalarType, false); }
  void read(const Argument& argument) { value = *std::get_if<DType>(&argument); }
};
template <Kind K> struct Slot<Named<K>> : ValueSlot<Named<K>> {
  static constexpr bool spells(const SchemaType& type) { return plain(type, K, false); }
  void read(const Argument& argument) { this->value = {toName(argument)}; }
};
template <> struct Slot<IntList> : ValueSlot<IntList> {
  static constexpr bool spells(const SchemaType& type) { return type.kind == Kind::Int && type.list && !type.optional; }
  void read(const Argument& argument) { value = toInts(argument); }
};
template <> struct Slot<std::span<const double>> : ValueSlot<std::span<const double>> {
  static constexpr bool spells(const SchemaType& type) { return type.kind == Kind::Float && type.list && !type.optional; }
  void read(const Argument& argument) {
    if (const auto* list = std::get_if<std::vector<double>>(&argument)) value = *list;
  }
};
template <> struct Slot<BoolList> {
  const std::vector<bool>* value = nullptr;
  static constexpr bool spells(const SchemaType& type) { return type.kind == Kind::Bool && type.list && !type.optional; }
  void read(const Argument& argument) { value = std::get_if<std::vector<bool>>(&argument); }
  BoolList get() const { return *value; }
};

/// int[N] as exactly N values; the list may be left out where `mayBeAbsent`.
template <std::size_t N, bool mayBeAbsent> struct IntsSlot {
  MaybeInts<N> value;
  static constexpr bool spells(const SchemaType& type) {
    return type.kind == Kind::Int && type.list && type.listSize == N && (mayBeAbsent || !type.optional);
  }
  /// False where the list has another length.
  bool read(const Argument& argument) {
    const IntList list = toInts(argument);
    if (list.empty() && mayBeAbsent) return true;
    if (list.size() != N && list.size() != 1) return false;
    value.emplace();
    for (std::size_t i = 0; i < N; ++i) (*value)[i] = list[list.size() == 1 ? 0 : i];
    return true;
  }
};
template <std::size_t N> struct Slot<Ints<N>> : IntsSlot<N, false> {
  static constexpr std::size_t length = N;
  Ints<N> get() const { return *this->value; }
};
template <std::size_t N> struct Slot<MaybeInts<N>> : IntsSlot<N, true> {
  static constexpr std::size_t length = N;
  MaybeInts<N> get() const { return this->value; }
};

template <typename T> struct Slot<std::optional<T>> : ValueSlot<std::optional<T>> {
  static constexpr bool spells(SchemaType type) {
    if (!type.optional) return false;
    type.optional = false;
    return Slot<T>::spells(type);
  }
  void read(const Argument& argument) {
    if (std::holds_alternative<None>(argument)) return;
    Slot<T> inner;
    inner.read(argument);
    this->value = inner.get();
  }
};

template <typename T> struct Slot<Openable<T>> : ValueSlot<Openable<T>> {
  static_assert(!std::is_reference_v<T>);
  static constexpr bool spells(const SchemaType& type) { return Slot<T>::spells(type); }
  void read(const Argument& argument) {
    if (std::holds_alternative<Open>(argument)) return;
    Slot<T> inner;
    inner.read(argument);
    this->value.value = inner.get();
  }
};

template <typename S> constexpr bool copesWithOpen = false;
template <typename T> constexpr bool copesWithOpen<Slot<Openable<T>>> = true;

/// Reads an argument into its slot; an answer where the rule cannot be called with it.
template <typename S> std::optional<Answer> take(const Parameter& parameter, const Argument& argument, S& slot) {
  if (!copesWithOpen<S> && std::holds_alternative<Open>(argument)) return Unknown{parameter.name};
  if constexpr (requires { S::length; }) {
    if (!slot.read(argument)) return wrongLength(parameter, S::length, toInts(argument));
  } else {
    slot.read(argument);
  }
  return std::nullopt;
}

} // namespace cobra::ops::detail
