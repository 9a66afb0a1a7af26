// What interpreting one translation unit gives: a graph for every model that was found running.
//
// This is the whole interface between reading C++ and everything after it.
#pragma once

#include "predictor/graph/graph.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace clang {
class Sema;
}

namespace cobra {

/// Limits that hold for one translation unit; each names itself in the reason when it is reached.
struct Budgets {
  std::uint64_t steps = 20'000'000;    // expressions and statements evaluated
  unsigned depth = 400;                // nested calls
  std::uint64_t loopTurns = 200'000;   // turns of one loop
  std::uint64_t loopOperators = 5'000; // of a loop outside of models, which then counts as one whose end is not known
  std::uint64_t objects = 4'000'000;   // cells and objects made
  std::size_t elements = 1'000'000;    // of one container
  std::size_t text = 1'000'000;        // bytes of one string
  std::uint64_t operators = 100'000;   // recorded, those deep in calls count more
  std::uint64_t bytes = 500'000'000;   // of memory, beyond what the parsed unit takes
  std::size_t stack = 160u << 20;      // bytes of the interpreter's own stack
  double seconds = 10;                 // wall time; one entry gets half of it
};

/// Where entries come from: the frontend has written each as a function `void cobra_entry_<n>()` at the end of the unit.
struct EntryFunction {
  std::string function; // "cobra_entry_0"
  std::string from;     // "entry", "comment", ".cobra", "input"
  std::string code;     // as the user wrote it
  SourceRange at;       // of the comment; file empty for the command line
};

/// `--input x=[1,3,224,224]:float16`: for models whose constructor needs no arguments.
struct InputOverride {
  std::string name; // parameter of forward; empty: by position
  TensorType type;
};

struct InterpretOptions {
  Budgets budgets;
  std::vector<EntryFunction> entries;
  std::vector<InputOverride> inputs;
  std::optional<std::int64_t> batch; // replaces the first size of every input
  std::optional<DType> dtype;        // replaces the dtype of floating inputs and parameters
  bool program = true;               // look into main and tests when no entry names a model
  bool assume = true;                // as the last resort infer an input from the first layer
  bool mainFileOnly = true;          // models defined in the main file (or its own sources) get a run of their own
};

/// One outermost call of a module's method.
struct ModelRun {
  Graph graph;                    // what the user meant: aten::linear is one node
  Graph executed;                 // what LibTorch's dispatcher sees
  std::string from;               // "entry", "comment", ".cobra", "input", "main", "assumed"
  bool assumed = false;           // the input shape was inferred
  SourceRange entryAt;            // of the call
  std::vector<std::string> notes; // sentences for the user ("the module drop is not registered, so eval() does not reach it ...")
};

/// A model class that got no run, and the sentence that says what to tell the tool.
struct ModelWithoutRun {
  std::string name;
  SourceRange at;
  std::string why;
  std::string suggestion; // "// cobra: Net net(3, 10); net->forward(torch::randn({1, 3, 224, 224}));"
};

struct AnalysisResult {
  std::vector<ModelRun> runs;
  std::vector<ModelWithoutRun> without;
  std::vector<OpenPoint> open; // belong to no run
  // For `cobra coverage`: how often each was met.
  std::vector<std::pair<std::string, unsigned>> unknownFunctions;
  std::vector<std::pair<std::string, unsigned>> unhandledNodes;
};

/// Interprets the unit that `sema` has finished. Never executes anything of it. Call once per unit, on the thread that parsed it, inside
/// HandleTranslationUnit (Sema is needed for overload resolution in templates such as std::make_shared).
AnalysisResult interpret(clang::Sema& sema, const InterpretOptions& options);

} // namespace cobra
