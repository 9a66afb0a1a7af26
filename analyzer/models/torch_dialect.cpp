#include "analyzer/models/torch_dialect.h"

#include "clang/Basic/SourceManager.h"

#include <initializer_list>

namespace cobra::interp::torch_model {
namespace {

/// The first declaration of this name in the last of the namespaces; null where the headers have none.
const clang::NamedDecl* declared(Evaluator& ev, std::initializer_list<llvm::StringRef> namespaces, llvm::StringRef name) {
  const clang::DeclContext* scope = ev.context.getTranslationUnitDecl();
  for (llvm::StringRef part : namespaces) {
    const clang::DeclContext* inner = nullptr;
    for (const clang::NamedDecl* d : scope->lookup(&ev.context.Idents.get(part)))
      if (auto* found = llvm::dyn_cast<clang::NamespaceDecl>(d)) inner = found;
    if (!inner) return nullptr;
    scope = inner;
  }
  const auto found = scope->lookup(&ev.context.Idents.get(name));
  return found.empty() ? nullptr : *found.begin();
}

} // namespace

std::int64_t farthestIndex(Evaluator& ev) {
  constexpr std::int64_t newest = (std::int64_t{1} << 62) - 1;
  auto* variable = llvm::dyn_cast_or_null<clang::VarDecl>(declared(ev, {"at", "indexing"}, "INDEX_MAX"));
  const clang::APValue* value = variable && variable->getInit() ? variable->evaluateValue() : nullptr;
  return value && value->isInt() ? value->getInt().getExtValue() : newest;
}

bool passesOverLongSlices(Evaluator& ev) {
  const clang::NamedDecl* function = declared(ev, {"at", "indexing", "impl"}, "applySlice");
  if (!function) return true;
  const clang::SourceManager& sources = ev.context.getSourceManager();
  const auto text = sources.getBufferDataOrNone(sources.getFileID(sources.getExpansionLoc(function->getLocation())));
  return !text || !text->contains("stop == length");
}

} // namespace cobra::interp::torch_model
