#include "analyzer/interp/heap.h"

#include "clang/AST/LambdaCapture.h"

namespace cobra::interp {

Cell* Heap::cell(Value value) {
  meter_.object();
  if (auto* t = as<Text>(value)) meter_.text(t->str().size());
  Cell& c = cells_.emplace_back();
  c.value_ = std::move(value);
  return &c;
}

Object* Heap::object(Object::Kind kind, clang::QualType type) {
  meter_.object();
  Object& o = objects_.emplace_back();
  o.kind = kind;
  o.type = type;
  if (!type.isNull()) o.record = type->getAsCXXRecordDecl();
  o.home = cell(&o);
  return &o;
}

Object* Heap::sequence(std::vector<Value> items, clang::QualType type) {
  meter_.elements(items.size());
  Object* o = object(Object::Kind::Sequence, type);
  o->items.reserve(items.size());
  for (Value& v : items) o->items.push_back(cell(std::move(v)));
  return o;
}

Object* Heap::tuple(std::vector<Value> items, clang::QualType type) {
  Object* o = sequence(std::move(items), type);
  o->kind = Object::Kind::Tuple;
  return o;
}

Tensor* Heap::tensor(TensorType type) {
  meter_.object();
  Tensor& t = tensors_.emplace_back();
  t.type = std::move(type);
  return &t;
}

void Heap::write(Cell* cell, Value value) {
  if (auto* t = as<Text>(value)) meter_.text(t->str().size());
  if (!undo_.empty()) undo_.back()->cells.try_emplace(cell, cell->value_);
  cell->value_ = std::move(value);
}

Object& Heap::edit(Object* object) {
  if (!undo_.empty() && !undo_.back()->objects.contains(object)) undo_.back()->objects.emplace(object, clone(*object));
  meter_.elements(object->items.size());
  return *object;
}

Tensor& Heap::edit(Tensor* tensor) {
  if (!undo_.empty()) undo_.back()->tensors.try_emplace(tensor, *tensor);
  return *tensor;
}

Object* Heap::clone(const Object& object) {
  meter_.charge(1 + object.items.size() + object.fields.size());
  Object& o = objects_.emplace_back();
  assign(o, object);
  return &o;
}

void Heap::assign(Object& to, const Object& from) {
  to.kind = from.kind;
  to.type = from.type;
  to.record = from.record;
  to.home = from.home;
  to.fields = from.fields;
  to.items = from.items;
  to.sorted = from.sorted;
  to.lost = from.lost;
  to.module = from.module ? std::make_unique<ModuleState>(*from.module) : nullptr;
}

Value Heap::copy(const Value& value) {
  Object* from = asObject(value);
  if (!from) return value;
  meter_.step(); // looks at the stack, for parts nest
  Object* to = object(from->kind, from->type);
  to->record = from->record;
  to->sorted = from->sorted;
  to->lost = from->lost;
  const clang::LambdaCapture* capture = from->kind == Object::Kind::Closure && from->record ? from->record->captures_begin() : nullptr;
  for (const Object::Field& f : from->fields) {
    bool reference = f.decl && f.decl->getType()->isReferenceType();
    if (capture) reference = (capture++)->getCaptureKind() == clang::LCK_ByRef;
    to->fields.push_back({f.decl, f.name, reference ? f.cell : cell(copy(f.cell->value()))});
  }
  to->items.reserve(from->items.size());
  for (Cell* item : from->items) to->items.push_back(cell(copy(item->value())));
  if (from->module) to->module = std::make_unique<ModuleState>(*from->module); // children and parameters stay shared
  return to;
}

void Heap::lose(Object* object, WhyRef why) {
  Object& o = edit(object);
  for (const Object::Field& f : o.fields) write(f.cell, OpenValue{why});
  if (o.module) o.lost = why; // what is registered is not known either
  if (o.kind == Object::Kind::Record || o.kind == Object::Kind::Closure) return;
  o.kind = Object::Kind::Opaque;
  o.items.clear();
  o.lost = std::move(why);
}

namespace {
/// What `outer` says stays; always the smaller map is moved, since snapshots nest deep.
template <class Map> void keepOlder(Map& outer, Map& inner) {
  if (outer.size() < inner.size()) {
    for (auto& [key, old] : outer) inner.insert_or_assign(key, std::move(old));
    outer.swap(inner);
  } else {
    outer.merge(inner);
  }
}
} // namespace

Heap::Snapshot::Snapshot(Heap& heap) : heap_(heap) { heap_.undo_.push_back(std::make_unique<Undo>()); }

Heap::Snapshot::~Snapshot() {
  // An enclosing snapshot must still be able to go back past this one.
  std::unique_ptr<Undo> mine = std::move(heap_.undo_.back());
  heap_.undo_.pop_back();
  if (heap_.undo_.empty()) return;
  Undo& outer = *heap_.undo_.back();
  keepOlder(outer.cells, mine->cells);
  keepOlder(outer.objects, mine->objects);
  keepOlder(outer.tensors, mine->tensors);
}

Heap::Snapshot::Changes Heap::Snapshot::takeBack() {
  Undo& undo = *heap_.undo_.back();
  Changes changes;
  for (auto& [c, old] : undo.cells) {
    changes.cells.emplace(c, c->value_);
    c->value_ = std::move(old);
  }
  for (auto& [o, old] : undo.objects) {
    changes.objects.emplace(o, heap_.clone(*o));
    assign(*o, *old);
  }
  for (auto& [t, old] : undo.tensors) {
    changes.tensors.emplace(t, *t);
    *t = std::move(old);
  }
  undo = Undo{};
  return changes;
}

void Heap::apply(const Snapshot::Changes& changes) {
  for (auto& [c, v] : changes.cells) write(c, v);
  for (auto& [o, state] : changes.objects) assign(edit(o), *state);
  for (auto& [t, state] : changes.tensors) edit(t) = state;
}

namespace {
bool sameStructure(const Object& a, const Object& b) {
  auto sameNames = [](const std::vector<NamedCell>& x, const std::vector<NamedCell>& y) {
    if (x.size() != y.size()) return false;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (x[i].name != y[i].name || x[i].cell != y[i].cell) return false;
    return true;
  };
  if (a.kind != b.kind || a.items != b.items || a.fields.size() != b.fields.size()) return false;
  if (!a.module != !b.module) return false;
  return !a.module || (sameNames(a.module->children, b.module->children) && sameNames(a.module->parameters, b.module->parameters) &&
                       a.module->training == b.module->training);
}
} // namespace

void Heap::join(const Snapshot::Changes& a, const Snapshot::Changes& b, const WhyRef& why) {
  // Tensors of one type: what follows needs no more. Where it comes from is told by the first side.
  auto joinTensors = [&](const Value& x, const Value& y) -> Value {
    auto *t = as<TensorHandle>(x), *u = as<TensorHandle>(y);
    if (!t || !u || !t->impl || !u->impl || !(t->impl->type == u->impl->type)) return OpenValue{why};
    Tensor* either = tensor(t->impl->type);
    either->source = t->impl->source;
    return TensorHandle{either};
  };
  auto joinCell = [&](Cell* c, const Value& x, const Value& y) { write(c, sameValue(x, y) ? x : joinTensors(x, y)); };
  for (auto& [c, v] : a.cells) {
    auto other = b.cells.find(c);
    joinCell(c, v, other == b.cells.end() ? c->value() : other->second);
  }
  for (auto& [c, v] : b.cells)
    if (!a.cells.contains(c)) joinCell(c, c->value(), v);
  auto joinObject = [&](Object* o, const Object& x, const Object& y) {
    if (sameStructure(x, y))
      assign(edit(o), x);
    else
      lose(o, why);
  };
  for (auto& [o, state] : a.objects) {
    auto other = b.objects.find(o);
    joinObject(o, *state, other == b.objects.end() ? *o : *other->second);
  }
  for (auto& [o, state] : b.objects)
    if (!a.objects.contains(o)) joinObject(o, *o, *state);
  auto joinTensor = [&](Tensor* t, const Tensor& x) {
    Tensor& now = edit(t);
    if (now.type == x.type) {
      now.source = x.source;
      now.contents.reset();
    }
  };
  for (auto& [t, state] : a.tensors) joinTensor(t, state);
  for (auto& [t, state] : b.tensors) joinTensor(t, state);
}

bool sameValue(const Value& a, const Value& b) {
  if (isOpen(a) || isOpen(b) || a.index() != b.index()) return false;
  return a == b;
}

} // namespace cobra::interp
