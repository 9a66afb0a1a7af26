// Calls: of the program's own functions, which are walked, and of library functions, which models answer.
#include "analyzer/interp/evaluator.h"
#include "analyzer/interp/moves.h"
#include "analyzer/interp/scopes.h"
#include "analyzer/models/sequence.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/Builtins.h"
#include "clang/Sema/Sema.h"

namespace cobra::interp {

using namespace clang;

Arg Evaluator::argumentOf(const Expr* e) {
  Arg a;
  a.expr = e;
  a.type = e->getType().getNonReferenceType();
  a.place = e->isGLValue() ? place(e) : heap.cell(value(e));
  return a;
}

std::vector<Arg> Evaluator::arguments(llvm::ArrayRef<const Expr*> exprs) {
  std::vector<Arg> out;
  out.reserve(exprs.size());
  for (const Expr* e : exprs) out.push_back(argumentOf(e));
  return out;
}

namespace {
llvm::ArrayRef<const Expr*> argsOf(const CallExpr* e, unsigned skip = 0) {
  return llvm::ArrayRef<const Expr*>(e->getArgs(), e->getNumArgs()).drop_front(skip);
}
} // namespace

Result Evaluator::callExpr(const CallExpr* e) {
  clang::SourceRange at = e->getSourceRange();
  if (const FunctionDecl* callee = e->getDirectCallee()) {
    if (callee->getBuiltinID()) {
      Result r = constantOf(e);
      if (!isNothing(r.value)) return r;
      unsigned id = callee->getBuiltinID(); // hints for the optimizer mean their first argument
      if (e->getNumArgs() > 0 && (id == Builtin::BI__builtin_expect || id == Builtin::BI__builtin_expect_with_probability ||
                                  id == Builtin::BI__builtin_assume_aligned))
        return result(e->getArg(0));
    }
    std::vector<Arg> args = arguments(argsOf(e));
    return call(callee, nullptr, args, at);
  }
  Value callee = value(e->getCallee());
  std::vector<Arg> args = arguments(argsOf(e));
  return callValue(callee, args, at);
}

Result Evaluator::memberCall(const CXXMemberCallExpr* e) {
  clang::SourceRange at = e->getSourceRange();
  const CXXMethodDecl* method = e->getMethodDecl();
  const Expr* object = e->getImplicitObjectArgument();
  if (!method || !object) { // (object.*method)(...)
    Value callee = value(e->getCallee());
    std::vector<Arg> args = arguments(argsOf(e));
    return callValue(callee, args, at);
  }
  Cell* self = object->getType()->isPointerType() ? pointee(value(object), object->getSourceRange()) : place(object);
  std::vector<Arg> args = arguments(argsOf(e));
  const auto* memberExpr = dyn_cast<MemberExpr>(e->getCallee()->IgnoreParens());
  return call(dynamicTarget(method, self->value(), memberExpr && memberExpr->hasQualifier()), self, args, at);
}

Result Evaluator::operatorCall(const CXXOperatorCallExpr* e) {
  clang::SourceRange at = e->getSourceRange();
  const FunctionDecl* callee = e->getDirectCallee();
  if (!callee) {
    for (const Expr* a : argsOf(e)) result(a);
    return unknown(at, "this operator is not followed");
  }
  auto* method = dyn_cast<CXXMethodDecl>(callee);
  if (!method || method->isStatic()) {
    std::vector<Arg> args = arguments(argsOf(e));
    return call(callee, nullptr, args, at);
  }
  if (e->isAssignmentOp()) { // the right side is sequenced before the left one
    std::vector<Arg> args = arguments(argsOf(e, 1));
    Cell* self = place(e->getArg(0));
    return call(dynamicTarget(method, self->value(), false), self, args, at);
  }
  Cell* self = place(e->getArg(0));
  std::vector<Arg> args = arguments(argsOf(e, 1));
  return call(dynamicTarget(method, self->value(), false), self, args, at);
}

const CXXMethodDecl* Evaluator::dynamicTarget(const CXXMethodDecl* method, const Value& self, bool qualified) {
  if (!method->isVirtual() || qualified) return method;
  Object* o = object(self);
  if (!o || !o->record || !o->record->hasDefinition()) return method;
  const CXXRecordDecl* dynamic = o->record;
  for (auto f = frames_.rbegin(); f != frames_.rend(); ++f) // while a constructor runs, the object is of its class
    if ((*f)->self && isa_and_nonnull<CXXConstructorDecl, CXXDestructorDecl>((*f)->function) && asObject((*f)->self->value()) == o) {
      dynamic = cast<CXXMethodDecl>((*f)->function)->getParent();
      break;
    }
  if (auto* found = const_cast<CXXMethodDecl*>(method)->getCorrespondingMethodInClass(dynamic, /*MayBeBase=*/true)) return found;
  return method;
}

void Evaluator::fillDefaults(const FunctionDecl* callee, std::vector<Arg>& args) {
  for (unsigned i = static_cast<unsigned>(args.size()); i < callee->getNumParams(); ++i) {
    auto* parameter = const_cast<ParmVarDecl*>(callee->getParamDecl(i));
    if (!parameter->hasDefaultArg()) return;
    if (parameter->hasUnparsedDefaultArg()) return;
    if (parameter->hasUninstantiatedDefaultArg() &&
        sema.CheckCXXDefaultArgExpr(parameter->getLocation(), const_cast<FunctionDecl*>(callee), parameter))
      return;
    if (const Expr* init = parameter->getDefaultArg()) args.push_back(argumentOf(init));
  }
}

Result Evaluator::call(const FunctionDecl* callee, Cell* self, llvm::ArrayRef<Arg> args, clang::SourceRange at) {
  meter.step();
  auto* assigned = dyn_cast<CXXMethodDecl>(callee);
  const bool overwrites = assigned && assigned->getOverloadedOperator() == OO_Equal; // what was there before does not matter
  if (overwrites && self && args.size() == 1 && (isOpen(self->value()) || isNothing(self->value())) && isLibrary(callee)) {
    heap.write(self, heap.copy(args[0].value()));
    return self;
  }
  if (self && isOpen(self->value()) && !overwrites) {
    // A call on something unknown: what it may write is unknown too, and what it would run is missing.
    Value open = self->value();
    forget(callee, nullptr, args, reason(open));
    if (tensorUse_.mayRunOperators(callee)) tell(why(at, "what is called here is not known", reason(open)));
    return open;
  }
  if (auto* method = dyn_cast<CXXMethodDecl>(callee)) {
    bool done = false;
    Result r = builtinMember(method, self, args, at, done);
    if (done) return r;
  }
  if (isLibrary(callee) || callee->hasAttr<CUDAGlobalAttr>()) return callLibrary(callee, self, args, at);
  return callUser(callee, self, args, at);
}

/// Members that the compiler writes: copies, moves, lambda conversions.
Result Evaluator::builtinMember(const CXXMethodDecl* method, Cell* self, llvm::ArrayRef<Arg> args, clang::SourceRange at, bool& done) {
  const CXXRecordDecl* parent = method->getParent();
  if (parent->isLambda() && method->getOverloadedOperator() != OO_Call && !isa<CXXConstructorDecl>(method)) {
    done = true; // conversion to a function pointer
    return self->value();
  }
  if ((method->isCopyAssignmentOperator() || method->isMoveAssignmentOperator()) && self && args.size() == 1 &&
      (method->isImplicit() || method->isDefaulted() || isLibrary(method))) {
    if (isLibrary(method) && library.findFunction(method) && asObject(self->value()) == nullptr && as<TensorHandle>(self->value()))
      return {}; // tensors have assignments of their own (x[0] = y)
    done = true;
    Object *to = asObject(self->value()), *from = asObject(args[0].value());
    const bool fieldwise =
        to && from && to != from && to->kind == from->kind && (to->kind == Object::Kind::Record || to->kind == Object::Kind::Tuple);
    const bool moves = isMovedFrom(args[0]) && method->isMoveAssignmentOperator();
    if (!fieldwise) {
      heap.write(self, moves ? moveOut(args[0].place, args[0].type) : heap.copy(args[0].value()));
      return self;
    }
    if (to->kind == Object::Kind::Record)
      for (const Object::Field& f : from->fields) {
        Cell* cell = f.decl ? fieldCell(*to, f.decl) : fieldCell(*to, f.name);
        heap.write(cell, moves && f.decl ? moveOut(f.cell, f.decl->getType()) : heap.copy(f.cell->value()));
      }
    else
      for (std::size_t i = 0; i < from->items.size() && i < to->items.size(); ++i)
        heap.write(to->items[i], heap.copy(from->items[i]->value()));
    (void)at;
    return self;
  }
  if (isa<CXXDestructorDecl>(method)) {
    done = true;
    return Value(Nothing{});
  }
  return {};
}

Result Evaluator::callLibrary(const FunctionDecl* callee, Cell* self, llvm::ArrayRef<Arg> args, clang::SourceRange at) {
  if (const auto* method = dyn_cast<CXXMethodDecl>(callee); method && method->isInstance() && !self && !isa<CXXConstructorDecl>(method))
    return unknown(at, library.nameOf(callee) + " is called on no object");
  std::vector<Arg> all(args.begin(), args.end());
  Handler handler = library.findFunction(callee);
  if (!handler) {
    const std::string& name = library.nameOf(callee);
    noteUnknownFunction(name);
    WhyRef reason = why(at, "the tool does not model " + name);
    forget(callee, self, args, reason);
    bool tensors = false;
    for (const Arg& a : args) tensors |= as<TensorHandle>(a.value()) != nullptr;
    if (callee->getReturnType()->isVoidType() && !tensors) return Value(Nothing{});
    return unknown(at, reason->sentence);
  }
  fillDefaults(callee, all);
  LibraryCall libraryCall;
  libraryCall.callee = callee;
  libraryCall.at = at;
  libraryCall.self = self;
  libraryCall.args = all;
  libraryCall.resultType = callee->getReturnType();
  libraryCall.name = library.nameOf(callee);
  meter.libraryCall();
  DepthScope depth(*this, at);
  // A LibTorch module called from outside any module is a run of its own.
  Object* module = self ? object(self->value()) : nullptr;
  if (module && module->module && openRuns_.empty() && callee->getDeclName().isIdentifier() && callee->getName() == "forward") {
    RunScope run(*this, module, callee, all, at);
    ModuleScope inside(*this, module);
    return handler(*this, libraryCall);
  }
  if (module && module->module && callee->getDeclName().isIdentifier() && callee->getName() == "forward") {
    ModuleScope inside(*this, module);
    return handler(*this, libraryCall);
  }
  return handler(*this, libraryCall);
}

/// What a function that is not followed may have written is open afterwards.
void Evaluator::forget(const FunctionDecl* callee, Cell* self, llvm::ArrayRef<Arg> args, const WhyRef& reason) {
  auto lose = [&](Cell* cell) {
    if (Object* o = object(cell->value())) {
      if (!o->module) heap.lose(o, reason); // modules keep their structure: libraries do not rebuild them
    } else if (!as<TensorHandle>(cell->value())) {
      heap.write(cell, OpenValue{reason});
    }
  };
  for (std::size_t i = 0; i < args.size() && i < callee->getNumParams(); ++i) {
    QualType type = callee->getParamDecl(static_cast<unsigned>(i))->getType();
    if ((type->isLValueReferenceType() || type->isPointerType()) && !type->getPointeeType().isConstQualified() && args[i].expr &&
        args[i].expr->isLValue() && type->isLValueReferenceType())
      lose(args[i].place);
  }
  if (auto* method = dyn_cast<CXXMethodDecl>(callee);
      method && self && !method->isConst() && !method->isStatic() && !isa<CXXConstructorDecl>(method))
    lose(self);
}

namespace {
/// The closure that a lambda's body runs with: the object itself, or what it holds of a base.
Object* closureOf(Object* o, const CXXRecordDecl* lambdaClass) {
  if (!o || o->kind == Object::Kind::Closure) return o;
  for (const Object::Field& f : o->fields) {
    Object* part = f.decl || !f.name.empty() ? nullptr : asObject(f.cell->value());
    if (part && part->record && part->record->getCanonicalDecl() == lambdaClass->getCanonicalDecl()) return part;
  }
  return nullptr;
}
} // namespace

Result Evaluator::callUser(const FunctionDecl* callee, Cell* self, llvm::ArrayRef<Arg> args, clang::SourceRange at) {
  const FunctionDecl* body = definitionOf(callee, at);
  if (!body) {
    auto* method = dyn_cast<CXXMethodDecl>(callee);
    WhyRef reason = why(at, method && method->isPureVirtual()
                                ? callee->getQualifiedNameAsString() + " is pure virtual and the object's class is not known"
                                : callee->getQualifiedNameAsString() + " is declared but not defined in the files that were read");
    forget(callee, self, args, reason);
    return unknown(at, reason->sentence);
  }
  entered_.insert(body->getCanonicalDecl());
  std::vector<Arg> all(args.begin(), args.end());
  fillDefaults(callee, all);

  DepthScope depth(*this, at);
  FrameScope scope(*this, body, at);
  Frame& f = frame();
  f.self = self;
  if (auto* method = dyn_cast<CXXMethodDecl>(callee); method && method->getParent()->isLambda() && self) {
    f.closure = closureOf(asObject(self->value()), method->getParent());
    bindCaptures(method->getParent());
  }
  for (unsigned i = 0; i < body->getNumParams(); ++i) {
    const ParmVarDecl* parameter = body->getParamDecl(i);
    if (i >= all.size()) {
      f.variables[parameter] = heap.cell(open(at, "the argument " + parameter->getNameAsString() + " is missing"));
      continue;
    }
    // A reference names the caller's place; a value has been copied by the argument's own expression already, unless a model made the call.
    bool byReference = parameter->getType()->isReferenceType();
    f.variables[parameter] =
        byReference || (all[i].expr && !all[i].expr->isGLValue()) ? all[i].place : heap.cell(heap.copy(all[i].value()));
  }

  Object* module = self && isa<CXXMethodDecl>(callee) ? object(self->value()) : nullptr;
  auto run = [&]() -> Result {
    const Outcome outcome = execute(body->getBody());
    if (outcome == Outcome::Goto) return unknown(at, "a jump into a nested block is not followed");
    if (outcome == Outcome::Normal && !body->getReturnType()->isVoidType() && !isa<CXXConstructorDecl, CXXDestructorDecl>(body))
      return unknown(at, body->getQualifiedNameAsString() + " was not read as far as to what it returns");
    return std::move(frame().result);
  };
  if (module && module->module && !isa<CXXConstructorDecl>(callee)) {
    if (openRuns_.empty() && !constructing_) {
      RunScope outermost(*this, module, callee, all, at);
      ModuleScope inside(*this, module);
      return run();
    }
    ModuleScope inside(*this, module);
    return run();
  }
  return run();
}

void Evaluator::bindCaptures(const CXXRecordDecl* lambdaClass) {
  Frame& f = frame();
  if (!f.closure) return;
  auto field = f.closure->fields.begin();
  if (f.closure->kind != Object::Kind::Closure && !lambdaClass->field_empty()) // a class that inherits from lambdas: those of this one
    field = std::find_if(field, f.closure->fields.end(),
                         [&](const Object::Field& have) { return have.decl == lambdaClass->field_begin()->getCanonicalDecl(); });
  for (const LambdaCapture& capture : lambdaClass->captures()) {
    if (field == f.closure->fields.end()) return;
    Cell* cell = field->cell;
    if (capture.capturesThis()) {
      auto* p = as<Pointer>(cell->value());
      f.self = p ? p->target : cell;
    } else if (capture.capturesVariable()) {
      if (auto* var = dyn_cast<VarDecl>(capture.getCapturedVar())) f.variables[var] = cell;
    }
    ++field;
  }
}

const FunctionDecl* Evaluator::definitionOf(const FunctionDecl* callee, clang::SourceRange at) {
  const FunctionDecl* definition = nullptr;
  if (callee->hasBody(definition) && !definition->hasSkippedBody() && definition->getBody()) return definition;
  // Inside std::make_shared the compiler would have instantiated it; library bodies are skipped, so it is asked for here.
  if (callee->getTemplateInstantiationPattern() || callee->isDefaulted()) {
    auto* f = const_cast<FunctionDecl*>(callee);
    sema.InstantiateFunctionDefinition(at.getBegin(), f, /*Recursive=*/false, /*DefinitionRequired=*/false);
    if (callee->hasBody(definition) && definition->getBody()) return definition;
  }
  return nullptr;
}

Result Evaluator::callValue(const Value& callable, llvm::ArrayRef<Arg> args, clang::SourceRange at) {
  if (isOpen(callable)) return unknown(at, "what is called here is not known", reason(callable));
  if (auto* f = as<Function>(callable)) {
    if (!f->decl) raise(at, "std::bad_function_call: an empty std::function is called");
    auto* method = dyn_cast<CXXMethodDecl>(f->decl);
    if (method && !method->isStatic() && !f->self && !args.empty()) { // a member function bound to its first argument
      Cell* self = args[0].place;
      if (auto* p = as<Pointer>(self->value()); p && p->target) self = p->target;
      return call(dynamicTarget(method, self->value(), false), self, args.drop_front(), at);
    }
    return call(f->decl, f->self, args, at);
  }
  if (auto* p = as<Pointer>(callable); p && p->isNull()) raise(at, "a null function pointer or an empty module is called");
  Object* o = object(callable);
  if (!o) return unknown(at, "what is called here is not followed");
  if (!o->type.isNull() && o->type->isMemberPointerType() && !o->fields.empty() && !args.empty()) // std::invoke(&Class::field, object)
    if (Object* of = object(args[0].value())) return fieldCell(*of, o->fields[0].decl);
  if (o->kind == Object::Kind::Closure || (o->kind == Object::Kind::Record && !o->module)) {
    if (auto r = callMember(o->home, "operator()", args, at)) return *r;
  }
  if (o->kind == Object::Kind::Bound && !o->items.empty()) {
    std::vector<Arg> all;
    std::size_t next = 0;
    for (std::size_t i = 1; i < o->items.size(); ++i) {
      auto* t = as<Text>(o->items[i]->value()); // a placeholder of std::bind: "_1"
      if (t && t->str().size() == 2 && t->str()[0] == '_' && std::isdigit(t->str()[1])) {
        std::size_t which = static_cast<std::size_t>(t->str()[1] - '1');
        if (which < args.size()) all.push_back(args[which]);
        next = std::max(next, which + 1);
      } else {
        all.push_back(Arg{nullptr, o->items[i], {}});
      }
    }
    if (o->sorted) all.insert(all.begin(), args.begin(), args.end()); // nn::Functional: its input comes first
    return callValue(o->items[0]->value(), all, at);
  }
  if (o->module)
    if (auto r = callMember(o->home, "forward", args, at)) return *r;
  return unknown(at, "an object of the class " + o->type.getAsString() + " is called, which is not followed");
}

} // namespace cobra::interp
