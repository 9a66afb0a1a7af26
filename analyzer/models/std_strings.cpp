// std::string, string_view and conversions of numbers.
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

#include "analyzer/models/strings.h"

#include <cctype>
#include <cstdlib>

namespace cobra::interp {

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
    // (pointer, length) and, of a string, (string, position, length)
    const bool ofString = call.callee && call.callee->getNumParams() > 0 && !call.callee->getParamDecl(0)->getType()->isPointerType();
    auto first = call.size() > 1 ? ev.integer(call.value(1)) : std::nullopt;
    auto second = call.size() > 2 ? ev.integer(call.value(2)) : std::nullopt;
    if (ofString && first)
      return Value(Text(t->substr(std::min(static_cast<std::size_t>(*first), t->size()),
                                  second ? static_cast<std::size_t>(*second) : std::string::npos)));
    if (first && *first >= 0 && static_cast<std::size_t>(*first) <= t->size())
      return Value(Text(t->substr(0, static_cast<std::size_t>(*first))));
    return Value(Text(*t));
  }
  if (call.size() > 1)
    if (auto range = elementsBetween(call.value(0), call.value(1))) {
      std::string out;
      for (Cell* cell : *range) {
        auto c = ev.integer(cell->value());
        if (!c) return unknownText(call);
        out += static_cast<char>(*c);
      }
      return Value(Text(std::move(out)));
    }
  if (Object* list = asObject(call.value(0)); list && list->kind == Object::Kind::Sequence) { // {'a', 'b'}
    std::string out;
    for (Cell* cell : list->items)
      if (auto c = ev.integer(cell->value())) out += static_cast<char>(*c);
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

Result append(Evaluator& ev, const LibraryCall& call) { // +=, append, push_back: what a constructor makes of the arguments, behind
  auto self = ev.text(call.self->value());
  auto c = call.size() == 1 ? ev.integer(call.value(0)) : std::nullopt;
  std::optional<std::string> t = c ? std::string(1, static_cast<char>(*c)) : ev.text(construct(ev, call).value);
  ev.heap.write(call.self, self && t ? Value(Text(*self + *t)) : unknownText(call).value);
  return call.self;
}

Result assign(Evaluator& ev, const LibraryCall& call) {
  auto t = textOf(ev, call.value(0));
  ev.heap.write(call.self, t ? Value(Text(*t)) : unknownText(call).value);
  return call.self;
}

using Method = Value (*)(Evaluator&, const LibraryCall&, const std::string&);

std::int64_t position(std::size_t at) { return at == std::string::npos ? -1 : static_cast<std::int64_t>(at); }

Value size(Evaluator&, const LibraryCall&, const std::string& s) { return static_cast<std::int64_t>(s.size()); }
Value empty(Evaluator&, const LibraryCall&, const std::string& s) { return std::int64_t{s.empty()}; }
Value same(Evaluator&, const LibraryCall&, const std::string& s) { return Text(s); }
Value at(Evaluator& ev, const LibraryCall& call, const std::string& s) {
  auto i = ev.integer(call.value(0));
  if (!i || *i < 0 || *i > static_cast<std::int64_t>(s.size())) return open(call.at, "a character outside the string is read");
  return static_cast<std::int64_t>(*i == static_cast<std::int64_t>(s.size()) ? 0 : s[static_cast<std::size_t>(*i)]);
}
Value substr(Evaluator& ev, const LibraryCall& call, const std::string& s) {
  auto from = call.size() ? ev.integer(call.value(0)) : 0;
  auto n = call.size() > 1 ? ev.integer(call.value(1)) : -1;
  if (!from || !n) return unknownText(call).value;
  if (*from < 0 || static_cast<std::size_t>(*from) > s.size())
    ev.raise(call.at, "std::out_of_range: substr begins behind the string's end");
  return Text(s.substr(static_cast<std::size_t>(*from), *n < 0 ? std::string::npos : static_cast<std::size_t>(*n)));
}
/// find and its kin, by their names.
Value find(Evaluator& ev, const LibraryCall& call, const std::string& s) {
  std::optional<std::string> what = textOf(ev, call.value(0));
  if (auto c = ev.integer(call.value(0)); c && !what) what = std::string(1, static_cast<char>(*c));
  auto given = call.size() > 1 ? ev.integer(call.value(1)) : std::nullopt;
  auto length = call.size() > 2 ? ev.integer(call.value(2)) : std::nullopt; // of the characters
  if (!what || (call.size() > 1 && !given) || (call.size() > 2 && !length)) return unknownText(call).value;
  if (length) what->resize(std::min(what->size(), static_cast<std::size_t>(*length)));
  using Find = std::size_t (std::string::*)(const std::string&, std::size_t) const;
  static const llvm::StringMap<Find> table = {{"find", &std::string::find},
                                              {"rfind", &std::string::rfind},
                                              {"find_first_of", &std::string::find_first_of},
                                              {"find_last_of", &std::string::find_last_of},
                                              {"find_first_not_of", &std::string::find_first_not_of},
                                              {"find_last_not_of", &std::string::find_last_not_of}};
  return position((s.*table.lookup(call.callee->getNameAsString()))(*what, static_cast<std::size_t>(given.value_or(0))));
}
Value contains(Evaluator& ev, const LibraryCall& call, const std::string& s) {
  auto t = textOf(ev, call.value(0));
  auto c = ev.integer(call.value(0));
  if (t) return std::int64_t{s.find(*t) != std::string::npos};
  return c ? Value(std::int64_t{s.find(static_cast<char>(*c)) != std::string::npos}) : unknownText(call).value;
}
/// (string), (position, length, string), (position, length, string, position, length) or (position, length, pointer, length).
Value compare(Evaluator& ev, const LibraryCall& call, const std::string& s) {
  if (call.size() == 1) {
    auto t = textOf(ev, call.value(0));
    return t ? Value(std::int64_t{s.compare(*t)}) : unknownText(call).value;
  }
  auto part = [&](const std::string& whole, std::size_t position, std::size_t length) -> std::optional<std::string> {
    auto from = ev.integer(call.value(position));
    auto n = length < call.size() ? ev.integer(call.value(length)) : -1;
    if (!from || !n) return std::nullopt;
    if (*from < 0 || static_cast<std::size_t>(*from) > whole.size())
      ev.raise(call.at, "std::out_of_range: compare begins behind the string's end");
    return whole.substr(static_cast<std::size_t>(*from), *n < 0 ? std::string::npos : static_cast<std::size_t>(*n));
  };
  auto mine = part(s, 0, 1);
  auto other = call.size() > 2 ? textOf(ev, call.value(2)) : std::nullopt;
  if (other && call.size() > 3) {
    auto n = ev.integer(call.value(3));
    if (call.callee->getParamDecl(2)->getType()->isPointerType())
      other = n && *n >= 0 ? std::optional(other->substr(0, static_cast<std::size_t>(*n))) : std::nullopt;
    else
      other = part(*other, 3, 4);
  }
  return mine && other ? Value(std::int64_t{mine->compare(*other)}) : unknownText(call).value;
}
Value startsWith(Evaluator& ev, const LibraryCall& call, const std::string& s) {
  auto t = textOf(ev, call.value(0));
  return t ? Value(std::int64_t{s.starts_with(*t)}) : unknownText(call).value;
}
Value endsWith(Evaluator& ev, const LibraryCall& call, const std::string& s) {
  auto t = textOf(ev, call.value(0));
  return t ? Value(std::int64_t{s.ends_with(*t)}) : unknownText(call).value;
}
Value front(Evaluator&, const LibraryCall&, const std::string& s) { return static_cast<std::int64_t>(s.empty() ? 0 : s.front()); }
Value back(Evaluator&, const LibraryCall&, const std::string& s) { return static_cast<std::int64_t>(s.empty() ? 0 : s.back()); }

const llvm::StringMap<Method>& methods() {
  static const llvm::StringMap<Method> table = {{"size", size},
                                                {"length", size},
                                                {"empty", empty},
                                                {"c_str", same},
                                                {"data", same},
                                                {"str", same},
                                                {"operator[]", at},
                                                {"at", at},
                                                {"substr", substr},
                                                {"find", find},
                                                {"rfind", find},
                                                {"find_first_of", find},
                                                {"find_last_of", find},
                                                {"find_first_not_of", find},
                                                {"find_last_not_of", find},
                                                {"compare", compare},
                                                {"starts_with", startsWith},
                                                {"ends_with", endsWith},
                                                {"contains", contains},
                                                {"front", front},
                                                {"back", back},
                                                {"capacity", size}};
  return table;
}

Result member(Evaluator& ev, const LibraryCall& call) {
  auto self = ev.text(call.self->value());
  if (llvm::isa<clang::CXXConversionDecl>(call.callee)) return self ? Value(Text(*self)) : call.self->value(); // to string_view
  const std::string name = call.callee->getNameAsString();
  if (!self) return unknownText(call);
  auto it = methods().find(name);
  auto* method = llvm::cast<clang::CXXMethodDecl>(call.callee);
  const bool reading = it != methods().end() && (method->isConst() || method->isStatic());
  // What gives a place inside the string needs places for its characters.
  const bool places = llvm::StringRef(name).contains("begin") || llvm::StringRef(name).contains("end") || name == "erase" ||
                      (!reading && (name == "operator[]" || name == "at" || name == "front" || name == "back"));
  if (places && !(name == "starts_with" || name == "ends_with" || name == "append")) {
    if (name == "erase" && (call.size() == 0 || !as<Pointer>(call.value(0)))) return editString(ev, call, *self);
    characterPlaces(ev, call.self, call.callee);
    return sequenceMember(ev, call);
  }
  if (it != methods().end()) return it->second(ev, call, *self);
  return editString(ev, call, *self);
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

/// stoi, stol, atoi and stod, stof, atof: what is no number is an exception of std::, and 0 in C.
Result toNumber(Evaluator& ev, const LibraryCall& call) {
  auto t = textOf(ev, call.value(0));
  if (!t) return unknownText(call);
  const bool standard = call.name.starts_with("std::sto");
  const bool floating = call.resultType->isRealFloatingType();
  auto base = standard && !floating && call.size() > 2 ? ev.integer(call.value(2)) : std::optional<std::int64_t>(10);
  if (!base) return unknownText(call);
  char* end = nullptr;
  const long long n = floating ? 0 : std::strtoll(t->c_str(), &end, static_cast<int>(*base));
  const double d = floating ? std::strtod(t->c_str(), &end) : 0;
  if (end == t->c_str() && standard) ev.raise(call.at, "std::invalid_argument: \"" + *t + "\" is no number");
  if (standard && call.resultType->isSpecificBuiltinType(clang::BuiltinType::Int) && n != static_cast<int>(n))
    ev.raise(call.at, "std::out_of_range: " + *t + " does not fit into an int");
  if (standard && call.size() > 1)
    if (auto* used = as<Pointer>(call.value(1)); used && !used->isNull())
      ev.heap.write(ev.pointee(call.value(1), call.at), std::int64_t{end - t->c_str()});
  if (!floating) return Value(std::int64_t{n});
  return Value(call.resultType->isSpecificBuiltinType(clang::BuiltinType::Float) ? double{static_cast<float>(d)} : d);
}

/// toupper, isdigit and the other questions about a character, in the C locale.
Result character(Evaluator& ev, const LibraryCall& call) {
  auto c = ev.integer(call.value(0));
  if (!c || *c < 0 || *c > 127) return c ? Result(Value(std::int64_t{call.name.contains("to") ? *c : 0})) : unknownText(call);
  static const llvm::StringMap<int (*)(int)> table = {{"toupper", std::toupper},  {"tolower", std::tolower}, {"isdigit", std::isdigit},
                                                      {"isalpha", std::isalpha},  {"isalnum", std::isalnum}, {"isspace", std::isspace},
                                                      {"isupper", std::isupper},  {"islower", std::islower}, {"ispunct", std::ispunct},
                                                      {"isxdigit", std::isxdigit}};
  const int answer = table.lookup(call.callee->getName())(static_cast<int>(*c));
  return Value(std::int64_t{call.name.contains("to") ? answer : answer != 0});
}

Result compareC(Evaluator& ev, const LibraryCall& call) { // strcmp
  auto a = textOf(ev, call.value(0)), b = textOf(ev, call.value(1));
  return a && b ? Result(Value(std::int64_t{a->compare(*b)})) : unknownText(call);
}

Result length(Evaluator& ev, const LibraryCall& call) { // strlen
  auto t = textOf(ev, call.value(0));
  return t ? Result(Value(static_cast<std::int64_t>(t->size()))) : unknownText(call);
}
} // namespace

void registerStdStrings(Library& library) {
  for (std::string name : {"std::basic_string", "std::basic_string_view", "c10::basic_string_view"}) {
    library.constructor(name, construct);
    library.scope(name, member);
    for (const char* f : {"::operator+=", "::append", "::push_back"}) library.function(name + f, append);
    for (const char* f : {"::operator=", "::assign"}) library.function(name + f, assign);
    library.function(name + "::clear", clear);
    library.function(name + "::reserve", [](Evaluator&, const LibraryCall&) -> Result { return Value(Nothing{}); });
  }
  library.function("std::operator+", [](Evaluator& ev, const LibraryCall& call) -> Result {
    for (const Arg& a : call.args)
      if (auto* p = as<Pointer>(a.value()); p && p->sequence) return iteratorOperator(ev, call);
    return plus(ev, call);
  });
  library.function("std::to_string", toString);
  for (const char* f : {"std::stoi", "std::stol", "std::stoll", "std::stoul", "std::stoull", "atoi", "atol", "atoll", "std::atoi",
                        "std::atol", "std::stof", "std::stod", "std::stold", "atof", "std::atof"})
    library.function(f, toNumber);
  for (std::string f : {"toupper", "tolower", "isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower", "ispunct", "isxdigit"}) {
    library.function(f, character);
    library.function("std::" + f, character);
  }
  for (const char* name : {"strcmp", "std::strcmp"}) library.function(name, compareC);
  for (const char* name : {"strlen", "std::strlen"}) library.function(name, length);
  library.function("std::literals::string_literals::operator\"\"s",
                   [](Evaluator&, const LibraryCall& call) -> Result { return call.value(0); });
  library.function("std::literals::string_view_literals::operator\"\"sv",
                   [](Evaluator&, const LibraryCall& call) -> Result { return call.value(0); });
  library.function(
      "getenv", [](Evaluator&, const LibraryCall& call) -> Result { return open(call.at, "the environment is only known at run time"); });
}

} // namespace cobra::interp
