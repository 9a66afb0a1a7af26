// Reads LibTorch's schema strings, at compile time and at run time alike:
//
//   aten::conv2d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=[1, 1], ...) -> Tensor
//
// A string that is not well formed calls a function of `mistake`, which is not constexpr: inside op() that is
// a compile error that names the mistake.
#pragma once

#include "predictor/ops/registry.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace cobra::ops {

/// What can be wrong with an entry. None of them is ever run.
namespace mistake {
[[noreturn]] void theSchemaIsNotWellFormed();
[[noreturn]] void theSchemaHasAnUnknownType();
[[noreturn]] void theSchemaHasTooManyParameters();
[[noreturn]] void theRuleHasFewerParametersThanTheSchema();
[[noreturn]] void theRuleHasMoreParametersThanTheSchema();
[[noreturn]] void thisRuleParameterDoesNotSpellTheSchemas();
[[noreturn]] void twoEntriesOfAFamilyHaveTheSameName();
} // namespace mistake

/// A type as the schema writes it: "Tensor(a!)?", "SymInt[2]", "Tensor?[]".
struct SchemaType {
  Kind kind = Kind::Tensor;
  bool optional = false, list = false, optionalItem = false, written = false, aliased = false;
  int listSize = 0;
};

struct SchemaParameter {
  SchemaType type;
  std::string_view name;
  std::string_view defaultText; // "[1, 1]"; empty where there is none
  bool hasDefault = false, keywordOnly = false;
};

inline constexpr std::size_t maxParameters = 32;
inline constexpr std::size_t maxReturns = 8;

struct Schema {
  std::string_view fullName, name, overload;
  std::array<SchemaParameter, maxParameters> parameters{};
  std::size_t parameterCount = 0;
  std::array<SchemaType, maxReturns> returns{};
  std::size_t returnCount = 0;
};

namespace detail {

struct NamedKind {
  std::string_view name;
  Kind kind;
};
inline constexpr std::array<NamedKind, 12> namedKinds = {{{"Tensor", Kind::Tensor},
                                                          {"SymInt", Kind::Int},
                                                          {"int", Kind::Int},
                                                          {"float", Kind::Float},
                                                          {"bool", Kind::Bool},
                                                          {"Scalar", Kind::Scalar},
                                                          {"str", Kind::String},
                                                          {"ScalarType", Kind::ScalarType},
                                                          {"Layout", Kind::Layout},
                                                          {"Device", Kind::Device},
                                                          {"MemoryFormat", Kind::MemoryFormat},
                                                          {"Generator", Kind::Generator}}};

class SchemaReader {
public:
  constexpr explicit SchemaReader(std::string_view text) : text_(text) {}

  constexpr Schema schema() {
    Schema result;
    result.fullName = upTo('(');
    const std::size_t colons = result.fullName.find("::");
    if (colons == std::string_view::npos || colons == 0 || colons + 2 == result.fullName.size()) mistake::theSchemaIsNotWellFormed();
    const std::size_t dot = result.fullName.find('.', colons);
    result.name = result.fullName.substr(0, dot);
    if (dot != std::string_view::npos) result.overload = result.fullName.substr(dot + 1);
    parameters(result);
    expect(" -> ");
    returns(result);
    if (at_ != text_.size()) mistake::theSchemaIsNotWellFormed();
    return result;
  }

private:
  constexpr bool next(std::string_view token) {
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  constexpr void expect(std::string_view token) {
    if (!next(token)) mistake::theSchemaIsNotWellFormed();
  }
  /// The text before the next `end`, which is passed over.
  constexpr std::string_view upTo(char end) {
    const std::size_t stop = text_.find(end, at_);
    if (stop == std::string_view::npos || stop == at_) mistake::theSchemaIsNotWellFormed();
    const auto found = text_.substr(at_, stop - at_);
    at_ = stop + 1;
    return found;
  }
  static constexpr bool isWord(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }
  constexpr std::string_view word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && isWord(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  constexpr void parameters(Schema& result) {
    bool keywordOnly = false;
    if (next(")")) return;
    do {
      if (next("*")) {
        keywordOnly = true;
        continue;
      }
      if (result.parameterCount == maxParameters) mistake::theSchemaHasTooManyParameters();
      result.parameters[result.parameterCount++] = parameter(keywordOnly);
    } while (next(", "));
    expect(")");
  }

  constexpr SchemaParameter parameter(bool keywordOnly) {
    SchemaParameter result;
    result.type = type();
    expect(" ");
    result.name = word();
    if (result.name.empty()) mistake::theSchemaIsNotWellFormed();
    result.keywordOnly = keywordOnly;
    if (next("=")) {
      result.hasDefault = true;
      result.defaultText = defaultText();
      if (result.defaultText.empty()) mistake::theSchemaIsNotWellFormed();
    }
    return result;
  }

  /// Up to the comma or parenthesis that ends the parameter: not one inside brackets or quotes.
  constexpr std::string_view defaultText() {
    const std::size_t start = at_;
    bool quoted = false;
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') quoted = !quoted;
      if (quoted) continue;
      if (c == '[') ++depth;
      if (c == ']') --depth;
      if (depth == 0 && (c == ',' || c == ')')) break;
    }
    return text_.substr(start, at_ - start);
  }

  constexpr SchemaType type() {
    SchemaType result;
    result.kind = kind();
    if (next("(")) {
      result.written = upTo(')').find('!') != std::string_view::npos;
      result.aliased = !result.written;
    }
    bool question = next("?");
    if (next("[")) {
      result.list = true;
      result.optionalItem = question;
      for (const char digit : word()) {
        if (digit < '0' || digit > '9' || result.listSize > 99) mistake::theSchemaIsNotWellFormed();
        result.listSize = result.listSize * 10 + (digit - '0');
      }
      expect("]");
      question = next("?");
    }
    result.optional = question;
    return result;
  }

  constexpr Kind kind() {
    const std::string_view name = word();
    for (const NamedKind& row : namedKinds)
      if (row.name == name) return row.kind;
    mistake::theSchemaHasAnUnknownType();
  }

  constexpr void returns(Schema& result) {
    if (!next("(")) return returned(result);
    if (next(")")) return;
    do returned(result);
    while (next(", "));
    expect(")");
  }
  constexpr void returned(Schema& result) {
    if (result.returnCount == maxReturns) mistake::theSchemaHasTooManyParameters();
    result.returns[result.returnCount++] = type();
    if (next(" ") && word().empty()) mistake::theSchemaIsNotWellFormed();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

} // namespace detail

/// The parts of a schema string, which must outlive the result.
constexpr Schema parseSchema(std::string_view text) { return detail::SchemaReader(text).schema(); }

} // namespace cobra::ops
