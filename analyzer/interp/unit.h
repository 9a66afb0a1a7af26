// One translation unit: which entries are run, in which order, and what becomes of their runs.
#pragma once

#include "analyzer/interp/evaluator.h"
#include "analyzer/interp/shares.h"

namespace cobra::interp {

class Unit {
public:
  Unit(clang::Sema& sema, const InterpretOptions& options) : ev_(sema, options), options_(options), shares_(options.budgets) {}

  AnalysisResult interpret();

private:
  struct Model {
    const clang::CXXRecordDecl* record = nullptr; // the Impl
    const clang::CXXRecordDecl* holder = nullptr; // of TORCH_MODULE, may be null
    const clang::CXXMethodDecl* run = nullptr;    // what computes; null: a Sequential's own forward
  };
  struct Attempt;

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

  std::vector<const clang::FunctionDecl*> programs();      // main, then the bodies of tests
  std::vector<const clang::FunctionDecl*> otherPrograms(); // functions without parameters that name a model
  void runDirectCalls();                                   // of cuDNN and cuBLAS, in functions that main does not reach
  std::vector<Model> models(bool mainFileOnly);            // in order
  bool hasRun(const Model& model) const;
  void runAlone(const Model& model);
  /// Constructs the model as the program did, else without arguments or with default-constructed
  /// configurations, or where `usual_` is set with the arguments that the suggestion shows; null if it cannot be.
  Object* constructAlone(const Model& model, std::string& whyNot);
  /// The value of what usualArgument writes; nullopt where it stands for nothing that can be made.
  std::optional<Arg> usualValue(const clang::ParmVarDecl* parameter, clang::SourceRange at);
  /// Inputs with which the suggested constructor's arguments work; empty if none do. Leaves no run behind.
  std::vector<TensorType> inputsOfSuggestion(const Model& model, std::size_t tensors);
  void callAlone(const Model& model, llvm::ArrayRef<Arg> args, bool& threw);
  bool tryInputs(const Model& model, const std::vector<TensorType>& inputs, const std::string& from);
  /// Inputs worth trying, most usual first, from what reads them; shorter ones where an input is read by
  /// nothing that tells.
  std::vector<std::vector<TensorType>> likelyCalls(const Model& model, std::size_t tensors);
  /// A line that the user can paste and edit.
  std::string suggestion(const Model& model, const std::vector<TensorType>& inputs, const std::vector<GraphInput>& given) const;

  Evaluator ev_;
  const InterpretOptions& options_;
  Shares shares_;
  AnalysisResult result_;
  std::optional<std::vector<const clang::VarDecl*>> effectfulGlobals_; // in order; found once
  std::size_t waiting_ = 0;                                            // runs still to come, for whom time and memory must be left
  bool usual_ = false; // models are built with usual arguments, to see what a line to paste may say
  std::vector<Object*> builtByProgram_;
  std::vector<const Object*> moduleOf_;              // for each kept run
  std::set<const clang::CXXRecordDecl*> seenInRuns_; // classes of modules that are part of a kept run
};

} // namespace cobra::interp
