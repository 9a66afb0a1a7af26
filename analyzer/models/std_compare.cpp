// Order and equality of values as the standard library's operators have them, with the program's own
// operators for its classes.
#include "analyzer/models/sequence.h"

namespace cobra::interp {

namespace {
bool isOwnRecord(Evaluator& ev, const Object* o) {
  return o && o->kind == Object::Kind::Record && o->record && !ev.isLibrary(o->record) && !o->module;
}

std::optional<std::int64_t> asked(Evaluator& ev, clang::BinaryOperatorKind op, Object* a, Object* b) {
  auto answer = ev.callBinary(op, Arg{nullptr, a->home, a->type}, Arg{nullptr, b->home, b->type}, {});
  return answer ? ev.integer(*answer) : std::nullopt;
}

std::optional<int> compareRecords(Evaluator& ev, Object* a, Object* b) {
  if (a == b) return 0;
  auto less = asked(ev, clang::BO_LT, a, b);
  if (!less) {
    auto equal = asked(ev, clang::BO_EQ, a, b);
    return equal ? std::optional<int>(*equal ? 0 : 1) : std::nullopt;
  }
  if (*less) return -1;
  auto greater = asked(ev, clang::BO_LT, b, a);
  return greater ? std::optional<int>(*greater ? 1 : 0) : std::nullopt;
}

/// Whether a callable of std::function and its kin is there; nullopt: the value is no callable.
std::optional<bool> callableThere(const Value& v) {
  if (auto* f = as<Function>(v)) return f->decl != nullptr;
  Object* o = asObject(v);
  if (o && (o->kind == Object::Kind::Closure || o->kind == Object::Kind::Bound || o->kind == Object::Kind::Record)) return true;
  return std::nullopt;
}
} // namespace

std::optional<int> compareValues(Evaluator& ev, const Value& a, const Value& b) {
  if (isOpen(a) || isOpen(b)) return std::nullopt;
  if (auto *i = as<std::int64_t>(a), *j = as<std::int64_t>(b); i && j) return *i < *j ? -1 : *i > *j;
  if (auto x = ev.number(a), y = ev.number(b); x && y) return *x < *y ? -1 : *x > *y;
  if (auto s = ev.text(a), t = ev.text(b); s && t) return s->compare(*t) < 0 ? -1 : *s != *t;
  bool noneA = std::holds_alternative<NullOpt>(a), noneB = std::holds_alternative<NullOpt>(b);
  if (noneA || noneB) return noneB - noneA;
  Object *o = asObject(a), *p = asObject(b);
  if (o && p && isOwnRecord(ev, o) && isOwnRecord(ev, p)) return compareRecords(ev, o, p);
  if (o && p && o->kind != Object::Kind::Opaque && p->kind != Object::Kind::Opaque && o->kind != Object::Kind::Record &&
      p->kind != Object::Kind::Record) {
    for (std::size_t i = 0; i < o->items.size() && i < p->items.size(); ++i) {
      auto c = compareValues(ev, o->items[i]->value(), p->items[i]->value());
      if (!c || *c) return c;
    }
    return o->items.size() < p->items.size() ? -1 : o->items.size() > p->items.size();
  }
  if (auto *x = as<Pointer>(a), *y = as<Pointer>(b); x && y) {
    if (x->sequence && x->sequence == y->sequence) {
      const std::int64_t i = settled(*x).index, j = settled(*y).index;
      return i < j ? -1 : i > j;
    }
    return *x == *y || (ev.object(a) && ev.object(a) == ev.object(b)) ? 0 : 1;
  }
  for (const auto& [callable, null] : {std::pair(&a, &b), std::pair(&b, &a)})
    if (auto* p = as<Pointer>(*null); p && p->isNull())
      if (auto there = callableThere(*callable)) return *there ? 1 : 0;
  if (auto *f = as<Function>(a), *g = as<Function>(b); f && g) return *f == *g ? 0 : 1;
  return std::nullopt;
}

std::optional<bool> equalValues(Evaluator& ev, const Value& a, const Value& b) {
  Object *o = asObject(a), *p = asObject(b);
  if (o && p && isOwnRecord(ev, o) && isOwnRecord(ev, p)) {
    auto equal = asked(ev, clang::BO_EQ, o, p);
    return equal ? std::optional<bool>(*equal != 0) : std::nullopt;
  }
  const bool listed = o && p && o->kind == p->kind && (o->kind == Object::Kind::Sequence || o->kind == Object::Kind::Tuple);
  if (listed) {
    if (o->items.size() != p->items.size()) return false;
    for (std::size_t i = 0; i < o->items.size(); ++i) {
      auto same = equalValues(ev, o->items[i]->value(), p->items[i]->value());
      if (!same || !*same) return same;
    }
    return true;
  }
  auto order = compareValues(ev, a, b);
  return order ? std::optional<bool>(*order == 0) : std::nullopt;
}

std::optional<bool> comesBefore(Evaluator& ev, const Value& order, Cell* a, Cell* b, clang::SourceRange at) {
  Object* o = asObject(order);
  const clang::CXXRecordDecl* record = o && !o->type.isNull() ? o->type->getAsCXXRecordDecl() : nullptr;
  const std::string name = record ? ev.library.nameOf(record) : "";
  if (isNothing(order) || name == "std::less" || name == "std::greater") {
    auto c = compareValues(ev, a->value(), b->value());
    return c ? std::optional<bool>(name == "std::greater" ? *c > 0 : *c < 0) : std::nullopt;
  }
  auto answer = ev.integer(ev.callValue(order, {elementArg(a), elementArg(b)}, at).value);
  return answer ? std::optional<bool>(*answer != 0) : std::nullopt;
}

Arg elementArg(Cell* element, const Object* container) {
  Object* o = asObject(element->value());
  if (o && !o->type.isNull()) return Arg{nullptr, element, o->type};
  clang::QualType type;
  if (container && !container->type.isNull()) {
    if (const auto* array = llvm::dyn_cast<clang::ArrayType>(container->type.getCanonicalType()))
      type = array->getElementType();
    else
      type = typeArgument(container->type, 0);
  }
  return Arg{nullptr, element, type};
}

Pointer settled(const Pointer& p) {
  if (!p.sequence || !p.target) return p;
  const auto& items = p.sequence->items;
  if (p.index >= 0 && p.index < static_cast<std::int64_t>(items.size()) && items[static_cast<std::size_t>(p.index)] == p.target) return p;
  for (std::size_t i = 0; i < items.size(); ++i)
    if (items[i] == p.target) return Pointer{p.target, p.sequence, static_cast<std::int64_t>(i)};
  return p;
}

Pointer iteratorAt(Evaluator& ev, Object& o, std::int64_t index) {
  static const llvm::StringRef nodes[] = {"std::list", "std::forward_list", "std::set", "std::multiset", "std::unordered_set"};
  const clang::CXXRecordDecl* record = o.type.isNull() ? nullptr : o.type->getAsCXXRecordDecl();
  const bool stable = o.kind == Object::Kind::Map || (record && llvm::is_contained(nodes, llvm::StringRef(ev.library.nameOf(record))));
  const bool inside = index >= 0 && index < static_cast<std::int64_t>(o.items.size());
  return Pointer{stable && inside ? o.items[static_cast<std::size_t>(index)] : nullptr, &o, index};
}

} // namespace cobra::interp
