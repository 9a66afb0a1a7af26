// What a rule's parameters may be. Each spells one type of LibTorch's schema language:
//
//   Tensor         Tensor             Int, MaybeInt              int, int?  (SymInt alike)
//   MaybeTensor    Tensor?            IntList, MaybeIntList      int[], int[N], and with "?"
//   Tensors        Tensor[]           Ints<2>                    int[2], a single value repeated; another
//   length is a Misuse MaybeTensors   Tensor?[]          MaybeInts<2>               int[2] or int[2]?, absent
//   where the list is empty or None Float, Bool, Scalar, String       float, bool, Scalar, str;  with "?":
//   MaybeFloat, MaybeBool, MaybeScalar, MaybeString MaybeFloatList                    float[]? BoolList:
//   bool[N] ScalarType, MaybeScalarType       ScalarType                 Layout, Device, MemoryFormat,
//   Generator: Maybe... likewise Openable<T>                       as T, and the rule copes when the value is
//   open
//
// A rule is only called with arguments of these types; an argument that is open and not Openable makes the
// answer Unknown.
#pragma once

#include "predictor/ops/registry.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace cobra::ops {

using Tensor = const TensorType&;
/// Null where the argument is None.
using MaybeTensor = const TensorType*;

/// All of them are there.
class Tensors {
public:
  explicit Tensors(const TensorList& list) : list_(&list) {}
  std::size_t size() const { return list_->size(); }
  bool empty() const { return list_->empty(); }
  const TensorType& operator[](std::size_t i) const { return *(*list_)[i]; }

private:
  const TensorList* list_;
};

class MaybeTensors {
public:
  explicit MaybeTensors(const TensorList& list) : list_(&list) {}
  std::size_t size() const { return list_->size(); }
  /// Null for None.
  const TensorType* operator[](std::size_t i) const { return (*list_)[i] ? &*(*list_)[i] : nullptr; }

private:
  const TensorList* list_;
};

using Int = std::int64_t;
using IntList = std::span<const std::int64_t>;
template <std::size_t N> using Ints = std::array<std::int64_t, N>;
using Float = double;
using Bool = bool;
using String = std::string_view;
using ScalarType = DType;
using BoolList = const std::vector<bool>&;

/// A number with the category that decides result types.
struct Scalar {
  std::variant<bool, std::int64_t, double> value;

  bool isBool() const { return std::holds_alternative<bool>(value); }
  bool isInt() const { return std::holds_alternative<std::int64_t>(value); }
  bool isFloat() const { return std::holds_alternative<double>(value); }
  double asDouble() const {
    return std::visit([](auto v) { return static_cast<double>(v); }, value);
  }
};

using MaybeInt = std::optional<Int>;
using MaybeIntList = std::optional<IntList>;
template <std::size_t N> using MaybeInts = std::optional<Ints<N>>;
using MaybeFloat = std::optional<Float>;
using MaybeFloatList = std::optional<std::span<const double>>;
using MaybeBool = std::optional<Bool>;
using MaybeScalar = std::optional<Scalar>;
using MaybeString = std::optional<String>;
using MaybeScalarType = std::optional<ScalarType>;

/// Arguments that are only names: "strided", "cpu", "channels_last".
template <Kind K> struct Named {
  std::string_view name;
};
using Layout = Named<Kind::Layout>;
using Device = Named<Kind::Device>;
using MemoryFormat = Named<Kind::MemoryFormat>;
using MaybeLayout = std::optional<Layout>;
using MaybeDevice = std::optional<Device>;
using MaybeMemoryFormat = std::optional<MemoryFormat>;
using MaybeGenerator = std::optional<Named<Kind::Generator>>;

/// Empty where the argument is open. T is none of the reference types.
template <typename T> struct Openable {
  std::optional<T> value;
  explicit operator bool() const { return value.has_value(); }
  const T& operator*() const { return *value; }
};

} // namespace cobra::ops
