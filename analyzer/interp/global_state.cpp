// What a program does before main: variables of namespaces whose initializers have effects, such as
// registries that fill themselves. Others are read where they are used.
#include "analyzer/interp/unit.h"

#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/SourceManager.h"

namespace cobra::interp {

using namespace clang;

namespace {
/// Does an initializer run code of the program, or change what it did not make?
class Effects : public RecursiveASTVisitor<Effects> {
public:
  explicit Effects(Evaluator& ev) : ev_(ev) {}
  bool found = false;

  bool VisitCallExpr(CallExpr* e) {
    const FunctionDecl* callee = e->getDirectCallee();
    return note(callee && !callee->isConstexpr() && !ev_.isLibrary(callee));
  }
  bool VisitCXXConstructExpr(CXXConstructExpr* e) {
    const CXXConstructorDecl* ctor = e->getConstructor();
    return note(!ctor->isImplicit() && !ctor->isDefaulted() && !ctor->isConstexpr() && !ev_.isLibrary(ctor) &&
                !ev_.isModule(ctor->getParent()));
  }
  bool VisitUnaryOperator(UnaryOperator* e) { return note(e->isIncrementDecrementOp()); }
  bool VisitBinaryOperator(BinaryOperator* e) { return note(e->isAssignmentOp()); }
  bool TraverseLambdaExpr(LambdaExpr*) { return true; } // its body runs when it is called

private:
  bool note(bool effect) {
    found = found || effect;
    return !found;
  }
  Evaluator& ev_;
};

/// What is read from a precompiled header is of the libraries, and not loaded for this.
void collect(Evaluator& ev, const DeclContext* scope, std::vector<const VarDecl*>& out) {
  for (const Decl* d : scope->noload_decls()) {
    const SourceLocation loc = ev.context.getSourceManager().getExpansionLoc(d->getLocation());
    if (loc.isInvalid() || ev.context.getSourceManager().isInSystemHeader(loc)) continue;
    if (isa<NamespaceDecl, LinkageSpecDecl>(d)) {
      collect(ev, cast<DeclContext>(d), out);
    } else if (auto* var = dyn_cast<VarDecl>(d); var && var->hasGlobalStorage() && !var->getType()->isDependentType() && var->hasInit()) {
      Effects effects(ev);
      effects.TraverseStmt(const_cast<Expr*>(var->getInit()));
      if (effects.found) out.push_back(var);
    }
  }
}
} // namespace

void Unit::initializeGlobals() {
  if (!effectfulGlobals_) {
    effectfulGlobals_.emplace();
    collect(ev_, ev_.context.getTranslationUnitDecl(), *effectfulGlobals_);
  }
  for (const VarDecl* var : *effectfulGlobals_) {
    try {
      ev_.variable(var, var->getSourceRange());
    } catch (const Thrown&) {
      // What needs the variable says so.
    }
  }
}

} // namespace cobra::interp
