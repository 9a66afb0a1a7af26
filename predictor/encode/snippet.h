// The canonical snippet: one operator call as text. Two calls that do the same work have the same snippet.
//
//   aten::conv2d(input=f32[1,64,56,56],weight=f32[64,64,3,3],bias=None,stride=[1,1],padding=[1,1],dilation=[1,1],groups=1)
//
// The grammar is docs/snippet.md. Pure functions, any thread.
#pragma once

#include "predictor/ops/registry.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cobra {

/// One operator call with all its arguments in schema order, defaults filled in.
struct Call {
  const ops::Operator* op = nullptr;
  std::vector<Argument> arguments;

  bool operator==(const Call&) const = default;
};

/// Why a snippet could not be read: one sentence and the byte it is about.
struct SnippetError {
  std::string sentence;
  std::size_t offset = 0;
};

/// Longest snippet that is read, in bytes; most dimensions of a tensor in it.
inline constexpr std::size_t maxSnippetBytes = 1 << 20;
inline constexpr std::size_t maxSnippetRank = 64;

/// The one form of a call that does the same work: an integer where the schema has a float becomes that
/// float, a single value where it has a list ("int[2]") is repeated, an empty list takes the schema's element
/// kind. Other arguments stay as they are.
Call normalized(Call call);
/// Of a normalized call with all its arguments; empty if call.op is null.
std::string printSnippet(const Call& call);
/// Exactly the inverse of printSnippet: parse(print(c)) == c for a normalized c whose arguments fit the
/// schema, and print(parse(s)) == s for every accepted s. Never throws, whatever the text is.
std::variant<Call, SnippetError> parseSnippet(std::string_view text);
/// One argument in snippet form ("f32[2,3]", "[1,1]", "None").
std::string printArgument(const Argument& argument);

} // namespace cobra
