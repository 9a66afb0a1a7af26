// std::map, unordered_map, set, unordered_set, and the hash maps that come with LibTorch. Entries of maps are Tuple objects (key, value);
// ordered ones are kept in key order, unordered ones in order of insertion (a run would show another order: programs that depend on it are
// not portable either).
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

#include <algorithm>

namespace cobra::interp {

namespace {
constexpr llvm::StringLiteral orderField = "order"; // the comparator, where it is none of the library's own

const Value& keyOf(const Object& o, const Cell* item) {
  Object* pair = o.kind == Object::Kind::Map ? asObject(item->value()) : nullptr;
  return pair && !pair->items.empty() ? pair->items[0]->value() : item->value();
}

/// Where `key` stands or would stand. nullopt: a key is not known.
struct Place {
  std::size_t index;
  bool found;
};
std::optional<Place> search(Evaluator& ev, const Object& o, const Value& key) {
  const Cell* own = o.field(orderField);
  for (std::size_t i = 0; i < o.items.size(); ++i) {
    const Value& have = keyOf(o, o.items[i]);
    if (!o.sorted) {
      auto same = equalValues(ev, have, key);
      if (!same) return std::nullopt;
      if (*same) return Place{i, true};
    } else if (own) {
      Cell *a = ev.heap.cell(have), *b = ev.heap.cell(key);
      auto before = comesBefore(ev, own->value(), a, b, {});
      auto after = before && !*before ? comesBefore(ev, own->value(), b, a, {}) : std::optional<bool>(false);
      if (!before || !after) return std::nullopt;
      if (!*before) return Place{i, !*after};
    } else {
      auto order = compareValues(ev, have, key);
      if (!order) return std::nullopt;
      if (*order >= 0) return Place{i, *order == 0};
    }
  }
  return Place{o.items.size(), false};
}

/// One past the entries with the key that stands at `place`.
std::size_t endOfEqual(Evaluator& ev, const Object& o, const Place& place, const Value& key) {
  std::size_t i = place.index;
  while (place.found && i < o.items.size()) {
    auto same = compareValues(ev, keyOf(o, o.items[i]), key);
    if (!same || *same != 0) break;
    ++i;
  }
  return i;
}

bool isMulti(Evaluator& ev, const Object& o) {
  const clang::CXXRecordDecl* record = o.type.isNull() ? nullptr : o.type->getAsCXXRecordDecl();
  return record && llvm::StringRef(ev.library.nameOf(record)).contains("multi");
}

Object* container(const LibraryCall& call) { return call.self ? asObject(call.self->value()) : nullptr; }

Result lost(const LibraryCall& call, const Value& key) { return open(call.at, "a key is not known", reason(key)); }

Cell* insertAt(Evaluator& ev, Object& o, std::size_t index, Value entry) {
  Cell* c = ev.heap.cell(std::move(entry));
  auto& items = ev.heap.edit(&o).items;
  items.insert(items.begin() + static_cast<std::ptrdiff_t>(index), c);
  return c;
}

Value iterator(Evaluator& ev, Object& o, std::size_t index) { return iteratorAt(ev, o, static_cast<std::int64_t>(index)); }

Result subscript(Evaluator& ev, const LibraryCall& call) {
  Object* o = container(call);
  if (!o || o->kind != Object::Kind::Map) return open(call.at, "the map is not known", o ? o->lost : nullptr);
  auto place = search(ev, *o, call.value(0));
  if (!place) return lost(call, call.value(0));
  if (!place->found) {
    clang::QualType mapped = typeArgument(o->type, 1);
    Value fresh = mapped.isNull() ? Value(Nothing{}) : ev.construct(mapped, {}, call.at);
    insertAt(ev, *o, place->index, ev.heap.tuple({ev.heap.copy(call.value(0)), fresh}));
  }
  return asObject(o->items[place->index]->value())->items[1];
}

Result at(Evaluator& ev, const LibraryCall& call) {
  Object* o = container(call);
  if (!o || o->kind != Object::Kind::Map) return open(call.at, "the map is not known", o ? o->lost : nullptr);
  auto place = search(ev, *o, call.value(0));
  if (!place) return lost(call, call.value(0));
  if (!place->found) ev.raise(call.at, "std::out_of_range: the map has no such key");
  return asObject(o->items[place->index]->value())->items[1];
}

Result find(Evaluator& ev, const LibraryCall& call) {
  Object* o = container(call);
  if (!o || o->kind == Object::Kind::Opaque) return open(call.at, "the container is not known", o ? o->lost : nullptr);
  auto place = search(ev, *o, call.value(0));
  if (!place) return lost(call, call.value(0));
  const std::size_t past = endOfEqual(ev, *o, *place, call.value(0));
  if (call.name.ends_with("::equal_range"))
    return Value(ev.heap.tuple({iterator(ev, *o, place->index), iterator(ev, *o, past)}, call.resultType));
  if (call.name.ends_with("::upper_bound")) return iterator(ev, *o, past);
  if (call.name.ends_with("::lower_bound")) return iterator(ev, *o, place->index);
  return iterator(ev, *o, place->found ? place->index : o->items.size());
}

Result count(Evaluator& ev, const LibraryCall& call) {
  Object* o = container(call);
  if (!o || o->kind == Object::Kind::Opaque) return open(call.at, "the container is not known", o ? o->lost : nullptr);
  auto place = search(ev, *o, call.value(0));
  if (!place) return lost(call, call.value(0));
  if (call.name.ends_with("contains")) return Value(std::int64_t{place->found});
  return Value(static_cast<std::int64_t>(endOfEqual(ev, *o, *place, call.value(0)) - place->index));
}

Result insertEntry(Evaluator& ev, const LibraryCall& call, Object& o, const Value& entry, bool overwrite) {
  Object* pair = asObject(entry);
  const bool map = o.kind == Object::Kind::Map;
  if (map && (!pair || pair->items.size() != 2)) return ev.unknown(call.at, "what is inserted into the map is not known");
  const Value& key = map ? pair->items[0]->value() : entry;
  auto place = search(ev, o, key);
  if (!place) {
    ev.heap.lose(&o, why(call.at, "a key is not known", reason(key)));
    return lost(call, key);
  }
  if (isMulti(ev, o)) {
    const std::size_t index = endOfEqual(ev, o, *place, key);
    insertAt(ev, o, index, ev.heap.copy(entry));
    return iterator(ev, o, index);
  }
  if (!place->found)
    insertAt(ev, o, place->index, ev.heap.copy(entry));
  else if (overwrite && map)
    ev.heap.write(asObject(o.items[place->index]->value())->items[1], ev.heap.copy(pair->items[1]->value()));
  return Value(ev.heap.tuple({iterator(ev, o, place->index), std::int64_t{!place->found}}));
}

Result insert(Evaluator& ev, const LibraryCall& call) {
  Object* o = container(call);
  if (!o || o->kind == Object::Kind::Opaque) return open(call.at, "the container is not known", o ? o->lost : nullptr);
  if (call.size() == 2)
    if (auto range = elementsBetween(call.value(0), call.value(1))) {
      for (Cell* c : *range) insertEntry(ev, call, *o, c->value(), false);
      return Value(Nothing{});
    }
  if (Object* list = asObject(call.value(0)); list && list->kind == Object::Kind::Sequence) {
    for (Cell* c : list->items) insertEntry(ev, call, *o, c->value(), false);
    return Value(Nothing{});
  }
  return insertEntry(ev, call, *o, call.value(call.size() - 1), false);
}

Result emplace(Evaluator& ev, const LibraryCall& call) {
  Object* o = container(call);
  if (!o || o->kind == Object::Kind::Opaque) return open(call.at, "the container is not known", o ? o->lost : nullptr);
  Value entry = call.size() ? call.value(0) : Value(Nothing{});
  if (o->kind == Object::Kind::Map && call.size() >= 2) {
    clang::QualType key = typeArgument(o->type, 0), mapped = typeArgument(o->type, 1);
    Value k = key.isNull() ? call.value(0) : ev.construct(key, call.args.take_front(1), call.at);
    Value m = mapped.isNull() ? call.value(1) : ev.construct(mapped, call.args.drop_front(1), call.at);
    entry = ev.heap.tuple({k, m});
  } else if (o->kind != Object::Kind::Map) {
    if (clang::QualType key = typeArgument(o->type, 0); !key.isNull()) entry = ev.construct(key, call.args, call.at);
  }
  return insertEntry(ev, call, *o, entry, call.name.ends_with("insert_or_assign"));
}

Result erase(Evaluator& ev, const LibraryCall& call) {
  Object* o = container(call);
  if (!o || o->kind == Object::Kind::Opaque) return open(call.at, "the container is not known", o ? o->lost : nullptr);
  std::size_t from = 0, to = 0;
  auto* p = as<Pointer>(call.value(0));
  const bool byPlace = p && p->sequence == o;
  if (byPlace) {
    auto* last = call.size() > 1 ? as<Pointer>(call.value(1)) : nullptr;
    from = static_cast<std::size_t>(std::max<std::int64_t>(settled(*p).index, 0));
    to = last ? static_cast<std::size_t>(settled(*last).index) : from + 1;
    if (to > o->items.size() || from > to) return ev.unknown(call.at, "what is erased is not known");
  } else if (auto place = search(ev, *o, call.value(0))) {
    from = place->index;
    to = endOfEqual(ev, *o, *place, call.value(0));
  } else {
    return lost(call, call.value(0));
  }
  auto& items = ev.heap.edit(o).items;
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(from), items.begin() + static_cast<std::ptrdiff_t>(to));
  return byPlace ? iterator(ev, *o, from) : Value(static_cast<std::int64_t>(to - from));
}

/// What is there already stays where it is.
Result merge(Evaluator& ev, const LibraryCall& call) {
  Object *o = container(call), *other = asObject(call.value(0));
  if (!o || !other || o->kind == Object::Kind::Opaque || other->kind == Object::Kind::Opaque)
    return open(call.at, "the container is not known", o ? o->lost : nullptr);
  std::vector<Cell*> stay;
  for (Cell* c : std::vector<Cell*>(other->items)) {
    auto place = search(ev, *o, keyOf(*other, c));
    if (!place) return lost(call, keyOf(*other, c));
    if (place->found && !isMulti(ev, *o)) {
      stay.push_back(c);
      continue;
    }
    auto& items = ev.heap.edit(o).items;
    items.insert(items.begin() + static_cast<std::ptrdiff_t>(endOfEqual(ev, *o, *place, keyOf(*other, c))), c);
  }
  ev.heap.edit(other).items = std::move(stay);
  return Value(Nothing{});
}

/// The comparator of an ordered container; Nothing for std::less.
Value comparator(Evaluator& ev, const LibraryCall& call, unsigned index) {
  clang::QualType type = typeArgument(call.resultType, index);
  const clang::CXXRecordDecl* record = type.isNull() ? nullptr : type->getAsCXXRecordDecl();
  if (type.isNull() || (record && ev.library.nameOf(record) == "std::less")) return Nothing{};
  for (const Arg& a : call.args)
    if (!a.type.isNull() && ev.context.hasSameUnqualifiedType(a.type, type)) return a.value();
  return ev.construct(type, {}, call.at);
}

Result construct(Evaluator& ev, const LibraryCall& call) {
  const std::string& name = ev.library.nameOf(call.resultType->getAsCXXRecordDecl());
  const bool map = name.ends_with("map") || name == "c10::Dict";
  Object* o = ev.heap.object(map ? Object::Kind::Map : Object::Kind::Sequence, call.resultType);
  o->sorted = name.starts_with("std::") && name.find("unordered") == std::string::npos;
  if (o->sorted)
    if (Value order = comparator(ev, call, map ? 2 : 1); !isNothing(order)) ev.heap.write(ev.fieldCell(*o, orderField), order);
  std::vector<Cell*> from;
  if (call.size() >= 2)
    if (auto range = elementsBetween(call.value(0), call.value(1))) from = *range;
  if (from.empty() && call.size() >= 1)
    if (Object* list = asObject(call.value(0))) {
      if (list->kind == Object::Kind::Opaque) return Value(list);
      from = list->items;
    }
  for (Cell* c : from) insertEntry(ev, call, *o, c->value(), false);
  return Value(o);
}
} // namespace

void registerStdMaps(Library& library) {
  for (std::string name : {"std::map", "std::unordered_map", "std::multimap", "std::unordered_multimap", "std::set", "std::unordered_set",
                           "std::multiset", "ska::flat_hash_map", "ska_ordered::order_preserving_flat_hash_map", "c10::Dict"}) {
    library.scope(name, sequenceMember); // size, empty, begin, end, clear, swap
    library.constructor(name, construct);
    library.function(name + "::operator[]", subscript);
    library.function(name + "::at", at);
    library.function(name + "::merge", merge);
    for (const char* f : {"::find", "::lower_bound", "::upper_bound", "::equal_range"}) library.function(name + f, find);
    for (const char* f : {"::count", "::contains"}) library.function(name + f, count);
    library.function(name + "::insert", insert);
    for (const char* f : {"::emplace", "::try_emplace", "::insert_or_assign"}) library.function(name + f, emplace);
    library.function(name + "::erase", erase);
  }
  library.function("c10::Dict::insert", emplace); // (key, value)
}

} // namespace cobra::interp
