// Strings that are changed in place.
#include "analyzer/models/sequence.h"
#include "analyzer/models/strings.h"

#include <algorithm>

namespace cobra::interp {

void characterPlaces(Evaluator& ev, Cell* string, const clang::FunctionDecl* member) {
  auto text = ev.text(string->value());
  if (!text || asObject(string->value())) return;
  std::vector<Value> characters;
  for (char c : *text) characters.push_back(static_cast<std::int64_t>(c));
  const auto* method = llvm::cast<clang::CXXMethodDecl>(member);
  ev.heap.write(string, ev.heap.sequence(std::move(characters), ev.context.getRecordType(method->getParent())));
}

namespace {
Result unknownText(const LibraryCall& call) {
  for (const Arg& a : call.args)
    if (isOpen(a.value())) return a.value();
  return open(call.at, "a string is not known");
}

/// The text that arguments from `first` on stand for: a string, a character, or a number of equal characters.
std::optional<std::string> given(Evaluator& ev, const LibraryCall& call, std::size_t first) {
  if (first >= call.size()) return std::nullopt;
  if (auto t = ev.text(call.value(first))) {
    auto n = call.size() > first + 1 ? ev.integer(call.value(first + 1)) : std::nullopt;
    return n && *n >= 0 ? t->substr(0, static_cast<std::size_t>(*n)) : *t;
  }
  auto n = ev.integer(call.value(first));
  if (!n) return std::nullopt;
  if (call.size() == first + 1) return std::string(1, static_cast<char>(*n));
  auto c = ev.integer(call.value(first + 1));
  if (!c || *n < 0 || *n > 1'000'000) return std::nullopt;
  return std::string(static_cast<std::size_t>(*n), static_cast<char>(*c));
}

/// A position, as a number or as an iterator.
std::optional<std::size_t> position(Evaluator& ev, const Value& v) {
  if (auto* p = as<Pointer>(v)) return static_cast<std::size_t>(p->index);
  auto n = ev.integer(v);
  return n ? std::optional<std::size_t>(static_cast<std::size_t>(*n)) : std::nullopt;
}
} // namespace

Result editString(Evaluator& ev, const LibraryCall& call, const std::string& now) {
  const std::string name = call.callee->getNameAsString();
  std::string next = now;
  auto store = [&](Result result) {
    ev.heap.write(call.self, Text(next));
    return result;
  };
  auto first = call.size() ? position(ev, call.value(0)) : std::nullopt;
  if (name == "pop_back") {
    if (next.empty()) return ev.unknown(call.at, "an empty string is popped");
    next.pop_back();
    return store(Value(Nothing{}));
  }
  if (name == "resize") {
    auto fill = call.size() > 1 ? ev.integer(call.value(1)) : std::optional<std::int64_t>(0);
    if (!first || !fill || *first > 1'000'000) return unknownText(call);
    next.resize(*first, static_cast<char>(*fill));
    return store(Value(Nothing{}));
  }
  if (name == "remove_prefix" || name == "remove_suffix") {
    if (!first || *first > next.size()) return ev.unknown(call.at, "how much of a string is left is not known");
    next = name == "remove_prefix" ? next.substr(*first) : next.substr(0, next.size() - *first);
    return store(Value(Nothing{}));
  }
  if (name == "erase") {
    auto count = call.size() > 1 ? position(ev, call.value(1)) : std::optional<std::size_t>(std::string::npos);
    if (call.size() && (!first || !count)) return unknownText(call);
    if (first.value_or(0) > next.size()) ev.raise(call.at, "std::out_of_range: erase begins behind the string's end");
    next.erase(first.value_or(0), *count);
    return store(call.self);
  }
  if (name == "insert") {
    auto what = given(ev, call, 1);
    if (!first || !what || *first > next.size()) return unknownText(call);
    next.insert(*first, *what);
    return store(call.self);
  }
  if (name == "replace" && call.size() >= 3) {
    auto second = position(ev, call.value(1));
    auto what = given(ev, call, 2);
    if (!first || !second || !what || *first > next.size()) return unknownText(call);
    next.replace(*first, as<Pointer>(call.value(0)) ? *second - *first : *second, *what);
    return store(call.self);
  }
  if (name == "swap") {
    Value other = call.value(0);
    ev.heap.write(call.args[0].place, Text(now));
    ev.heap.write(call.self, other);
    return Value(Nothing{});
  }
  if (name == "shrink_to_fit") return Value(Nothing{});
  ev.noteUnknownFunction(call.name);
  ev.heap.write(call.self, ev.unknown(call.at, "the tool does not model " + call.name.str()));
  return call.self->value();
}

} // namespace cobra::interp
