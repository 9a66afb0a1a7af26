// Strings that are searched, edited and walked: positions, iterators, characters. What iterators and
// references write is read back into the string before a library function sees it again (readBack).
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

#include <cctype>

namespace cobra::interp {

namespace {
std::optional<std::string> textOf(Evaluator& ev, const Value& v) {
  if (auto t = ev.text(v)) return t;
  if (auto* p = as<Pointer>(v); p && p->target) return ev.text(p->target->value());
  return std::nullopt;
}

Value notKnown(const LibraryCall& call) {
  if (call.self && isOpen(call.self->value())) return call.self->value();
  for (const Arg& a : call.args)
    if (isOpen(a.value())) return a.value();
  return open(call.at, "a string is not known");
}

/// The characters of the string in `cell`: the same sequence as long as the string stays the same.
Object* charactersOf(Evaluator& ev, Cell* cell, const std::string& text) {
  if (auto known = ev.characters.find(cell); known != ev.characters.end()) return known->second;
  std::vector<Value> items;
  for (char c : text) items.push_back(static_cast<std::int64_t>(c));
  Object* made = ev.heap.sequence(std::move(items));
  made->fields = {{nullptr, "seen", ev.heap.cell(Text(text))}};
  return ev.characters[cell] = made;
}

/// Where an argument points to in the string: a number, or an iterator of it.
std::optional<std::size_t> positionOf(Evaluator& ev, const Value& v, std::size_t size) {
  std::optional<std::int64_t> at = ev.integer(v);
  if (auto* p = as<Pointer>(v); p && p->sequence) at = p->index;
  if (!at) return std::nullopt;
  return *at < 0 ? size + 1 : static_cast<std::size_t>(*at);
}

/// The text of an argument: a string, one character, or a count and a character.
std::optional<std::string> pieceOf(Evaluator& ev, const LibraryCall& call, std::size_t i) {
  if (i + 1 < call.size())
    if (auto range = elementsBetween(call.value(i), call.value(i + 1))) {
      std::string out;
      for (Cell* c : *range) out += static_cast<char>(ev.integer(c->value()).value_or('?'));
      return out;
    }
  if (auto t = textOf(ev, call.value(i))) {
    if (i + 1 >= call.size()) return t;
    auto first = ev.integer(call.value(i + 1)), n = i + 2 < call.size() ? ev.integer(call.value(i + 2)) : std::int64_t{-1};
    if (!first || !n || *first < 0) return std::nullopt;
    if (call.callee->getParamDecl(static_cast<unsigned>(i))->getType()->isPointerType()) return t->substr(0, static_cast<std::size_t>(*first));
    if (static_cast<std::size_t>(*first) > t->size()) return std::nullopt;
    return t->substr(static_cast<std::size_t>(*first), static_cast<std::size_t>(*n)); // -1 is npos
  }
  auto first = ev.integer(call.value(i));
  if (!first) return std::nullopt;
  if (i + 1 >= call.size()) return std::string(1, static_cast<char>(*first));
  auto c = ev.integer(call.value(i + 1));
  if (!c || *first < 0 || *first > 1'000'000) return std::nullopt;
  return std::string(static_cast<std::size_t>(*first), static_cast<char>(*c));
}

// ---- searching: find(what, from) in all its forms
enum class Search : std::uint8_t { First, Last, AnyOf, LastOf, NoneOf, LastNotOf };
template <Search search> Result find(Evaluator& ev, const LibraryCall& call) {
  auto s = ev.text(call.self->value());
  auto what = textOf(ev, call.value(0));
  if (auto c = ev.integer(call.value(0)); !what && c) what = std::string(1, static_cast<char>(*c));
  std::optional<std::int64_t> given = call.size() > 1 ? ev.integer(call.value(1)) : std::nullopt;
  if (!s || !what || (call.size() > 1 && !given)) return notKnown(call);
  const bool backwards = search == Search::Last || search == Search::LastOf || search == Search::LastNotOf;
  const std::size_t from = given ? static_cast<std::size_t>(*given) : backwards ? std::string::npos : 0;
  std::size_t at = std::string::npos;
  switch (search) {
  case Search::First: at = s->find(*what, from); break;
  case Search::Last: at = s->rfind(*what, from); break;
  case Search::AnyOf: at = s->find_first_of(*what, from); break;
  case Search::LastOf: at = s->find_last_of(*what, from); break;
  case Search::NoneOf: at = s->find_first_not_of(*what, from); break;
  case Search::LastNotOf: at = s->find_last_not_of(*what, from); break;
  }
  return Value(static_cast<std::int64_t>(at)); // npos has all bits set
}

Result compare(Evaluator& ev, const LibraryCall& call) { // (text), (from, count, text)
  auto s = ev.text(call.self->value());
  auto t = textOf(ev, call.value(call.size() > 2 ? 2 : 0));
  auto from = call.size() > 2 ? ev.integer(call.value(0)) : 0,
       n = call.size() > 2 ? ev.integer(call.value(1)) : -1;
  if (!s || !t || !from || !n) return notKnown(call);
  if (*from < 0 || static_cast<std::size_t>(*from) > s->size())
    ev.raise(call.at, "std::out_of_range: compare begins behind the string's end");
  return Value(std::int64_t{
      s->substr(static_cast<std::size_t>(*from), *n < 0 ? std::string::npos : static_cast<std::size_t>(*n))
          .compare(*t)});
}

// ---- editing
using Edit = bool (*)(Evaluator&, const LibraryCall&, std::string&);
template <Edit edit> Result edited(Evaluator& ev, const LibraryCall& call) {
  auto s = ev.text(call.self->value());
  const bool done = s && edit(ev, call, *s);
  ev.heap.write(call.self, done ? Value(Text(std::move(*s))) : notKnown(call));
  ev.characters.erase(call.self);
  clang::QualType type = call.callee->getReturnType();
  if (!type->isReferenceType() && !type->isVoidType() && done) { // erase(iterator)
    auto at = positionOf(ev, call.value(0), 0);
    return Value(Pointer{nullptr, charactersOf(ev, call.self, *ev.text(call.self->value())),
                         static_cast<std::int64_t>(at.value_or(0))});
  }
  return call.self;
}
bool erase(Evaluator& ev, const LibraryCall& call, std::string& s) {
  auto from = call.size() ? positionOf(ev, call.value(0), s.size()) : std::size_t{0};
  if (!from || *from > s.size()) return false;
  std::size_t n = std::string::npos;
  if (call.size() && as<Pointer>(call.value(0))) {
    auto to = call.size() > 1 ? positionOf(ev, call.value(1), s.size()) : *from + 1;
    if (!to || *to < *from) return false;
    n = *to - *from;
  } else if (call.size() > 1) {
    auto count = ev.integer(call.value(1));
    if (!count) return false;
    n = static_cast<std::size_t>(*count);
  }
  s.erase(*from, n);
  return true;
}
bool insert(Evaluator& ev, const LibraryCall& call, std::string& s) {
  auto at = positionOf(ev, call.value(0), s.size());
  auto piece = pieceOf(ev, call, 1);
  if (!at || !piece || *at > s.size()) return false;
  s.insert(*at, *piece);
  return true;
}
bool replace(Evaluator& ev, const LibraryCall& call, std::string& s) {
  auto from = positionOf(ev, call.value(0), s.size());
  auto second = positionOf(ev, call.value(1), s.size());
  auto piece = call.size() > 2 ? pieceOf(ev, call, 2) : std::nullopt;
  if (!from || !second || !piece || *from > s.size()) return false;
  s.replace(*from, as<Pointer>(call.value(1)) ? *second - *from : *second, *piece);
  return true;
}
bool append(Evaluator& ev, const LibraryCall& call, std::string& s) {
  auto piece = pieceOf(ev, call, 0);
  if (piece) s += *piece;
  return piece.has_value();
}
bool assign(Evaluator& ev, const LibraryCall& call, std::string& s) {
  auto piece = pieceOf(ev, call, 0);
  if (piece) s = *piece;
  return piece.has_value();
}
bool popBack(Evaluator&, const LibraryCall&, std::string& s) {
  if (s.empty()) return false;
  s.pop_back();
  return true;
}
bool resize(Evaluator& ev, const LibraryCall& call, std::string& s) {
  auto n = ev.integer(call.value(0));
  auto c = call.size() > 1 ? ev.integer(call.value(1)) : 0;
  if (!n || !c || *n < 0 || *n > 1'000'000) return false;
  s.resize(static_cast<std::size_t>(*n), static_cast<char>(*c));
  return true;
}

// ---- walking
enum class End : std::uint8_t { First, Last };
template <End end> Result iterator(Evaluator& ev, const LibraryCall& call) {
  auto s = ev.text(call.self->value());
  if (!s) return notKnown(call);
  Object* all = charactersOf(ev, call.self, *s);
  return Value(Pointer{nullptr, all, end == End::First ? 0 : static_cast<std::int64_t>(s->size())});
}
template <End end> Result reverseIterator(Evaluator& ev, const LibraryCall& call) {
  auto s = ev.text(call.self->value());
  if (!s) return notKnown(call);
  Object* all = charactersOf(ev, call.self, *s);
  Cell* kept = ev.fieldCell(*all, "reversed view");
  Object* view = asObject(kept->value());
  if (!view) {
    view = ev.heap.sequence({});
    view->items.assign(all->items.rbegin(), all->items.rend());
    view->fields = {{nullptr, "reversed from", ev.heap.cell(all)}};
    ev.heap.write(kept, view);
  }
  return Value(Pointer{nullptr, view, end == End::First ? 0 : static_cast<std::int64_t>(s->size())});
}

/// A character as a place, for what may be written.
Result character(Evaluator& ev, const LibraryCall& call) {
  auto s = ev.text(call.self->value());
  const bool back = call.name.ends_with("::back");
  auto i = call.size() ? ev.integer(call.value(0)) : back && s ? static_cast<std::int64_t>(s->size()) - 1 : 0;
  if (!s || !i) return notKnown(call);
  const auto n = static_cast<std::int64_t>(s->size());
  if (call.name.ends_with("::at") && (*i < 0 || *i >= n))
    ev.raise(call.at, "std::out_of_range: a character outside the string is read");
  if (*i < 0 || *i > n) return open(call.at, "a character outside the string is read");
  if (*i == n) return Value(std::int64_t{0});
  return charactersOf(ev, call.self, *s)->items[static_cast<std::size_t>(*i)];
}

// ---- <cctype>
using Classify = int (*)(int);
template <Classify classify> Result classified(Evaluator& ev, const LibraryCall& call) {
  auto c = ev.integer(call.value(0));
  if (!c) return open(call.at, "a character is not known", reason(call.value(0)));
  if (*c < 0 || *c > 127)
    return Value(*c >= 0 && *c < 256 ? classify(static_cast<int>(*c)) : std::int64_t{0});
  return Value(static_cast<std::int64_t>(classify(static_cast<int>(*c))));
}
Result length(Evaluator& ev, const LibraryCall& call) { // strlen
  auto t = textOf(ev, call.value(0));
  return t ? Result(Value(static_cast<std::int64_t>(t->size()))) : Result(notKnown(call));
}
} // namespace

void readBack(Evaluator& ev, Cell* cell) {
  auto known = ev.characters.find(cell);
  if (known == ev.characters.end()) return;
  Object* all = known->second;
  Cell* seen = all->field("seen");
  auto before = ev.text(seen->value()), now = ev.text(cell->value());
  if (!now || now != before) return void(ev.characters.erase(known)); // another string stands here
  std::string text;
  for (Cell* c : all->items) {
    auto i = ev.integer(c->value());
    if (!i) {
      ev.heap.write(cell, open({}, "a character of this string is not known", reason(c->value())));
      return void(ev.characters.erase(known));
    }
    text += static_cast<char>(*i);
  }
  if (text == *now) return;
  ev.heap.write(cell, Text(text));
  ev.heap.write(seen, Text(text));
}

void registerStdStringEdits(Library& library) {
  const std::pair<const char*, Handler> members[] = {
      {"find", find<Search::First>},
      {"rfind", find<Search::Last>},
      {"find_first_of", find<Search::AnyOf>},
      {"find_last_of", find<Search::LastOf>},
      {"find_first_not_of", find<Search::NoneOf>},
      {"find_last_not_of", find<Search::LastNotOf>},
      {"compare", compare},
      {"erase", edited<erase>},
      {"insert", edited<insert>},
      {"replace", edited<replace>},
      {"append", edited<append>},
      {"assign", edited<assign>},
      {"pop_back", edited<popBack>},
      {"resize", edited<resize>},
      {"begin", iterator<End::First>},
      {"cbegin", iterator<End::First>},
      {"end", iterator<End::Last>},
      {"cend", iterator<End::Last>},
      {"rbegin", reverseIterator<End::First>},
      {"crbegin", reverseIterator<End::First>},
      {"rend", reverseIterator<End::Last>},
      {"crend", reverseIterator<End::Last>},
      {"operator[]", character},
      {"at", character},
      {"front", character},
      {"back", character},
  };
  for (std::string name : {"std::basic_string::", "std::basic_string_view::", "c10::basic_string_view::"})
    for (const auto& [member, handler] : members) library.function(name + member, handler);
  for (std::string scope : {"", "std::"}) {
    const std::pair<const char*, Handler> functions[] = {
        {"isspace", classified<std::isspace>}, {"isdigit", classified<std::isdigit>},
        {"isalpha", classified<std::isalpha>}, {"isalnum", classified<std::isalnum>},
        {"isupper", classified<std::isupper>}, {"islower", classified<std::islower>},
        {"ispunct", classified<std::ispunct>}, {"tolower", classified<std::tolower>},
        {"toupper", classified<std::toupper>}, {"strlen", length}};
    for (const auto& [name, handler] : functions) library.function(scope + name, handler);
  }
}

} // namespace cobra::interp
