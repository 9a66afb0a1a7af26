// <algorithm>, <numeric>, <cmath>: over sequences of cells, with the program's own callables.
#include "analyzer/models/algorithms.h"
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace cobra::interp {

namespace {
Result openRange(const LibraryCall& call) {
  for (const Arg& a : call.args)
    if (isOpen(a.value())) return a.value();
  return open(call.at, "the range of an algorithm is not known");
}

/// The container that an iterator stands in.
const Object* sequenceOf(const Value& iterator) {
  auto* p = as<Pointer>(iterator);
  return p ? p->sequence : nullptr;
}

Result clampValue(Evaluator& ev, const LibraryCall& call) {
  auto low = compareValues(ev, call.value(0), call.value(1)), high = compareValues(ev, call.value(0), call.value(2));
  if (!low || !high) return openRange(call);
  return *low < 0 ? call.args[1].place : *high > 0 ? call.args[2].place : call.args[0].place;
}

// ---- folding
Result accumulate(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  Value sum = call.size() > 2 ? call.value(2) : Value(std::int64_t{0}); // std::reduce starts at nothing
  clang::QualType type = call.resultType.getNonReferenceType();
  const bool floating = type->isRealFloatingType();
  for (Cell* c : *range) {
    ev.meter.step();
    if (call.size() > 3) {
      sum = ev.callValue(call.value(3), {ev.arg(sum, type), elementArg(c, sequenceOf(call.value(0)))}, call.at).value;
    } else if (auto* i = as<std::int64_t>(sum), *j = as<std::int64_t>(c->value()); i && j) {
      sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(*i) + static_cast<std::uint64_t>(*j));
    } else if (auto x = ev.number(sum), y = ev.number(c->value()); x && y) {
      sum = floating ? Value(*x + *y) : Value(static_cast<std::int64_t>(*x + *y));
    } else if (auto* s = as<Text>(sum), *t = as<Text>(c->value()); s && t) {
      sum = Text(s->str() + t->str());
    } else {
      return open(call.at, "what is summed up is not known", isOpen(sum) ? reason(sum) : reason(c->value()));
    }
  }
  if (!floating && as<double>(sum)) sum = static_cast<std::int64_t>(*as<double>(sum)); // an int start value keeps the sum an int
  return sum;
}

// ---- walking
Result forEach(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  for (Cell* c : *range) ev.callValue(call.value(2), {elementArg(c, sequenceOf(call.value(0)))}, call.at);
  return call.value(2);
}

} // namespace

bool writeOut(Evaluator& ev, Cell* iterator, Value v) {
  if (Object* o = asObject(iterator->value()); o && o->kind == Object::Kind::Bound && !o->items.empty()) {
    Object* container = asObject(o->items[0]->value());
    if (!container) return false;
    Cell* c = ev.heap.cell(std::move(v));
    auto& items = ev.heap.edit(container).items;
    items.insert(o->sorted ? items.begin() : items.end(), c);
    return true;
  }
  auto* p = as<Pointer>(iterator->value());
  if (!p || !p->sequence || p->index < 0 || p->index >= static_cast<std::int64_t>(p->sequence->items.size())) return false;
  ev.heap.write(p->sequence->items[static_cast<std::size_t>(p->index)], std::move(v));
  ev.heap.write(iterator, Pointer{nullptr, p->sequence, p->index + 1});
  return true;
}

