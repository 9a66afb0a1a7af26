// Small services for models: reading values, asking about classes and places.
#include "analyzer/interp/evaluator.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

namespace cobra::interp {

std::optional<std::int64_t> Evaluator::integer(const Value& v) const {
  if (auto* i = as<std::int64_t>(v)) return *i;
  if (auto* d = as<double>(v); d && *d == static_cast<double>(static_cast<std::int64_t>(*d))) return static_cast<std::int64_t>(*d);
  return std::nullopt;
}

std::optional<double> Evaluator::number(const Value& v) const {
  if (auto* i = as<std::int64_t>(v)) return static_cast<double>(*i);
  if (auto* d = as<double>(v)) return *d;
  return std::nullopt;
}

std::optional<std::string> Evaluator::text(const Value& v) const {
  if (auto* t = as<Text>(v)) return t->str();
  // A string whose characters have places of their own: something iterates over it or writes into it.
  const Object* o = asObject(v);
  const clang::CXXRecordDecl* record =
      o && o->kind == Object::Kind::Sequence && !o->type.isNull() ? o->type->getAsCXXRecordDecl() : nullptr;
  if (!record || !record->getName().starts_with("basic_string")) return std::nullopt;
  std::string out;
  for (const Cell* item : o->items) {
    auto* c = as<std::int64_t>(item->value());
    if (!c) return std::nullopt;
    out += static_cast<char>(*c);
  }
  return out;
}

std::optional<std::vector<std::int64_t>> Evaluator::integers(const Value& v) const {
  if (auto* i = as<std::int64_t>(v)) return std::vector<std::int64_t>{*i};
  const Object* o = asObject(v);
  if (!o || (o->kind != Object::Kind::Sequence && o->kind != Object::Kind::Tuple)) return std::nullopt;
  std::vector<std::int64_t> out;
  out.reserve(o->items.size());
  for (const Cell* item : o->items) {
    auto i = as<std::int64_t>(item->value());
    if (!i) return std::nullopt;
    out.push_back(*i);
  }
  return out;
}

Tensor* Evaluator::tensor(const Value& v) const {
  auto* t = as<TensorHandle>(v);
  return t ? t->impl : nullptr;
}

Object* Evaluator::object(const Value& v) const {
  const Value* at = &v;
  for (int hops = 0; hops < 16; ++hops) {
    if (Object* o = asObject(*at)) return o;
    auto* p = as<Pointer>(*at);
    if (!p) return nullptr;
    const Cell* target = p->target;
    if (p->sequence && !target && p->index >= 0 && p->index < static_cast<std::int64_t>(p->sequence->items.size()))
      target = p->sequence->items[p->index];
    if (!target) return nullptr;
    at = &target->value();
  }
  return nullptr;
}

Cell* Evaluator::pointee(const Value& v, clang::SourceRange at) {
  if (isOpen(v)) return heap.cell(v);
  if (asObject(v) || as<TensorHandle>(v)) return heap.cell(v);
  auto* p = as<Pointer>(v);
  if (!p) return heap.cell(unknown(at, "a pointer whose target is not followed is read"));
  if (p->sequence && !p->target) {
    if (p->index < 0 || p->index >= static_cast<std::int64_t>(p->sequence->items.size()))
      return heap.cell(p->sequence->kind == Object::Kind::Opaque ? Value(OpenValue{p->sequence->lost})
                                                                 : unknown(at, "an element outside the container is read"));
    return p->sequence->items[p->index];
  }
  if (!p->target) return heap.cell(unknown(at, "a null pointer or an empty module holder is used"));
  return p->target;
}

bool Evaluator::isLibrary(const clang::Decl* decl) {
  auto [slot, fresh] = libraryCache_.try_emplace(decl, false);
  if (!fresh) return slot->second;
  const clang::SourceManager& sm = context.getSourceManager();
  clang::SourceLocation loc = sm.getExpansionLoc(decl->getLocation());
  bool library = false;
  if (loc.isInvalid()) {
    library = true;
  } else if (sm.isInSystemHeader(loc)) {
    library = true;
  } else {
    // LibTorch given with -I instead of -isystem is a library all the same.
    for (const clang::DeclContext* c = decl->getDeclContext(); c && !library; c = c->getParent())
      if (auto* ns = llvm::dyn_cast<clang::NamespaceDecl>(c); ns && ns->getParent()->getRedeclContext()->isTranslationUnit())
        library = llvm::StringSwitch<bool>(ns->getName()).Cases("std", "c10", "at", "caffe2", true).Default(false);
    if (!library) {
      llvm::StringRef file = sm.getFilename(loc);
      library = file.contains("/torch/csrc/") || file.contains("/include/ATen/") || file.contains("/include/c10/");
    }
  }
  libraryCache_[decl] = library;
  return library;
}

bool Evaluator::isOrDerivesFrom(const clang::CXXRecordDecl* record, llvm::StringRef qualifiedName) {
  if (!record) return false;
  if (library.nameOf(record) == qualifiedName) return true;
  if (!record->hasDefinition()) return false;
  for (const clang::CXXBaseSpecifier& base : record->getDefinition()->bases())
    if (isOrDerivesFrom(base.getType()->getAsCXXRecordDecl(), qualifiedName)) return true;
  return false;
}

bool Evaluator::isModule(const clang::CXXRecordDecl* record) {
  if (!record) return false;
  int& known = moduleCache_[record->getCanonicalDecl()];
  if (!known) {
    int kind = isOrDerivesFrom(record, "torch::nn::Module") ? 1 : isOrDerivesFrom(record, "torch::nn::ModuleHolder") ? 2 : 3;
    moduleCache_[record->getCanonicalDecl()] = kind;
    return kind == 1;
  }
  return known == 1;
}

bool Evaluator::isModuleHolder(const clang::CXXRecordDecl* record) {
  return record && !isModule(record) && moduleCache_[record->getCanonicalDecl()] == 2;
}

const clang::CXXRecordDecl* Evaluator::heldModule(const clang::CXXRecordDecl* holder) {
  if (!holder) return nullptr;
  if (auto* spec = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(holder);
      spec && library.nameOf(spec) == "torch::nn::ModuleHolder")
    return spec->getTemplateArgs()[0].getAsType()->getAsCXXRecordDecl();
  if (!holder->hasDefinition()) return nullptr;
  for (const clang::CXXBaseSpecifier& base : holder->getDefinition()->bases())
    if (const clang::CXXRecordDecl* held = heldModule(base.getType()->getAsCXXRecordDecl())) return held;
  return nullptr;
}

SourceRange Evaluator::where(clang::SourceRange range) const {
  const clang::SourceManager& sm = context.getSourceManager();
  SourceRange out;
  if (range.isInvalid()) return out;
  clang::PresumedLoc begin = sm.getPresumedLoc(sm.getExpansionLoc(range.getBegin()));
  if (begin.isInvalid()) return out;
  out.file = begin.getFilename();
  out.line = begin.getLine();
  out.column = begin.getColumn();
  clang::SourceLocation last = sm.getExpansionRange(range.getEnd()).getEnd();
  clang::SourceLocation past = clang::Lexer::getLocForEndOfToken(last, 0, sm, context.getLangOpts());
  clang::PresumedLoc end = sm.getPresumedLoc(past.isValid() ? past : last);
  if (end.isValid()) out.endLine = end.getLine(), out.endColumn = end.getColumn();
  return out;
}

Value Evaluator::unknown(clang::SourceRange at, std::string sentence, WhyRef because) {
  WhyRef reason = why(at, std::move(sentence), std::move(because));
  tell(reason);
  return OpenValue{std::move(reason)};
}

/// One open point for one cause: what follows from something told already is not told again.
void Evaluator::tell(const WhyRef& reason) {
  if (openRuns_.empty()) return void(untold_ = reason);
  bool told = false;
  for (const Why* w = reason.get(); w; w = w->because.get()) told |= !reportedOpen_.insert(w).second;
  if (!told) trace.open.push_back({reason, static_cast<int>(trace.steps.size())});
}

} // namespace cobra::interp
