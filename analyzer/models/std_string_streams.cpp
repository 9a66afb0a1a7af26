// String streams: text that is written, and text that is read word by word. Streams of files and of the user
// stay open.
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

#include <cctype>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace cobra::interp {

namespace {
constexpr const char* manipulator = "manipulator";

/// The state of a string stream, kept in fields of its object.
class Stream {
public:
  Stream(Evaluator& ev, Object& object) : ev_(ev), object_(object) {}

  /// The string stream in this place; nullopt for other streams, whose text only a run would tell.
  static std::optional<Stream> in(Evaluator& ev, Cell* cell) {
    Object* o = cell ? ev.object(cell->value()) : nullptr;
    if (!o || o->kind != Object::Kind::Record || !o->field("text")) return std::nullopt;
    return Stream(ev, *o);
  }

  std::optional<std::string> text() const { return ev_.text(object_.field("text")->value()); }
  Value textValue() const { return object_.field("text")->value(); }
  void setText(Value v) { ev_.heap.write(object_.field("text"), std::move(v)); }
  std::int64_t number(llvm::StringRef name) const { return ev_.integer(ev_.fieldCell(object_, name)->value()).value_or(0); }
  void set(llvm::StringRef name, std::int64_t v) { ev_.heap.write(ev_.fieldCell(object_, name), v); }

  bool failed() const { return number("failed") != 0; }
  bool ended() const { return number("ended") != 0; }
  std::size_t position() const { return static_cast<std::size_t>(number("position")); }
  void moveTo(std::size_t p) { set("position", static_cast<std::int64_t>(p)); }
  void fail() { set("failed", 1); }
  void end() { set("ended", 1); }

  /// Skips spaces; false, and nothing is read, when nothing is left.
  bool ready() {
    if (!failed() && !ended() && skipSpaces(*text()) == text()->size()) end();
    if (ended()) fail();
    return !failed();
  }

  /// The next word, as `>>` into a string reads it; nullopt when there is none.
  std::optional<std::string> word() {
    std::string all = *text();
    std::size_t from = skipSpaces(all), to = from;
    while (to < all.size() && !std::isspace(static_cast<unsigned char>(all[to]))) ++to;
    if (to == all.size()) end();
    moveTo(to);
    if (from == to) return fail(), std::nullopt;
    return all.substr(from, to - from);
  }

  /// Up to the delimiter, which is taken too.
  std::optional<std::string> line(char delimiter) {
    std::string all = *text();
    if (ended()) return fail(), std::nullopt;
    std::size_t from = std::min(position(), all.size()), to = all.find(delimiter, from);
    if (to == std::string::npos) {
      end();
      moveTo(all.size());
      if (from == all.size()) return fail(), std::nullopt;
      return all.substr(from);
    }
    moveTo(to + 1);
    return all.substr(from, to - from);
  }

  /// One character; with `spaces` also a space.
  std::optional<char> character(bool spaces) {
    std::string all = *text();
    std::size_t at = spaces ? position() : skipSpaces(all);
    if (at >= all.size()) return end(), fail(), std::nullopt;
    moveTo(at + 1);
    return all[at];
  }

  template <class T> std::optional<T> parse() {
    std::string all = *text();
    std::size_t from = skipSpaces(all);
    const char *first = all.data() + from, *last = all.data() + all.size();
    if (first != last && *first == '+') ++first;
    T out{};
    auto [stop, error] = std::from_chars(first, last, out);
    moveTo(static_cast<std::size_t>(stop - all.data()));
    if (stop == last) end();
    if (error != std::errc()) return fail(), std::nullopt;
    return out;
  }

private:
  std::size_t skipSpaces(const std::string& all) {
    std::size_t at = std::min(position(), all.size());
    while (at < all.size() && std::isspace(static_cast<unsigned char>(all[at]))) ++at;
    moveTo(at);
    return at;
  }