namespace {
Result transform(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  const bool binary = call.size() == 5;
  auto* second = binary ? as<Pointer>(call.value(2)) : nullptr;
  Cell* out = ev.heap.cell(call.value(binary ? 3 : 2));
  const Value& f = call.value(binary ? 4 : 3);
  for (std::size_t i = 0; i < range->size(); ++i) {
    std::vector<Arg> args{elementArg((*range)[i], sequenceOf(call.value(0)))};
    if (binary)
      args.push_back(
          elementArg(ev.pointee(second ? Value(iteratorAt(ev, *second->sequence, settled(*second).index + static_cast<std::int64_t>(i)))
                                       : call.value(2),
                                call.at),
                     second ? second->sequence : nullptr));
    if (!writeOut(ev, out, ev.heap.copy(ev.callValue(f, args, call.at).value)))
      return ev.unknown(call.at, "where an algorithm writes is not known");
  }
  return out->value();
}

Result copy(Evaluator& ev, const LibraryCall& call) { // copy, copy_if, copy_n, move
  const bool counted = call.name.ends_with("copy_n");
  Value last = call.value(1);
  if (counted)
    if (auto* p = as<Pointer>(call.value(0)); p)
      if (auto n = ev.integer(call.value(1))) last = Pointer{p->target, p->sequence, p->index + *n};
  auto range = elementsBetween(call.value(0), last);
  if (!range) return openRange(call);
  Cell* out = ev.heap.cell(call.value(2));
  for (Cell* c : *range) {
    if (call.name.ends_with("copy_if")) {
      auto keep = ev.integer(ev.callValue(call.value(3), {elementArg(c, sequenceOf(call.value(0)))}, call.at).value);
      if (!keep) return ev.unknown(call.at, "which elements are copied is not known");
      if (!*keep) continue;
    }
    if (!writeOut(ev, out, ev.heap.copy(c->value()))) return ev.unknown(call.at, "where an algorithm writes is not known");
  }
  return out->value();
}

Result inserter(Evaluator& ev, const LibraryCall& call) {
  Object* o = ev.heap.object(Object::Kind::Bound, call.resultType);
  o->items.push_back(call.args[0].place);
  o->sorted = call.name.ends_with("front_inserter");
  return Value(o);
}

Result fillRange(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  for (Cell* c : *range) ev.heap.write(c, ev.heap.copy(call.value(2)));
  return Value(Nothing{});
}

Result iota(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  auto n = ev.integer(call.value(2));
  if (!range || !n) return openRange(call);
  for (Cell* c : *range) ev.heap.write(c, (*n)++);
  return Value(Nothing{});
}

Result generate(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  for (Cell* c : *range) ev.heap.write(c, ev.callValue(call.value(2), {}, call.at).value);
  return Value(Nothing{});
}

Result reverse(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  auto* first = as<Pointer>(call.value(0));
  auto& items = ev.heap.edit(first->sequence).items;
  std::reverse(items.begin() + first->index, items.begin() + first->index + static_cast<std::ptrdiff_t>(range->size()));
  return Value(Nothing{});
}

Result sort(Evaluator& ev, const LibraryCall& call) {
  if (call.name.ends_with("partial_sort")) return ev.unknown(call.at, "the order after std::partial_sort is not followed");
  auto range = elementsBetween(call.value(0), call.value(1));
  if (!range) return openRange(call);
  // An insertion sort: a comparison of the program's own may be open, and must not upset the library's.
  std::vector<Value> values;
  for (Cell* c : *range) values.push_back(c->value());
  for (std::size_t i = 1; i < values.size(); ++i)
    for (std::size_t j = i; j > 0; --j) {
      ev.meter.step();
      std::optional<bool> less;
      if (call.size() > 2) {
        less = comesBefore(ev, call.value(2), ev.heap.cell(values[j]), ev.heap.cell(values[j - 1]), call.at);
      } else if (auto order = compareValues(ev, values[j], values[j - 1])) {
        less = *order < 0;
      }
      if (!less) {
        for (Cell* c : *range) ev.heap.write(c, open(call.at, "the order after sorting is not known"));
        return Value(Nothing{});
      }
      if (!*less) break;
      std::swap(values[j], values[j - 1]);
    }
  for (std::size_t i = 0; i < values.size(); ++i) ev.heap.write((*range)[i], values[i]);
  return Value(Nothing{});
}

/// find, find_if, find_if_not, count, count_if, any_of, all_of, none_of: one walk, different answers.
Result search(Evaluator& ev, const LibraryCall& call) {
  auto range = elementsBetween(call.value(0), call.value(1));
  auto* first = as<Pointer>(call.value(0));
  if (!range) return openRange(call);
  llvm::StringRef name = call.name;
  const bool byValue = name.ends_with("::find") || name.ends_with("::count");
  std::int64_t hits = 0;
  std::optional<std::size_t> firstHit, firstMiss;
  for (std::size_t i = 0; i < range->size(); ++i) {
    std::optional<bool> hit;
    if (byValue) {
      hit = equalValues(ev, (*range)[i]->value(), call.value(2));
    } else if (auto r = ev.integer(ev.callValue(call.value(2), {elementArg((*range)[i], sequenceOf(call.value(0)))}, call.at).value)) {
      hit = *r != 0;
    }
    if (!hit) return open(call.at, "whether an element is the one searched for is not known", reason((*range)[i]->value()));
    hits += *hit;
    if (*hit && !firstHit) firstHit = i;
    if (!*hit && !firstMiss) firstMiss = i;
  }
  if (name.contains("count")) return Value(hits);
  if (name.ends_with("any_of")) return Value(std::int64_t{hits > 0});
  if (name.ends_with("none_of")) return Value(std::int64_t{hits == 0});
  if (name.ends_with("all_of")) return Value(std::int64_t{hits == static_cast<std::int64_t>(range->size())});
  auto found = name.ends_with("find_if_not") ? firstMiss : firstHit;
  return Value(iteratorAt(ev, *first->sequence, settled(*first).index + static_cast<std::int64_t>(found.value_or(range->size()))));
}

// ---- mathematics
using Unary = double (*)(double);
struct Math {
  const char* name;
  Unary f;
};
constexpr Math mathFunctions[] = {{"sqrt", std::sqrt},   {"exp", std::exp},     {"log", std::log},     {"log2", std::log2},
                                  {"log10", std::log10}, {"sin", std::sin},     {"cos", std::cos},     {"tan", std::tan},
                                  {"tanh", std::tanh},   {"ceil", std::ceil},   {"floor", std::floor}, {"round", std::round},
                                  {"trunc", std::trunc}, {"cbrt", std::cbrt},   {"exp2", std::exp2},   {"fabs", std::fabs},
                                  {"rint", std::rint},   {"atan", std::atan},   {"acos", std::acos},   {"asin", std::asin},
                                  {"log1p", std::log1p}, {"expm1", std::expm1}, {"erf", std::erf},     {"nearbyint", std::nearbyint},
                                  {"sinh", std::sinh},   {"cosh", std::cosh}};

double asResult(const LibraryCall& call, double d) {
  return call.resultType->isSpecificBuiltinType(clang::BuiltinType::Float) ? static_cast<double>(static_cast<float>(d)) : d;
}

Result math(Evaluator& ev, const LibraryCall& call) {
  auto x = ev.number(call.value(0));
  if (!x) return openRange(call);
  llvm::StringRef name = call.name.substr(call.name.rfind(':') + 1);
  for (const Math& m : mathFunctions) {
    llvm::StringRef known = m.name;
    if (name == known || (name.size() == known.size() + 1 && name.starts_with(known) && (name.ends_with("f") || name.ends_with("l"))))
      return Value(asResult(call, m.f(*x)));
  }
  return openRange(call);
}

Result integerRound(Evaluator& ev, const LibraryCall& call) { // lround, llround
  auto x = ev.number(call.value(0));
  return x ? Result(Value(static_cast<std::int64_t>(std::llround(*x)))) : openRange(call);
}

Result absolute(Evaluator& ev, const LibraryCall& call) {
  if (auto* i = as<std::int64_t>(call.value(0))) return Value(*i < 0 ? -*i : *i);
  if (auto x = ev.number(call.value(0))) return Value(std::fabs(*x));
  return openRange(call);
}

template <double (*F)(double, double)> Result math2(Evaluator& ev, const LibraryCall& call) {
  auto x = ev.number(call.value(0)), y = ev.number(call.value(1));
  return x && y ? Result(Value(asResult(call, F(*x, *y)))) : openRange(call);
}

Result greatestCommonDivisor(Evaluator& ev, const LibraryCall& call) {
  auto x = ev.integer(call.value(0)), y = ev.integer(call.value(1));
  return x && y ? Result(Value(std::gcd(*x, *y))) : openRange(call);
}
Result leastCommonMultiple(Evaluator& ev, const LibraryCall& call) {
  auto x = ev.integer(call.value(0)), y = ev.integer(call.value(1));
  if (!x || !y) return openRange(call);
  std::int64_t g = std::gcd(*x, *y);
  return Value(g ? *x / g * *y : std::int64_t{0});
}

Result notFinite(Evaluator& ev, const LibraryCall& call) {
  auto x = ev.number(call.value(0));
  if (!x) return openRange(call);
  return Value(std::int64_t{call.name.ends_with("isnan")   ? std::isnan(*x)
                            : call.name.ends_with("isinf") ? std::isinf(*x)
                                                           : std::isfinite(*x)});
}

Result limits(Evaluator& ev, const LibraryCall& call) { // std::numeric_limits<T>::max() and friends
  auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(call.callee);
  clang::QualType t = method ? typeArgument(method->getParent(), 0) : clang::QualType();
  if (t.isNull()) return ev.unknown(call.at, "numeric_limits of an unknown type");
  llvm::StringRef f = method->getName();
  if (t->isRealFloatingType()) {
    const bool single = t->isSpecificBuiltinType(clang::BuiltinType::Float);
    double max = single ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
    if (f == "infinity") return Value(std::numeric_limits<double>::infinity());
    if (f == "quiet_NaN") return Value(std::numeric_limits<double>::quiet_NaN());
    if (f == "epsilon") return Value(single ? double{std::numeric_limits<float>::epsilon()} : std::numeric_limits<double>::epsilon());
    if (f == "min") return Value(single ? double{std::numeric_limits<float>::min()} : std::numeric_limits<double>::min());
    return Value(f == "lowest" ? -max : max);
  }
  const unsigned width = static_cast<unsigned>(ev.context.getIntWidth(t));
  const bool isSigned = t->isSignedIntegerOrEnumerationType();
  std::uint64_t max = isSigned ? (std::uint64_t{1} << (width - 1)) - 1 : width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
  if (f == "max") return Value(static_cast<std::int64_t>(max));
  return Value(isSigned ? -static_cast<std::int64_t>(max) - 1 : std::int64_t{0});
}
} // namespace

