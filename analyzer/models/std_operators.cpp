// std::plus, std::less and the other operators that are objects; the bits of flags.
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

#include <cmath>

namespace cobra::interp {

namespace {
Result unknownOperands(const LibraryCall& call) {
  for (const Arg& a : call.args)
    if (isOpen(a.value())) return a.value();
  return open(call.at, "an operator is applied to values that are not known");
}

Result make(Evaluator& ev, const LibraryCall& call) { return Value(ev.heap.object(Object::Kind::Closure, call.resultType)); }

template <class F> Result compute(Evaluator& ev, const LibraryCall& call, F f) {
  if (auto *i = as<std::int64_t>(call.value(0)), *j = as<std::int64_t>(call.value(1)); i && j) return Value(f(*i, *j));
  if (auto x = ev.number(call.value(0)), y = ev.number(call.value(1)); x && y) return Value(f(*x, *y));
  return unknownOperands(call);
}

/// Texts are added too.
Result plus(Evaluator& ev, const LibraryCall& call) {
  if (auto s = ev.text(call.value(0)), t = ev.text(call.value(1)); s && t) return Value(Text(*s + *t));
  return compute(ev, call, [](auto a, auto b) { return a + b; });
}
Result minus(Evaluator& ev, const LibraryCall& call) {
  return compute(ev, call, [](auto a, auto b) { return a - b; });
}
Result multiplies(Evaluator& ev, const LibraryCall& call) {
  return compute(ev, call, [](auto a, auto b) { return a * b; });
}

/// divides and modulus: division by zero ends a program.
Result divides(Evaluator& ev, const LibraryCall& call) {
  auto *i = as<std::int64_t>(call.value(0)), *j = as<std::int64_t>(call.value(1));
  if (i && j) {
    if (*j == 0) ev.raise(call.at, "an integer is divided by zero");
    return Value(call.name.contains("modulus") ? *i % *j : *i / *j);
  }
  auto x = ev.number(call.value(0)), y = ev.number(call.value(1));
  return x && y ? Result(Value(*x / *y)) : unknownOperands(call);
}

template <class F> Result ordered(Evaluator& ev, const LibraryCall& call, F f) {
  auto order = compareValues(ev, call.value(0), call.value(1));
  return order ? Result(Value(std::int64_t{f(*order)})) : unknownOperands(call);
}
Result less(Evaluator& ev, const LibraryCall& call) {
  return ordered(ev, call, [](int c) { return c < 0; });
}
Result lessEqual(Evaluator& ev, const LibraryCall& call) {
  return ordered(ev, call, [](int c) { return c <= 0; });
}
Result greater(Evaluator& ev, const LibraryCall& call) {
  return ordered(ev, call, [](int c) { return c > 0; });
}
Result greaterEqual(Evaluator& ev, const LibraryCall& call) {
  return ordered(ev, call, [](int c) { return c >= 0; });
}
Result equalTo(Evaluator& ev, const LibraryCall& call) {
  auto same = equalValues(ev, call.value(0), call.value(1));
  return same ? Result(Value(std::int64_t{*same == !call.name.contains("not_equal")})) : unknownOperands(call);
}
Result negate(Evaluator& ev, const LibraryCall& call) {
  if (auto* i = as<std::int64_t>(call.value(0))) return Value(-*i);
  auto x = ev.number(call.value(0));
  return x ? Result(Value(-*x)) : unknownOperands(call);
}
Result logicalNot(Evaluator& ev, const LibraryCall& call) {
  auto i = ev.integer(call.value(0));
  return i ? Result(Value(std::int64_t{*i == 0})) : unknownOperands(call);
}
Result identity(Evaluator&, const LibraryCall& call) { return call.args[0].place; }

/// Operators of enumerations that are sets of bits (std::ios_base::openmode).
Result bits(Evaluator& ev, const LibraryCall& call) {
  auto a = ev.integer(call.value(0)), b = ev.integer(call.value(1));
  if (!a || !b) return unknownOperands(call);
  switch (call.callee->getOverloadedOperator()) {
  case clang::OO_Pipe: return Value(*a | *b);
  case clang::OO_Amp: return Value(*a & *b);
  default: return Value(*a ^ *b);
  }
}

struct Operator {
  const char* name;
  Handler handler;
};
constexpr Operator table[] = {{"plus", plus},
                              {"minus", minus},
                              {"multiplies", multiplies},
                              {"divides", divides},
                              {"modulus", divides},
                              {"negate", negate},
                              {"less", less},
                              {"less_equal", lessEqual},
                              {"greater", greater},
                              {"greater_equal", greaterEqual},
                              {"equal_to", equalTo},
                              {"not_equal_to", equalTo},
                              {"logical_not", logicalNot},
                              {"identity", identity}};
} // namespace

void registerStdOperators(Library& library) {
  for (const Operator& op : table)
    for (std::string scope : {"std::", "std::ranges::"}) {
      library.constructor(scope + op.name, make);
      library.function(scope + op.name + "::operator()", op.handler);
    }
  for (const char* op : {"|", "&", "^"}) library.function(std::string("std::operator") + op, bits);
}

} // namespace cobra::interp
