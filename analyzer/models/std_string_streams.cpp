// Streams over strings: text, a place to read at, and whether reading has failed.
#include "analyzer/models/sequence.h"
#include "analyzer/models/strings.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>

namespace cobra::interp {

namespace {
constexpr llvm::StringLiteral textField = "text", atField = "read at", failedField = "failed";

/// The stream a cell holds if it is one over a string; null for files and consoles.
Object* stringStream(Evaluator& ev, const Cell* cell) {
  Object* o = cell ? asObject(cell->value()) : nullptr;
  const clang::CXXRecordDecl* record = o && !o->type.isNull() ? o->type->getAsCXXRecordDecl() : nullptr;
  if (!record) return nullptr;
  const std::string& name = ev.library.nameOf(record);
  return llvm::StringRef(name).ends_with("stringstream") ? o : nullptr;
}

bool isStream(Evaluator& ev, const Cell* cell) {
  Object* o = asObject(cell->value());
  return o && !o->type.isNull() && ev.isOrDerivesFrom(o->type->getAsCXXRecordDecl(), "std::ios_base");
}

std::string shown(Evaluator& ev, const LibraryCall& call, std::size_t index, bool& known) {
  const Value& v = call.value(index);
  if (auto t = ev.text(v)) return *t;
  clang::QualType type = call.args[index].type;
  if (auto* i = as<std::int64_t>(v))
    return !type.isNull() && type->isAnyCharacterType() ? std::string(1, static_cast<char>(*i))
                                                        : std::to_string(*i);
  if (auto* d = as<double>(v)) {
    char text[64];
    std::snprintf(text, sizeof text, "%g", *d);
    return text;
  }
  known &= as<Function>(v) != nullptr || isNothing(v); // std::endl writes nothing that a name is made of
  return "";
}

/// One value of the kind the target has; false: the text holds none.
std::optional<bool> extract(Evaluator& ev, const std::string& text, std::size_t& at, const Arg& target) {
  const clang::QualType type = target.type;
  while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at]))) ++at;
  if (type.isNull()) return std::nullopt;
  if (at >= text.size()) return false;
  const char* begin = text.c_str() + at;
  char* end = nullptr;
  if (type->isAnyCharacterType()) {
    ev.heap.write(target.place, static_cast<std::int64_t>(text[at++]));
    return true;
  }
  if (type->isRealFloatingType()) {
    const double d = std::strtod(begin, &end);
    if (end != begin)
      ev.heap.write(target.place, type->isSpecificBuiltinType(clang::BuiltinType::Float)
                                      ? double{static_cast<float>(d)}
                                      : d);
  } else if (type->isIntegerType()) {
    const long long n = std::strtoll(begin, &end, 10);
    ev.heap.write(target.place, std::int64_t{end == begin ? 0 : n});
  } else if (type->isRecordType() &&
             llvm::StringRef(ev.library.nameOf(type->getAsCXXRecordDecl())) == "std::basic_string") {
    std::string word;
    while (at < text.size() && !std::isspace(static_cast<unsigned char>(text[at]))) word += text[at++];
    ev.heap.write(target.place, Text(word));
    return true;
  } else {
    return std::nullopt;
  }
  at += static_cast<std::size_t>(end - begin);
  return end != begin;
}

Result readsAtRunTime(Evaluator& ev, const LibraryCall& call) {
  for (std::size_t i = 0; i < call.size(); ++i)
    if (!isStream(ev, call.args[i].place))
      ev.heap.write(call.args[i].place,
                    open(call.at, "what is read from a file or from the user is only known at run time"));
  return call.self ? call.self : call.args[0].place;
}
} // namespace

Result makeStringStream(Evaluator& ev, const LibraryCall& call) {
  Object* o = ev.heap.object(Object::Kind::Record, call.resultType);
  Value text = Text("");
  if (auto t = call.size() ? ev.text(call.value(0)) : std::nullopt)
    text = Text(*t);
  else if (call.size() && isOpen(call.value(0)))
    text = call.value(0);
  ev.heap.write(ev.fieldCell(*o, textField), text);
  ev.heap.write(ev.fieldCell(*o, atField), std::int64_t{0});
  ev.heap.write(ev.fieldCell(*o, failedField), std::int64_t{0});
  return Value(o);
}

