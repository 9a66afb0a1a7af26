// Walks the AST of one unit with concrete integers and tensors that are only shapes. Nothing is executed.
//
// One construct a file: eval_*.cpp for expressions, exec_*.cpp for statements. Library functions are not walked; analyzer/models/ says
// what they mean, through the services declared here. One thread.
#pragma once

#include "analyzer/interp/analysis.h"
#include "analyzer/interp/budget.h"
#include "analyzer/interp/heap.h"
#include "analyzer/interp/library.h"
#include "analyzer/interp/tensor_use.h"
#include "analyzer/interp/trace.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Expr.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/Stmt.h"
#include "clang/AST/StmtCXX.h"
#include "llvm/ADT/DenseMap.h"

#include <functional>
#include <map>
#include <set>
#include <unordered_map>

namespace clang {
class Sema;
}

namespace cobra::interp {

/// How a statement ended.
enum class Outcome : std::uint8_t { Normal, Break, Continue, Return, Goto };

struct InputReaders;

/// An exception of the analysed program on its way to a handler: a C++ exception of ours, so that it unwinds our frames too.
struct Thrown {
  Value value;
  clang::QualType type; // null: c10::Error
  WhyRef why;
};

/// Variables of one running function.
struct Frame {
  const clang::FunctionDecl* function = nullptr;
  llvm::DenseMap<const clang::VarDecl*, Cell*> variables;
  llvm::DenseMap<const clang::Expr*, Cell*> opaque; // OpaqueValueExpr
  Cell* self = nullptr;                             // what `this` points to
  Object* closure = nullptr;                        // the lambda whose body runs
  std::vector<const clang::ArrayInitLoopExpr*> loops;
  std::vector<std::int64_t> loopIndex;
  Result result;
};

class Evaluator {
public:
  Evaluator(clang::Sema& sema, const InterpretOptions& options);

  // ---- expressions (eval_expr.cpp and its neighbours)
  /// The value of a prvalue, or of what a glvalue refers to.
  Value value(const clang::Expr* e);
  /// The place a glvalue names; a prvalue gets a temporary.
  Cell* place(const clang::Expr* e);
  /// Value or place, whichever the expression is.
  Result result(const clang::Expr* e);
  /// A condition; nullopt when open, with the reason in `why`.
  std::optional<bool> condition(const clang::Expr* e, WhyRef& why);
  /// An initializer, for a variable or field of type `type` (handles defaults, arrays, lists).
  Value initial(const clang::Expr* init, clang::QualType type);
  /// What a variable or field of this type holds when it is not initialized by an expression.
  Value defaultValue(clang::QualType type, clang::SourceRange at);

  // ---- statements (exec_*.cpp)
  Outcome execute(const clang::Stmt* s);

  // ---- calls, for models too (eval_call.cpp, overload.cpp)
  /// Calls a function of the program or of a library. `self` for members.
  Result call(const clang::FunctionDecl* callee, Cell* self, llvm::ArrayRef<Arg> args, clang::SourceRange at);
  /// Calls whatever a value holds: function pointer, closure, std::function, module (its forward), Bound object.
  Result callValue(const Value& callable, llvm::ArrayRef<Arg> args, clang::SourceRange at);
  /// Calls the member `name` of an object by C++ overload resolution on the dynamic class. nullopt: no such member.
  std::optional<Result> callMember(Cell* self, llvm::StringRef name, llvm::ArrayRef<Arg> args, clang::SourceRange at);
  /// Makes a T from arguments by C++ overload resolution, as std::make_shared<T>(args...) does.
  Value construct(clang::QualType type, llvm::ArrayRef<Arg> args, clang::SourceRange at);
  /// What `a op b` gives by the program's own operators, found as C++ finds them; nullopt: there is none for these types.
  std::optional<Value> callBinary(clang::BinaryOperatorKind op, const Arg& a, const Arg& b, clang::SourceRange at);
  /// What a move constructor of `type` takes out of a place; leaves there what C++ leaves: null, empty, undefined.
  Value moveOut(Cell* from, clang::QualType type);
  /// Runs the destructors of the program's own classes in a value of this type.
  void destroy(Cell* cell, clang::QualType type, clang::SourceRange at);
  /// Runs a constructor on an object whose storage exists (base or delegating constructors too).
  void constructInto(Object& object, const clang::CXXConstructorDecl* ctor, llvm::ArrayRef<Arg> args, clang::SourceRange at);
  /// A record with all fields of `record` and its bases, not initialized.
  Object* allocate(const clang::CXXRecordDecl* record, clang::QualType type);
  /// The field's cell; made on demand.
  Cell* fieldCell(Object& object, const clang::FieldDecl* field);
  Cell* fieldCell(Object& object, llvm::StringRef name);
  /// Reads a default member initializer ("stride_ = 1") of a library class for every field that has one and holds nothing yet.
  void initializeDefaults(Object& object, const clang::CXXRecordDecl* record);
  Arg arg(Value v, clang::QualType type = {}) { return Arg{nullptr, heap.cell(std::move(v)), type}; }

