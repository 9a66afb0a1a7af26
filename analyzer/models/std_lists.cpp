// What only some sequences have: lists that splice and sort themselves, queues in order, parts of spans,
// bits.
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

#include "clang/AST/DeclTemplate.h"

#include <algorithm>
#include <bit>

namespace cobra::interp {

namespace {
Result unknownContainer(const LibraryCall& call) {
  Object* o = call.self ? asObject(call.self->value()) : nullptr;
  return open(call.at, "the container is not known", o ? o->lost : nullptr);
}

Object* container(const LibraryCall& call) {
  Object* o = call.self ? asObject(call.self->value()) : nullptr;
  return o && o->kind == Object::Kind::Sequence ? o : nullptr;
}

/// Stable, by insertion: a comparison of the program's own may be open.
bool sortCells(Evaluator& ev, std::vector<Cell*>& cells, const Value& order, clang::SourceRange at) {
  for (std::size_t i = 1; i < cells.size(); ++i)
    for (std::size_t j = i; j > 0; --j) {
      ev.meter.step();
      auto less = comesBefore(ev, order, cells[j], cells[j - 1], at);
      if (!less) return false;
      if (!*less) break;
      std::swap(cells[j], cells[j - 1]);
    }
  return true;
}

Result sort(Evaluator& ev, const LibraryCall& call) {
  Object* o = container(call);
  if (!o) return unknownContainer(call);
  std::vector<Cell*> cells = o->items;
  if (!sortCells(ev, cells, call.size() ? call.value(0) : Value(Nothing{}), call.at))
    ev.heap.lose(o, why(call.at, "the order after sorting is not known"));
  else
    ev.heap.edit(o).items = std::move(cells);
  return Value(Nothing{});
}

Result reverse(Evaluator& ev, const LibraryCall& call) {
  Object* o = container(call);
  if (!o) return unknownContainer(call);
  std::reverse(ev.heap.edit(o).items.begin(), ev.heap.edit(o).items.end());
  return Value(Nothing{});
}

/// remove(value), remove_if(predicate): gives how many.
Result remove(Evaluator& ev, const LibraryCall& call) {
  Object* o = container(call);
  if (!o) return unknownContainer(call);
  std::vector<Cell*> kept;
  for (Cell* c : o->items) {
    std::optional<bool> goes;
    if (!call.name.ends_with("_if"))
      goes = equalValues(ev, c->value(), call.value(0));
    else if (auto answer = ev.integer(ev.callValue(call.value(0), {elementArg(c, o)}, call.at).value))
      goes = *answer != 0;
    if (!goes) {
      ev.heap.lose(o, why(call.at, "which elements are removed is not known"));
      return unknownContainer(call);
    }
    if (!*goes) kept.push_back(c);
  }
  const auto removed = static_cast<std::int64_t>(o->items.size() - kept.size());
  ev.heap.edit(o).items = std::move(kept);
  return Value(removed);
}

/// splice(where, other), splice(where, other, element), splice(where, other, first, last).
Result splice(Evaluator& ev, const LibraryCall& call) {
  Object *o = container(call), *other = asObject(call.value(1));
  auto* where = as<Pointer>(call.value(0));
  if (!o || !other || !where) return unknownContainer(call);
  std::size_t from = 0, to = other->items.size();
  if (call.size() > 2) {
    auto* first = as<Pointer>(call.value(2));
    auto* last = call.size() > 3 ? as<Pointer>(call.value(3)) : nullptr;
    if (!first) return unknownContainer(call);
    from = static_cast<std::size_t>(settled(*first).index);
    to = last ? static_cast<std::size_t>(settled(*last).index) : from + 1;
  }
  if (from > to || to > other->items.size()) return ev.unknown(call.at, "what is spliced is not known");
  const Pointer before = settled(*where);
  std::vector<Cell*> moved(other->items.begin() + static_cast<std::ptrdiff_t>(from),
                           other->items.begin() + static_cast<std::ptrdiff_t>(to));
  auto& source = ev.heap.edit(other).items;
  source.erase(source.begin() + static_cast<std::ptrdiff_t>(from), source.begin() + static_cast<std::ptrdiff_t>(to));
  auto& items = ev.heap.edit(o).items;
  std::int64_t at = before.target ? settled(before).index : before.index;
  items.insert(items.begin() + std::clamp<std::int64_t>(at, 0, static_cast<std::int64_t>(items.size())), moved.begin(), moved.end());
  return Value(Nothing{});
}

Result insertAfter(Evaluator& ev, const LibraryCall& call) {
  Object* o = container(call);
  auto* where = as<Pointer>(call.value(0));
  if (!o || !where) return unknownContainer(call);
  const std::int64_t at = settled(*where).index + 1;
  auto& items = ev.heap.edit(o).items;
  if (at < 0 || at > static_cast<std::int64_t>(items.size())) return ev.unknown(call.at, "where something is inserted is not known");
  items.insert(items.begin() + at, ev.heap.cell(ev.heap.copy(call.value(1))));
  return Value(iteratorAt(ev, *o, at));
}

// ---- priority_queue: kept in order, the first to leave at the end
Result pushInOrder(Evaluator& ev, const LibraryCall& call) {
  Object* o = container(call);
  if (!o) return unknownContainer(call);
  clang::QualType element = typeArgument(o->type, 0), compare = typeArgument(o->type, 2);
  Value order = compare.isNull() ? Value(Nothing{}) : ev.construct(compare, {}, call.at);
  Value made =
      call.name.ends_with("emplace") && !element.isNull() ? ev.construct(element, call.args, call.at) : ev.heap.copy(call.value(0));
  auto& items = ev.heap.edit(o).items;
  items.push_back(ev.heap.cell(made));
  if (!sortCells(ev, items, order, call.at)) ev.heap.lose(o, why(call.at, "the order of a priority queue is not known"));
  return Value(Nothing{});
}

// ---- span
Result part(Evaluator& ev, const LibraryCall& call) {
  Object* o = container(call);
  auto n = call.size() ? ev.integer(call.value(0)) : std::nullopt;
  if (!o || !n) return unknownContainer(call);
  const auto size = static_cast<std::int64_t>(o->items.size());
  std::int64_t from = call.name.ends_with("last") ? size - *n : call.name.ends_with("first") ? 0 : *n;
  std::int64_t to = call.name.ends_with("first") ? *n : size;
  if (call.name.ends_with("subspan") && call.size() > 1)
    if (auto count = ev.integer(call.value(1)); count && *count >= 0) to = from + *count;
  if (from < 0 || to < from || to > size) return ev.unknown(call.at, "a part of a span lies outside it");
  Object* view = ev.heap.sequence({}, call.resultType);
  view->items.assign(o->items.begin() + from, o->items.begin() + to);
  return Value(view);
}

// ---- bitset: its bits as a number
std::optional<unsigned> widthOf(const LibraryCall& call) {
  auto* method = llvm::dyn_cast_or_null<clang::CXXMethodDecl>(call.callee);
  auto* spec = method ? llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(method->getParent()) : nullptr;
  if (!spec || spec->getTemplateArgs()[0].getKind() != clang::TemplateArgument::Integral) return std::nullopt;
  auto width = spec->getTemplateArgs()[0].getAsIntegral().getExtValue();
  return width > 0 && width < 64 ? std::optional<unsigned>(static_cast<unsigned>(width)) : std::nullopt;
}

Result makeBits(Evaluator& ev, const LibraryCall& call) {
  auto width = widthOf(call);
  if (!width) return open(call.at, "a bitset of this width is not followed");
  std::uint64_t bits = 0;
  if (call.size()) {
    if (auto n = ev.integer(call.value(0)))
      bits = static_cast<std::uint64_t>(*n);
    else if (auto text = ev.text(call.value(0)))
      for (char c : *text) bits = bits * 2 + (c == '1');
    else
      return open(call.at, "the bits are not known", reason(call.value(0)));
  }
  return Value(static_cast<std::int64_t>(bits & ((std::uint64_t{1} << *width) - 1)));
}

Result bits(Evaluator& ev, const LibraryCall& call) {
  auto width = widthOf(call);
  auto* now = as<std::int64_t>(call.self->value());
  if (!width || !now) return open(call.at, "the bits are not known", reason(call.self->value()));
  const std::uint64_t all = (std::uint64_t{1} << *width) - 1, old = static_cast<std::uint64_t>(*now);
  auto at = call.size() ? ev.integer(call.value(0)) : std::nullopt;
  if (call.size() && (!at || *at < 0)) return open(call.at, "which bit is meant is not known", reason(call.value(0)));
  const std::uint64_t bit = at ? std::uint64_t{1} << (static_cast<unsigned>(*at) & 63) : all;
  llvm::StringRef name = call.name.substr(call.name.rfind(':') + 1);
  auto write = [&](std::uint64_t next) {
    ev.heap.write(call.self, static_cast<std::int64_t>(next & all));
    return Result(call.self);
  };
  if (name == "set") {
    auto on = call.size() > 1 ? ev.integer(call.value(1)) : std::optional<std::int64_t>(1);
    if (!on) return open(call.at, "a bit is not known", reason(call.value(1)));
    return write(*on ? old | bit : old & ~bit);
  }
  if (name == "reset") return write(old & ~bit);
  if (name == "flip") return write(old ^ bit);
  if (name == "count") return Value(std::int64_t{std::popcount(old)});
  if (name == "any") return Value(std::int64_t{old != 0});
  if (name == "none") return Value(std::int64_t{old == 0});
  if (name == "all") return Value(std::int64_t{old == all});
  if (name == "size") return Value(std::int64_t{*width});
  if (name == "to_ulong" || name == "to_ullong") return Value(*now);
  return Value(std::int64_t{(old & bit) != 0}); // test, operator[]
}
} // namespace

void registerStdLists(Library& library) {
  for (std::string name : {"std::list", "std::forward_list"}) {
    library.function(name + "::sort", sort);
    library.function(name + "::reverse", reverse);
    for (const char* f : {"::remove", "::remove_if"}) library.function(name + f, remove);
    library.function(name + "::splice", splice);
    library.function(name + "::insert_after", insertAfter);
  }
  for (const char* f : {"std::priority_queue::push", "std::priority_queue::emplace"}) library.function(f, pushInOrder);
  for (const char* f : {"std::span::subspan", "std::span::first", "std::span::last"}) library.function(f, part);
  library.constructor("std::bitset", makeBits);
  for (const char* f : {"set", "reset", "flip", "count", "any", "none", "all", "size", "to_ulong", "to_ullong", "test", "operator[]"})
    library.function(std::string("std::bitset::") + f, bits);
}

} // namespace cobra::interp
