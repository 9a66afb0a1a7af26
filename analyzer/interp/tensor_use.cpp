#include "analyzer/interp/tensor_use.h"

#include "analyzer/interp/evaluator.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecursiveASTVisitor.h"

#include <algorithm>

namespace cobra::interp {

using namespace clang;

namespace {
/// Looks through a body for a call that may run operators.
class Calls : public RecursiveASTVisitor<Calls> {
public:
  explicit Calls(TensorUse& use) : use_(use) {}
  bool found = false;

  bool VisitCallExpr(CallExpr* e) {
    const FunctionDecl* callee = e->getDirectCallee();
    found = found || (callee && use_.mayRunOperators(callee));
    return !found;
  }

private:
  TensorUse& use_;
};

constexpr unsigned maxNesting = 4; // of template arguments: std::map<std::string, std::vector<Tensor>>
} // namespace

/// A tensor, a container of tensors, or a class of the program's own that has such a field.
bool TensorUse::holdsTensors(QualType type, unsigned depth) {
  type = type.getNonReferenceType();
  if (type->isPointerType()) type = type->getPointeeType();
  const CXXRecordDecl* record = type->getAsCXXRecordDecl();
  if (!record || depth > maxNesting) return false;
  const std::string& name = ev_.library.nameOf(record);
  if (name == "at::Tensor" || name == "at::TensorBase") return true;
  if (const auto* spec = dyn_cast<ClassTemplateSpecializationDecl>(record))
    for (const TemplateArgument& a : spec->getTemplateArgs().asArray())
      for (const TemplateArgument& t : a.getKind() == TemplateArgument::Pack ? a.pack_elements() : llvm::ArrayRef(a))
        if (t.getKind() == TemplateArgument::Type && holdsTensors(t.getAsType(), depth + 1)) return true;
  if (ev_.isLibrary(record) || !record->hasDefinition()) return false;
  return std::any_of(record->getDefinition()->field_begin(), record->getDefinition()->field_end(),
                     [&](const FieldDecl* f) { return holdsTensors(f->getType(), depth + 1); });
}

bool TensorUse::libraryMayRun(const FunctionDecl* callee) {
  const auto* method = dyn_cast<CXXMethodDecl>(callee);
  if (!method) return holdsTensors(callee->getReturnType());
  const CXXRecordDecl* parent = method->getParent();
  const std::string& of = ev_.library.nameOf(parent);
  const bool calls = method->getOverloadedOperator() == OO_Call;
  const llvm::StringRef name = method->getDeclName().isIdentifier() ? method->getName() : llvm::StringRef();
  if (of == "at::Tensor" || of == "at::TensorBase")
    return !isa<CXXConstructorDecl>(method) &&
           (holdsTensors(method->getReturnType()) || method->getReturnType()->isVoidType() || name == "item");
  if (name == "step" && ev_.isOrDerivesFrom(parent, "torch::optim::Optimizer")) return true;
  if (ev_.isModule(parent) || ev_.isModuleHolder(parent)) return name == "forward" || calls;
  return calls && (holdsTensors(method->getReturnType()) || method->getReturnType()->isVoidType()); // std::function
}

bool TensorUse::mayRunOperators(const FunctionDecl* callee) {
  callee = callee->getCanonicalDecl();
  if (auto found = known_.find(callee); found != known_.end()) return found->second;
  known_[callee] = false; // while it is looked at: a function that calls itself
  bool may = false;
  const FunctionDecl* body = nullptr;
  if (ev_.isLibrary(callee)) {
    may = libraryMayRun(callee);
  } else if (callee->hasBody(body) && !body->hasSkippedBody()) {
    Calls calls(*this);
    calls.TraverseStmt(body->getBody());
    may = calls.found;
  } else {
    may = holdsTensors(callee->getReturnType()) ||
          std::any_of(callee->param_begin(), callee->param_end(), [&](const ParmVarDecl* p) { return holdsTensors(p->getType()); });
  }
  return known_[callee] = may;
}

} // namespace cobra::interp
