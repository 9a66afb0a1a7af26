// C++ overload resolution by Clang itself, for calls that a template of a library makes on the program's behalf: std::make_shared<T>(...),
// module holders, Sequential::push_back, AnyModule. Nothing is emitted: resolution runs in an unevaluated context.
#include "analyzer/interp/evaluator.h"

#include "clang/Sema/EnterExpressionEvaluationContext.h"
#include "clang/Sema/Initialization.h"
#include "clang/Sema/Lookup.h"
#include "clang/Sema/Overload.h"
#include "clang/Sema/Sema.h"

namespace cobra::interp {

using namespace clang;

namespace {
/// The type an argument has for overload resolution; null if it has none that is known.
QualType typeOf(Evaluator& ev, const Arg& a) {
  if (a.expr) return a.expr->getType().getNonReferenceType();
  if (!a.type.isNull()) return a.type.getNonReferenceType();
  if (as<std::int64_t>(a.value())) return ev.context.getIntTypeForBitwidth(64, true);
  if (as<double>(a.value())) return ev.context.DoubleTy;
  if (as<TensorHandle>(a.value())) return ev.tensorType();
  if (as<Text>(a.value()))
    for (NamedDecl* ns : ev.context.getTranslationUnitDecl()->lookup(&ev.context.Idents.get("std")))
      if (auto* std = dyn_cast<NamespaceDecl>(ns))
        for (NamedDecl* d : std->lookup(&ev.context.Idents.get("string")))
          if (auto* name = dyn_cast<TypedefNameDecl>(d)) return name->getUnderlyingType();
  if (Object* o = asObject(a.value())) return o->type;
  return {};
}

struct Opaques {
  std::vector<Expr*> exprs;
  bool complete = true;
  bool allOpaque = true; // none keeps its own expression

