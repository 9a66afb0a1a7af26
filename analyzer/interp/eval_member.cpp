// Members of objects, elements of arrays.
#include "analyzer/interp/evaluator.h"
#include "analyzer/interp/plain_struct.h"

namespace cobra::interp {

using namespace clang;

Result Evaluator::member(const MemberExpr* e) {
  const ValueDecl* d = e->getMemberDecl();
  if (auto* var = dyn_cast<VarDecl>(d)) {
    if (Cell* c = variable(var, e->getSourceRange())) return c;
    return unknown(e->getSourceRange(), "the static member " + var->getNameAsString() + " is not known");
  }
  if (auto* constant = dyn_cast<EnumConstantDecl>(d)) return Value(constant->getInitVal().getExtValue());
  Cell* base = e->isArrow() ? pointee(value(e->getBase()), e->getBase()->getSourceRange()) : place(e->getBase());
  if (auto* method = dyn_cast<FunctionDecl>(d)) return Value(Function{method, base});
  if (isOpen(base->value())) return base->value();

  Object* o = object(base->value());
  auto* field = dyn_cast<FieldDecl>(d);
  // A struct in memory from malloc begins where its first field is named.
  if (field && !o && isNothing(base->value()) && isPlainStruct(field->getParent())) {
    o = plainStruct(*this, field->getParent(), e->getSourceRange());
    heap.write(base, o);
  }
  if (!field || !o) return unknown(e->getSourceRange(), "the member " + d->getNameAsString() + " of a value that is not followed is read");
  if (o->kind == Object::Kind::Opaque) return Value(OpenValue{o->lost});
  if (o->kind == Object::Kind::Tuple) { // std::pair
    std::size_t index = field->getName() == "second" ? 1 : 0;
    if (index < o->items.size()) return o->items[index];
  }
  return fieldCell(*o, field);
}

Result Evaluator::subscript(const ArraySubscriptExpr* e) {
  Value base = value(e->getBase());
  Value index = value(e->getIdx());
  if (isOpen(base)) return base;
  std::optional<std::int64_t> i = integer(index);
  if (!i) return open(e->getSourceRange(), "the index is not known", reason(index));
  if (auto* text = as<Text>(base))
    return Value(static_cast<std::int64_t>(*i >= 0 && *i < static_cast<std::int64_t>(text->str().size()) ? text->str()[*i] : 0));
  auto* p = as<Pointer>(base);
  if (p && p->sequence) return pointee(Pointer{nullptr, p->sequence, p->index + *i}, e->getSourceRange());
  if (p && p->target && *i == 0) return p->target;
  if (Object* o = asObject(base); o && o->kind == Object::Kind::Sequence) return pointee(Pointer{nullptr, o, *i}, e->getSourceRange());
  return unknown(e->getSourceRange(), "an array that is not followed is indexed");
}

const std::vector<Evaluator::FieldSlot>& Evaluator::layoutOf(const CXXRecordDecl* record) {
  auto [known, fresh] = layouts_.try_emplace(record);
  std::vector<FieldSlot>& slots = known->second;
  if (!fresh) return slots;
  auto add = [&](auto&& self, const CXXRecordDecl* r) -> void {
    if (!r || !r->hasDefinition()) return;
    r = r->getDefinition();
    for (const CXXBaseSpecifier& base : r->bases()) self(self, base.getType()->getAsCXXRecordDecl());
    for (const FieldDecl* f : r->fields()) {
      if (f->isAnonymousStructOrUnion()) self(self, f->getType()->getAsCXXRecordDecl());
      const FieldDecl* canonical = f->getCanonicalDecl();
      bool seen = false; // a virtual base reached twice
      for (const FieldSlot& have : slots) seen |= have.decl == canonical;
      if (seen) continue;
      const bool array = f->getType()->isConstantArrayType() && !f->getType()->getBaseElementTypeUnsafe()->isRecordType();
      slots.push_back({canonical, f->getNameAsString(), array ? f->getType() : QualType()});
    }
  };
  add(add, record);
  return slots;
}

Object* Evaluator::allocate(const CXXRecordDecl* record, QualType type) {
  Object* o = heap.object(Object::Kind::Record, type);
  o->record = record->hasDefinition() ? record->getDefinition() : record;
  if (record->hasDefinition()) {
    const std::vector<FieldSlot>& slots = layoutOf(o->record);
    o->fields.reserve(slots.size());
    // An array of numbers or pointers is there, though nothing says what is in it.
    for (const FieldSlot& slot : slots)
      o->fields.push_back({slot.decl, slot.name, heap.cell(slot.array.isNull() ? Value(Nothing{}) : defaultValue(slot.array, {}))});
  }
  if (isModule(o->record)) {
    o->module = std::make_unique<ModuleState>();
  }
  return o;
}

Cell* Evaluator::fieldCell(Object& o, const FieldDecl* field) {
  const FieldDecl* key = field->getCanonicalDecl();
  for (const Object::Field& f : o.fields)
    if (f.decl == key) return f.cell;
  for (const Object::Field& f : o.fields) // a native field, or the same field of another instantiation
    if (f.name == field->getName()) return f.cell;
  Object& edited = heap.edit(&o);
  edited.fields.push_back({key, field->getNameAsString(), heap.cell()});
  return edited.fields.back().cell;
}

Cell* Evaluator::fieldCell(Object& o, llvm::StringRef name) {
  for (auto f = o.fields.rbegin(); f != o.fields.rend(); ++f) // the most derived one of that name
    if (f->name == name) return f->cell;
  Object& edited = heap.edit(&o);
  edited.fields.push_back({nullptr, name.str(), heap.cell()});
  return edited.fields.back().cell;
}

void Evaluator::initializeDefaults(Object& o, const CXXRecordDecl* record) {
  if (!record || !record->hasDefinition()) return;
  record = record->getDefinition();
  for (const CXXBaseSpecifier& base : record->bases()) initializeDefaults(o, base.getType()->getAsCXXRecordDecl());
  for (const FieldDecl* f : record->fields()) {
    if (!f->hasInClassInitializer()) continue;
    Cell* cell = fieldCell(o, f);
    if (!isNothing(cell->value()) && !f->getType()->isArrayType()) continue; // given already; an array's elements are there from the start
    if (const Expr* init = defaultInitializer(f)) heap.write(cell, initial(init, f->getType()));
  }
}

} // namespace cobra::interp
