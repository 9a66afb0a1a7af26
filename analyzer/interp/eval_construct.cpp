// Objects come into being: constructors, initializer lists, new, lambdas.
#include "analyzer/interp/evaluator.h"
#include "analyzer/interp/moves.h"
#include "analyzer/interp/plain_struct.h"
#include "analyzer/interp/scopes.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/Sema/Sema.h"
#include "clang/Sema/Template.h"

namespace cobra::interp {

using namespace clang;

Value Evaluator::initial(const Expr* init, QualType type) {
  if (!init) return defaultValue(type, {});
  return value(init);
}

namespace {
/// Image buffers and the like: nobody decides anything by the numbers of so large an array, so they are not kept one by one.
Object* largeArray(Heap& heap, std::uint64_t n, QualType element, QualType type, clang::SourceRange at) {
  constexpr std::uint64_t kept = 1 << 16;
  if (n <= kept || !element->isArithmeticType()) return nullptr;
  Object* o = heap.object(Object::Kind::Opaque, type);
  o->lost = why(at, "the elements of an array of " + std::to_string(n) + " numbers are not followed");
  return o;
}
} // namespace

Value Evaluator::defaultValue(QualType type, clang::SourceRange at) {
  type = type.getCanonicalType().getUnqualifiedType();
  if (const auto* array = context.getAsConstantArrayType(type)) {
    std::uint64_t n = array->getSize().getZExtValue();
    if (Object* large = largeArray(heap, n, array->getElementType(), type, at)) return large;
    if (n > meter.limits().elements)
      throw BudgetExhausted{"the budget of " + std::to_string(meter.limits().elements) + " elements of one container is used up"};
    std::vector<Value> items;
    for (std::uint64_t i = 0; i < n; ++i) items.push_back(defaultValue(array->getElementType(), at));
    return heap.sequence(std::move(items), type);
  }
  if (type->isRecordType() && !type->getAsCXXRecordDecl()) return plainStruct(*this, type->getAsRecordDecl(), at); // in C
  if (type->isRecordType()) return construct(type, {}, at);
  return Nothing{};
}

Result Evaluator::constructExpr(const CXXConstructExpr* e) {
  clang::SourceRange at = e->getSourceRange();
  QualType type = e->getType();
  if (const auto* array = context.getAsConstantArrayType(type)) {
    std::vector<Value> items;
    for (std::uint64_t i = 0, n = array->getSize().getZExtValue(); i < n && i < meter.limits().elements; ++i) {
      std::vector<Arg> args = arguments({e->getArgs(), e->getNumArgs()});
      items.push_back(constructWith(e->getConstructor(), array->getElementType(), args, at));
    }
    return Value(heap.sequence(std::move(items), type));
  }
  std::vector<Arg> args = arguments({e->getArgs(), e->getNumArgs()});
  return constructWith(e->getConstructor(), type, args, at);
}

Value Evaluator::constructWith(const CXXConstructorDecl* ctor, QualType type, llvm::ArrayRef<Arg> args, clang::SourceRange at) {
  const CXXRecordDecl* record = ctor->getParent();
  type = type.getUnqualifiedType();
  if (ctor->isCopyOrMoveConstructor() && !args.empty() && (!ctor->isUserProvided() || isLibrary(record))) {
    const Value& from = args[0].value();
    if (isOpen(from)) return from;
    Object* o = asObject(from);
    // A temporary is nobody else's: it becomes the object itself.
    if (o && args[0].expr && isa<MaterializeTemporaryExpr>(args[0].expr->IgnoreParens())) return from;
    if (o && o->kind == Object::Kind::Record && o->record && o->record->getCanonicalDecl() != record->getCanonicalDecl() &&
        isOrDerivesFrom(o->record, library.nameOf(record)))
      return slice(*o, record, type);
    return isMovedFrom(args[0]) && ctor->isMoveConstructor() ? moveOut(args[0].place, type) : heap.copy(from);
  }
  if (isModuleHolder(record) && ctor->isUserProvided() && !ctor->isInheritingConstructor() && !isLibrary(record))
    return constructHolder(ctor, args, at);
  if (isLibrary(record) || isModuleHolder(record)) {
    if (isModule(record)) {
      Object* o = allocate(record, type);
      o->module->builtAt = at;
      constructInto(*o, ctor, args, at);
      return o;
    }
    Handler handler = library.findConstructor(record);
    if (!handler && isPlainStruct(record) && args.empty()) return plainStruct(*this, record, at);
    if (!handler) {
      noteUnknownFunction(library.nameOf(ctor));
      return open(at, "the tool does not model " + library.nameOf(record));
    }
    std::vector<Arg> all(args.begin(), args.end());
    fillDefaults(ctor, all);
    LibraryCall call;
    call.callee = ctor;
    call.at = at;
    call.args = all;
    call.resultType = type;
    call.name = library.nameOf(ctor);
    return handler(*this, call).value;
  }
  Object* o = allocate(record, type);
  if (o->module) o->module->builtAt = at;
  if (o->module && !constructing_) built_.push_back(o);
  constructInto(*o, ctor, args, at);
  return o;
}

/// The base part of an object, copied: `Base b = derived;`.
Value Evaluator::slice(const Object& from, const CXXRecordDecl* to, QualType type) {
  Object* o = allocate(to, type);
  for (Object::Field& f : o->fields)
    for (const Object::Field& g : from.fields)
      if (f.decl == g.decl) heap.write(f.cell, heap.copy(g.cell->value()));
  if (o->module && from.module) *o->module = *from.module;
  return o;
}

/// A holder class with a constructor of its own is worth what that gives its ModuleHolder base.
Value Evaluator::constructHolder(const CXXConstructorDecl* ctor, llvm::ArrayRef<Arg> args, clang::SourceRange at) {
  const FunctionDecl* body = definitionOf(ctor, at);
  auto* definition = dyn_cast_or_null<CXXConstructorDecl>(body);
  if (!definition) return unknown(at, ctor->getQualifiedNameAsString() + " is declared but not defined in the files that were read");
  std::vector<Arg> all(args.begin(), args.end());
  fillDefaults(ctor, all);
  FrameScope scope(*this, definition, at);
  for (unsigned i = 0; i < definition->getNumParams() && i < all.size(); ++i) frame().variables[definition->getParamDecl(i)] = all[i].place;
  for (const CXXCtorInitializer* init : definition->inits())
    if ((init->isBaseInitializer() || init->isDelegatingInitializer()) && init->getInit()) return value(init->getInit());
  return Pointer{};
}

void Evaluator::constructInto(Object& o, const CXXConstructorDecl* ctor, llvm::ArrayRef<Arg> args, clang::SourceRange at) {
  const CXXRecordDecl* record = ctor->getParent();
  std::vector<Arg> all(args.begin(), args.end());
  fillDefaults(ctor, all);
  if (isLibrary(record)) return constructLibraryPart(o, ctor, all, at);

  DepthScope depth(*this, at);
  std::optional<ConstructingScope> constructing;
  if (o.module) constructing.emplace(*this);
  const bool mostDerived = o.record && o.record->getCanonicalDecl() == record->getCanonicalDecl(); // it alone makes virtual bases
  auto initializeField = [&](const FieldDecl* field, const Expr* init) {
    Cell* cell = fieldCell(o, field);
    if (field->getType()->isReferenceType()) {
      Cell* target = place(init);
      for (Object::Field& f : heap.edit(&o).fields)
        if (f.decl == field->getCanonicalDecl()) f.cell = target;
      return;
    }
    heap.write(cell, initial(init, field->getType()));
  };
  auto initializeRest = [&](bool bases) { // what a constructor without a written body does
    if (bases && mostDerived)
      for (const CXXBaseSpecifier& base : record->vbases())
        if (const CXXRecordDecl* b = base.getType()->getAsCXXRecordDecl()) constructDefaultBase(o, b, at);
    if (bases)
      for (const CXXBaseSpecifier& base : record->bases())
        if (const CXXRecordDecl* b = base.getType()->getAsCXXRecordDecl(); b && !base.isVirtual()) constructDefaultBase(o, b, at);
    for (const FieldDecl* f : record->fields()) {
      if (const Expr* init = defaultInitializer(f))
        initializeField(f, init);
      else if (f->getType()->isRecordType() || f->getType()->isArrayType())
        heap.write(fieldCell(o, f), defaultValue(f->getType(), at));
    }
  };

  if (InheritedConstructor inherited = ctor->getInheritedConstructor()) {
    FrameScope scope(*this, ctor, at);
    frame().self = o.home;
    constructInto(o, inherited.getConstructor(), all, at);
    initializeRest(/*bases=*/false);
    return;
  }
  if (ctor->isCopyOrMoveConstructor() && !ctor->isUserProvided() && !all.empty()) {
    if (Object* from = asObject(all[0].value())) {
      for (const Object::Field& f : from->fields)
        heap.write(f.decl ? fieldCell(o, f.decl) : fieldCell(o, f.name), heap.copy(f.cell->value()));
      if (o.module && from->module) *heap.edit(&o).module = *from->module;
    }
    return;
  }
  auto* definition = dyn_cast_or_null<CXXConstructorDecl>(definitionOf(ctor, at));
  if (!definition) {
    FrameScope scope(*this, ctor, at);
    frame().self = o.home;
    if (ctor->isDefaulted() || ctor->isImplicit()) return initializeRest(/*bases=*/true);
    WhyRef reason = why(at, ctor->getQualifiedNameAsString() + " is declared but not defined in the files that were read");
    initializeRest(/*bases=*/true);
    for (const Object::Field& f : o.fields)
      if (isNothing(f.cell->value()) || (as<Pointer>(f.cell->value()) && as<Pointer>(f.cell->value())->isNull()))
        heap.write(f.cell, OpenValue{reason});
    tell(reason);
    return;
  }

  FrameScope scope(*this, definition, at);
  frame().self = o.home;
  for (unsigned i = 0; i < definition->getNumParams(); ++i) {
    const ParmVarDecl* parameter = definition->getParamDecl(i);
    frame().variables[parameter] = i < all.size() ? all[i].place : heap.cell(open(at, "the argument is missing"));
    if (i < all.size() && !parameter->getType()->isReferenceType() && (!all[i].expr || all[i].expr->isGLValue()))
      frame().variables[parameter] = heap.cell(heap.copy(all[i].value()));
  }
  for (const CXXCtorInitializer* init : definition->inits()) {
    const Expr* e = init->getInit();
    if (!e || (init->isBaseVirtual() && !mostDerived)) continue;
    if (init->isAnyMemberInitializer()) {
      initializeField(init->getAnyMember(), e);
      continue;
    }
    const Expr* inner = e->IgnoreImplicit();
    if (auto* construct = dyn_cast<CXXConstructExpr>(inner)) {
      std::vector<Arg> baseArgs = arguments({construct->getArgs(), construct->getNumArgs()});
      constructInto(o, construct->getConstructor(), baseArgs, e->getSourceRange());
    } else if (auto* inheritedInit = dyn_cast<CXXInheritedCtorInitExpr>(inner)) {
      constructInto(o, inheritedInit->getConstructor(), all, at);
    } else if (auto* list = dyn_cast<InitListExpr>(inner)) {
      Value part = value(list);
      absorb(o, part);
    }
  }
  if (definition->getBody()) execute(definition->getBody());
}

void Evaluator::constructDefaultBase(Object& o, const CXXRecordDecl* base, clang::SourceRange at) {
  if (!base->hasDefinition()) return;
  for (const CXXConstructorDecl* ctor : base->getDefinition()->ctors())
    if (ctor->isDefaultConstructor()) return constructInto(o, ctor, {}, at);
  if (isLibrary(base)) return;
  // The implicit default constructor was never needed while parsing, so it is not declared.
  if (CXXConstructorDecl* ctor = sema.LookupDefaultConstructor(const_cast<CXXRecordDecl*>(base->getDefinition())))
    constructInto(o, ctor, {}, at);
}

void Evaluator::constructLibraryPart(Object& o, const CXXConstructorDecl* ctor, llvm::ArrayRef<Arg> args, clang::SourceRange at) {
  const CXXRecordDecl* record = ctor->getParent();
  LibraryCall call;
  call.callee = ctor;
  call.at = at;
  call.self = o.home;
  call.args = args;
  call.resultType = context.getRecordType(record);
  call.name = library.nameOf(ctor);
  if (isModule(record)) {
    if (ModuleInit init = library.findModule(record)) {
      ConstructingScope constructing(*this);
      init(*this, o, call);
    } else if (library.nameOf(record) != "torch::nn::Module" && library.nameOf(record) != "torch::nn::Cloneable") {
      noteUnknownFunction(library.nameOf(ctor));
      unknown(at, "the tool does not model " + library.nameOf(record));
    }
    return;
  }
  if (Handler handler = library.findConstructor(record)) {
    Value part = handler(*this, call).value;
    absorb(o, part);
  }
}

/// An object whose base is a container or another library value takes over its contents.
void Evaluator::absorb(Object& o, const Value& part) {
  Object* from = asObject(part);
  if (!from || from == &o) return;
  Object& to = heap.edit(&o);
  if (from->kind != Object::Kind::Record) {
    to.kind = from->kind;
    to.sorted = from->sorted;
    to.lost = from->lost;
  }
  to.items = from->items;
  for (const Object::Field& f : from->fields) heap.write(f.decl ? fieldCell(to, f.decl) : fieldCell(to, f.name), f.cell->value());
}

const Expr* Evaluator::defaultInitializer(const FieldDecl* field) {
  if (!field->hasInClassInitializer()) return nullptr;
  if (const Expr* init = field->getInClassInitializer()) return init;
  // Of a class template: instantiated on demand, as a constructor's definition would.
  Sema::SFINAETrap quiet(sema, true);
  auto* f = const_cast<FieldDecl*>(field);
  const CXXRecordDecl* record = dyn_cast<CXXRecordDecl>(field->getParent());
  const CXXRecordDecl* pattern = record ? record->getTemplateInstantiationPattern() : nullptr;
  if (!pattern) return nullptr;
  for (NamedDecl* d : const_cast<CXXRecordDecl*>(pattern)->lookup(field->getDeclName()))
    if (auto* p = dyn_cast<FieldDecl>(d)) {
      LocalInstantiationScope scope(sema);
      MultiLevelTemplateArgumentList args = sema.getTemplateInstantiationArgs(f->getParent());
      if (!sema.InstantiateInClassInitializer(field->getLocation(), f, p, args)) return field->getInClassInitializer();
    }
  return nullptr;
}

Result Evaluator::initList(const InitListExpr* e) {
  if (e->isSyntacticForm() && e->getSemanticForm()) e = e->getSemanticForm();
  QualType type = e->getType();
  clang::SourceRange at = e->getSourceRange();
  if (e->isTransparent() || (e->isGLValue() && e->getNumInits() == 1)) return result(e->getInit(0)); // T{a T}, T& r{x}
  if (const auto* array = context.getAsConstantArrayType(type)) {
    std::vector<Value> items;
    for (const Expr* init : e->inits()) items.push_back(initial(init, array->getElementType()));
    std::uint64_t n = array->getSize().getZExtValue();
    if (n > meter.limits().elements)
      throw BudgetExhausted{"the budget of " + std::to_string(meter.limits().elements) + " elements of one container is used up"};
    while (items.size() < n)
      items.push_back(e->hasArrayFiller() ? initial(e->getArrayFiller(), array->getElementType())
                                          : defaultValue(array->getElementType(), at));
    return Value(heap.sequence(std::move(items), type));
  }
  if (type->isRecordType()) {
    std::vector<Arg> args;
    for (const Expr* init : e->inits()) args.push_back(argumentOf(init));
    return aggregate(type, args, at);
  }
  if (e->getNumInits() == 1) return value(e->getInit(0));
  if (type->isRealFloatingType()) return Value(0.0);
  if (type->isIntegralOrEnumerationType()) return Value(std::int64_t{0});
  return Value(Pointer{});
}

Value Evaluator::aggregate(QualType type, llvm::ArrayRef<Arg> args, clang::SourceRange at) {
  const CXXRecordDecl* record = type->getAsCXXRecordDecl();
  if (!record && type->getAsRecordDecl()) return plainAggregate(*this, type->getAsRecordDecl(), args, at); // in C
  if (!record) return unknown(at, "an aggregate of a kind that is not followed is built");
  if (library.nameOf(record) == "std::array") {
    if (!args.empty()) {
      if (Object* o = asObject(args[0].value()); o && o->kind == Object::Kind::Sequence) {
        o->type = type;
        return o;
      }
      std::vector<Value> items;
      for (const Arg& a : args) items.push_back(a.value());
      return heap.sequence(std::move(items), type);
    }
    return construct(type, {}, at);
  }
  Object* o = allocate(record, type.getUnqualifiedType());
  std::size_t next = 0;
  for (const CXXBaseSpecifier& base : record->bases()) {
    if (next >= args.size()) break;
    const Value& part = args[next++].value();
    Object* closure = asObject(part);
    const CXXRecordDecl* lambda = base.getType()->getAsCXXRecordDecl();
    if (!closure || closure->kind != Object::Kind::Closure || !lambda || !lambda->isLambda()) {
      absorb(*o, part);
      continue;
    }
    auto captured = closure->fields.begin(); // in the order of the class's fields
    for (const FieldDecl* f : lambda->fields())
      for (Object::Field& have : o->fields)
        if (have.decl == f->getCanonicalDecl() && captured != closure->fields.end()) have.cell = captured++->cell;
  }
  for (const FieldDecl* f : record->fields()) {
    if (f->isUnnamedBitField()) continue;
    if (next >= args.size()) {
      if (const Expr* init = defaultInitializer(f)) heap.write(fieldCell(*o, f), initial(init, f->getType()));
      continue;
    }
    const Arg& a = args[next++];
    if (f->getType()->isReferenceType()) {
      for (Object::Field& have : o->fields)
        if (have.decl == f->getCanonicalDecl()) have.cell = a.place;
    } else {
      heap.write(fieldCell(*o, f), a.value());
    }
  }
  return o;
}

Result Evaluator::newExpr(const CXXNewExpr* e) {
  QualType type = e->getAllocatedType();
  if (e->isArray()) {
    std::optional<std::int64_t> n = e->getArraySize() ? integer(value(*e->getArraySize())) : std::nullopt;
    if (!n || *n < 0) return open(e->getSourceRange(), "the size of a new array is not known");
    if (Object* large = largeArray(heap, static_cast<std::uint64_t>(*n), type, type, e->getSourceRange()))
      return Value(Pointer{nullptr, large, 0});
    std::vector<Value> items;
    for (std::int64_t i = 0; i < *n; ++i) {
      if (static_cast<std::size_t>(i) >= meter.limits().elements)
        throw BudgetExhausted{"the budget of " + std::to_string(meter.limits().elements) + " elements of one container is used up"};
      items.push_back(defaultValue(type, e->getSourceRange()));
    }
    return Value(Pointer{nullptr, heap.sequence(std::move(items), type), 0});
  }
  Value v = e->getInitializer() ? value(e->getInitializer()) : defaultValue(type, e->getSourceRange());
  if (isOpen(v)) return v;
  Object* o = asObject(v);
  return Value(Pointer{o && o->home ? o->home : heap.cell(std::move(v)), nullptr, 0});
}

Result Evaluator::lambda(const LambdaExpr* e) {
  Object* o = heap.object(Object::Kind::Closure, e->getType());
  o->record = e->getLambdaClass();
  auto init = e->capture_init_begin();
  for (const LambdaCapture& capture : e->captures()) {
    const Expr* from = *init++;
    std::string name = capture.capturesVariable() ? capture.getCapturedVar()->getNameAsString() : "this";
    Cell* cell = nullptr;
    if (capture.capturesThis())
      cell = capture.getCaptureKind() == LCK_StarThis ? heap.cell(heap.copy(frame().self ? frame().self->value() : Value(Nothing{})))
                                                      : heap.cell(Pointer{frame().self, nullptr, 0});
    else if (!from)
      cell = heap.cell();
    else if (capture.getCaptureKind() == LCK_ByRef)
      cell = place(from);
    else
      cell = heap.cell(initial(from, from->getType()));
    o->fields.push_back({nullptr, std::move(name), cell});
  }
  return Value(o);
}

} // namespace cobra::interp
