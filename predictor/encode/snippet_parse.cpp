#include "predictor/encode/literal.h"
#include "predictor/encode/reader.h"
#include "predictor/encode/snippet.h"

#include <algorithm>

namespace cobra {
namespace {

using ops::Kind;
using ops::Operator;
using ops::Parameter;

/// "[", items, "]". `item` reads one item to the end of `items`.
template <typename List, typename ReadItem> bool readList(SnippetReader& in, Argument& out, ReadItem item) {
  List items;
  if (!in.expect("[", "a list")) return false;
  if (!in.accept("]")) {
    do {
      if (!item(items)) return false;
    } while (in.accept(","));
    if (!in.expect("]", "',' or ']'")) return false;
  }
  out = std::move(items);
  return true;
}

template <typename T> bool readList(SnippetReader& in, Argument& out) {
  return readList<std::vector<T>>(in, out, [&](std::vector<T>& items) {
    T item{};
    if (!in.read(item)) return false;
    items.push_back(item);
    return true;
  });
}

bool readTensors(SnippetReader& in, bool optionalItem, Argument& out) {
  return readList<TensorList>(in, out, [&](TensorList& items) {
    if (optionalItem && in.accept("None")) {
      items.push_back(std::nullopt);
      return true;
    }
    return in.read(items.emplace_back().emplace());
  });
}

bool readList(SnippetReader& in, const Parameter& parameter, Argument& out) {
  switch (parameter.kind) {
  case Kind::Tensor: return readTensors(in, parameter.optionalItem, out);
  case Kind::Int: return readList<std::int64_t>(in, out);
  case Kind::Float:
  case Kind::Scalar: return readList<double>(in, out);
  case Kind::Bool: return readList<bool>(in, out);
  default: return in.failExpected("?, since a list of this kind has no written form");
  }
}

bool readItem(SnippetReader& in, Kind kind, Argument& out) {
  switch (kind) {
  case Kind::Tensor: return in.read(out.emplace<TensorType>());
  case Kind::Int: return in.read(out.emplace<std::int64_t>());
  case Kind::Float: return in.read(out.emplace<double>());
  case Kind::Bool: return in.read(out.emplace<bool>());
  case Kind::Scalar: return in.readScalar(out);
  case Kind::ScalarType: return in.read(out.emplace<DType>());
  case Kind::String:
  case Kind::Layout:
  case Kind::Device:
  case Kind::MemoryFormat:
  case Kind::Generator: return in.read(out.emplace<std::string>());
  }
  return in.failExpected("?, since an argument of this kind has no written form");
}

bool readArgument(SnippetReader& in, const Parameter& parameter, Argument& out) {
  if (in.accept("?")) {
    out = Open{};
    return true;
  }
  const bool mayBeNone = parameter.optional || parameter.kind == Kind::Generator;
  if (mayBeNone && in.accept("None")) {
    out = None{};
    return true;
  }
  return parameter.list ? readList(in, parameter, out) : readItem(in, parameter.kind, out);
}

/// The operator at the start of the text; null after a failure.
const Operator* readOperator(SnippetReader& in) {
  const std::string_view name = in.peekWord();
  if (name.empty()) {
    in.failExpected("the name of an operator");
    return nullptr;
  }
  const Operator* op = ops::find(name);
  if (!op) {
    std::string sentence = "the registry has no operator " + literal::shown(name);
    const char* separator = ", but ";
    for (const Operator* overload : ops::overloads(name)) {
      sentence += separator;
      sentence += overload->fullName();
      separator = ", ";
    }
    in.fail(std::move(sentence));
    return nullptr;
  }
  in.takeWord();
  return op;
}

bool readName(SnippetReader& in, const Parameter& parameter) {
  const std::string_view name = in.peekWord();
  if (name != parameter.name) return in.failExpected("the argument '" + parameter.name + "'");
  in.takeWord();
  return in.expect("=", "'='");
}

bool readArguments(SnippetReader& in, Call& call) {
  if (!in.expect("(", "'('")) return false;
  bool first = true;
  for (const Parameter& parameter : call.op->parameters()) {
    if (!first && !in.expect(",", "',' and the argument '" + parameter.name + "'")) return false;
    first = false;
    if (!readName(in, parameter)) return false;
    if (!readArgument(in, parameter, call.arguments.emplace_back())) return false;
  }
  return in.expect(")", "')' after the last argument");
}

} // namespace

std::variant<Call, SnippetError> parseSnippet(std::string_view text) {
  if (text.size() > maxSnippetBytes)
    return SnippetError{"a snippet of " + std::to_string(text.size()) + " bytes is too long: at most " + std::to_string(maxSnippetBytes) +
                            " are read",
                        maxSnippetBytes};
  SnippetReader in(text);
  Call call;
  call.op = readOperator(in);
  if (call.op && readArguments(in, call) && !in.atEnd()) in.failExpected("the end after ')'");
  if (in.error()) return *in.error();
  return call;
}

} // namespace cobra
