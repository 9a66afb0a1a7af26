// Statements: which goes where, declarations, returns, exceptions.
#include "analyzer/interp/evaluator.h"

namespace cobra::interp {

using namespace clang;

Outcome Evaluator::execute(const Stmt* s) {
  if (!s) return Outcome::Normal;
  meter.step();
  switch (s->getStmtClass()) {
  case Stmt::CompoundStmtClass: return executeBlock(cast<CompoundStmt>(s));
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
  case Stmt::GotoStmtClass: goto_ = cast<GotoStmt>(s)->getLabel(); return Outcome::Goto;
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
  // A lambda in its own initializer may name it.
  Cell* cell = frame().variables[var] = heap.cell();
  heap.write(cell, initial(init, var->getType()));
}

void Evaluator::bindStructured(const DecompositionDecl* d) {
  declareVariable(d);
  for (const BindingDecl* binding : d->bindings())
    if (const VarDecl* holder = binding->getHoldingVar()) declareVariable(holder);
}

} // namespace cobra::interp
