// Statements: which goes where, declarations, returns, exceptions.
#include "analyzer/interp/evaluator.h"

namespace cobra::interp {

using namespace clang;

Outcome Evaluator::execute(const Stmt* s) {
  if (!s) return Outcome::Normal;
  meter.step();
  switch (s->getStmtClass()) {
  case Stmt::CompoundStmtClass:
    for (const Stmt* child : cast<CompoundStmt>(s)->body()) {
      try {
        if (Outcome o = execute(child); o != Outcome::Normal) return o;
      } catch (BudgetExhausted& stop) { // the innermost statement says where
        if (stop.at.isInvalid()) stop.at = child->getSourceRange();
        throw;
      }
    }
    return Outcome::Normal;
  case Stmt::DeclStmtClass: declare(cast<DeclStmt>(s)); return Outcome::Normal;
  case Stmt::NullStmtClass: return Outcome::Normal;
  case Stmt::ReturnStmtClass: {
    const Expr* e = cast<ReturnStmt>(s)->getRetValue();
    if (e) frame().result = e->isGLValue() ? Result(place(e)) : Result(value(e));
    return Outcome::Return;
  }
  case Stmt::IfStmtClass: return executeIf(cast<IfStmt>(s));
  case Stmt::SwitchStmtClass: return executeSwitch(cast<SwitchStmt>(s));
  case Stmt::CaseStmtClass:
  case Stmt::DefaultStmtClass: return execute(cast<SwitchCase>(s)->getSubStmt());
  case Stmt::ForStmtClass: return executeFor(cast<ForStmt>(s));
  case Stmt::CXXForRangeStmtClass: return executeRangeFor(cast<CXXForRangeStmt>(s));
  case Stmt::WhileStmtClass: return executeWhile(cast<WhileStmt>(s));
  case Stmt::DoStmtClass: return executeDo(cast<DoStmt>(s));
  case Stmt::BreakStmtClass: return Outcome::Break;
  case Stmt::ContinueStmtClass: return Outcome::Continue;
  case Stmt::CXXTryStmtClass: return executeTry(cast<CXXTryStmt>(s));
  case Stmt::AttributedStmtClass: return execute(cast<AttributedStmt>(s)->getSubStmt());
  case Stmt::LabelStmtClass: return execute(cast<LabelStmt>(s)->getSubStmt());
  default: break;
  }
  if (auto* e = dyn_cast<Expr>(s)) {
    result(e);
    return Outcome::Normal;
  }
  noteUnhandled(s->getStmtClassName());
  unknown(s->getSourceRange(), std::string("the tool does not read statements of the kind ") + s->getStmtClassName());
  return Outcome::Normal;
}

void Evaluator::declare(const DeclStmt* s) {
  for (const Decl* d : s->decls()) {
    if (auto* decomposition = dyn_cast<DecompositionDecl>(d))
      bindStructured(decomposition);
    else if (auto* var = dyn_cast<VarDecl>(d))
      declareVariable(var);
  }
}

void Evaluator::declareVariable(const VarDecl* var) {
  if (var->isStaticLocal()) {
    variable(var, var->getSourceRange());
    return;
  }
  if (var->hasExternalStorage()) return;
  const Expr* init = var->getInit();
  if (init && var->getType()->isReferenceType()) {
    frame().variables[var] = place(init);
    return;
  }
  frame().variables[var] = heap.cell(initial(init, var->getType()));
}

void Evaluator::bindStructured(const DecompositionDecl* d) {
  declareVariable(d);
  for (const BindingDecl* binding : d->bindings())
    if (const VarDecl* holder = binding->getHoldingVar()) declareVariable(holder);
}

Outcome Evaluator::executeTry(const CXXTryStmt* s) {
  std::size_t frames = frames_.size(), calls = callStack_.size(), modules = moduleStack_.size();
  try {
    return execute(s->getTryBlock());
  } catch (Thrown& thrown) {
    while (frames_.size() > frames) frames_.pop_back();
    callStack_.resize(calls);
    moduleStack_.resize(modules);
    for (unsigned i = 0; i < s->getNumHandlers(); ++i) {
      const CXXCatchStmt* handler = s->getHandler(i);
      const VarDecl* caught = handler->getExceptionDecl();
      bool matches = !caught;
      if (caught) {
        const CXXRecordDecl* wanted = caught->getType().getNonReferenceType()->getAsCXXRecordDecl();
        const CXXRecordDecl* have = thrown.type.isNull() ? nullptr : thrown.type->getAsCXXRecordDecl();
        if (thrown.type.isNull()) // c10::Error, a std::exception
          matches = wanted && (library.nameOf(wanted) == "std::exception" || library.nameOf(wanted) == "c10::Error");
        else if (wanted && have)
          matches = isOrDerivesFrom(have, library.nameOf(wanted));
        else
          matches = context.hasSameUnqualifiedType(caught->getType().getNonReferenceType(), thrown.type);
      }
      if (!matches) continue;
      if (caught) frame().variables[caught] = heap.cell(thrown.value);
      return execute(handler->getHandlerBlock());
    }
    throw;
  }
}

} // namespace cobra::interp