  Evaluator& ev_;
  Object& object_;
};

constexpr const char* runtimeText = "what is read from a file or from the user is only known at run time";

Result self(const LibraryCall& call) { return call.self ? call.self : call.args[0].place; }

/// `target` after a failed or an unknowable read.
void readInto(Evaluator& ev, Stream& stream, Cell* target, clang::QualType type) {
  const bool isCharacter = type->isAnyCharacterType();
  if (!stream.ready()) return;
  if (isCharacter) {
    if (auto c = stream.character(false)) ev.heap.write(target, static_cast<std::int64_t>(*c));
  } else if (type->isIntegralOrEnumerationType()) {
    auto i = stream.parse<std::int64_t>();
    ev.heap.write(target, i.value_or(0));
  } else if (type->isRealFloatingType()) {
    auto d = stream.parse<double>();
    ev.heap.write(target, d.value_or(0));
  } else if (auto w = stream.word()) {
    ev.heap.write(target, Text(std::move(*w)));
  }
}

/// stream >> x.
Result extract(Evaluator& ev, const LibraryCall& call) {
  const std::size_t what = call.self ? 0 : 1;
  if (what >= call.size()) return self(call);
  const Arg& target = call.args[what];
  if (as<Function>(target.value()) || (asObject(target.value()) && asObject(target.value())->field(manipulator)))
    return self(call); // std::ws
  clang::QualType type =
      call.callee && what < call.callee->getNumParams() ? call.callee->getParamDecl(static_cast<unsigned>(what))->getType() : target.type;
  auto stream = Stream::in(ev, self(call).place);
  if (stream && stream->text())
    readInto(ev, *stream, target.place, type.getNonReferenceType());
  else
    ev.heap.write(target.place, open(call.at, runtimeText, stream ? reason(stream->textValue()) : nullptr));
  return self(call);
}

/// std::getline(stream, text, delimiter).
Result getline(Evaluator& ev, const LibraryCall& call) {
  auto stream = Stream::in(ev, call.args[0].place);
  if (!stream || !stream->text() || call.size() < 2) {
    if (call.size() > 1) ev.heap.write(call.args[1].place, open(call.at, runtimeText));
    return call.args[0].place;
  }
  auto delimiter = call.size() > 2 ? ev.integer(call.value(2)) : std::int64_t{'\n'};
  if (stream->failed() || !delimiter) return call.args[0].place;
  auto line = stream->line(static_cast<char>(*delimiter));
  ev.heap.write(call.args[1].place, Text(line.value_or("")));
  return call.args[0].place;
}

Value whole(Evaluator&, const LibraryCall& call) { return open(call.at, "what " + call.name.str() + " gives is only known at run time"); }

using Question = Value (*)(Stream&);
/// Members that ask for the state.
template <Question question> Result ask(Evaluator& ev, const LibraryCall& call) {
  auto stream = Stream::in(ev, call.self);
  if (!stream || !stream->text()) return whole(ev, call);
  return question(*stream);
}
Value isGood(Stream& s) { return std::int64_t{!s.failed() && !s.ended()}; }
Value isFine(Stream& s) { return std::int64_t{!s.failed()}; }
Value hasFailed(Stream& s) { return std::int64_t{s.failed()}; }
Value hasEnded(Stream& s) { return std::int64_t{s.ended()}; }
Value never(Stream&) { return std::int64_t{0}; }
Value peek(Stream& s) {
  std::string all = *s.text();
  if (s.position() >= all.size()) return s.end(), std::int64_t{-1};
  return static_cast<std::int64_t>(static_cast<unsigned char>(all[s.position()]));
}

Result get(Evaluator& ev, const LibraryCall& call) {
  auto stream = Stream::in(ev, call.self);
  if (!stream || !stream->text() || call.size() > 1) return whole(ev, call);
  auto c = stream->character(true);
  if (call.size() == 0) return Value(c ? static_cast<std::int64_t>(static_cast<unsigned char>(*c)) : std::int64_t{-1});
  if (c) ev.heap.write(call.args[0].place, static_cast<std::int64_t>(*c));
  return call.self;
}

Result ignore(Evaluator& ev, const LibraryCall& call) {
  auto stream = Stream::in(ev, call.self);
  if (!stream || !stream->text()) return call.self;
  std::int64_t n = call.size() ? ev.integer(call.value(0)).value_or(1) : 1;
  auto until = call.size() > 1 ? ev.integer(call.value(1)) : std::nullopt;
  const std::string all = *stream->text();
  std::size_t at = stream->position();
  for (; n > 0 && at < all.size(); --n)
    if (all[at++] == static_cast<char>(until.value_or(-1)) && until && *until >= 0) break;
  if (n > 0 && at >= all.size() && !until) stream->end();
  stream->moveTo(at);
  return call.self;
}

Result clear(Evaluator& ev, const LibraryCall& call) {
  if (auto stream = Stream::in(ev, call.self)) stream->set("failed", 0), stream->set("ended", 0);
  return Value(Nothing{});
}

Result str(Evaluator& ev, const LibraryCall& call) {
  auto stream = Stream::in(ev, call.self);
  if (!stream) return whole(ev, call);
  if (call.size() == 0 || isNothing(call.value(0))) return stream->textValue();
  stream->setText(call.value(0));
  stream->moveTo(0);
  return Value(Nothing{});
}

Result make(Evaluator& ev, const LibraryCall& call) {
  Object* o = ev.heap.object(Object::Kind::Record, call.resultType);
  Value text = Text("");
  if (call.size() && (ev.text(call.value(0)) || isOpen(call.value(0)))) text = call.value(0);
  if (Stream::in(ev, call.size() ? call.args[0].place : nullptr)) return call.args[0].place->value(); // moved
  o->fields = {{nullptr, "text", ev.heap.cell(std::move(text))}, {nullptr, "position", ev.heap.cell(std::int64_t{0})}};
  return Value(o);
}

// ---- writing
std::string padded(Stream& stream, std::string text) {
  std::int64_t width = stream.number("setw");
  if (width > static_cast<std::int64_t>(text.size()) && width < 1000) {
    std::int64_t fill = stream.number("setfill");
    std::string gap(static_cast<std::size_t>(width) - text.size(), fill ? static_cast<char>(fill) : ' ');
    text = stream.number("left") ? text + gap : gap + text;
  }
  stream.set("setw", 0);
  return text;
}

std::optional<std::string> shown(Evaluator& ev, Stream& stream, const Value& v, clang::QualType type) {
  if (auto t = ev.text(v)) return padded(stream, *t);
  if (auto* p = as<Pointer>(v); p && p->target)
    if (auto t = ev.text(p->target->value())) return padded(stream, *t);
  if (auto i = as<std::int64_t>(v)) {
    if (!type.isNull() && type->isAnyCharacterType()) return padded(stream, std::string(1, static_cast<char>(*i)));
    char out[32];
    const bool hex = stream.number("hex") != 0;
    auto end = std::to_chars(out, out + sizeof out, *i, hex ? 16 : 10).ptr;
    return padded(stream, std::string(out, end));
  }
  if (auto d = as<double>(v)) {
    char out[400];
    std::int64_t precision = stream.number("has precision") ? stream.number("setprecision") : 6;
    std::snprintf(out, sizeof out, stream.number("fixed") ? "%.*f" : "%.*g", static_cast<int>(precision), *d);
    return padded(stream, out);
  }
  return std::nullopt;
}

/// stream << x. What is written into other streams is not kept.
Result insert(Evaluator& ev, const LibraryCall& call) {
  const std::size_t what = call.self ? 0 : 1;
  auto stream = Stream::in(ev, self(call).place);
  if (!stream || what >= call.size()) return self(call);
  const Value& v = call.value(what);
  if (auto* f = as<Function>(v)) { // std::endl, std::fixed
    std::string name = f->decl && f->decl->getDeclName().isIdentifier() ? f->decl->getName().str() : "";
    if (name == "endl" && stream->text()) stream->setText(Text(*stream->text() + "\n"));
    if (name == "dec") stream->set("hex", 0);
    if (name == "right") stream->set("left", 0);
    if (name == "fixed" || name == "hex" || name == "left") stream->set(name, 1);
    return self(call);
  }
  if (Object* m = asObject(v); m && m->field(manipulator)) {
    std::string name = ev.text(m->field(manipulator)->value()).value_or("");
    stream->set(name, ev.integer(m->field("value")->value()).value_or(0));
    if (name == "setprecision") stream->set("has precision", 1);
    return self(call);
  }
  if (!stream->text()) return self(call);
  clang::QualType type = call.callee && what < call.callee->getNumParams()
                             ? call.callee->getParamDecl(static_cast<unsigned>(what))->getType()
                             : call.args[what].type;
  if (auto more = shown(ev, *stream, v, type.isNull() ? type : type.getNonReferenceType()))
    stream->setText(Text(*stream->text() + *more));
  else
    stream->setText(open(call.at, "what is written into this stream is not known", reason(v)));
  return self(call);
}

/// std::setw(4): an object that names itself.
Result manipulate(Evaluator& ev, const LibraryCall& call) {
  Object* o = ev.heap.object(Object::Kind::Record, call.resultType);
  o->fields = {{nullptr, manipulator, ev.heap.cell(Text(call.name.rsplit(':').second.str()))},
               {nullptr, "value", ev.heap.cell(call.size() ? call.value(0) : Value(std::int64_t{0}))}};
  return Value(o);
}

/// std::istream_iterator<T>(stream): all that is left, read at once; without a stream the end of any.
Result words(Evaluator& ev, const LibraryCall& call) {
  if (call.size() == 0) return Value(NullOpt{});
  if (std::holds_alternative<NullOpt>(call.value(0)) || as<Pointer>(call.value(0))) return call.value(0);
  auto stream = Stream::in(ev, call.args[0].place);
  if (!stream || !stream->text()) return open(call.at, runtimeText);
  clang::QualType type = typeArgument(call.resultType, 0);
  std::vector<Value> items;
  while (!type.isNull() && !stream->failed()) {
    Cell* target = ev.heap.cell(Nothing{});
    readInto(ev, *stream, target, type);
    if (!stream->failed()) items.push_back(target->value());
  }
  return Value(Pointer{nullptr, ev.heap.sequence(std::move(items)), 0});
}
} // namespace

