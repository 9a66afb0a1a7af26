// Whether a call can run operators, by its declaration and body alone: asked where the object of the call is not known, so that what it
// would have run is missing from the trace.
#pragma once

#include "clang/AST/Decl.h"
#include "llvm/ADT/DenseMap.h"

namespace cobra::interp {

class Evaluator;

/// Remembers what it was asked. One thread.
class TensorUse {
public:
  explicit TensorUse(Evaluator& evaluator) : ev_(evaluator) {}

  bool mayRunOperators(const clang::FunctionDecl* callee);

private:
  bool libraryMayRun(const clang::FunctionDecl* callee);
  bool holdsTensors(clang::QualType type, unsigned depth = 0);

  Evaluator& ev_;
  llvm::DenseMap<const clang::FunctionDecl*, bool> known_;
};

} // namespace cobra::interp
