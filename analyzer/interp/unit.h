// One translation unit: which entries are run, in which order, and what becomes of their runs.
#pragma once

#include "analyzer/interp/evaluator.h"

namespace cobra::interp {

/// The first operator that met an input nobody knew: what it says of that input.
struct FirstReader {
  std::string op;         // "aten::conv2d"
  std::vector<Argument> arguments;
};

class Unit {
public:
  Unit(clang::Sema& sema, const InterpretOptions& options) : ev_(sema, options), options_(options) {}

  AnalysisResult interpret();

private:
  struct Model {
    const clang::CXXRecordDecl* record = nullptr; // the Impl
    const clang::CXXRecordDecl* holder = nullptr; // of TORCH_MODULE, may be null
  };

  /// Runs one function without arguments (an entry, main, a test body) and keeps its runs.
  void runFunction(const clang::FunctionDecl* function, const std::string& from, const SourceRange& at);
  /// What the program does before main. Frames must stand.
  void initializeGlobals();
  /// Runs an entry's statements; a call of a function at its end is a run of its own.
  void executeEntry(const clang::Stmt* body);
  /// Ends that run; `models` are those that the entry built.
  void closeFunctionRun(const std::vector<Object*>& models, bool aborted);
  /// Runs `body`; what is thrown out of it goes to the runs it broke off.
  void guarded(const std::string& from, const SourceRange& at, const std::function<void()>& body);
  void keepRuns(std::size_t firstRun, const std::string& from, const SourceRange& at, const WhyRef& thrown);

  std::vector<const clang::FunctionDecl*> programs() const; // main, then test bodies
  std::vector<Model> models(bool mainFileOnly) const;       // in order
  bool hasRun(const Model& model) const;
  void runAlone(const Model& model);
  /// Constructs the model without arguments; null if it cannot be.
  Object* constructAlone(const Model& model, std::string& whyNot);
  bool tryInputs(const Model& model, const clang::CXXMethodDecl* forward, const std::vector<TensorType>& inputs, const std::string& from);
  std::string suggestion(const Model& model, const std::vector<TensorType>& inputs) const;

  Evaluator ev_;
  const InterpretOptions& options_;
  AnalysisResult result_;
  std::optional<std::vector<const clang::VarDecl*>> effectfulGlobals_; // in order; found once
  std::vector<Object*> builtByProgram_;
  std::vector<const Object*> moduleOf_; // for each kept run
  std::set<const clang::CXXRecordDecl*> seenInRuns_; // classes of modules that are part of a kept run
};

/// Shapes worth trying for an input of which only its first reader is known, most usual first.
std::vector<TensorType> likelyInputs(const FirstReader& reader);

} // namespace cobra::interp
