// Algorithms that move, drop, scan and merge elements.
#include "analyzer/models/algorithms.h"
#include "analyzer/models/sequence.h"

#include <algorithm>

namespace cobra::interp {

namespace {
Result openRange(const LibraryCall& call) {
  for (const Arg& a : call.args)
    if (isOpen(a.value())) return a.value();
  return open(call.at, "the range of an algorithm is not known");
}

Object* sequenceOf(const Value& iterator) {
  auto* p = as<Pointer>(iterator);
  return p ? p->sequence : nullptr;
}

std::int64_t indexOf(const Value& iterator) { return settled(*as<Pointer>(iterator)).index; }

std::vector<Value> valuesOf(const std::vector<Cell*>& cells) {
  std::vector<Value> out;
  for (Cell* c : cells) out.push_back(c->value());
  return out;
}

/// a op b by a callable, or by + where there is none.
Value combined(Evaluator& ev, const LibraryCall& call, std::size_t callable, Cell* a, Cell* b, const Object* container) {
  if (call.size() > callable)
    return ev.callValue(call.value(callable), {elementArg(a, container), elementArg(b, container)}, call.at).value;
  auto *i = as<std::int64_t>(a->value()), *j = as<std::int64_t>(b->value());
  if (i && j) return static_cast<std::int64_t>(static_cast<std::uint64_t>(*i) + static_cast<std::uint64_t>(*j));
  auto x = ev.number(a->value()), y = ev.number(b->value());
  return x && y ? Value(*x + *y) : open(call.at, "what is summed up is not known");
}

Result rotate(Evaluator& ev, const LibraryCall& call) {
  auto head = elementsBetween(call.value(0), call.value(1)), tail = elementsBetween(call.value(1), call.value(2));
  if (!head || !tail) return openRange(call);
  std::vector<Value> values = valuesOf(*tail);
  for (Cell* c : *head) values.push_back(c->value());
  std::vector<Cell*> all = *head;
  all.insert(all.end(), tail->begin(), tail->end());
  for (std::size_t i = 0; i < all.size(); ++i) ev.heap.write(all[i], values[i]);
  return Value(iteratorAt(ev, *sequenceOf(call.value(0)), indexOf(call.value(0)) + static_cast<std::int64_t>(tail->size())));
}

/// Moves what is kept to the front; gives where it ends.
Result keep(Evaluator& ev, const LibraryCall& call,
            const std::function<std::optional<bool>(std::size_t, const std::vector<Cell*>&)>& keeps) {
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  std::vector<Value> kept;
  for (std::size_t i = 0; i < range->size(); ++i) {
    auto stays = keeps(i, *range);
    if (!stays) return ev.unknown(call.at, "which elements are removed is not known");
    if (*stays) kept.push_back((*range)[i]->value());
  }
  for (std::size_t i = 0; i < kept.size(); ++i) ev.heap.write((*range)[i], kept[i]);
  return Value(iteratorAt(ev, *sequenceOf(call.value(0)), indexOf(call.value(0)) + static_cast<std::int64_t>(kept.size())));
}

Result removeIf(Evaluator& ev, const LibraryCall& call) {
  return keep(ev, call, [&](std::size_t i, const std::vector<Cell*>& range) -> std::optional<bool> {
    auto goes = ev.integer(ev.callValue(call.value(2), {elementArg(range[i], sequenceOf(call.value(0)))}, call.at).value);
    return goes ? std::optional<bool>(!*goes) : std::nullopt;
  });
}
Result removeValue(Evaluator& ev, const LibraryCall& call) {
  return keep(ev, call, [&](std::size_t i, const std::vector<Cell*>& range) -> std::optional<bool> {
    auto same = equalValues(ev, range[i]->value(), call.value(2));
    return same ? std::optional<bool>(!*same) : std::nullopt;
  });
}
Result unique(Evaluator& ev, const LibraryCall& call) {
  return keep(ev, call, [&](std::size_t i, const std::vector<Cell*>& range) -> std::optional<bool> {
    if (i == 0) return true;
    if (call.size() > 2) {
      const Object* o = sequenceOf(call.value(0));
      auto same = ev.integer(ev.callValue(call.value(2), {elementArg(range[i - 1], o), elementArg(range[i], o)}, call.at).value);
      return same ? std::optional<bool>(!*same) : std::nullopt;
    }
    auto same = equalValues(ev, range[i - 1]->value(), range[i]->value());
    return same ? std::optional<bool>(!*same) : std::nullopt;
  });
}

/// std::erase(container, value), std::erase_if(container, predicate): give how many.
Result eraseFrom(Evaluator& ev, const LibraryCall& call) {
  Object* o = asObject(call.value(0));
  if (!o || o->kind == Object::Kind::Opaque) return openRange(call);
  std::vector<Cell*> kept;
  for (Cell* c : o->items) {
    std::optional<bool> goes;
    if (!call.name.ends_with("_if"))
      goes = equalValues(ev, c->value(), call.value(1));
    else if (auto answer =
                 ev.integer(ev.callValue(call.value(1), {elementArg(c, o->kind == Object::Kind::Map ? nullptr : o)}, call.at).value))
      goes = *answer != 0;
    if (!goes) return ev.unknown(call.at, "which elements are removed is not known");
    if (!*goes) kept.push_back(c);
  }
  const auto removed = static_cast<std::int64_t>(o->items.size() - kept.size());
  ev.heap.edit(o).items = std::move(kept);
  return Value(removed);
}

Result partialSum(Evaluator& ev, const LibraryCall& call) { // inclusive_scan too
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  Cell *out = ev.heap.cell(call.value(2)), *sum = nullptr;
  for (Cell* c : *range) {
    sum = sum ? ev.heap.cell(combined(ev, call, 3, sum, c, sequenceOf(call.value(0)))) : ev.heap.cell(c->value());
    if (!writeOut(ev, out, sum->value())) return ev.unknown(call.at, "where an algorithm writes is not known");
  }
  return out->value();
}

Result exclusiveScan(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  Cell *out = ev.heap.cell(call.value(2)), *sum = ev.heap.cell(call.value(3));
  for (Cell* c : *range) {
    Value next = combined(ev, call, 4, sum, c, sequenceOf(call.value(0)));
    if (!writeOut(ev, out, sum->value())) return ev.unknown(call.at, "where an algorithm writes is not known");
    sum = ev.heap.cell(next);
  }
  return out->value();
}

Result adjacentDifference(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  const std::vector<Value> values = valuesOf(*range); // the output may be the input
  Cell* out = ev.heap.cell(call.value(2));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Value v = values[i];
    if (i > 0 && call.size() > 3) {
      Cell *now = ev.heap.cell(values[i]), *before = ev.heap.cell(values[i - 1]);
      v = ev.callValue(call.value(3), {elementArg(now), elementArg(before)}, call.at).value;
    } else if (i > 0) {
      auto *a = as<std::int64_t>(values[i]), *b = as<std::int64_t>(values[i - 1]);
      auto x = ev.number(values[i]), y = ev.number(values[i - 1]);
      v = a && b ? Value(*a - *b) : x && y ? Value(*x - *y) : open(call.at, "a difference is not known");
    }
    if (!writeOut(ev, out, v)) return ev.unknown(call.at, "where an algorithm writes is not known");
  }
  return out->value();
}

Result fillN(Evaluator& ev, const LibraryCall& call) { // fill_n, generate_n
  auto n = ev.integer(call.value(1));
  if (!n) return openRange(call);
  Cell* out = ev.heap.cell(call.value(0));
  for (std::int64_t i = 0; i < *n; ++i) {
    ev.meter.step();
    Value v = call.name.contains("generate") ? ev.callValue(call.value(2), {}, call.at).value : ev.heap.copy(call.value(2));
    if (!writeOut(ev, out, v)) return ev.unknown(call.at, "where an algorithm writes is not known");
  }
  return out->value();
}

Result replace(Evaluator& ev, const LibraryCall& call) { // replace, replace_if
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  for (Cell* c : *range) {
    std::optional<bool> hit;
    if (!call.name.contains("_if"))
      hit = equalValues(ev, c->value(), call.value(2));
    else if (auto answer = ev.integer(ev.callValue(call.value(2), {elementArg(c, sequenceOf(call.value(0)))}, call.at).value))
      hit = *answer != 0;
    if (!hit) return ev.unknown(call.at, "which elements are replaced is not known");
    if (*hit) ev.heap.write(c, ev.heap.copy(call.value(3)));
  }
  return Value(Nothing{});
}

Result reverseCopy(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  Cell* out = ev.heap.cell(call.value(2));
  for (auto c = range->rbegin(); c != range->rend(); ++c)
    if (!writeOut(ev, out, ev.heap.copy((*c)->value()))) return ev.unknown(call.at, "where an algorithm writes is not known");
  return out->value();
}

Result swapRanges(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  auto* second = as<Pointer>(call.value(2));
  if (!range || !second || !second->sequence) return openRange(call);
  for (std::size_t i = 0; i < range->size(); ++i) {
    Cell* other = ev.pointee(iteratorAt(ev, *second->sequence, settled(*second).index + static_cast<std::int64_t>(i)), call.at);
    Value old = (*range)[i]->value();
    ev.heap.write((*range)[i], other->value());
    ev.heap.write(other, old);
  }
  return Value(iteratorAt(ev, *second->sequence, settled(*second).index + static_cast<std::int64_t>(range->size())));
}

/// merge, set_union, set_intersection, set_difference of two sorted ranges.
Result mergeSorted(Evaluator& ev, const LibraryCall& call) {
  auto a = elementsBetween(call.value(0), call.value(1)), b = elementsBetween(call.value(2), call.value(3));
  if (!a || !b) return openRange(call);
  const Value order = call.size() > 5 ? call.value(5) : Value(Nothing{});
  const bool merge = call.name.ends_with("merge"), both = call.name.ends_with("intersection"), minus = call.name.ends_with("difference");
  Cell* out = ev.heap.cell(call.value(4));
  auto put = [&](Cell* c) { return writeOut(ev, out, ev.heap.copy(c->value())); };
  bool written = true;
  std::size_t i = 0, j = 0;
  while (i < a->size() && j < b->size()) {
    auto first = comesBefore(ev, order, (*a)[i], (*b)[j], call.at), second = comesBefore(ev, order, (*b)[j], (*a)[i], call.at);
    if (!first || !second) return ev.unknown(call.at, "the order of two ranges is not known");
    if (merge) {
      written &= put(*second ? (*b)[j++] : (*a)[i++]);
    } else if (*first) {
      if (!both) written &= put((*a)[i]);
      ++i;
    } else if (*second) {
      if (!both && !minus) written &= put((*b)[j]);
      ++j;
    } else {
      if (!minus) written &= put((*a)[i]);
      ++i, ++j;
    }
  }
  for (; i < a->size() && !both; ++i) written &= put((*a)[i]);
  for (; j < b->size() && !both && !minus; ++j) written &= put((*b)[j]);
  return written ? Result(out->value()) : Result(ev.unknown(call.at, "where an algorithm writes is not known"));
}

constexpr Algorithm table[] = {{"rotate", rotate},
                               {"remove_if", removeIf},
                               {"remove", removeValue},
                               {"unique", unique},
                               {"erase", eraseFrom},
                               {"erase_if", eraseFrom},
                               {"partial_sum", partialSum},
                               {"inclusive_scan", partialSum},
                               {"exclusive_scan", exclusiveScan},
                               {"adjacent_difference", adjacentDifference},
                               {"fill_n", fillN},
                               {"generate_n", fillN},
                               {"replace", replace},
                               {"replace_if", replace},
                               {"reverse_copy", reverseCopy},
                               {"swap_ranges", swapRanges},
                               {"merge", mergeSorted},
                               {"set_union", mergeSorted},
                               {"set_intersection", mergeSorted},
                               {"set_difference", mergeSorted}};
} // namespace

llvm::ArrayRef<Algorithm> rearrangingAlgorithms() { return table; }

} // namespace cobra::interp
