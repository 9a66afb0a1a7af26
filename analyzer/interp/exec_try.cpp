// Exceptions: thrown, caught by class, thrown on.
#include "analyzer/interp/evaluator.h"

namespace cobra::interp {

using namespace clang;

namespace {
/// A class of a namespace by its name; null if the unit does not know it.
const CXXRecordDecl* classNamed(ASTContext& context, llvm::StringRef scope, llvm::StringRef name) {
  for (NamedDecl* ns : context.getTranslationUnitDecl()->lookup(&context.Idents.get(scope)))
    if (auto* found = dyn_cast<NamespaceDecl>(ns))
      for (NamedDecl* d : found->lookup(&context.Idents.get(name)))
        if (auto* record = dyn_cast<CXXRecordDecl>(d)) return record;
  return nullptr;
}

/// Whether a handler for `wanted` catches a `have`, pointers and references to bases among them.
bool catches(Evaluator& ev, QualType wanted, QualType have) {
  wanted = wanted.getNonReferenceType();
  if (wanted->isPointerType() && have->isPointerType()) {
    wanted = wanted->getPointeeType();
    have = have->getPointeeType();
  }
  const CXXRecordDecl *to = wanted->getAsCXXRecordDecl(), *from = have->getAsCXXRecordDecl();
  if (to && from) return ev.isOrDerivesFrom(from, ev.library.nameOf(to));
  return ev.context.hasSameUnqualifiedType(wanted, have);
}
} // namespace

/// A sentence that begins with "std::out_of_range: " is of that class; other misuses are LibTorch's.
void Evaluator::raise(clang::SourceRange at, std::string sentence) {
  auto reason = std::make_shared<Why>(Why{at, std::move(sentence), nullptr, true});
  llvm::StringRef name = reason->sentence;
  const CXXRecordDecl* record = nullptr;
  if (name.consume_front("std::")) record = classNamed(context, "std", name.substr(0, name.find(':')));
  if (!record) record = classNamed(context, "c10", "Error");
  throw Thrown{Text(reason->sentence), record ? context.getRecordType(record) : QualType(), reason};
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
      if (!thrown.why) break; // the program ended: nothing catches that
      if (caught && (thrown.type.isNull() || !catches(*this, caught->getType(), thrown.type))) continue;
      if (caught) frame().variables[caught] = heap.cell(thrown.value);
      struct Handling {
        std::vector<Thrown>& stack;
        Handling(std::vector<Thrown>& s, const Thrown& t) : stack(s) { stack.push_back(t); }
        ~Handling() { stack.pop_back(); }
      } handling(handled_, thrown);
      return execute(handler->getHandlerBlock());
    }
    throw;
  }
}

} // namespace cobra::interp
