// Expressions: which construct goes where, literals, names.
#include "analyzer/interp/evaluator.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/Sema/Sema.h"

namespace cobra::interp {

using namespace clang;

namespace {
/// An array that is initialized by {}: its numbers are zero, however deep.
void zeroNumbers(Evaluator& ev, const Object& array, QualType element) {
  for (Cell* item : array.items)
    if (Object* inner = asObject(item->value()))
      zeroNumbers(ev, *inner, element);
    else if (isNothing(item->value()) && element->isArithmeticType())
      ev.heap.write(item, element->isRealFloatingType() ? Value(0.0) : Value(std::int64_t{0}));
    else if (isNothing(item->value()) && element->isAnyPointerType())
      ev.heap.write(item, Pointer{});
}
} // namespace

Value Evaluator::value(const Expr* e) {
  Result r = result(e);
  return r.place ? r.place->value() : std::move(r.value);
}

Cell* Evaluator::place(const Expr* e) {
  Result r = result(e);
  return r.place ? r.place : heap.cell(std::move(r.value));
}

Result Evaluator::result(const Expr* e) {
  meter.step();
  return dispatch(e);
}

Result Evaluator::dispatch(const Expr* e) {
  switch (e->getStmtClass()) {
  // Wrappers that mean what they hold.
  case Stmt::ParenExprClass: return result(cast<ParenExpr>(e)->getSubExpr());
  case Stmt::ExprWithCleanupsClass: return result(cast<ExprWithCleanups>(e)->getSubExpr());
  case Stmt::ConstantExprClass: return result(cast<ConstantExpr>(e)->getSubExpr());
  case Stmt::CXXBindTemporaryExprClass: return result(cast<CXXBindTemporaryExpr>(e)->getSubExpr());
  case Stmt::SubstNonTypeTemplateParmExprClass: return result(cast<SubstNonTypeTemplateParmExpr>(e)->getReplacement());
  case Stmt::GenericSelectionExprClass: return result(cast<GenericSelectionExpr>(e)->getResultExpr());
  case Stmt::ChooseExprClass: return result(cast<ChooseExpr>(e)->getChosenSubExpr());
  case Stmt::CXXRewrittenBinaryOperatorClass: return result(cast<CXXRewrittenBinaryOperator>(e)->getSemanticForm());
  case Stmt::CXXDefaultArgExprClass: {
    auto* d = cast<CXXDefaultArgExpr>(e);
    if (!d->getParam()->hasInit() || d->getParam()->hasUninstantiatedDefaultArg() || !d->getExpr())
      return unknown(e->getSourceRange(), "a default argument was not compiled");
    return result(d->getExpr());
  }
  case Stmt::CXXDefaultInitExprClass: {
    auto* d = cast<CXXDefaultInitExpr>(e);
    if (!d->getExpr()) return unknown(e->getSourceRange(), "a default member initializer was not compiled");
    return result(d->getExpr());
  }
  case Stmt::MaterializeTemporaryExprClass: {
    Result r = result(cast<MaterializeTemporaryExpr>(e)->getSubExpr());
    if (r.place) return r;
    if (Object* o = asObject(r.value); o && o->home && asObject(o->home->value()) == o) return o->home;
    return heap.cell(std::move(r.value));
  }
  case Stmt::CXXStdInitializerListExprClass: return value(cast<CXXStdInitializerListExpr>(e)->getSubExpr());

  // Literals.
  case Stmt::IntegerLiteralClass:
    return Value(cast<IntegerLiteral>(e)->getValue().getLimitedValue() == UINT64_MAX
                     ? std::int64_t{-1}
                     : static_cast<std::int64_t>(cast<IntegerLiteral>(e)->getValue().getZExtValue()));
  case Stmt::FloatingLiteralClass: return Value(cast<FloatingLiteral>(e)->getValueAsApproximateDouble());
  case Stmt::CXXBoolLiteralExprClass: return Value(std::int64_t{cast<CXXBoolLiteralExpr>(e)->getValue()});
  case Stmt::CharacterLiteralClass: return Value(static_cast<std::int64_t>(cast<CharacterLiteral>(e)->getValue()));
  case Stmt::StringLiteralClass: {
    auto* s = cast<StringLiteral>(e);
    return Value(Text(s->getCharByteWidth() == 1 ? s->getString().str() : std::string()));
  }
  case Stmt::PredefinedExprClass: return result(cast<PredefinedExpr>(e)->getFunctionName());
  case Stmt::CXXNullPtrLiteralExprClass:
  case Stmt::GNUNullExprClass: return Value(Pointer{});
  case Stmt::ImplicitValueInitExprClass:
  case Stmt::CXXScalarValueInitExprClass: {
    QualType type = e->getType();
    if (type->isRealFloatingType()) return Value(0.0);
    if (type->isIntegralOrEnumerationType()) return Value(std::int64_t{0});
    if (type->isAnyPointerType() || type->isNullPtrType()) return Value(Pointer{});
    Value made = defaultValue(type, e->getSourceRange());
    if (Object* o = asObject(made); o && type->isConstantArrayType()) zeroNumbers(*this, *o, context.getBaseElementType(type));
    return made;
  }

  // Names and parts.
  case Stmt::DeclRefExprClass: return declRef(cast<DeclRefExpr>(e));
  case Stmt::MemberExprClass: return member(cast<MemberExpr>(e));
  case Stmt::ArraySubscriptExprClass: return subscript(cast<ArraySubscriptExpr>(e));
  case Stmt::CXXThisExprClass:
    return frame().self ? Value(Pointer{frame().self, nullptr, 0}) : unknown(e->getSourceRange(), "`this` is not known here");
  case Stmt::OpaqueValueExprClass: {
    if (auto found = frame().opaque.find(e); found != frame().opaque.end()) {
      if (e->isGLValue()) return found->second;
      return found->second->value();
    }
    auto* source = cast<OpaqueValueExpr>(e)->getSourceExpr();
    return source ? result(source) : Result(unknown(e->getSourceRange(), "an intermediate value is not followed"));
  }

  // Operators, casts, calls.
  case Stmt::UnaryOperatorClass: return unary(cast<UnaryOperator>(e));
  case Stmt::BinaryOperatorClass:
  case Stmt::CompoundAssignOperatorClass: return binary(cast<BinaryOperator>(e));
  case Stmt::ConditionalOperatorClass:
  case Stmt::BinaryConditionalOperatorClass: return conditional(cast<AbstractConditionalOperator>(e));
  case Stmt::ImplicitCastExprClass:
  case Stmt::CStyleCastExprClass:
  case Stmt::CXXFunctionalCastExprClass:
  case Stmt::CXXStaticCastExprClass:
  case Stmt::CXXReinterpretCastExprClass:
  case Stmt::CXXConstCastExprClass:
  case Stmt::BuiltinBitCastExprClass: return castExpr(cast<CastExpr>(e));
  case Stmt::CXXDynamicCastExprClass: return dynamicCast(cast<CastExpr>(e));
  case Stmt::CallExprClass:
  case Stmt::UserDefinedLiteralClass:
  case Stmt::CUDAKernelCallExprClass: return callExpr(cast<CallExpr>(e));
  case Stmt::CXXMemberCallExprClass: return memberCall(cast<CXXMemberCallExpr>(e));
  case Stmt::CXXOperatorCallExprClass: return operatorCall(cast<CXXOperatorCallExpr>(e));
  case Stmt::CXXConstructExprClass:
  case Stmt::CXXTemporaryObjectExprClass: return constructExpr(cast<CXXConstructExpr>(e));
  case Stmt::InitListExprClass: return initList(cast<InitListExpr>(e));
  case Stmt::CXXParenListInitExprClass: {
    auto* list = cast<CXXParenListInitExpr>(e);
    std::vector<Arg> args;
    for (const Expr* init : list->getInitExprs()) args.push_back(argumentOf(init));
    return aggregate(e->getType(), args, e->getSourceRange());
  }
  case Stmt::LambdaExprClass: return lambda(cast<LambdaExpr>(e));
  case Stmt::CXXNewExprClass: return newExpr(cast<CXXNewExpr>(e));
  case Stmt::CXXDeleteExprClass: value(cast<CXXDeleteExpr>(e)->getArgument()); return Value(Nothing{});
  case Stmt::CXXPseudoDestructorExprClass: return Value(Nothing{});
  case Stmt::CXXThrowExprClass: {
    auto* t = cast<CXXThrowExpr>(e);
    if (!t->getSubExpr()) {
      if (!handled_.empty()) throw Thrown(handled_.back());
      throw Thrown{Nothing{}, {}, why(e->getSourceRange(), "an exception is thrown on")};
    }
    Value thrown = value(t->getSubExpr());
    std::string sentence = "an exception is thrown here";
    if (Object* o = asObject(thrown))
      if (Cell* what = o->field("what"))
        if (auto* message = as<Text>(what->value())) sentence += ": " + message->str();
    auto reason = std::make_shared<Why>(Why{e->getSourceRange(), sentence, nullptr, true});
    throw Thrown{std::move(thrown), t->getSubExpr()->getType().getNonReferenceType().getUnqualifiedType(), reason};
  }
  case Stmt::StmtExprClass: {
    const CompoundStmt* body = cast<StmtExpr>(e)->getSubStmt();
    Value last = Nothing{};
    for (const Stmt* s : body->body()) {
      if (s == body->body_back() && isa<Expr>(s))
        last = value(cast<Expr>(s));
      else
        execute(s);
    }
    return last;
  }
  case Stmt::ArrayInitLoopExprClass: {
    auto* loop = cast<ArrayInitLoopExpr>(e);
    frame().opaque[loop->getCommonExpr()] = place(loop->getCommonExpr()->getSourceExpr());
    std::vector<Value> items;
    frame().loops.push_back(loop);
    frame().loopIndex.push_back(0);
    for (std::uint64_t i = 0, n = loop->getArraySize().getZExtValue(); i < n; ++i) {
      frame().loopIndex.back() = static_cast<std::int64_t>(i);
      items.push_back(value(loop->getSubExpr()));
    }
    frame().loops.pop_back();
    frame().loopIndex.pop_back();
    return Value(heap.sequence(std::move(items), e->getType()));
  }
  case Stmt::ArrayInitIndexExprClass: return Value(frame().loopIndex.empty() ? 0 : frame().loopIndex.back());
  case Stmt::RecoveryExprClass: return unknown(e->getSourceRange(), "this expression does not compile");

  case Stmt::UnaryExprOrTypeTraitExprClass:
  case Stmt::SizeOfPackExprClass:
  case Stmt::TypeTraitExprClass:
  case Stmt::CXXNoexceptExprClass:
  case Stmt::OffsetOfExprClass:
  case Stmt::ConceptSpecializationExprClass:
  case Stmt::RequiresExprClass:
  case Stmt::ArrayTypeTraitExprClass:
  case Stmt::ExpressionTraitExprClass: {
    Result r = constantOf(e);
    if (!isNothing(r.value)) return r;
    break;
  }
  default: break;
  }
  noteUnhandled(e->getStmtClassName());
  return unknown(e->getSourceRange(), std::string("the tool does not read expressions of the kind ") + e->getStmtClassName());
}

Result Evaluator::constantOf(const Expr* e) {
  if (e->isValueDependent() || e->isTypeDependent()) return Value(Nothing{});
  Expr::EvalResult out;
  if (!e->EvaluateAsRValue(out, context)) return Value(Nothing{});
  if (out.Val.isInt()) return Value(out.Val.getInt().getExtValue());
  if (out.Val.isFloat()) {
    llvm::APFloat f = out.Val.getFloat();
    bool lost = false;
    f.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &lost);
    return Value(f.convertToDouble());
  }
  return Value(Nothing{});
}

