// Programs that call cuDNN and cuBLAS themselves have no model classes. Where nothing that can be started calls them,
// functions without parameters are started, and of the others it is said which to call.
#include "analyzer/interp/finder.h"
#include "analyzer/interp/unit.h"

#include "clang/AST/RecursiveASTVisitor.h"

namespace cobra::interp {

using namespace clang;

namespace {
/// Calls that compute: none of those that create, set, ask or search.
bool computes(llvm::StringRef name) {
  if (!name.consume_front("cudnn") && !name.consume_front("cublas")) return name == "execute";
  if (name == "SetTensor") return true;
  for (llvm::StringRef other : {"Create", "Destroy", "Set", "Get", "Find", "Derive", "Restore", "Init", "Query"})
    if (name.starts_with(other)) return false;
  return true;
}

class DirectUse : public RecursiveASTVisitor<DirectUse> {
public:
  explicit DirectUse(Evaluator& ev) : ev_(ev) {}
  bool VisitCallExpr(CallExpr* e) {
    const FunctionDecl* callee = e->getDirectCallee();
    if (!callee || !callee->getDeclName().isIdentifier() || !ev_.isLibrary(callee)) return true;
    const bool frontend = callee->getName() == "execute" && ev_.library.nameOf(callee).starts_with("cudnn_frontend::");
    found = computes(callee->getName()) && (frontend || callee->getName() != "execute");
    return !found;
  }
  bool found = false;

private:
  Evaluator& ev_;
};

bool callsDirectly(Evaluator& ev, const FunctionDecl* f) {
  if (f->isDependentContext() || isa<CXXConstructorDecl, CXXDestructorDecl>(f) || !f->getBody()) return false;
  DirectUse use(ev);
  use.TraverseStmt(f->getBody());
  return use.found;
}

std::string arguments(const FunctionDecl* f) {
  std::string out;
  for (const ParmVarDecl* p : f->parameters()) {
    if (p->hasDefaultArg()) break;
    const bool pointer = p->getType()->isPointerType();
    out += (out.empty() ? "" : ", ") + (pointer ? "/*" + p->getNameAsString() + "=*/nullptr" : usualArgument(p));
  }
  return out;
}
} // namespace

void Unit::runDirectCalls() {
  const Finder finder(ev_, options_.mainFileOnly);
  std::vector<const FunctionDecl*> started, others;
  for (const FunctionDecl* f : finder.functions) {
    if (f->isMain() || !callsDirectly(ev_, f)) continue;
    const auto* method = dyn_cast<CXXMethodDecl>(f);
    const bool starts = !method && f->getMinRequiredArguments() == 0 && options_.program;
    (starts ? started : others).push_back(f);
  }
  waiting_ = started.size();
  for (const FunctionDecl* f : started) {
    --waiting_;
    if (!ev_.entered(f)) runFunction(f, "main", {});
  }
  if (!result_.runs.empty()) return;
  std::set<const CXXRecordDecl*> told; // the first method of a class stands for it
  for (const FunctionDecl* f : others) {
    if (ev_.entered(f)) continue;
    const auto* method = dyn_cast<CXXMethodDecl>(f);
    const CXXRecordDecl* record = method && method->isInstance() ? method->getParent() : nullptr;
    if (record && (record->isAbstract() || !told.insert(record->getCanonicalDecl()).second)) continue;
    ModelWithoutRun without;
    without.name = f->getQualifiedNameAsString();
    without.at = ev_.where(clang::SourceRange(f->getLocation()));
    without.why = "it calls NVIDIA's libraries, and nothing in the file calls it";
    const std::string made = record ? constructorArguments(record) : "";
    without.suggestion = "// cobra: ";
    if (record) without.suggestion += record->getQualifiedNameAsString() + " layer" + (made.empty() ? "" : "(" + made + ")") + "; layer.";
    without.suggestion += (record ? f->getNameAsString() : f->getQualifiedNameAsString()) + "(" + arguments(f) + ");";
    result_.without.push_back(std::move(without));
  }
}

} // namespace cobra::interp
