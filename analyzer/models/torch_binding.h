// Which operator of the registry a C++ function of ATen stands for, told from its declaration: LibTorch generates the functions from the
// schemas, so names and types of the parameters agree (torchgen/api/cpp.py).
#pragma once

#include "analyzer/models/torch_support.h"

#include "clang/AST/Decl.h"

namespace cobra::interp::torch_model {

/// Where one schema parameter gets its value from.
struct Binding {
  enum class From : std::uint8_t { Default, Self, Parameter, Dtype, Layout, Device, PinMemory };
  struct Slot {
    From from = From::Default;
    unsigned parameter = 0; // of the C++ function
  };
  const ops::Operator* op = nullptr; // null: no operator of the registry has these parameters
  std::vector<Slot> slots;
};

/// `name` is the schema's ("aten::add"). With `first` and `count` only these parameters are the operator's; their slots count from `first`.
Binding bind(Evaluator& ev, const clang::FunctionDecl* callee, llvm::StringRef name, unsigned first = 0, unsigned count = ~0u);

/// Runs what `callee` stands for on evaluated arguments.
Result runBound(Evaluator& ev, const LibraryCall& call, const Binding& binding);

} // namespace cobra::interp::torch_model
