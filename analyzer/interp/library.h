// What the tool knows of libraries: the meaning of functions, constructors and variables of torch::, std::, c10::, that the interpreter
// does not walk into. Filled once by analyzer/models/, one table a file; looked up by qualified name.
//
// Names are written without template arguments and inline namespaces: "std::vector::push_back", "torch::nn::Module::register_module",
// "at::Tensor::view", "torch::nn::functional::relu". "std::vector" alone in the constructor table stands for all its constructors.
#pragma once

#include "analyzer/interp/value.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

#include <string>

namespace clang {
class Expr;
class CXXConstructorDecl;
} // namespace clang

namespace cobra::interp {

class Evaluator;

/// One evaluated argument. Every argument has a place; for a prvalue it is a fresh temporary.
struct Arg {
  const clang::Expr* expr = nullptr; // may be null (bound or made by the tool)
  Cell* place = nullptr;
  clang::QualType type; // of the argument expression, without reference
  const Value& value() const { return place->value(); }
};

/// What a call gives: a value, or for functions that return references the place.
struct Result {
  Value value;
  Cell* place = nullptr;
  Result() = default;
  Result(Value v) : value(std::move(v)) {}
  Result(Cell* p) : value(p->value()), place(p) {}
};

/// One call of a library function, as its model sees it.
struct LibraryCall {
  const clang::FunctionDecl* callee = nullptr; // as the program names it; for constructors the constructor; may be null
  clang::SourceRange at;
  Cell* self = nullptr;       // the object of a member call
  llvm::ArrayRef<Arg> args;   // default arguments filled in
  clang::QualType resultType; // for constructors: the constructed type
  llvm::StringRef name;       // qualified name, as in the tables

  const Value& value(std::size_t i) const { return args[i].value(); }
  std::size_t size() const { return args.size(); }
};

using Handler = Result (*)(Evaluator&, const LibraryCall&);
/// Makes the part of a module class that LibTorch owns, inside `object` (whose fields exist already).
using ModuleInit = void (*)(Evaluator&, Object& object, const LibraryCall&);

class Library {
public:
  Library(); // calls every register...() of analyzer/models/registration.h

  void function(llvm::StringRef qualifiedName, Handler handler) { functions_[qualifiedName] = handler; }
  void constructor(llvm::StringRef qualifiedClass, Handler handler) { constructors_[qualifiedClass] = handler; }
  /// All members of a class that have no entry of their own; all functions of a namespace likewise ("at", "torch::nn::functional").
  void scope(llvm::StringRef qualifiedScope, Handler handler) { scopes_[qualifiedScope] = handler; }
  /// The value of a library's global variable ("torch::kReLU", "torch::indexing::None"): a whole name or a scope.
  void variable(llvm::StringRef qualifiedName, Handler handler) { variables_[qualifiedName] = handler; }
  /// A LibTorch module class ("torch::nn::Conv2dImpl"). Its `forward` is an ordinary function entry.
  void module(llvm::StringRef qualifiedClass, ModuleInit init) { modules_[qualifiedClass] = init; }

  /// Most specific first: the function itself, its class, base classes, enclosing namespaces. Null if nothing is known.
  Handler findFunction(const clang::FunctionDecl* callee);
  Handler findConstructor(const clang::CXXRecordDecl* record);
  Handler findVariable(const clang::VarDecl* variable);
  ModuleInit findModule(const clang::CXXRecordDecl* record);

  /// "std::vector::push_back": cached per declaration.
  const std::string& nameOf(const clang::NamedDecl* decl);

private:
  llvm::StringMap<Handler> functions_, constructors_, scopes_, variables_;
  llvm::StringMap<ModuleInit> modules_;
  llvm::DenseMap<const clang::Decl*, Handler> functionCache_, constructorCache_;
  llvm::DenseMap<const clang::Decl*, std::unique_ptr<std::string>> names_;
};

} // namespace cobra::interp