namespace {
/// A structured binding that the running lambda has captured.
Cell* capturedBinding(const Frame& frame, const BindingDecl* binding) {
  if (!frame.closure || !frame.closure->record) return nullptr;
  auto field = frame.closure->fields.begin();
  for (const LambdaCapture& capture : frame.closure->record->captures()) {
    if (field == frame.closure->fields.end()) return nullptr;
    if (capture.capturesVariable() && capture.getCapturedVar() == binding) return field->cell;
    ++field;
  }
  return nullptr;
}
} // namespace

Result Evaluator::declRef(const DeclRefExpr* e) {
  const ValueDecl* d = e->getDecl();
  if (auto* constant = dyn_cast<EnumConstantDecl>(d)) return Value(constant->getInitVal().getExtValue());
  if (auto* function = dyn_cast<FunctionDecl>(d)) return Value(Function{function, nullptr});
  if (auto* var = dyn_cast<VarDecl>(d)) {
    if (Cell* c = variable(var, e->getSourceRange())) return c;
    return unknown(e->getSourceRange(), "the variable " + var->getNameAsString() + " is not known here");
  }
  if (auto* binding = dyn_cast<BindingDecl>(d)) {
    if (Cell* captured = capturedBinding(frame(), binding)) return captured;
    if (const VarDecl* holder = binding->getHoldingVar()) {
      if (auto it = frame().variables.find(holder); it != frame().variables.end()) return it->second;
      if (Cell* c = variable(holder, e->getSourceRange())) return c;
    } else if (binding->getBinding()) {
      return result(binding->getBinding());
    }
  }
  if (auto* parameter = dyn_cast<NonTypeTemplateParmDecl>(d))
    return unknown(e->getSourceRange(), "the template parameter " + parameter->getNameAsString() + " has no value here");
  if (isa<FieldDecl>(d)) return Value(Nothing{}); // &Class::member
  noteUnhandled(d->getDeclKindName());
  return unknown(e->getSourceRange(), "the name " + d->getNameAsString() + " is not followed");
}

