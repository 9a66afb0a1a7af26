// What an expression of the analysed program is worth.
//
// Values are small and copied freely; cells, objects and tensors live in the Heap of the unit and are never freed before it,
// so plain pointers to them are safe. One thread.
#pragma once

#include "analyzer/interp/why.h"
#include "predictor/ops/value.h"

#include "clang/AST/Decl.h"
#include "clang/AST/DeclCXX.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cobra::interp {

class Cell;
struct Object;
struct Tensor;

/// Not initialised, or void.
struct Nothing {
  bool operator==(const Nothing&) const = default;
};

/// A value that only a run would tell.
struct OpenValue {
  WhyRef why;
  bool operator==(const OpenValue&) const { return true; }
};

/// std::string, string literals, c10::Device ("cuda:0"), enumerators of torch::enumtype ("kMean").
struct Text {
  std::shared_ptr<const std::string> text;
  explicit Text(std::string s) : text(std::make_shared<const std::string>(std::move(s))) {}
  const std::string& str() const { return *text; }
  bool operator==(const Text& o) const { return *text == *o.text; }
};

/// A raw pointer, std::shared_ptr, std::unique_ptr, a module holder, an iterator: all point to a cell, or into a sequence.
struct Pointer {
  Cell* target = nullptr;     // null pointer: both members are null
  Object* sequence = nullptr; // for pointers into arrays and iterators: the sequence and the index in it
  std::int64_t index = 0;
  bool isNull() const { return !target && !sequence; }
  bool operator==(const Pointer&) const = default;
};

/// A handle of a tensor, as at::Tensor is. Null: an undefined tensor.
struct TensorHandle {
  Tensor* impl = nullptr;
  bool operator==(const TensorHandle&) const = default;
};

/// A function pointer or a bound member function.
struct Function {
  const clang::FunctionDecl* decl = nullptr; // null: an empty std::function
  Cell* self = nullptr;
  bool operator==(const Function&) const = default;
};

/// An empty std::optional, c10::nullopt, torch::indexing::None, {} for an optional tensor.
struct NullOpt {
  bool operator==(const NullOpt&) const = default;
};

/// Integers of every type (and bool, and enumerators) are the bits of an int64_t; the expression's type says how to read them.
/// A std::optional with a value, a std::variant, a c10::Scalar, an at::IValue are worth what they hold.
using Value = std::variant<Nothing, OpenValue, std::int64_t, double, Text, Pointer, TensorHandle, Function, NullOpt, Object*>;

inline bool isOpen(const Value& v) { return std::holds_alternative<OpenValue>(v); }
inline bool isNothing(const Value& v) { return std::holds_alternative<Nothing>(v); }
template <class T> const T* as(const Value& v) { return std::get_if<T>(&v); }
inline Object* asObject(const Value& v) {
  auto* o = std::get_if<Object*>(&v);
  return o ? *o : nullptr;
}
inline Value open(WhyRef why) { return OpenValue{std::move(why)}; }
inline Value open(clang::SourceRange at, std::string sentence, WhyRef because = nullptr) {
  return OpenValue{interp::why(at, std::move(sentence), std::move(because))};
}
/// The reason of an open value, else null.
inline WhyRef reason(const Value& v) {
  auto* o = std::get_if<OpenValue>(&v);
  return o ? o->why : nullptr;
}

/// A storage location. Written through Heap::write only, so that a branch can be taken back.
class Cell {
public:
  const Value& value() const { return value_; }

private:
  friend class Heap;
  Value value_;
};

/// Where a tensor's contents come from: the last operator that wrote it.
struct Source {
  enum class Kind : std::uint8_t { Constant, Input, Parameter, Step };
  Kind kind = Kind::Constant;
  int index = -1; // of the step, or of the input
};

/// A tensor: a type, and small contents where they are known.
struct Tensor {
  TensorType type;
  Source source;
  std::optional<std::vector<double>> contents; // row-major, at most Tensor::maxContents
  Shape strides;                               // empty: contiguous. Whether contiguous() runs, and whether view() may, hang on it
  Object* sizes = nullptr;                     // the list that sizes() gave: begin() and end() of two calls belong together
  Tensor* base = nullptr;                      // what it is a view of; itself no view
  unsigned version = 0, baseVersion = 0;       // writes in place so far; of the base, when the view's contents were read
  bool requiresGrad = false;
  Object* owner = nullptr; // the module whose parameter or buffer it is
  static constexpr std::int64_t maxContents = 4096;
};

struct NamedCell {
  std::string name;
  Cell* cell = nullptr;
};

/// The part of an object that torch::nn::Module holds.
struct ModuleState {
  std::vector<NamedCell> children;   // the cell holds a Pointer to the module's home cell
  std::vector<NamedCell> parameters; // the cell holds a TensorHandle
  std::vector<NamedCell> buffers;
  bool training = true;
  clang::SourceRange builtAt; // the expression that built it
};

/// An object of class type.
struct Object {
  enum class Kind : std::uint8_t {
    Record,   // fields by declaration: user classes, LibTorch modules and options
    Sequence, // vector, array, deque, list, initializer_list, ArrayRef, C arrays, ExpandingArray, set
    Map,      // items are cells that hold Tuple objects of (key, mapped)
    Tuple,    // tuple, pair
    Closure,  // a lambda: fields are its captures; record is its class
    Bound,    // nn::Functional, std::bind: items[0] is the callable, the others are bound arguments
    Opaque    // contents lost: everything read from it is open for `lost`
  };
  struct Field {
    const clang::FieldDecl* decl = nullptr; // canonical; null for native fields
    std::string name;
    Cell* cell = nullptr;
  };

  Kind kind = Kind::Record;
  clang::QualType type;                         // most derived
  const clang::CXXRecordDecl* record = nullptr; // its definition; may be null for natively made containers
  Cell* home = nullptr;                         // a cell that holds this object; `this` points to it
  std::vector<Field> fields;
  std::vector<Cell*> items;
  bool sorted = false; // Map, set: kept in key order
  std::unique_ptr<ModuleState> module;
  WhyRef lost;

  Cell* field(llvm::StringRef name) const {
    for (const Field& f : fields)
      if (f.name == name) return f.cell;
    return nullptr;
  }
};

} // namespace cobra::interp
