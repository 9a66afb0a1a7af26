// The syntax of sampling spaces (docs/adding-an-operator.md), as a tree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cobra::ops::space {

struct Node {
  enum class Type : std::uint8_t {
    Integer, // integer
    Real,    // real
    Text,    // text, from 'mean'
    Word,    // text: a size, a parameter, a dtype, None, True or False
    List,    // [children]; text is the dtype in front, if any
    Choice,  // one of the children
    Range,   // from the first child to the second
    Sum,     // the first child `sign` the second: + - * /
    Bind,    // the child's value, kept under `text`
    Repeat,  // the first child as often as the second says; only inside a list
    Call     // text(children)
  };
  Type type = Type::Integer;
  std::int64_t integer = 0;
  double real = 0;
  char sign = 0;
  std::string text;
  std::vector<Node> children;
};

struct Assignment {
  std::string parameter;
  Node value;
};

/// In the order in which they are drawn.
using Space = std::vector<Assignment>;

/// One sentence with the byte it is about.
struct Mistake {
  std::string sentence;
};

std::variant<Space, Mistake> parse(std::string_view text);

} // namespace cobra::ops::space