  // ---- operators (emit.cpp)
  /// Runs an operator of the registry: checks, shapes, records a step, gives the outputs (one Value each; a returned Tensor[] is
  /// one Sequence). `arguments` in schema order; a shorter list is filled with the schema's defaults. An open tensor or deciding argument
  /// makes the outputs open, with an open point in the trace. A misuse throws Thrown, as LibTorch would.
  std::vector<Value> emit(const ops::Operator& op, std::vector<Value> arguments, clang::SourceRange at);
  /// The same by full name ("aten::add.Tensor") with the first output alone.
  Value emit1(llvm::StringRef fullName, std::vector<Value> arguments, clang::SourceRange at);
  /// While it lives, operators fold into one meant call. Give it the outputs before it ends.
  class Meant {
  public:
    Meant(Evaluator& evaluator, llvm::StringRef fullName, std::vector<Value> arguments, clang::SourceRange at);
    ~Meant();
    Meant(const Meant&) = delete;
    Meant& operator=(const Meant&) = delete;

  private:
    Evaluator& evaluator_;
    int index_ = -1; // -1: inside another meant call, or not known
  };
  /// A fresh tensor that no operator makes (weights, inputs).
  Value makeTensor(TensorType type, Source source = {});
  /// Argument for the registry; nullopt: the value cannot stand for that parameter (then it is open).
  Argument argument(const ops::Parameter& parameter, const Value& value);

  /// While inputs are being guessed: an operator with an open input says what it wants. `because` leads to the input.
  void noteReader(llvm::StringRef op, std::vector<Argument> arguments, const WhyRef& because);
  /// True if the function's body was walked, as a part of any run.
  bool entered(const clang::FunctionDecl* function) const { return entered_.contains(function->getCanonicalDecl()); }

  // ---- outcomes
  /// Says that something cannot be known: an open point at this moment of the trace. Gives an open value.
  Value unknown(clang::SourceRange at, std::string sentence, WhyRef because = nullptr);
  /// LibTorch (or the program's own check) throws here.
  [[noreturn]] void raise(clang::SourceRange at, std::string sentence);
  void noteUnknownFunction(llvm::StringRef name) { ++unknownFunctions[name.str()]; }
  void noteUnhandled(llvm::StringRef astClass) { ++unhandled[astClass.str()]; }

  // ---- small services for models
  /// Integer, double or bool as such; nullopt if open or something else.
  std::optional<std::int64_t> integer(const Value& v) const;
  std::optional<double> number(const Value& v) const;
  std::optional<std::string> text(const Value& v) const;
  /// Elements of a sequence or of a single int as a list of one; nullopt if any is open.
  std::optional<std::vector<std::int64_t>> integers(const Value& v) const;
  Tensor* tensor(const Value& v) const;
  /// Follows pointers and holders to the object; null if there is none.
  Object* object(const Value& v) const;
  /// The cell a pointer or iterator points to; null and open point if it is null or out of range.
  Cell* pointee(const Value& v, clang::SourceRange at);
  bool isLibrary(const clang::Decl* decl);
  bool isModule(const clang::CXXRecordDecl* record);       // derives from torch::nn::Module
  bool isModuleHolder(const clang::CXXRecordDecl* record); // derives from torch::nn::ModuleHolder
  /// The XImpl of a holder class; null if it is none.
  const clang::CXXRecordDecl* heldModule(const clang::CXXRecordDecl* holder);
  bool isOrDerivesFrom(const clang::CXXRecordDecl* record, llvm::StringRef qualifiedName);
  SourceRange where(clang::SourceRange range) const;
  /// at::Tensor; null when the unit does not know it.
  clang::QualType tensorType();
  /// Calls a module's forward, whatever its class.
  Result callModule(Object* module, llvm::ArrayRef<Arg> args, clang::SourceRange at);