namespace {
constexpr Algorithm algorithms[] = {
    {"accumulate", accumulate}, {"reduce", accumulate},  {"for_each", forEach}, {"transform", transform}, {"copy", copy},
    {"copy_if", copy},          {"copy_n", copy},        {"fill", fillRange},   {"iota", iota},           {"generate", generate},
    {"reverse", reverse},       {"sort", sort},          {"stable_sort", sort}, {"partial_sort", sort},   {"find", search},
    {"find_if", search},        {"find_if_not", search}, {"count", search},     {"count_if", search},     {"any_of", search},
    {"all_of", search},         {"none_of", search}};

/// std::ranges::sort(v, less): the form that takes a range in place of two iterators.
Result overRange(Evaluator& ev, const LibraryCall& call) {
  llvm::StringRef name = call.name;
  name.consume_front("std::ranges::__");
  name.consume_back("_fn::operator()");
  const Algorithm* found = nullptr;
  for (llvm::ArrayRef<Algorithm> table : {llvm::ArrayRef<Algorithm>(algorithms), rearrangingAlgorithms(), searchingAlgorithms()})
    for (const Algorithm& a : table)
      if (a.name == name) found = &a;
  Object* o = call.size() ? asObject(call.value(0)) : nullptr;
  const bool ranged =
      o && (o->kind == Object::Kind::Sequence || o->kind == Object::Kind::Map) && name != "min" && name != "max" && name != "minmax";
  std::vector<Arg> args;
  for (const Arg& a : call.args) {
    const clang::CXXRecordDecl* record = a.type.isNull() ? nullptr : a.type->getAsCXXRecordDecl();
    const std::string type = record ? ev.library.nameOf(record) : "";
    if (type == "std::identity" || type == "std::ranges::less" || type == "std::ranges::equal_to") continue; // the defaults
    if (&a == call.args.begin() && ranged) {
      args.push_back(ev.arg(iteratorAt(ev, *o, 0)));
      args.push_back(ev.arg(iteratorAt(ev, *o, static_cast<std::int64_t>(o->items.size()))));
      continue;
    }
    args.push_back(a);
  }
  LibraryCall plain = call;
  plain.args = args;
  const std::string plainName = ("std::" + name).str();
  plain.name = plainName;
  return found->handler(ev, plain);
}
} // namespace

