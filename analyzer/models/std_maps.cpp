// std::map, unordered_map, set, unordered_set. Entries of maps are Tuple objects (key, value); ordered ones are kept in key order, unordered ones in
// order of insertion (a run would show another order: programs that depend on it are not portable either).
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

#include <algorithm>

namespace cobra::interp {

namespace {
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
  for (std::size_t i = 0; i < o.items.size(); ++i) {
    auto order = compareValues(ev, keyOf(o, o.items[i]), key);
    if (!order) return std::nullopt;
    if (*order == 0) return Place{i, true};
    if (o.sorted && *order > 0) return Place{i, false};
  }
  return Place{o.items.size(), false};
}

Object* container(const LibraryCall& call) { return call.self ? asObject(call.self->value()) : nullptr; }

Result lost(const LibraryCall& call, const Value& key) { return open(call.at, "a key is not known", reason(key)); }

Cell* insertAt(Evaluator& ev, Object& o, std::size_t index, Value entry) {
  Cell* c = ev.heap.cell(std::move(entry));
  auto& items = ev.heap.edit(&o).items;
  items.insert(items.begin() + static_cast<std::ptrdiff_t>(index), c);
  return c;
}

Value iterator(Object& o, std::size_t index) { return Pointer{nullptr, &o, static_cast<std::int64_t>(index)}; }

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
  if (call.name.ends_with("::lower_bound")) return iterator(*o, place->index);
  return iterator(*o, place->found ? place->index : o->items.size());
}

Result count(Evaluator& ev, const LibraryCall& call) {
  Object* o = container(call);
  if (!o || o->kind == Object::Kind::Opaque) return open(call.at, "the container is not known", o ? o->lost : nullptr);
  auto place = search(ev, *o, call.value(0));
  if (!place) return lost(call, call.value(0));
  return Value(std::int64_t{place->found});
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
  if (!place->found)
    insertAt(ev, o, place->index, ev.heap.copy(entry));
  else if (overwrite && map)
    ev.heap.write(asObject(o.items[place->index]->value())->items[1], ev.heap.copy(pair->items[1]->value()));
  return Value(ev.heap.tuple({iterator(o, place->index), std::int64_t{!place->found}}));
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
  std::optional<std::size_t> index;
  if (auto* p = as<Pointer>(call.value(0)); p && p->sequence == o) {
    if (p->index >= 0 && p->index < static_cast<std::int64_t>(o->items.size())) index = static_cast<std::size_t>(p->index);
  } else if (auto place = search(ev, *o, call.value(0))) {
    if (place->found) index = place->index;
  } else {
    return lost(call, call.value(0));
  }
  if (index) {
    auto& items = ev.heap.edit(o).items;
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(*index));
  }
  return Value(std::int64_t{index.has_value()});
}

Result construct(Evaluator& ev, const LibraryCall& call) {
  const std::string& name = ev.library.nameOf(call.resultType->getAsCXXRecordDecl());
  const bool map = name.ends_with("map");
  Object* o = ev.heap.object(map ? Object::Kind::Map : Object::Kind::Sequence, call.resultType);
  o->sorted = name.find("unordered") == std::string::npos;
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
  for (std::string name : {"std::map", "std::unordered_map", "std::multimap", "std::set", "std::unordered_set", "std::multiset"}) {
    library.scope(name, sequenceMember); // size, empty, begin, end, clear, swap
    library.constructor(name, construct);
    library.function(name + "::operator[]", subscript);
    library.function(name + "::at", at);
    for (const char* f : {"::find", "::lower_bound"}) library.function(name + f, find);
    for (const char* f : {"::count", "::contains"}) library.function(name + f, count);
    library.function(name + "::insert", insert);
    for (const char* f : {"::emplace", "::try_emplace", "::insert_or_assign"}) library.function(name + f, emplace);
    library.function(name + "::erase", erase);
  }
}

} // namespace cobra::interp