  clang::Sema& sema;
  clang::ASTContext& context;
  const InterpretOptions& options;
  Meter meter;
  Heap heap;
  Library library;
  Trace trace;
  bool gradMode = true;
  std::map<std::string, unsigned> unknownFunctions, unhandled;

private:
  friend class Meant;
  friend class FrameScope;
  friend class ModuleScope;
  friend class DepthScope;
  friend class ConstructingScope;
  friend class RunScope;
  friend class Unit;

  // eval_expr.cpp
  Result dispatch(const clang::Expr* e);
  Result declRef(const clang::DeclRefExpr* e);
  Result constantOf(const clang::Expr* e); // Clang's own constant evaluation; Nothing if it has none
  Cell* variable(const clang::VarDecl* var, clang::SourceRange at);
  // eval_member.cpp
  Result member(const clang::MemberExpr* e);
  Result subscript(const clang::ArraySubscriptExpr* e);
  /// The default member initializer, instantiated if need be; null if it cannot be had.
  const clang::Expr* defaultInitializer(const clang::FieldDecl* field);
  // eval_cast.cpp
  Result castExpr(const clang::CastExpr* e);
  Value convertArithmetic(const Value& v, clang::QualType from, clang::QualType to, clang::SourceRange at);
  Result dynamicCast(const clang::CastExpr* e);
  // eval_operator.cpp
  Result unary(const clang::UnaryOperator* e);
  Result binary(const clang::BinaryOperator* e);
  Result conditional(const clang::AbstractConditionalOperator* e);
  Value arithmetic(clang::BinaryOperatorKind op, const Value& a, const Value& b, clang::QualType operands, clang::QualType result,
                   clang::SourceRange at);
  Value advance(const Pointer& p, std::int64_t by);
  std::int64_t wrap(std::int64_t bits, clang::QualType type) const;
  // eval_call.cpp
  Result callExpr(const clang::CallExpr* e);
  Result memberCall(const clang::CXXMemberCallExpr* e);
  Result operatorCall(const clang::CXXOperatorCallExpr* e);
  std::vector<Arg> arguments(llvm::ArrayRef<const clang::Expr*> exprs);
  Arg argumentOf(const clang::Expr* e);
  const clang::CXXMethodDecl* dynamicTarget(const clang::CXXMethodDecl* method, const Value& self, bool qualified);
  Result callUser(const clang::FunctionDecl* callee, Cell* self, llvm::ArrayRef<Arg> args, clang::SourceRange at);
  Result callLibrary(const clang::FunctionDecl* callee, Cell* self, llvm::ArrayRef<Arg> args, clang::SourceRange at);
  Result builtinMember(const clang::CXXMethodDecl* method, Cell* self, llvm::ArrayRef<Arg> args, clang::SourceRange at, bool& done);
  void bindCaptures(const clang::CXXRecordDecl* lambdaClass);
  /// The declaration that has a body, instantiated if need be; null if there is none to walk.
  const clang::FunctionDecl* definitionOf(const clang::FunctionDecl* callee, clang::SourceRange at);
  void fillDefaults(const clang::FunctionDecl* callee, std::vector<Arg>& args);
  void forget(const clang::FunctionDecl* callee, Cell* self, llvm::ArrayRef<Arg> args, const WhyRef& why);
  // eval_member_pointer.cpp
  Value memberPointer(const clang::UnaryOperator* e);
  Result throughMemberPointer(const clang::BinaryOperator* e);
  // eval_construct.cpp
  Result constructExpr(const clang::CXXConstructExpr* e);
  Value constructWith(const clang::CXXConstructorDecl* ctor, clang::QualType type, llvm::ArrayRef<Arg> args, clang::SourceRange at);
  Value constructed(const clang::Expr* e, clang::SourceRange at);
  Value slice(const Object& from, const clang::CXXRecordDecl* to, clang::QualType type);
  Value constructHolder(const clang::CXXConstructorDecl* ctor, llvm::ArrayRef<Arg> args, clang::SourceRange at);
  void constructDefaultBase(Object& object, const clang::CXXRecordDecl* base, clang::SourceRange at);
  void constructLibraryPart(Object& object, const clang::CXXConstructorDecl* ctor, llvm::ArrayRef<Arg> args, clang::SourceRange at);
  void absorb(Object& object, const Value& part);
  Result initList(const clang::InitListExpr* e);
  Value aggregate(clang::QualType type, llvm::ArrayRef<Arg> args, clang::SourceRange at);
  Result newExpr(const clang::CXXNewExpr* e);
  Result lambda(const clang::LambdaExpr* e);
  // exec_*.cpp
  Outcome executeBlock(const clang::CompoundStmt* s);
  Outcome executeIf(const clang::IfStmt* s);
  Outcome executeSwitch(const clang::SwitchStmt* s);
  Outcome executeTry(const clang::CXXTryStmt* s);
  Outcome executeFor(const clang::ForStmt* s);
  Outcome executeRangeFor(const clang::CXXForRangeStmt* s);
  Outcome executeWhile(const clang::WhileStmt* s);
  Outcome executeDo(const clang::DoStmt* s);
  void declare(const clang::DeclStmt* s);
  void declareVariable(const clang::VarDecl* var);
  void bindStructured(const clang::DecompositionDecl* d);
  Outcome turnOf(const clang::Stmt* body);
  void bindLoopVariable(const clang::VarDecl* var, Cell* item);
  std::optional<std::vector<Cell*>> elementsOf(Object& object, clang::SourceRange at);
  /// Runs both sides of an undecided branch from the same state and joins them.
  Outcome bothSides(const WhyRef& why, const std::function<Outcome()>& one, const std::function<Outcome()>& other);
  /// Turns of a loop whose condition is open: the body runs once, for what it changes, then that is open.
  Outcome openLoop(const WhyRef& why, const std::function<Outcome()>& body);
  // emit.cpp
  int currentSite(clang::SourceRange at);
  void tell(const WhyRef& reason);