void registerStdOperators(Library&);

void registerStdAlgorithms(Library& library) {
  library.function("std::clamp", clampValue);
  for (llvm::ArrayRef<Algorithm> table : {llvm::ArrayRef<Algorithm>(algorithms), rearrangingAlgorithms(), searchingAlgorithms()})
    for (const Algorithm& a : table) {
      library.function(("std::" + a.name).str(), a.handler);
      library.function(("std::ranges::__" + a.name + "_fn::operator()").str(), overRange);
    }
  registerStdOperators(library);
  // std::move of a value, and of a range
  library.function("std::move",
                   [](Evaluator& ev, const LibraryCall& call) { return call.size() >= 3 ? copy(ev, call) : Result(call.args[0].place); });
  for (const char* f : {"std::back_inserter", "std::front_inserter", "std::inserter"}) library.function(f, inserter);
  for (const Math& m : mathFunctions)
    for (std::string f : {std::string(m.name), std::string(m.name) + "f", std::string(m.name) + "l"}) {
      library.function(f, math);
      library.function("std::" + f, math);
    }
  for (std::string prefix : {"", "std::"}) {
    for (const char* f : {"lround", "llround", "lroundf", "lrint"}) library.function(prefix + f, integerRound);
    for (const char* f : {"abs", "labs", "llabs"}) library.function(prefix + f, absolute);
    for (const char* f : {"pow", "powf"}) library.function(prefix + f, math2<std::pow>);
    for (const char* f : {"fmod", "fmodf"}) library.function(prefix + f, math2<std::fmod>);
    for (const char* f : {"atan2", "atan2f"}) library.function(prefix + f, math2<std::atan2>);
    for (const char* f : {"fmax", "fmaxf"}) library.function(prefix + f, math2<std::fmax>);
    for (const char* f : {"fmin", "fminf"}) library.function(prefix + f, math2<std::fmin>);
    for (const char* f : {"hypot"}) library.function(prefix + f, math2<std::hypot>);
    for (const char* f : {"isnan", "isinf", "isfinite"}) library.function(prefix + f, notFinite);
  }
  library.function("std::gcd", greatestCommonDivisor);
  library.function("std::lcm", leastCommonMultiple);
  library.scope("std::numeric_limits", limits);
}

} // namespace cobra::interp
