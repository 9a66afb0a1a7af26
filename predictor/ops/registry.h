// The operator registry: one entry per operator overload, each a LibTorch schema string with a rule and a
// sampling space.
//
//   op("aten::relu(Tensor self) -> Tensor", [](Tensor self) -> Answer { return elementwise(self, 1); },
//      "self: [1..64, 1..512, 1..64, 1..64]")
//
// Everything here is immutable after start-up and may be read from any thread.
#pragma once

#include "predictor/ops/value.h"

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cobra::ops {

/// What a call does: its outputs and what it costs.
struct Effect {
  std::vector<TensorType> outputs; // a returned Tensor[] is laid out flat, in order
  std::int64_t flops = 0;          // a multiply-add counts as 2
  std::int64_t bytes = -1;         // read once and written once; -1: evaluate() fills in all inputs + all outputs
};
/// An argument that decides shapes is open.
struct Unknown {
  std::string parameter; // its name in the schema
};
/// LibTorch would throw here.
struct Misuse {
  std::string sentence; // close to LibTorch's own message, without the stack trace
};
using Answer = std::variant<Effect, Unknown, Misuse>;

/// Base type of a schema parameter, without its suffixes.
enum class Kind : std::uint8_t { Tensor, Int, Float, Bool, Scalar, String, ScalarType, Layout, Device, MemoryFormat, Generator };

struct Parameter {
  std::string name;
  Kind kind = Kind::Tensor;
  bool optional = false;     // "Tensor?", "int[]?"
  bool list = false;         // "int[2]", "Tensor[]"
  bool optionalItem = false; // "Tensor?[]"
  int listSize = 0;          // 2 for "int[2]": a single int is accepted and repeated; 0 for "int[]"
  bool written = false;      // "Tensor(a!)": changed in place
  bool aliased = false;      // "Tensor(a)": the result is a view of it
  bool keywordOnly = false;  // after "*"
  bool hasDefault = false;
  Argument defaultValue;
};

struct Return {
  bool list = false; // "Tensor[]"
  Kind kind = Kind::Tensor;
  bool written = false, aliased = false;
};

class Operator {
public:
  using Thunk = Answer (*)(const Operator& op, std::span<const Argument> arguments);

  /// "aten::add" without the overload.
  std::string_view name() const { return name_; }
  /// "Tensor", "Scalar", or empty.
  std::string_view overload() const { return overload_; }
  /// "aten::add.Tensor"; without the dot where there is no overload name. The key of the registry.
  std::string_view fullName() const { return fullName_; }
  /// LibTorch's schema string, letter for letter.
  std::string_view schema() const { return schema_; }
  std::string_view family() const { return family_; }
  std::span<const Parameter> parameters() const { return parameters_; }
  std::span<const Return> returns() const { return returns_; }
  /// The sampling space, in the notation of docs/adding-an-operator.md; may be empty.
  std::string_view space() const { return space_; }
  /// True if an argument is changed in place ("relu_").
  bool inPlace() const;
  /// Index of a parameter, -1 if there is none of that name.
  int indexOf(std::string_view parameter) const;

private:
  friend class RegistryBuilder;
  std::string name_, overload_, fullName_, schema_, family_, space_;
  std::vector<Parameter> parameters_;
  std::vector<Return> returns_;
  Thunk thunk_ = nullptr;
  friend Answer evaluate(const Operator&, std::span<const Argument>);
};

/// Every operator, sorted by full name.
std::span<const Operator> all();
/// By full name; nullptr if the registry has none.
const Operator* find(std::string_view fullName);
/// All overloads of a name ("aten::add"), in schema order of definition; empty if there is none.
std::span<const Operator* const> overloads(std::string_view name);

/// Shapes and cost of one call. `arguments` are all arguments in schema order, defaults filled in. Arguments
/// of a wrong kind or number are a Misuse; nothing throws, whatever the values are.
Answer evaluate(const Operator& op, std::span<const Argument> arguments);

} // namespace cobra::ops