Cell* Evaluator::variable(const VarDecl* var, clang::SourceRange at) {
  const VarDecl* key = var->getCanonicalDecl();
  for (const VarDecl* v : {var, key})
    if (auto it = frame().variables.find(v); it != frame().variables.end()) return it->second;
  if (auto it = globals_.find(key); it != globals_.end()) return it->second;
  if (var->hasLocalStorage()) {
    // A local of an enclosing function seen from a local class or a lambda that does not capture it: constants only.
    const Expr* init = var->getAnyInitializer();
    Result r = init ? constantOf(init) : Result(Value(Nothing{}));
    return isNothing(r.value) ? nullptr : heap.cell(r.value);
  }

  if (isLibrary(var)) {
    Cell* c = nullptr;
    if (Handler handler = library.findVariable(var)) {
      LibraryCall call;
      call.at = at;
      call.resultType = var->getType();
      call.name = library.nameOf(var);
      c = heap.cell(handler(*this, call).value);
    } else if (const Expr* init = var->getAnyInitializer()) {
      Result r = constantOf(init);
      c = heap.cell(isNothing(r.value) ? value(init) : r.value);
    } else {
      c = heap.cell(open(at, "the library variable " + library.nameOf(var) + " is not modelled"));
    }
    return globals_[key] = c;
  }

  if (const VarDecl* pattern = var->getTemplateInstantiationPattern(); pattern && !var->getAnyInitializer())
    sema.InstantiateVariableDefinition(at.getBegin(), const_cast<VarDecl*>(var));
  Cell* c = heap.cell();
  globals_[key] = c;
  const Expr* init = var->getAnyInitializer();
  if (!init) {
    if (var->hasExternalStorage() && !var->getDefinition())
      heap.write(c, open(at, "the variable " + var->getNameAsString() + " is defined in another file"));
    else
      heap.write(c, defaultValue(var->getType(), at));
    return c;
  }
  // Globals are initialized before main: nothing of the running function is visible to them. Static locals see it.
  struct Outside {
    Evaluator& ev;
    bool entered;
    Outside(Evaluator& ev, bool enter) : ev(ev), entered(enter) {
      if (enter) ev.frames_.push_back(std::make_unique<Frame>());
    }
    ~Outside() {
      if (entered) ev.frames_.pop_back();
    }
  } outside(*this, !var->isStaticLocal());
  if (var->getType()->isReferenceType()) return globals_[key] = place(init);
  heap.write(c, initial(init, var->getType()));
  return c;
}

std::optional<bool> Evaluator::condition(const Expr* e, WhyRef& reasonOut) {
  Value v = value(e);
  if (auto* i = as<std::int64_t>(v)) return *i != 0;
  if (auto* d = as<double>(v)) return *d != 0;
  if (auto* p = as<Pointer>(v)) return !p->isNull();
  if (as<NullOpt>(v)) return false;
  if (auto* f = as<Function>(v)) return f->decl != nullptr;
  if (asObject(v)) return true;
  reasonOut = reason(v);
  if (!reasonOut) reasonOut = why(e->getSourceRange(), "the condition is not known");
  return std::nullopt;
}

} // namespace cobra::interp