void registerStdStringStreams(Library& library) {
  for (const char* name : {"std::basic_stringstream", "std::basic_ostringstream", "std::basic_istringstream"}) {
    library.constructor(name, make);
    library.function(std::string(name) + "::str", str);
  }
  for (const char* name : {"std::operator<<", "std::basic_ostream::operator<<", "c10::operator<<", "at::operator<<", "torch::operator<<"})
    library.function(name, insert);
  for (const char* name : {"std::operator>>", "std::basic_istream::operator>>"}) library.function(name, extract);
  library.function("std::getline", getline);
  const std::pair<const char*, Handler> members[] = {{"std::basic_ios::operator T", ask<isFine>},
                                                     {"std::basic_ios::operator!", ask<hasFailed>},
                                                     {"std::basic_ios::good", ask<isGood>},
                                                     {"std::basic_ios::bad", ask<never>},
                                                     {"std::basic_ios::fail", ask<hasFailed>},
                                                     {"std::basic_ios::eof", ask<hasEnded>},
                                                     {"std::basic_ios::clear", clear},
                                                     {"std::basic_istream::get", get},
                                                     {"std::basic_istream::peek", ask<peek>},
                                                     {"std::basic_istream::ignore", ignore}};
  for (const auto& [name, handler] : members) library.function(name, handler);
  for (const char* name : {"std::setw", "std::setprecision", "std::setfill"}) library.function(name, manipulate);
  library.constructor("std::istream_iterator", words);
}

} // namespace cobra::interp
