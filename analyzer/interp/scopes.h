// Context of the interpreter as RAII: what is entered is always left, whatever is thrown.
#pragma once

#include "analyzer/interp/evaluator.h"

namespace cobra::interp {

/// One nested call; the budget on depth is checked here.
class DepthScope {
public:
  DepthScope(Evaluator& ev, clang::SourceRange at) : ev_(ev) {
    if (++ev_.depth_ > ev_.meter.limits().depth) {
      --ev_.depth_;
      throw BudgetExhausted{"calls nest deeper than the budget of " + std::to_string(ev_.meter.limits().depth), at};
    }
  }
  ~DepthScope() { --ev_.depth_; }
  DepthScope(const DepthScope&) = delete;
  DepthScope& operator=(const DepthScope&) = delete;

private:
  Evaluator& ev_;
};

/// A running function of the program.
class FrameScope {
public:
  FrameScope(Evaluator& ev, const clang::FunctionDecl* function, clang::SourceRange call) : ev_(ev) {
    ev_.frames_.push_back(std::make_unique<Frame>());
    ev_.frame().function = function;
    ev_.callStack_.push_back({function, call.getBegin()});
  }
  ~FrameScope() {
    ev_.frames_.pop_back();
    ev_.callStack_.pop_back();
  }
  FrameScope(const FrameScope&) = delete;
  FrameScope& operator=(const FrameScope&) = delete;

private:
  Evaluator& ev_;
};

/// Operators belong to this module while it lives.
class ModuleScope {
public:
  ModuleScope(Evaluator& ev, Object* module) : ev_(ev) { ev_.moduleStack_.push_back(module); }
  ~ModuleScope() { ev_.moduleStack_.pop_back(); }
  ModuleScope(const ModuleScope&) = delete;
  ModuleScope& operator=(const ModuleScope&) = delete;

private:
  Evaluator& ev_;
};

/// A constructor of a module runs: what it computes is no run of the model.
class ConstructingScope {
public:
  explicit ConstructingScope(Evaluator& ev) : ev_(ev) { ++ev_.constructing_; }
  ~ConstructingScope() { --ev_.constructing_; }
  ConstructingScope(const ConstructingScope&) = delete;
  ConstructingScope& operator=(const ConstructingScope&) = delete;

private:
  Evaluator& ev_;
};

/// The outermost call of a module's method: the span of the trace that becomes a graph.
class RunScope {
public:
  RunScope(Evaluator& ev, Object* module, const clang::FunctionDecl* method, llvm::ArrayRef<Arg> args, clang::SourceRange at);
  ~RunScope();
  /// Begins a run of the program's own, for operators that no module runs; the function that was started is its entry. Does nothing
  /// inside a run. Ends with closeProgram().
  static void openProgram(Evaluator& ev, clang::SourceRange at);
  static void closeProgram(Evaluator& ev, bool aborted);

  RunScope(const RunScope&) = delete;
  RunScope& operator=(const RunScope&) = delete;

private:
  Evaluator& ev_;
  std::size_t index_;
};

} // namespace cobra::interp
