// std::string, string_view and conversions of numbers.
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

#include <cstdlib>

namespace cobra::interp {

void registerStdStringEdits(Library&);

namespace {
std::optional<std::string> textOf(Evaluator& ev, const Value& v) {
  if (auto t = ev.text(v)) return t;
  if (auto* p = as<Pointer>(v); p && p->target) return ev.text(p->target->value());
  return std::nullopt;
}

Result unknownText(const LibraryCall& call) {
  for (const Arg& a : call.args)
    if (isOpen(a.value())) return a.value();
  if (call.self && isOpen(call.self->value())) return call.self->value();
  return open(call.at, "a string is not known");
}

Result construct(Evaluator& ev, const LibraryCall& call) {
  if (call.size() == 0 || isNothing(call.value(0))) return Value(Text(""));
  if (auto t = textOf(ev, call.value(0))) {
    auto first = call.size() > 1 ? ev.integer(call.value(1)) : std::nullopt;
    const bool counted = call.callee && call.callee->getNumParams() > 0 && call.callee->getParamDecl(0)->getType()->isPointerType();
    if (first && *first >= 0 && counted) return Value(Text(t->substr(0, static_cast<std::size_t>(*first))));
    auto count = call.size() > 2 ? ev.integer(call.value(2)) : std::nullopt;
    if (first && count && *first >= 0 && *count >= 0 && static_cast<std::size_t>(*first) <= t->size())
      return Value(Text(t->substr(static_cast<std::size_t>(*first), static_cast<std::size_t>(*count))));
    if (first && *first >= 0 && static_cast<std::size_t>(*first) <= t->size()) return Value(Text(t->substr(0, static_cast<std::size_t>(*first))));
    return Value(Text(*t));
  }
  Object* list = asObject(call.value(0));
  auto range = call.size() > 1 ? elementsBetween(call.value(0), call.value(1)) : std::nullopt;
  if (!range && list && list->kind == Object::Kind::Sequence) range = list->items; // {'a', 'b'}
  if (range) {
    std::string out;
    for (Cell* cell : *range) {
      auto c = ev.integer(cell->value());
      if (!c) return open(call.at, "a character is not known", reason(cell->value()));
      out += static_cast<char>(*c);
    }
    return Value(Text(std::move(out)));
  }
  auto n = ev.integer(call.value(0));
  auto c = call.size() > 1 ? ev.integer(call.value(1)) : std::nullopt;
  if (n && c && *n >= 0 && *n < 1'000'000) return Value(Text(std::string(static_cast<std::size_t>(*n), static_cast<char>(*c))));
  return unknownText(call);
}

Result plus(Evaluator& ev, const LibraryCall& call) {
  std::string out;
  for (const Arg& a : call.args) {
    if (auto t = textOf(ev, a.value()))
      out += *t;
    else if (auto c = ev.integer(a.value()))
      out += static_cast<char>(*c);
    else
      return unknownText(call);
  }
  return Value(Text(std::move(out)));
}

Result append(Evaluator& ev, const LibraryCall& call) { // +=, append, push_back
  auto self = ev.text(call.self->value());
  auto t = textOf(ev, call.value(0));
  auto c = ev.integer(call.value(0));
  if (!self || (!t && !c)) {
    ev.heap.write(call.self, unknownText(call).value);
    return call.self;
  }
  ev.heap.write(call.self, Text(*self + (t ? *t : std::string(1, static_cast<char>(*c)))));
  return call.self;
}

Result assign(Evaluator& ev, const LibraryCall& call) {
  auto t = textOf(ev, call.value(0));
  ev.heap.write(call.self, t ? Value(Text(*t)) : unknownText(call).value);
  return call.self;
}

using Method = Value (*)(Evaluator&, const LibraryCall&, const std::string&);

Value size(Evaluator&, const LibraryCall&, const std::string& s) { return static_cast<std::int64_t>(s.size()); }
Value empty(Evaluator&, const LibraryCall&, const std::string& s) { return std::int64_t{s.empty()}; }
Value same(Evaluator&, const LibraryCall& call, const std::string&) { return call.self->value(); }
Value substr(Evaluator& ev, const LibraryCall& call, const std::string& s) {
  auto from = call.size() ? ev.integer(call.value(0)) : 0;
  auto n = call.size() > 1 ? ev.integer(call.value(1)) : -1;
  if (!from || !n) return unknownText(call).value;
  if (*from < 0 || static_cast<std::size_t>(*from) > s.size()) ev.raise(call.at, "std::out_of_range: substr begins behind the string's end");
  return Text(s.substr(static_cast<std::size_t>(*from), *n < 0 ? std::string::npos : static_cast<std::size_t>(*n)));
}
Value startsWith(Evaluator& ev, const LibraryCall& call, const std::string& s) {
  auto t = textOf(ev, call.value(0));
  return t ? Value(std::int64_t{s.starts_with(*t)}) : unknownText(call).value;
}
Value endsWith(Evaluator& ev, const LibraryCall& call, const std::string& s) {
  auto t = textOf(ev, call.value(0));
  return t ? Value(std::int64_t{s.ends_with(*t)}) : unknownText(call).value;
}
const llvm::StringMap<Method>& methods() {
  static const llvm::StringMap<Method> table = {
      {"size", size}, {"length", size}, {"empty", empty}, {"c_str", same}, {"data", same}, {"str", same}, {"substr", substr},
      {"starts_with", startsWith}, {"ends_with", endsWith}};
  return table;
}

Result member(Evaluator& ev, const LibraryCall& call) {
  if (llvm::isa<clang::CXXConversionDecl>(call.callee)) return call.self->value(); // to string_view
  auto self = ev.text(call.self->value());
  auto it = methods().find(call.callee->getNameAsString());
  if (!self) return unknownText(call);
  if (it == methods().end()) {
    ev.noteUnknownFunction(call.name);
    return ev.unknown(call.at, "the tool does not model " + call.name.str());
  }
  return it->second(ev, call, *self);
}

Result clear(Evaluator& ev, const LibraryCall& call) {
  ev.heap.write(call.self, Text(""));
  return Value(Nothing{});
}

Result toString(Evaluator& ev, const LibraryCall& call) {
  if (auto* i = as<std::int64_t>(call.value(0))) return Value(Text(std::to_string(*i)));
  if (auto d = ev.number(call.value(0))) return Value(Text(std::to_string(*d)));
  return unknownText(call);
}

Result toInteger(Evaluator& ev, const LibraryCall& call) { // stoi, stol, atoi
  auto t = textOf(ev, call.value(0));
  if (!t) return unknownText(call);
  char* end = nullptr;
  auto base = call.size() > 2 ? ev.integer(call.value(2)) : 10;
  if (!base || *base < 0 || *base > 36) return unknownText(call);
  long long n = std::strtoll(t->c_str(), &end, static_cast<int>(*base));
  if (auto* read = call.size() > 1 ? as<Pointer>(call.value(1)) : nullptr; read && read->target)
    ev.heap.write(read->target, static_cast<std::int64_t>(end - t->c_str()));
  if (end == t->c_str() && call.name.starts_with("std::sto")) ev.raise(call.at, "std::invalid_argument: \"" + *t + "\" is no number");
  return Value(std::int64_t{n});
}

Result toDouble(Evaluator& ev, const LibraryCall& call) {
  auto t = textOf(ev, call.value(0));
  if (!t) return unknownText(call);
  return Value(std::strtod(t->c_str(), nullptr));
}

Result compareC(Evaluator& ev, const LibraryCall& call) { // strcmp
  auto a = textOf(ev, call.value(0)), b = textOf(ev, call.value(1));
  return a && b ? Result(Value(std::int64_t{a->compare(*b)})) : unknownText(call);
}
} // namespace

void registerStdStrings(Library& library) {
  for (std::string name : {"std::basic_string", "std::basic_string_view", "c10::basic_string_view"}) {
    library.constructor(name, construct);
    library.scope(name, member);
    for (const char* f : {"::operator+=", "::push_back"}) library.function(name + f, append);
    library.function(name + "::operator=", assign);
    library.function(name + "::clear", clear);
    library.function(name + "::reserve", [](Evaluator&, const LibraryCall&) -> Result { return Value(Nothing{}); });
  }
  library.function("std::operator+", [](Evaluator& ev, const LibraryCall& call) -> Result {
    for (const Arg& a : call.args)
      if (auto* p = as<Pointer>(a.value()); p && p->sequence) return iteratorOperator(ev, call);
    return plus(ev, call);
  });
  registerStdStringEdits(library);
  library.function("std::to_string", toString);
  for (const char* f : {"std::stoi", "std::stol", "std::stoll", "std::stoul", "std::stoull", "atoi", "atol", "atoll", "std::atoi"}) library.function(f, toInteger);
  for (const char* f : {"std::stof", "std::stod", "atof", "std::atof"}) library.function(f, toDouble);
  library.function("strcmp", compareC);
  library.function("std::literals::string_literals::operator\"\"s", [](Evaluator&, const LibraryCall& call) -> Result { return call.value(0); });
  library.function("std::literals::string_view_literals::operator\"\"sv", [](Evaluator&, const LibraryCall& call) -> Result { return call.value(0); });
  library.function("getenv", [](Evaluator&, const LibraryCall& call) -> Result {
    return open(call.at, "the environment is only known at run time");
  });
}

} // namespace cobra::interp