  clang::QualType tensorType_;
  llvm::DenseMap<const clang::VarDecl*, Cell*> globals_;
  llvm::DenseMap<const clang::Decl*, bool> libraryCache_;
  llvm::DenseMap<const clang::CXXRecordDecl*, int> moduleCache_;
  std::vector<std::unique_ptr<Frame>> frames_;
  std::vector<CallFrame> callStack_;
  std::vector<Object*> moduleStack_;
  std::vector<int> meantStack_;
  bool explicitMode_ = false; // the entry called train() or eval() itself
  int openDepth_ = 0;         // inside a branch that may not be taken
  unsigned depth_ = 0;
  std::set<const Why*> reportedOpen_;
  std::vector<std::size_t> openRuns_; // indices into trace.runs
  unsigned constructing_ = 0;
  std::vector<Object*> built_;      // modules of the program that no other module's constructor built, in order
  bool openExit_ = false;           // one side of an undecided branch left the loop
  InputReaders* readers_ = nullptr; // set while inputs are being guessed
  std::set<const clang::FunctionDecl*> entered_;
  const clang::LabelDecl* goto_ = nullptr; // where Outcome::Goto goes
  std::vector<Thrown> handled_;            // exceptions whose handlers run, innermost last
  /// A constructor that was resolved: loops build the same layer at the same place many times.
  struct Resolved {
    const clang::Expr* made = nullptr;
    std::vector<const clang::Expr*> arguments; // opaque values
  };
  std::map<std::vector<std::uintptr_t>, Resolved> resolved_; // by place, class, types and kinds of arguments
  /// A field of a class or of its bases.
  struct FieldSlot {
    const clang::FieldDecl* decl; // canonical
    std::string name;
    clang::QualType array; // null unless it is an array of something that is no record
  };
  /// All of them, bases first; `record` is a definition. A program makes many objects of one class.
  const std::vector<FieldSlot>& layoutOf(const clang::CXXRecordDecl* record);
  std::unordered_map<const clang::CXXRecordDecl*, std::vector<FieldSlot>> layouts_;
  llvm::DenseMap<const clang::CXXRecordDecl*, bool> endsWithCode_;
  bool endsWithCode(clang::QualType type);
  void runDestructor(Object& object, const clang::CXXRecordDecl* record, clang::SourceRange at);
  WhyRef untold_; // the last that was told while nothing ran
  TensorUse tensorUse_{*this};

public:
  /// Whether what runs now belongs to no model's call.
  bool outsideOfModels() const { return openRuns_.empty(); }
  Frame& frame() { return *frames_.back(); }
  void setMode() { explicitMode_ = true; } // for Module::train and Module::eval
  llvm::ArrayRef<Object*> moduleStack() const { return moduleStack_; }
  unsigned otherThreads = 0; // whose bodies are being read, one inside of another
};

} // namespace cobra::interp
