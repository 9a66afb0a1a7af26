// Helpers that the models of LibTorch share.
#pragma once

#include "analyzer/interp/evaluator.h"
#include "predictor/ops/registry.h"

#include "llvm/ADT/StringRef.h"

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace cobra::interp::torch_model {

using Values = std::vector<Value>;
using Ints = std::vector<std::int64_t>;
using At = clang::SourceRange;

/// Stands for the schema's default in an argument list.
inline Value byDefault() { return Nothing{}; }
inline Value none() { return NullOpt{}; }
inline Value boolean(bool b) { return std::int64_t{b}; }
inline Value integerValue(std::int64_t i) { return i; }

// ---- running operators
/// Runs an operator and follows what emit() does not: strides and small contents. All outputs; open ones where the registry has no such
/// operator.
Values runAll(Evaluator& ev, At at, llvm::StringRef fullName, Values arguments);
Values runAll(Evaluator& ev, At at, const ops::Operator& op, Values arguments);
/// The first output alone.
Value run(Evaluator& ev, At at, llvm::StringRef fullName, Values arguments);
/// The outputs as the C++ function returns them: one value, or a tuple of `type`.
Value packed(Evaluator& ev, Values outputs, clang::QualType type);

/// input * weight^T + bias as torch::nn::functional::linear runs it (functional/linear.h).
Value linear(Evaluator& ev, At at, Value input, Value weight, Value bias);

// ---- tensors
/// Null for undefined tensors, open ones and everything else.
inline Tensor* tensorOf(const Value& v) {
  auto* t = as<TensorHandle>(v);
  return t ? t->impl : nullptr;
}
inline bool isDefined(const Value& v) {
  auto* t = as<TensorHandle>(v);
  return t && t->impl;
}
/// -1 where the tensor is not known.
inline std::int64_t rankOf(const Value& v) {
  Tensor* t = tensorOf(v);
  return t ? t->type.rank() : -1;
}
/// Size of a dimension, negative ones from the end; nullopt where it is not known.
std::optional<std::int64_t> sizeOf(const Value& v, std::int64_t dim);
/// A new tensor with no history, float32 unless the user asked for another dtype.
Value newParameter(Evaluator& ev, Shape shape, DType dtype = DType::Float32);

// ---- lists
Value list(Evaluator& ev, const Ints& items);
/// ExpandingArray<n>: one integer stands for n. nullopt where an item is not known.
std::optional<Ints> expanded(Evaluator& ev, const Value& v, std::size_t n);
/// The same as a value for an operator's argument: open where it is not known.
Value expandedValue(Evaluator& ev, const Value& v, std::size_t n);

// ---- objects
/// The object a member call works on; null where it is not known.
inline Object* selfObject(Evaluator& ev, const LibraryCall& call) { return call.self ? ev.object(call.self->value()) : nullptr; }
/// The last component of a qualified name: "view" of "at::Tensor::view".
inline llvm::StringRef lastName(llvm::StringRef qualified) { return qualified.substr(qualified.rfind(':') + 1); }
/// The one before it: "Tensor".
llvm::StringRef scopeName(llvm::StringRef qualified);
/// Value of the field `name`; Nothing where there is none.
Value fieldValue(const Object* object, llvm::StringRef name);
/// The options object of a module, null where it has none.
Object* optionsOf(Evaluator& ev, const Object* module);
/// The option `name` (without the trailing underscore) of an options object; an open value stays open, a missing one is Nothing.
Value option(const Object* options, llvm::StringRef name);
std::optional<std::int64_t> intOption(Evaluator& ev, const Object* options, llvm::StringRef name);
/// True if known and set.
bool flag(Evaluator& ev, const Object* options, llvm::StringRef name);
/// Name of an enumerator of torch::enumtype, without the "k": "Bilinear".
std::string enumName(Evaluator& ev, const Object* options, llvm::StringRef name);

/// What is not modelled: counted, and open with the sentence.
Result notModelled(Evaluator& ev, const LibraryCall& call);

} // namespace cobra::interp::torch_model
