// Blocks: statements in order, labels that are jumped to, and the destructors that run at the end.
#include "analyzer/interp/evaluator.h"
#include "analyzer/interp/scopes.h"

#include "clang/AST/DeclTemplate.h"

namespace cobra::interp {

using namespace clang;

namespace {
bool carriesLabel(const Stmt* s, const LabelDecl* label) {
  for (;;) {
    if (auto* labelled = dyn_cast<LabelStmt>(s)) {
      if (labelled->getDecl() == label) return true;
      s = labelled->getSubStmt();
    } else if (auto* sw = dyn_cast<SwitchCase>(s)) {
      s = sw->getSubStmt();
    } else {
      return false;
    }
  }
}

/// Library classes that own what their template arguments name. (Who shares a shared_ptr is not counted.)
bool owns(llvm::StringRef name) {
  static const llvm::StringRef owners[] = {"std::unique_ptr", "std::optional", "std::vector", "std::array",
                                           "std::pair",       "std::tuple",    "std::deque",  "std::list"};
  return llvm::is_contained(owners, name);
}
} // namespace

Outcome Evaluator::executeBlock(const CompoundStmt* s) {
  std::vector<const VarDecl*> living; // whose end runs code
  auto end = [&] {
    while (!living.empty()) {
      const VarDecl* var = living.back();
      living.pop_back();
      if (Cell* cell = frame().variables.lookup(var)) destroy(cell, var->getType(), s->getSourceRange());
    }
  };
  auto run = [&]() -> Outcome {
    const auto* next = s->body_begin();
    while (next != s->body_end()) {
      const Stmt* child = *next;
      Outcome o = Outcome::Normal;
      try {
        o = execute(child);
      } catch (BudgetExhausted& stop) { // the innermost statement says where
        if (stop.at.isInvalid()) stop.at = child->getSourceRange();
        throw;
      }
      if (o == Outcome::Goto) {
        next = std::find_if(s->body_begin(), s->body_end(), [&](const Stmt* c) { return carriesLabel(c, goto_); });
        if (next == s->body_end()) return o;
        continue;
      }
      if (o != Outcome::Normal) return o;
      if (auto* declaration = dyn_cast<DeclStmt>(child))
        for (const Decl* d : declaration->decls())
          if (auto* var = dyn_cast<VarDecl>(d); var && var->hasLocalStorage() && !var->isNRVOVariable() && endsWithCode(var->getType()))
            living.push_back(var);
      ++next;
    }
    return Outcome::Normal;
  };
  try {
    Outcome o = run();
    end();
    return o;
  } catch (const Thrown&) {
    end();
    throw;
  }
}

/// Whether the end of a value of this type runs a destructor that the program wrote.
bool Evaluator::endsWithCode(QualType type) {
  if (type->isReferenceType()) return false;
  const CXXRecordDecl* record = type->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
  if (!record || !record->hasDefinition()) return false;
  record = record->getDefinition();
  if (auto known = endsWithCode_.find(record); known != endsWithCode_.end()) return known->second;
  endsWithCode_[record] = false; // while it is looked at: a class that owns itself
  bool runs = false;
  if (isLibrary(record)) {
    auto* spec = dyn_cast<ClassTemplateSpecializationDecl>(record);
    if (spec && owns(library.nameOf(record)))
      for (const TemplateArgument& a : spec->getTemplateArgs().asArray())
        for (const TemplateArgument& t : a.getKind() == TemplateArgument::Pack ? a.pack_elements() : llvm::ArrayRef(a))
          runs |= t.getKind() == TemplateArgument::Type && endsWithCode(t.getAsType());
  } else {
    const CXXDestructorDecl* destructor = record->getDestructor();
    runs = destructor && destructor->isUserProvided();
    for (const FieldDecl* f : record->fields()) runs |= endsWithCode(f->getType());
    for (const CXXBaseSpecifier& base : record->bases()) runs |= endsWithCode(base.getType());
  }
  return endsWithCode_[record] = runs;
}

void Evaluator::destroy(Cell* cell, QualType type, clang::SourceRange at) {
  Value v = cell->value();
  if (!endsWithCode(type) || isOpen(v) || std::holds_alternative<NullOpt>(v) || isNothing(v)) return;
  if (auto* p = as<Pointer>(v)) { // unique_ptr
    if (p->isNull()) return;
    Cell* target = pointee(v, at);
    Object* o = object(target->value());
    if (o && o->record) runDestructor(*o, o->record, at);
    return;
  }
  Object* o = asObject(v);
  if (!o) return;
  if (o->kind == Object::Kind::Record && o->record) return runDestructor(*o, o->record, at);
  for (auto item = o->items.rbegin(); item != o->items.rend(); ++item)
    if (Object* element = object((*item)->value()); element && element->record && !as<Pointer>((*item)->value()))
      runDestructor(*element, element->record, at);
    else if (auto* p = as<Pointer>((*item)->value()); p && element && element->record && !isModuleHolder(element->record))
      runDestructor(*element, element->record, at);
}

void Evaluator::runDestructor(Object& o, const CXXRecordDecl* record, clang::SourceRange at) {
  if (!record->hasDefinition() || isLibrary(record)) return;
  record = record->getDefinition();
  const CXXDestructorDecl* destructor = record->getDestructor();
  if (destructor && destructor->isUserProvided())
    if (const FunctionDecl* body = definitionOf(destructor, at)) {
      DepthScope depth(*this, at);
      ConstructingScope noRun(*this); // what a destructor calls is no run of the model
      FrameScope scope(*this, body, at);
      frame().self = o.home;
      execute(body->getBody());
    }
  std::vector<const FieldDecl*> fields(record->field_begin(), record->field_end());
  for (auto f = fields.rbegin(); f != fields.rend(); ++f) destroy(fieldCell(o, *f), (*f)->getType(), at);
  for (const CXXBaseSpecifier& base : record->bases())
    if (const CXXRecordDecl* b = base.getType()->getAsCXXRecordDecl()) runDestructor(o, b, at);
}

} // namespace cobra::interp
