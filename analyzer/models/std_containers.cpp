// std::vector, array, deque, list, initializer_list, span: one kind of object, a sequence of cells.
#include "analyzer/interp/moves.h"
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

#include "clang/AST/DeclTemplate.h"

#include "llvm/ADT/StringSet.h"

#include <algorithm>

namespace cobra::interp {

namespace {
using Method = Result (*)(Evaluator&, const LibraryCall&, Object&);

/// A vector of so many numbers is a buffer: its size is known, its elements are not.
constexpr std::int64_t keptNumbers = 1 << 16;
Object* largeVector(Evaluator& ev, const LibraryCall& call, std::int64_t n, clang::QualType element, clang::QualType type) {
  if (n <= keptNumbers || element.isNull() || !element->isArithmeticType()) return nullptr;
  Object* o = ev.heap.object(Object::Kind::Opaque, type);
  o->lost = why(call.at, "the elements of a container of " + std::to_string(n) + " numbers are not followed");
  ev.heap.write(ev.fieldCell(*o, "size"), n);
  return o;
}
std::optional<Result> largeMember(Object& o, llvm::StringRef name) {
  Cell* size = o.field("size");
  if (!size || o.kind != Object::Kind::Opaque) return std::nullopt;
  if (name == "size" || name == "capacity") return Result(size->value());
  if (name == "empty") return Result(Value(std::int64_t{0}));
  if (name == "data" || name == "begin" || name == "cbegin") return Result(Value(Pointer{nullptr, &o, 0}));
  return std::nullopt;
}

clang::QualType elementType(const Object& o, const LibraryCall& call) {
  if (clang::QualType t = typeArgument(o.type, 0); !t.isNull()) return t;
  if (auto* method = llvm::dyn_cast_or_null<clang::CXXMethodDecl>(call.callee)) return typeArgument(method->getParent(), 0);
  return {};
}

Cell* element(Evaluator& ev, const LibraryCall& call, const Value& value) {
  return ev.heap.cell(ev.heap.copy(value));
  (void)call;
}

Result at(Evaluator& ev, const LibraryCall& call, Object& o) {
  auto i = ev.integer(call.value(0));
  if (!i) return open(call.at, "the index is not known", reason(call.value(0)));
  if (*i < 0 || *i >= static_cast<std::int64_t>(o.items.size()))
    ev.raise(call.at, std::string(call.name.ends_with("::at") ? "std::out_of_range: " : "") + "index " + std::to_string(*i) +
                          " is outside the container of size " + std::to_string(o.items.size()));
  return o.items[static_cast<std::size_t>(*i)];
}
Result pushBack(Evaluator& ev, const LibraryCall& call, Object& o) {
  Cell* c = element(ev, call, call.value(0));
  ev.heap.edit(&o).items.push_back(c);
  return Value(Nothing{});
}
Result pushFront(Evaluator& ev, const LibraryCall& call, Object& o) {
  Cell* c = element(ev, call, call.value(0));
  auto& items = ev.heap.edit(&o).items;
  items.insert(items.begin(), c);
  return Value(Nothing{});
}
Result emplaceBack(Evaluator& ev, const LibraryCall& call, Object& o) {
  Cell* c = ev.heap.cell(ev.construct(elementType(o, call), call.args, call.at));
  ev.heap.edit(&o).items.push_back(c);
  return c;
}
Result emplaceFront(Evaluator& ev, const LibraryCall& call, Object& o) {
  Cell* c = ev.heap.cell(ev.construct(elementType(o, call), call.args, call.at));
  auto& items = ev.heap.edit(&o).items;
  items.insert(items.begin(), c);
  return c;
}
Result popBack(Evaluator& ev, const LibraryCall& call, Object& o) {
  if (o.items.empty()) return ev.unknown(call.at, "an empty container is popped");
  ev.heap.edit(&o).items.pop_back();
  return Value(Nothing{});
}
Result popFront(Evaluator& ev, const LibraryCall& call, Object& o) {
  if (o.items.empty()) return ev.unknown(call.at, "an empty container is popped");
  auto& items = ev.heap.edit(&o).items;
  items.erase(items.begin());
  return Value(Nothing{});
}
Result size(Evaluator&, const LibraryCall&, Object& o) { return Value(static_cast<std::int64_t>(o.items.size())); }
Result empty(Evaluator&, const LibraryCall&, Object& o) { return Value(std::int64_t{o.items.empty()}); }
Result front(Evaluator& ev, const LibraryCall& call, Object& o) {
  if (o.items.empty()) return ev.unknown(call.at, "the front of an empty container is read");
  return o.items.front();
}
Result back(Evaluator& ev, const LibraryCall& call, Object& o) {
  if (o.items.empty()) return ev.unknown(call.at, "the back of an empty container is read");
  return o.items.back();
}
Result begin(Evaluator& ev, const LibraryCall&, Object& o) { return Value(iteratorAt(ev, o, 0)); }
Result end(Evaluator& ev, const LibraryCall&, Object& o) { return Value(iteratorAt(ev, o, static_cast<std::int64_t>(o.items.size()))); }
/// Reverse iterators walk a reversed view that shares the cells. Container and view point at each other: neither is part of the
/// other, so that a copy of the container has no view yet.
Object* reversedView(Evaluator& ev, Object& o) {
  const Cell* known = o.field("reversed view");
  const Pointer* old = known ? as<Pointer>(known->value()) : nullptr;
  const Cell* back = old ? old->sequence->field("reversed from") : nullptr;
  if (back && as<Pointer>(back->value())->sequence == &o &&
      std::equal(old->sequence->items.begin(), old->sequence->items.end(), o.items.rbegin(), o.items.rend()))
    return old->sequence;
  Object* view = ev.heap.object(Object::Kind::Sequence, o.type);
  view->items.assign(o.items.rbegin(), o.items.rend());
  ev.heap.write(ev.fieldCell(o, "reversed view"), Pointer{nullptr, view, 0});
  ev.heap.write(ev.fieldCell(*view, "reversed from"), Pointer{nullptr, &o, 0});
  return view;
}
Result rbegin(Evaluator& ev, const LibraryCall&, Object& o) { return Value(Pointer{nullptr, reversedView(ev, o), 0}); }
Result rend(Evaluator& ev, const LibraryCall&, Object& o) {
  Object* view = reversedView(ev, o);
  return Value(Pointer{nullptr, view, static_cast<std::int64_t>(view->items.size())});
}
Result clear(Evaluator& ev, const LibraryCall&, Object& o) {
  ev.heap.edit(&o).items.clear();
  return Value(Nothing{});
}
Result resize(Evaluator& ev, const LibraryCall& call, Object& o) {
  auto n = ev.integer(call.value(0));
  if (!n || *n < 0) {
    ev.heap.lose(&o, why(call.at, "the new size of the container is not known", reason(call.value(0))));
    return Value(Nothing{});
  }
  if (Object* large = largeVector(ev, call, *n, elementType(o, call), o.type); large && call.self) {
    ev.heap.write(call.self, large);
    return Value(Nothing{});
  }
  Object& edited = ev.heap.edit(&o);
  if (static_cast<std::size_t>(*n) > ev.meter.limits().elements)
    throw BudgetExhausted{"the budget of " + std::to_string(ev.meter.limits().elements) + " elements of one container is used up"};
  while (edited.items.size() > static_cast<std::size_t>(*n)) edited.items.pop_back();
  while (edited.items.size() < static_cast<std::size_t>(*n))
    edited.items.push_back(call.size() > 1 ? element(ev, call, call.value(1))
                                           : ev.heap.cell(ev.construct(elementType(o, call), {}, call.at)));
  return Value(Nothing{});
}
Result nothing(Evaluator&, const LibraryCall&, Object&) { return Value(Nothing{}); }
Result fill(Evaluator& ev, const LibraryCall& call, Object& o) {
  for (Cell* c : o.items) ev.heap.write(c, ev.heap.copy(call.value(0)));
  return Value(Nothing{});
}
Result data(Evaluator&, const LibraryCall&, Object& o) { return Value(Pointer{nullptr, &o, 0}); }
/// The container changes in a way that only a run would tell: its contents are lost.
Result changed(Evaluator& ev, const LibraryCall& call, Object& o, const char* sentence) {
  WhyRef because;
  for (const Arg& a : call.args)
    if (!because) because = reason(a.value());
  WhyRef lost = why(call.at, sentence, because);
  ev.heap.lose(&o, lost);
  return Value(OpenValue{lost});
}
Result assign(Evaluator& ev, const LibraryCall& call, Object& o) {
  Object* from = asObject(sequenceConstructor(ev, call).value);
  if (!from || from->kind == Object::Kind::Opaque) return changed(ev, call, o, "what is assigned to the container is not known");
  ev.heap.edit(&o).items = from->items;
  return Value(Nothing{});
}
Result swap(Evaluator& ev, const LibraryCall& call, Object& o) {
  Object* other = asObject(call.value(0));
  if (!other) return changed(ev, call, o, "what the container is swapped with is not known");
  std::swap(ev.heap.edit(&o).items, ev.heap.edit(other).items);
  return Value(Nothing{});
}
Result insert(Evaluator& ev, const LibraryCall& call, Object& o) {
  auto* where = as<Pointer>(call.value(0));
  if (!where || where->index < 0 || settled(*where).index > static_cast<std::int64_t>(o.items.size()))
    return changed(ev, call, o, "where something is inserted is not known");
  std::vector<Cell*> added;
  if (call.size() >= 3) {
    if (auto range = elementsBetween(call.value(1), call.value(2)))
      for (Cell* c : *range) added.push_back(element(ev, call, c->value()));
    else if (auto n = ev.integer(call.value(1)))
      for (std::int64_t i = 0; i < *n; ++i) added.push_back(element(ev, call, call.value(2)));
    else
      return changed(ev, call, o, "what is inserted is not known");
  } else if (Object* list = asObject(call.value(1));
             list && list->kind == Object::Kind::Sequence && call.callee->getParamDecl(1)->getType()->isRecordType()) {
    for (Cell* c : list->items) added.push_back(element(ev, call, c->value()));
  } else {
    added.push_back(element(ev, call, call.value(1)));
  }
  auto& items = ev.heap.edit(&o).items;
  const std::int64_t before = settled(*where).index;
  items.insert(items.begin() + before, added.begin(), added.end());
  return Value(iteratorAt(ev, o, before));
}
Result emplace(Evaluator& ev, const LibraryCall& call, Object& o) {
  auto* where = as<Pointer>(call.value(0));
  if (!where || where->index < 0 || settled(*where).index > static_cast<std::int64_t>(o.items.size()))
    return changed(ev, call, o, "where something is inserted is not known");
  Cell* c = ev.heap.cell(ev.construct(elementType(o, call), call.args.drop_front(), call.at));
  auto& items = ev.heap.edit(&o).items;
  const std::int64_t before = settled(*where).index;
  items.insert(items.begin() + before, c);
  return Value(iteratorAt(ev, o, before));
}
Result erase(Evaluator& ev, const LibraryCall& call, Object& o) {
  auto* first = as<Pointer>(call.value(0));
  auto* last = call.size() > 1 ? as<Pointer>(call.value(1)) : nullptr;
  const auto n = static_cast<std::int64_t>(o.items.size());
  std::int64_t from = first ? settled(*first).index : -1, to = last ? settled(*last).index : from + 1;
  if (!first || from < 0 || to < from || to > n) return changed(ev, call, o, "what is erased is not known");
  auto& items = ev.heap.edit(&o).items;
  items.erase(items.begin() + from, items.begin() + to);
  return Value(iteratorAt(ev, o, from));
}
Result slice(Evaluator& ev, const LibraryCall& call, Object& o) { // c10::ArrayRef::slice
  auto from = ev.integer(call.value(0));
  auto n = call.size() > 1 ? ev.integer(call.value(1)) : std::nullopt;
  if (!from || *from < 0 || *from > static_cast<std::int64_t>(o.items.size())) return ev.unknown(call.at, "a slice of a list is not known");
  Object* part = ev.heap.sequence({}, o.type); // it shares the elements
  for (auto i = static_cast<std::size_t>(*from); i < o.items.size() && (!n || part->items.size() < static_cast<std::size_t>(*n)); ++i)
    part->items.push_back(o.items[i]);
  return Value(part);
}
Result vec(Evaluator& ev, const LibraryCall&, Object& o) { return ev.heap.copy(Value(&o)); }

const llvm::StringMap<Method>& methods() {
  static const llvm::StringMap<Method> table = {{"operator[]", at},
                                                {"at", at},
                                                {"push_back", pushBack},
                                                {"emplace_back", emplaceBack},
                                                {"push_front", pushFront},
                                                {"emplace_front", emplaceFront},
                                                {"pop_back", popBack},
                                                {"pop_front", popFront},
                                                {"size", size},
                                                {"length", size},
                                                {"empty", empty},
                                                {"front", front},
                                                {"back", back},
                                                {"begin", begin},
                                                {"cbegin", begin},
                                                {"end", end},
                                                {"cend", end},
                                                {"rbegin", rbegin},
                                                {"rend", rend},
                                                {"crbegin", rbegin},
                                                {"crend", rend},
                                                {"clear", clear},
                                                {"resize", resize},
                                                {"reserve", nothing},
                                                {"shrink_to_fit", nothing},
                                                {"fill", fill},
                                                {"data", data},
                                                {"assign", assign},
                                                {"swap", swap},
                                                {"insert", insert},
                                                {"emplace", emplace},
                                                {"erase", erase},
                                                {"capacity", size},
                                                {"max_size", size},
                                                {"slice", slice},
                                                {"vec", vec},
                                                {"push", pushBack},
                                                {"pop", popBack},
                                                {"top", back},
                                                {"append", pushBack}};
  return table;
}
/// What takes an element over that is moved in.
const llvm::StringSet<>& storing() {
  static const llvm::StringSet<> names = {"push_back", "emplace_back", "push_front", "emplace_front", "push", "insert", "emplace"};
  return names;
}

/// How many elements lie between two pointers into memory whose contents are not followed.
std::optional<std::int64_t> unseenBetween(const Value& first, const Value& last) {
  auto *a = as<Pointer>(first), *b = as<Pointer>(last);
  if (!a || !b || !a->sequence || !b->sequence || a->sequence->kind != Object::Kind::Opaque || b->sequence->kind != Object::Kind::Opaque)
    return std::nullopt;
  return b->index >= a->index ? std::optional(b->index - a->index) : std::nullopt;
}

bool isView(Evaluator& ev, clang::QualType type) {
  const clang::CXXRecordDecl* record = type.isNull() ? nullptr : type->getAsCXXRecordDecl();
  const std::string name = record ? ev.library.nameOf(record) : "";
  return name == "std::span" || name == "c10::ArrayRef" || name == "c10::HeaderOnlyArrayRef";
}
} // namespace

Result sequenceMember(Evaluator& ev, const LibraryCall& call) {
  Object* o = call.self ? asObject(call.self->value()) : nullptr;
  if (o && o->kind == Object::Kind::Opaque && call.callee->getDeclName().isIdentifier())
    if (auto known = largeMember(*o, call.callee->getName())) return *known;
  if (!o || o->kind == Object::Kind::Opaque)
    return open(call.at, "the container is not known", o ? o->lost : call.self ? reason(call.self->value()) : nullptr);
  if (call.callee->getOverloadedOperator() == clang::OO_Equal && call.size() == 1) {
    ev.heap.write(call.self, ev.heap.copy(call.value(0)));
    return call.self;
  }
  std::string name = call.callee->getNameAsString();
  std::vector<Arg> taken;
  if (llvm::any_of(call.args, isMovedFrom) && storing().contains(name)) {
    for (const Arg& a : call.args) {
      taken.push_back(a);
      if (isMovedFrom(a)) taken.back().place = ev.heap.cell(ev.moveOut(a.place, a.type));
    }
    LibraryCall moved = call;
    moved.args = taken;
    return methods().find(name)->second(ev, moved, *o);
  }
  auto it = methods().find(name);
  if (it == methods().end()) {
    if (llvm::isa<clang::CXXConversionDecl>(call.callee)) return call.self->value();
    ev.noteUnknownFunction(call.name);
    return ev.unknown(call.at, "the tool does not model " + call.name.str());
  }
  return it->second(ev, call, *o);
}

Result sequenceConstructor(Evaluator& ev, const LibraryCall& call) {
  clang::QualType type = call.callee && llvm::isa<clang::CXXConstructorDecl>(call.callee) ? call.resultType : clang::QualType();
  clang::QualType elementOf = typeArgument(type, 0);
  if (elementOf.isNull())
    if (auto* method = llvm::dyn_cast_or_null<clang::CXXMethodDecl>(call.callee)) elementOf = typeArgument(method->getParent(), 0);
  std::vector<Value> items;
  auto made = [&] { return Result(Value(ev.heap.sequence(std::move(items), type))); };
  if (call.size() == 0 || isNothing(call.value(0))) {
    const clang::CXXRecordDecl* record = type.isNull() ? nullptr : type->getAsCXXRecordDecl();
    if (record && ev.library.nameOf(record) == "std::array") // std::array<T, N> a;
      if (auto* spec = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(record); spec && spec->getTemplateArgs().size() > 1) {
        std::int64_t n = spec->getTemplateArgs()[1].getAsIntegral().getExtValue();
        for (std::int64_t i = 0; i < n && i < 100000; ++i) items.push_back(ev.construct(elementOf, {}, call.at));
      }
    return made();
  }
  const Value& first = call.value(0);
  if (isOpen(first)) return open(call.at, "what the container is built from is not known", reason(first));
  if (Object* from = asObject(first); from && (from->kind == Object::Kind::Sequence || from->kind == Object::Kind::Tuple)) {
    if (isView(ev, type)) {
      Object* view = ev.heap.sequence({}, type);
      view->items = from->items;
      return Value(view);
    }
    for (Cell* c : from->items) items.push_back(ev.heap.copy(c->value()));
    return made();
  }
  if (Object* from = asObject(first); from && from->kind == Object::Kind::Opaque) return Value(from);
  if (call.size() > 1)
    if (auto range = elementsBetween(first, call.value(1))) {
      for (Cell* c : *range) items.push_back(ev.heap.copy(c->value()));
      return made();
    }
  if (call.size() > 1)
    if (auto n = unseenBetween(first, call.value(1))) {
      if (Object* large = largeVector(ev, call, *n, elementOf, type)) return Value(large);
      ev.meter.elements(static_cast<std::size_t>(*n));
      items.assign(static_cast<std::size_t>(*n), OpenValue{as<Pointer>(first)->sequence->lost});
      return made();
    }
  if (auto* p = as<Pointer>(first); p && p->sequence && call.size() > 1) { // (pointer, length)
    if (auto n = ev.integer(call.value(1))) {
      const auto& from = p->sequence->items;
      const auto size = static_cast<std::int64_t>(from.size());
      if (p->index < 0 || *n < 0 || p->index > size || *n > size - p->index)
        return ev.unknown(call.at, "a container is made of more elements than there are behind the pointer", p->sequence->lost);
      for (std::int64_t i = p->index; i < p->index + *n; ++i) items.push_back(from[static_cast<std::size_t>(i)]->value());
      return made();
    }
  }
  if (auto n = ev.integer(first)) {
    if (*n < 0) ev.raise(call.at, "cannot create a std::vector of negative size");
    if (Object* large = largeVector(ev, call, *n, elementOf, type)) return Value(large);
    if (static_cast<std::size_t>(*n) > ev.meter.limits().elements)
      throw BudgetExhausted{"the budget of " + std::to_string(ev.meter.limits().elements) + " elements of one container is used up"};
    bool value = call.size() > 1 && !isNothing(call.value(1));
    for (std::int64_t i = 0; i < *n; ++i) items.push_back(value ? ev.heap.copy(call.value(1)) : ev.construct(elementOf, {}, call.at));
    return made();
  }
  return open(call.at, "how this container is built is not followed");
}

void registerStdIterators(Library&);
void registerStdLists(Library&);
void registerStdMaps(Library&);

void registerStdContainers(Library& library) {
  for (const char* name :
       {"std::vector", "std::array", "std::deque", "std::list", "std::forward_list", "std::initializer_list", "std::span", "std::stack",
        "std::queue", "std::priority_queue", "std::valarray", "c10::ArrayRef", "c10::SmallVector", "c10::SmallVectorImpl",
        "c10::SmallVectorTemplateCommon", "c10::SmallVectorTemplateBase", "c10::HeaderOnlyArrayRef", "c10::List"}) {
    library.scope(name, sequenceMember);
    library.constructor(name, sequenceConstructor);
  }
  library.function("std::queue::pop", [](Evaluator& ev, const LibraryCall& call) -> Result {
    Object* o = asObject(call.self->value());
    return o ? popFront(ev, call, *o) : Result(Value(Nothing{}));
  });
  library.scope("c10::impl::ListElementReference", [](Evaluator&, const LibraryCall& call) -> Result { return call.self; }); // the element
  for (const char* name : {"std::queue::emplace", "std::stack::emplace"})
    library.function(name, [](Evaluator& ev, const LibraryCall& call) -> Result {
      Object* o = asObject(call.self->value());
      return o && o->kind == Object::Kind::Sequence ? emplaceBack(ev, call, *o) : sequenceMember(ev, call);
    });
  library.constructor("std::allocator", [](Evaluator&, const LibraryCall&) -> Result { return Value(Nothing{}); });
  library.function("std::_Bit_reference::operator=", [](Evaluator& ev, const LibraryCall& call) -> Result {
    ev.heap.write(call.self, call.value(0));
    return call.self;
  });
  library.function("std::_Bit_reference::operator T", [](Evaluator&, const LibraryCall& call) -> Result { return call.self->value(); });
  registerStdIterators(library);
  registerStdLists(library);
  registerStdMaps(library);
}

} // namespace cobra::interp
