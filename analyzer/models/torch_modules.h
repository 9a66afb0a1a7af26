// Modules: the tree of registered children, holders, containers.
#pragma once

#include "analyzer/models/torch_support.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace cobra::interp::torch_model {

/// The module a holder, shared_ptr, AnyModule or the object itself stands for, as a pointer to its home; a null pointer stays null.
Value modulePointer(Evaluator& ev, const Value& v);
/// What a class of a library makes in its constructor: fields and registered parameters of the same name.
void registerParameter(Evaluator& ev, Object& module, llvm::StringRef name, Value tensor);
void registerBuffer(Evaluator& ev, Object& module, llvm::StringRef name, Value tensor);
/// Both of a field and the register. `shape` empty: an undefined tensor where `defined` is false.
Value makeParameter(Evaluator& ev, Object& module, llvm::StringRef name, Shape shape, bool defined = true);
Value makeBuffer(Evaluator& ev, Object& module, llvm::StringRef name, Shape shape, DType dtype = DType::Float32, bool defined = true);
/// Adds a child, as Module::register_module does, with its checks.
void registerChild(Evaluator& ev, Object& module, const std::string& name, const Value& child, At at);

/// Visits a module and everything registered below it, parents first. Names are dotted paths; the root's is empty.
void visitModules(Evaluator& ev, Object* root, llvm::function_ref<void(Object*, const std::string& path)> visit);
/// Module::train: registered children only; classes of the program may override it.
void setTraining(Evaluator& ev, Object* module, bool on, At at);
/// A deep copy with parameters of its own.
Object* cloneModule(Evaluator& ev, Object* module);
/// True if `record` is `target` or derives from it.
bool isA(const clang::CXXRecordDecl* record, const clang::CXXRecordDecl* target);

/// An entry of torch::OrderedDict, and a NamedAnyModule.
Value namedItem(Evaluator& ev, const std::string& name, Value value);

/// Elements of a Sequential or ModuleList: its own list, pointers to modules. Null where it has none.
Object* elementsOf(Evaluator& ev, Object* container);
/// `container[index]` of Sequential, ModuleList and ModuleDict.
Result moduleAt(Evaluator& ev, const LibraryCall& call);

} // namespace cobra::interp::torch_model
