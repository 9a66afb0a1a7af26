// Algorithms that only look: bounds, extremes, comparisons, inner products.
#include "analyzer/models/algorithms.h"
#include "analyzer/models/sequence.h"

namespace cobra::interp {

namespace {
Result openRange(const LibraryCall& call) {
  for (const Arg& a : call.args)
    if (isOpen(a.value())) return a.value();
  return open(call.at, "the range of an algorithm is not known");
}

Value orderOf(const LibraryCall& call, std::size_t index) { return call.size() > index ? call.value(index) : Value(Nothing{}); }

Value iterator(Evaluator& ev, const Value& first, std::size_t by) {
  const Pointer p = settled(*as<Pointer>(first));
  return iteratorAt(ev, *p.sequence, p.index + static_cast<std::int64_t>(by));
}

/// lower_bound, upper_bound, binary_search, equal_range of a sorted range.
Result bound(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  const Value order = orderOf(call, 3);
  std::size_t low = 0, high = 0;
  for (Cell* c : *range) {
    auto before = comesBefore(ev, order, c, call.args[2].place, call.at);
    auto after = comesBefore(ev, order, call.args[2].place, c, call.at);
    if (!before || !after) return open(call.at, "where a value stands in a sorted range is not known");
    low += *before;
    high += !*after;
  }
  if (call.name.ends_with("binary_search")) return Value(std::int64_t{high > low});
  if (call.name.ends_with("equal_range"))
    return Value(ev.heap.tuple({iterator(ev, call.value(0), low), iterator(ev, call.value(0), high)}, call.resultType));
  return iterator(ev, call.value(0), call.name.ends_with("lower_bound") ? low : high);
}

/// The index of the first least and of the last greatest element (as std::minmax_element has it).
struct Extremes {
  std::size_t least = 0, firstGreatest = 0, lastGreatest = 0;
};
std::optional<Extremes> extremes(Evaluator& ev, const LibraryCall& call, const std::vector<Cell*>& cells, const Value& order) {
  Extremes e;
  for (std::size_t i = 1; i < cells.size(); ++i) {
    auto less = comesBefore(ev, order, cells[i], cells[e.least], call.at);
    auto more = comesBefore(ev, order, cells[e.firstGreatest], cells[i], call.at);
    auto notLess = comesBefore(ev, order, cells[i], cells[e.lastGreatest], call.at);
    if (!less || !more || !notLess) return std::nullopt;
    if (*less) e.least = i;
    if (*more) e.firstGreatest = i;
    if (!*notLess) e.lastGreatest = i;
  }
  return e;
}

Result extremeElement(Evaluator& ev, const LibraryCall& call) { // min_element, max_element, minmax_element
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  if (range->empty()) return call.value(1);
  auto e = extremes(ev, call, *range, orderOf(call, 2));
  if (!e) return open(call.at, "which value is the extreme one is not known");
  if (call.name.contains("minmax"))
    return Value(ev.heap.tuple({iterator(ev, call.value(0), e->least), iterator(ev, call.value(0), e->lastGreatest)}, call.resultType));
  return iterator(ev, call.value(0), call.name.contains("min") ? e->least : e->firstGreatest);
}

Result extreme(Evaluator& ev, const LibraryCall& call) { // min, max, minmax of two values or of a list
  Object* list = asObject(call.value(0));
  const bool listed = list && (list->kind == Object::Kind::Sequence) && call.size() <= 2 &&
                      !(call.size() == 2 && asObject(call.value(1)) && asObject(call.value(1))->kind == Object::Kind::Sequence);
  std::vector<Cell*> items;
  if (listed)
    items = list->items;
  else if (call.size() >= 2)
    items = {call.args[0].place, call.args[1].place};
  if (items.empty()) return openRange(call);
  auto e = extremes(ev, call, items, orderOf(call, listed ? 1 : 2));
  if (!e) {
    for (Cell* c : items)
      if (isOpen(c->value())) return open(call.at, "which value is the extreme one is not known", reason(c->value()));
    return open(call.at, "which value is the extreme one is not known");
  }
  if (call.name.contains("minmax")) {
    Object* pair = ev.heap.tuple({}, call.resultType);
    pair->items = {items[e->least], items[e->lastGreatest]};
    return Value(pair);
  }
  return items[call.name.ends_with("min") ? e->least : e->firstGreatest];
}

Result innerProduct(Evaluator& ev, const LibraryCall& call) { // transform_reduce of two ranges too
  auto range = elementsBetween(call.value(0), call.value(1));
  auto* second = as<Pointer>(call.value(2));
  if (!range || !second || !second->sequence) return openRange(call);
  Cell* sum = ev.heap.cell(call.value(3));
  for (std::size_t i = 0; i < range->size(); ++i) {
    Cell *a = (*range)[i], *b = ev.pointee(iterator(ev, call.value(2), i), call.at);
    Value product, next;
    auto *x = as<std::int64_t>(a->value()), *y = as<std::int64_t>(b->value());
    auto u = ev.number(a->value()), v = ev.number(b->value());
    if (call.size() > 5)
      product = ev.callValue(call.value(5), {elementArg(a), elementArg(b)}, call.at).value;
    else if (x && y)
      product = *x * *y;
    else if (u && v)
      product = *u * *v;
    else
      return openRange(call);
    if (call.size() > 4) {
      next = ev.callValue(call.value(4), {elementArg(sum), elementArg(ev.heap.cell(product))}, call.at).value;
    } else {
      auto *s = as<std::int64_t>(sum->value()), *p = as<std::int64_t>(product);
      auto t = ev.number(sum->value()), q = ev.number(product);
      if (s && p)
        next = *s + *p;
      else if (s && q)
        next = static_cast<std::int64_t>(static_cast<double>(*s) + *q); // an int start value keeps the sum an int
      else if (t && q)
        next = *t + *q;
      else
        return openRange(call);
    }
    sum = ev.heap.cell(next);
  }
  return sum->value();
}

Result equal(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  auto* second = as<Pointer>(call.value(2));
  if (!range || !second || !second->sequence) return openRange(call);
  auto* last = call.size() > 3 ? as<Pointer>(call.value(3)) : nullptr;
  const bool ended = last && last->sequence == second->sequence;
  const std::size_t callable = ended ? 4 : 3;
  if (ended && settled(*last).index - settled(*second).index != static_cast<std::int64_t>(range->size())) return Value(std::int64_t{0});
  for (std::size_t i = 0; i < range->size(); ++i) {
    Cell* other = ev.pointee(iterator(ev, call.value(2), i), call.at);
    std::optional<bool> same;
    if (call.size() <= callable)
      same = equalValues(ev, (*range)[i]->value(), other->value());
    else if (auto answer = ev.integer(ev.callValue(call.value(callable), {elementArg((*range)[i]), elementArg(other)}, call.at).value))
      same = *answer != 0;
    if (!same) return open(call.at, "whether two ranges are equal is not known");
    if (!*same) return Value(std::int64_t{0});
  }
  return Value(std::int64_t{1});
}

Result isSorted(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  for (std::size_t i = 1; i < range->size(); ++i) {
    auto less = comesBefore(ev, orderOf(call, 2), (*range)[i], (*range)[i - 1], call.at);
    if (!less) return open(call.at, "whether a range is sorted is not known");
    if (*less) return Value(std::int64_t{0});
  }
  return Value(std::int64_t{1});
}

Result adjacentFind(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  for (std::size_t i = 1; i < range->size(); ++i) {
    auto same = call.size() > 2 ? std::optional<bool>() : equalValues(ev, (*range)[i - 1]->value(), (*range)[i]->value());
    if (call.size() > 2)
      if (auto answer = ev.integer(ev.callValue(call.value(2), {elementArg((*range)[i - 1]), elementArg((*range)[i])}, call.at).value))
        same = *answer != 0;
    if (!same) return open(call.at, "whether two neighbours are equal is not known");
    if (*same) return iterator(ev, call.value(0), i - 1);
  }
  return call.value(1);
}

constexpr Algorithm table[] = {{"lower_bound", bound},
                               {"upper_bound", bound},
                               {"binary_search", bound},
                               {"equal_range", bound},
                               {"min_element", extremeElement},
                               {"max_element", extremeElement},
                               {"minmax_element", extremeElement},
                               {"min", extreme},
                               {"max", extreme},
                               {"minmax", extreme},
                               {"inner_product", innerProduct},
                               {"equal", equal},
                               {"is_sorted", isSorted},
                               {"adjacent_find", adjacentFind}};
} // namespace

llvm::ArrayRef<Algorithm> searchingAlgorithms() { return table; }

} // namespace cobra::interp