  /// `named`: arguments that a library hands on are lvalues, as elements of a container are.
  Opaques(Evaluator& ev, llvm::ArrayRef<Arg> args, clang::SourceLocation loc, bool named = false) {
    for (const Arg& a : args) {
      QualType type = typeOf(ev, a);
      if (type.isNull() || type->isDependentType() || type->isVoidType()) {
        complete = false;
        return;
      }
      // Lists and functions keep their own expression: no opaque value can stand for them.
      if (a.expr && (isa<InitListExpr>(a.expr->IgnoreParens()) || type->isFunctionType())) {
        exprs.push_back(const_cast<Expr*>(a.expr));
        allOpaque = false;
        continue;
      }
      ExprValueKind kind = a.expr && a.expr->isLValue() ? VK_LValue : VK_XValue;
      if (!type->isRecordType() && !type->isArrayType() && !(a.expr && a.expr->isLValue())) kind = VK_PRValue;
      if (!a.expr && named) kind = VK_LValue;
      auto* opaque = new (ev.context) OpaqueValueExpr(loc, type, kind);
      // `0` and `nullptr` convert to more than a variable of their type does.
      if (a.expr && !a.expr->isLValue() && isa<IntegerLiteral, CXXNullPtrLiteralExpr>(a.expr->IgnoreParenImpCasts())) {
        exprs.push_back(const_cast<Expr*>(a.expr));
        allOpaque = false;
        continue;
      }
      ev.frame().opaque[opaque] = a.place;
      exprs.push_back(opaque);
    }
  }
};
} // namespace

namespace {
/// Of a library's container of modules, the constructor that takes anything. For modules nothing fits better: Clang would try to make
/// lists and dictionaries of them first, and read half of the headers for it.
const CXXConstructorDecl* takesModules(Evaluator& ev, const CXXRecordDecl* record, llvm::ArrayRef<Arg> args) {
  if (args.empty() || !record->hasDefinition() || !ev.isLibrary(record) || !ev.isModule(record)) return nullptr;
  for (const Arg& a : args) {
    Object* o = ev.object(a.value());
    const bool itself = o && o->record && args.size() == 1 && ev.isOrDerivesFrom(o->record, ev.library.nameOf(record));
    if (!o || !o->module || itself) return nullptr;
  }
  for (const Decl* d : record->getDefinition()->decls())
    if (const auto* any = dyn_cast<FunctionTemplateDecl>(d))
      if (const auto* ctor = dyn_cast<CXXConstructorDecl>(any->getTemplatedDecl());
          ctor && ctor->getNumParams() == 1 && ctor->getParamDecl(0)->isParameterPack())
        return ctor;
  return nullptr;
}
} // namespace

namespace {
/// Clang marks the copy constructors that hand over arguments as used, and for that works out whether they may throw: of a layer's options
/// it would read every class inside from the precompiled header. Nothing here asks, so it is settled before.
void settleExceptions(Evaluator& ev, const InitializationSequence& sequence) {
  for (const InitializationSequence::Step& step : sequence.steps()) {
    if (step.Kind != InitializationSequence::SK_ConstructorInitialization) continue;
    for (const ParmVarDecl* parameter : step.Function.Function->parameters()) {
      CXXRecordDecl* record = parameter->getType()->getAsCXXRecordDecl();
      if (!record || !record->hasDefinition() || !ev.isLibrary(record)) continue;
      for (NamedDecl* d : ev.sema.LookupConstructors(record->getDefinition()))
        if (auto* ctor = dyn_cast<CXXConstructorDecl>(d); ctor && ctor->isCopyOrMoveConstructor())
          if (const auto* type = ctor->getType()->getAs<FunctionProtoType>(); type && type->getExceptionSpecType() == EST_Unevaluated)
            ev.sema.UpdateExceptionSpec(ctor, FunctionProtoType::ExceptionSpecInfo(EST_None));
    }
  }
}
} // namespace

QualType Evaluator::tensorType() {
  if (!tensorType_.isNull()) return tensorType_;
  for (NamedDecl* ns : context.getTranslationUnitDecl()->lookup(&context.Idents.get("at")))
    if (auto* at = dyn_cast<NamespaceDecl>(ns))
      for (NamedDecl* d : at->lookup(&context.Idents.get("Tensor")))
        if (auto* record = dyn_cast<CXXRecordDecl>(d)) return tensorType_ = context.getRecordType(record);
  return {};
}

Value Evaluator::construct(QualType type, llvm::ArrayRef<Arg> args, clang::SourceRange at) {
  type = type.getNonReferenceType().getUnqualifiedType();
  const CXXRecordDecl* record = type->getAsCXXRecordDecl();
  if (!record) {
    if (args.empty()) return type->isRealFloatingType() ? Value(0.0) : type->isAnyPointerType() ? Value(Pointer{}) : Value(std::int64_t{0});
    if (type->isArithmeticType()) return convertArithmetic(args[0].value(), args[0].type, type, at);
    return args[0].value();
  }
  if (frames_.empty()) frames_.push_back(std::make_unique<Frame>());
  // Without arguments there is nothing to resolve where a constructor takes none: templates lose to it.
  if (args.empty() && record->hasDefinition() && isModule(record))
    for (const CXXConstructorDecl* ctor : record->getDefinition()->ctors())
      if (ctor->getNumParams() == 0 && !ctor->isDeleted() && !ctor->isImplicit()) {
        Value made = constructWith(ctor, type, {}, at);
        if (Object* o = asObject(made); o && o->module) o->module->builtAt = at;
        return made;
      }
  if (const CXXConstructorDecl* ctor = takesModules(*this, record, args)) {
    Value made = constructWith(ctor, type, args, at);
    if (Object* o = asObject(made); o && o->module) o->module->builtAt = at;
    return made;
  }
  clang::SourceLocation loc = at.getBegin();
  if (loc.isInvalid()) loc = record->getLocation();
  Opaques opaques(*this, args, loc);
  if (opaques.complete) {
    std::vector<std::uintptr_t> key;
    if (opaques.allOpaque) {
      key = {loc.getRawEncoding(), reinterpret_cast<std::uintptr_t>(context.getCanonicalType(type).getAsOpaquePtr())};
      for (const Expr* e : opaques.exprs) {
        key.push_back(reinterpret_cast<std::uintptr_t>(e->getType().getAsOpaquePtr()));
        key.push_back(e->getValueKind());
      }
      if (auto known = resolved_.find(key); known != resolved_.end()) {
        const Resolved resolved = known->second; // what is built may build more
        for (std::size_t i = 0; i < resolved.arguments.size(); ++i) frame().opaque[resolved.arguments[i]] = args[i].place;
        return constructed(resolved.made, at);
      }
    }
    EnterExpressionEvaluationContext unevaluated(sema, Sema::ExpressionEvaluationContext::Unevaluated);
    Sema::SFINAETrap quiet(sema, /*AccessCheckingSFINAE=*/false);
    InitializedEntity entity = InitializedEntity::InitializeTemporary(type);
    InitializationKind kind =
        args.empty() ? InitializationKind::CreateValue(loc, loc, loc) : InitializationKind::CreateDirect(loc, loc, loc);
    if (sema.isCompleteType(loc, type)) {
      InitializationSequence sequence(sema, entity, kind, opaques.exprs);
      if (!sequence.Failed()) {
        settleExceptions(*this, sequence);
        ExprResult made = sequence.Perform(sema, entity, kind, opaques.exprs);
        if (made.isUsable() && !made.get()->containsErrors()) {
          if (opaques.allOpaque) resolved_[key] = {made.get(), {opaques.exprs.begin(), opaques.exprs.end()}};
          return constructed(made.get(), at);
        }
      } else if (record->isAggregate() && !isLibrary(record)) {
        return aggregate(type, args, at);
      }
    }
  }
  // Without types: the only constructor that takes so many arguments.
  if (record->hasDefinition()) {
    const CXXConstructorDecl* only = nullptr;
    unsigned fits = 0;
    for (const CXXConstructorDecl* ctor : record->getDefinition()->ctors())
      if (!ctor->isCopyOrMoveConstructor() && ctor->getMinRequiredArguments() <= args.size() && args.size() <= ctor->getNumParams())
        only = ctor, ++fits;
    if (fits == 1) return constructWith(only, type, args, at);
  }
  return unknown(at, "no constructor of " + library.nameOf(record) + " takes these arguments");
}

std::optional<Value> Evaluator::callBinary(BinaryOperatorKind op, const Arg& a, const Arg& b, clang::SourceRange at) {
  Object *left = asObject(a.value()), *right = asObject(b.value());
  const CXXRecordDecl* record = left && left->record ? left->record : right ? right->record : nullptr;
  if (!record) return std::nullopt;
  clang::SourceLocation loc = at.isValid() ? at.getBegin() : record->getLocation();
  Opaques opaques(*this, {a, b}, loc);
  if (!opaques.complete) return std::nullopt;
  Expr* made = nullptr;
  {
    EnterExpressionEvaluationContext unevaluated(sema, Sema::ExpressionEvaluationContext::Unevaluated);
    Sema::SFINAETrap quiet(sema, /*AccessCheckingSFINAE=*/false);
    ExprResult found = sema.BuildBinOp(nullptr, loc, op, opaques.exprs[0], opaques.exprs[1]);
    if (!found.isUsable() || found.get()->containsErrors() || found.get()->isTypeDependent()) return std::nullopt;
    made = found.get();
  }
  return value(made);
}

/// Evaluates what resolution made; the place of construction is where the program asked for it.
Value Evaluator::constructed(const Expr* e, clang::SourceRange at) {
  Value v = value(e);
  if (Object* o = asObject(v); o && o->module) o->module->builtAt = at;
  return v;
}

std::optional<Result> Evaluator::callMember(Cell* self, llvm::StringRef name, llvm::ArrayRef<Arg> args, clang::SourceRange at) {
  Object* o = object(self->value());
  if (!o || !o->record || !o->record->hasDefinition()) return std::nullopt;
  auto* record = const_cast<CXXRecordDecl*>(o->record->getDefinition());
  DeclarationName declName =
      name == "operator()" ? context.DeclarationNames.getCXXOperatorName(OO_Call) : DeclarationName(&context.Idents.get(name));
  clang::SourceLocation loc = at.getBegin().isValid() ? at.getBegin() : record->getLocation();
  LookupResult found(sema, declName, loc, Sema::LookupMemberName);
  found.suppressDiagnostics();
  if (!sema.LookupQualifiedName(found, record)) return std::nullopt;

  std::vector<CXXMethodDecl*> plain;
  bool templates = false;
  for (NamedDecl* d : found) {
    if (isa<FunctionTemplateDecl>(d->getUnderlyingDecl())) templates = true;
    if (auto* m = dyn_cast<CXXMethodDecl>(d->getUnderlyingDecl());
        m && m->getMinRequiredArguments() <= args.size() && (args.size() <= m->getNumParams() || m->isVariadic()))
      plain.push_back(m);
  }
  Cell* home = o->home ? o->home : self;
  if (!templates && plain.size() == 1) return call(dynamicTarget(plain[0], home->value(), false), home, args, at);

  for (bool named : {false, true}) {
    Opaques opaques(*this, args, loc, named);
    if (!opaques.complete) break;
    EnterExpressionEvaluationContext unevaluated(sema, Sema::ExpressionEvaluationContext::Unevaluated);
    Sema::SFINAETrap quiet(sema, /*AccessCheckingSFINAE=*/false);
    OverloadCandidateSet candidates(loc, OverloadCandidateSet::CSK_Normal);
    for (auto it = found.begin(); it != found.end(); ++it)
      sema.AddMethodCandidate(it.getPair(), context.getRecordType(record), Expr::Classification::makeSimpleLValue(), opaques.exprs,
                              candidates);
    OverloadCandidateSet::iterator best;
    if (candidates.BestViableFunction(sema, loc, best) == OR_Success)
      if (auto* m = dyn_cast<CXXMethodDecl>(best->Function)) return call(dynamicTarget(m, home->value(), false), home, args, at);
  }
  if (!plain.empty()) return call(dynamicTarget(plain[0], home->value(), false), home, args, at);
  return unknown(at, "no member " + name.str() + " of " + library.nameOf(record) + " takes these arguments");
}

Result Evaluator::callModule(Object* module, llvm::ArrayRef<Arg> args, clang::SourceRange at) {
  if (auto r = callMember(module->home, "forward", args, at)) return *r;
  return unknown(at, library.nameOf(module->record) + " has no forward");
}

} // namespace cobra::interp