Result writeStream(Evaluator& ev, const LibraryCall& call) {
  Cell* to = call.self ? call.self : call.args[0].place;
  const std::size_t what = call.self ? 0 : 1;
  Object* o = stringStream(ev, to);
  if (!o || call.size() <= what) return to;
  Cell* text = ev.fieldCell(*o, textField);
  auto now = ev.text(text->value());
  bool known = now.has_value();
  std::string more = shown(ev, call, what, known);
  ev.heap.write(
      text, known ? Value(Text(*now + more))
                  : open(call.at, "what is written into a string is not known", reason(call.value(what))));
  return to;
}

/// >> and getline.
Result readStream(Evaluator& ev, const LibraryCall& call) {
  Cell* from = call.self ? call.self : call.args[0].place;
  const std::size_t what = call.self ? 0 : 1;
  Object* o = stringStream(ev, from);
  if (!o || call.size() <= what) return readsAtRunTime(ev, call);
  if (as<Function>(call.value(what))) return from; // std::ws
  auto text = ev.text(ev.fieldCell(*o, textField)->value());
  auto at = ev.integer(ev.fieldCell(*o, atField)->value());
  auto failed = ev.integer(ev.fieldCell(*o, failedField)->value());
  if (!text || !at || !failed) return readsAtRunTime(ev, call);
  if (*failed) return from;
  auto place = static_cast<std::size_t>(*at);
  std::optional<bool> read;
  if (llvm::StringRef(call.name).ends_with("getline")) {
    auto until =
        call.size() > what + 1 ? ev.integer(call.value(what + 1)) : std::optional<std::int64_t>('\n');
    if (!until) return readsAtRunTime(ev, call);
    read = place < text->size();
    if (*read) {
      const std::size_t end = text->find(static_cast<char>(*until), place);
      ev.heap.write(call.args[what].place,
                    Text(text->substr(place, end == std::string::npos ? end : end - place)));
      place = end == std::string::npos ? text->size() : end + 1;
    } else {
      ev.heap.write(call.args[what].place, Text(""));
    }
  } else {
    read = extract(ev, *text, place, call.args[what]);
  }
  if (!read) return readsAtRunTime(ev, call);
  ev.heap.write(ev.fieldCell(*o, atField), static_cast<std::int64_t>(place));
  if (!*read) ev.heap.write(ev.fieldCell(*o, failedField), std::int64_t{1});
  return from;
}

Result streamState(Evaluator& ev, const LibraryCall& call) {
  Object* o = stringStream(ev, call.self);
  auto failed = o ? ev.integer(ev.fieldCell(*o, failedField)->value()) : std::nullopt;
  auto at = o ? ev.integer(ev.fieldCell(*o, atField)->value()) : std::nullopt;
  auto text = o ? ev.text(ev.fieldCell(*o, textField)->value()) : std::nullopt;
  if (!failed || !at || !text)
    return open(call.at, "what " + call.name.str() + " gives is only known at run time");
  const bool ended = *failed || static_cast<std::size_t>(*at) >= text->size();
  llvm::StringRef name = call.name.substr(call.name.rfind(':') + 1);
  if (name == "eof") return Value(std::int64_t{ended});
  if (name == "good") return Value(std::int64_t{!ended});
  if (name == "fail" || name == "bad" || name == "operator!") return Value(*failed);
  return Value(std::int64_t{*failed == 0});
}

/// str() and str(text).
Result streamText(Evaluator& ev, const LibraryCall& call) {
  Object* o = stringStream(ev, call.self);
  if (!o) return open(call.at, "a stream is not known", reason(call.self->value()));
  if (call.size() == 0) return ev.fieldCell(*o, textField)->value();
  auto t = ev.text(call.value(0));
  ev.heap.write(ev.fieldCell(*o, textField),
                t ? Value(Text(*t)) : open(call.at, "a string is not known", reason(call.value(0))));
  ev.heap.write(ev.fieldCell(*o, atField), std::int64_t{0});
  ev.heap.write(ev.fieldCell(*o, failedField), std::int64_t{0});
  return Value(Nothing{});
}

} // namespace cobra::interp
