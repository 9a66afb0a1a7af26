// What the models of cuDNN and cuBLAS share: descriptors with a state, device memory, and one node for each
// call that computes.
//
// A descriptor is a Record whose native fields hold what the cudnnSet... calls gave ("dims", "dtype",
// "padding"). Device memory is an object whose contents nobody reads; its field "writes" lists which operator
// wrote which part last, which is where edges come from. Shapes come from descriptors alone: a pointer that
// is not followed costs an edge, never a shape.
#pragma once

#include "analyzer/interp/evaluator.h"
#include "predictor/ops/registry.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cobra::interp::cudnn_model {

using At = clang::SourceRange;
using Ints = std::vector<std::int64_t>;

// ---- what calls answer
inline constexpr std::int64_t success = 0;
inline constexpr std::int64_t badParam = 3; // CUDNN_STATUS_BAD_PARAM of cuDNN 7 and 8; later versions have more numbers for it

inline Result ok() { return Value(success); }
/// What the library would refuse: a wrong point in the trace, and the status that the program gets.
Result refuse(Evaluator& ev, At at, const std::string& sentence);
/// Writes through a pointer argument; nothing where it is null or not followed.
void give(Evaluator& ev, const Value& pointer, Value value);

// ---- descriptors
/// One that a call names. `object` is null where it is not known, for `why`, or was never created, which is
/// `wrong`.
struct Descriptor {
  Object* object = nullptr;
  WhyRef why;
  std::string wrong;

  Value get(llvm::StringRef field) const;
  explicit operator bool() const { return object != nullptr; }
};
Descriptor descriptor(Evaluator& ev, const LibraryCall& call, std::size_t argument);
void set(Evaluator& ev, Object* descriptor, llvm::StringRef field, Value value);
/// `count` numbers behind a pointer to an array, as a list for a field; open where it is not followed.
Value arrayBehind(Evaluator& ev, const Value& pointer, std::int64_t count, At at);
/// Writes numbers into the array behind a pointer.
void fillArray(Evaluator& ev, const Value& pointer, const Ints& numbers);

std::optional<DType> dtypeOf(std::int64_t cudnnDataType);
/// Of a cudaDataType, which cuBLAS takes.
std::optional<DType> cudaDataTypeOf(std::int64_t type);
/// The name of an enumerator, "" out of range.
std::string_view nameAt(std::span<const std::string_view> names, const Value& value);

// ---- device memory
/// New device memory and a pointer to it.
Value allocateDevice(Evaluator& ev, Value bytes, At at);
/// What the part of device memory that a call reads was written by last; what nobody wrote is a constant.
struct Part {
  Object* memory = nullptr; // null: not followed
  std::int64_t offset = 0;  // bytes
};
Part part(Evaluator& ev, const LibraryCall& call, std::size_t argument);
std::vector<Tensor*> lastWrites(Evaluator& ev, const Part& part, std::int64_t bytes);
/// `tensor` null: the part no longer holds what an operator made.
void noteWrite(Evaluator& ev, const Part& part, std::int64_t bytes, Tensor* tensor, bool replaces = true);

/// One call that computes, put together argument by argument. The first thing that is wrong or not known
/// decides what becomes of it.
class Operation {
public:
  Operation(Evaluator& ev, const LibraryCall& call) : ev_(ev), call_(call) {}

  /// The type that a tensor, filter or RNN data descriptor gives; empty after wrong() or open().
  TensorType type(std::size_t argument, std::string_view what);
  /// A tensor of this type that lies at the pointer `argument`.
  Value input(std::size_t argument, const TensorType& type);
  /// The same, None where the pointer is null.
  Value optionalInput(std::size_t argument, const TensorType& type);
  Descriptor parameters(std::size_t argument, std::string_view what);
  /// A field of a descriptor of parameters; must have been set.
  Value field(const Descriptor& descriptor, llvm::StringRef name, std::string_view what);
  Value list(Ints numbers) { return listValue(ev_, numbers); }
  static Value listValue(Evaluator& ev, const Ints& numbers);

  void wrong(std::string sentence);
  void open(std::string sentence, WhyRef because = nullptr);
  bool good() const { return wrong_.empty() && !open_; }

  /// Runs the operator if all is well. `wanted`: what the caller's descriptors say of the outputs (nothing:
  /// not checked), `writes`: the arguments that point to where they go.
  struct Output {
    std::optional<TensorType> wanted;
    std::size_t pointer;
    std::string_view what; // "yDesc"
  };
  Result run(std::string_view fullName, std::vector<Value> arguments, std::vector<Output> outputs);
  /// What a call gives where nothing runs: an answer by what is wrong.
  Result answer();

private:
  std::string status() const; // what the library answers to what it refuses
  void readAccumulated(std::size_t pointer, std::int64_t bytes);

  Evaluator& ev_;
  const LibraryCall& call_;
  std::string wrong_, open_text_;
  bool open_ = false;
  WhyRef because_;
  std::vector<Tensor*> more_; // further tensors that the inputs were written by
};

/// Opens a run of the program's own where none is open: cuDNN is called outside any module.
void ensureRun(Evaluator& ev, At at);

} // namespace cobra::interp::cudnn_model
