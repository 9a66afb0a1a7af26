// The operators that the interpreted program would run, in order, with where each was written.
//
// Two views of one run: every step is an operator that LibTorch's dispatcher sees; steps inside a *meant* call (nn::Linear runs `t`
// and `addmm`, the user meant `linear`) fold into one node of the default graph.
#pragma once

#include "analyzer/interp/heap.h"
#include "predictor/encode/snippet.h"

#include <vector>

namespace cobra::interp {

/// A user function that is running.
struct CallFrame {
  const clang::FunctionDecl* function = nullptr;
  clang::SourceLocation call; // of the call inside this function, once it makes one
};

/// Where an operator was written.
struct Site {
  clang::SourceRange at;          // innermost expression in the user's code
  std::vector<CallFrame> frames;  // outermost first
  const Object* module = nullptr; // the innermost registered module that runs it
};

struct Step {
  Call call;
  std::vector<Source> sources;       // one for each tensor argument, in schema order, lists laid out flat; undefined ones left out
  std::vector<const Tensor*> inputs; // the same tensors
  std::vector<TensorType> outputs;
  std::int64_t flops = 0, bytes = 0;
  int meant = -1; // index into Trace::meant
  int site = 0;   // index into Trace::sites
};

struct MeantCall {
  Call call;
  std::vector<Source> sources;
  std::vector<const Tensor*> inputs;
  std::vector<TensorType> outputs;
  std::int64_t flops = 0, bytes = 0;
  int site = 0;
  int firstStep = 0, endStep = 0;
};

struct TraceOpen {
  WhyRef why;
  int step = 0; // how many steps had run
};

/// One outermost call of a module's method.
struct RunMark {
  const Object* module = nullptr;              // null: a call of a function that no model or several have part in
  std::vector<const Object*> others;           // models of such a call
  const clang::FunctionDecl* method = nullptr; // may be null (a Sequential called directly)
  clang::SourceRange at;
  int firstStep = 0, endStep = 0;
  std::size_t firstOpen = 0, endOpen = 0;
  struct Input {
    std::string name;
    const Tensor* tensor;
    TensorType type;
  };
  std::vector<Input> inputs;
  bool aborted = false;                  // something was thrown out of it
  bool evalApplied = false;              // the tool put the model into inference mode itself
  std::vector<std::string> unregistered; // modules still in training mode since eval() does not reach them
};

struct Trace {
  std::vector<Step> steps;
  std::vector<MeantCall> meant;
  std::vector<Site> sites;
  std::vector<TraceOpen> open;
  std::vector<RunMark> runs;
};

} // namespace cobra::interp
