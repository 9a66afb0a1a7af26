#include "predictor/ops/space_notation.h"

#include <array>
#include <charconv>
#include <utility>

namespace cobra::ops::space {
namespace {

constexpr bool isDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool isWord(char c) { return isDigit(c) || isUpper(c) || (c >= 'a' && c <= 'z') || c == '_'; }

/// Deeper nesting than any space needs.
constexpr int maxDepth = 32;

/// Recursive descent; after the first mistake it stops wherever it is.
class Parser {
public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::variant<Space, Mistake> space() {
    Space result;
    for (skip(); at_ < text_.size() && ok(); skip()) {
      Assignment assignment{std::string(word()), {}};
      if (assignment.parameter.empty()) fail("a parameter's name is missing");
      if (!next(':')) fail("':' is missing after a parameter's name");
      assignment.value = choice();
      result.push_back(std::move(assignment));
    }
    if (!ok()) return Mistake{mistake_};
    return result;
  }

private:
  bool ok() const { return mistake_.empty(); }
  void fail(std::string_view what) {
    if (ok()) mistake_ = std::string(what) + " at byte " + std::to_string(at_) + " of '" + std::string(text_) + "'";
  }
  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  char peek() {
    skip();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool next(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  std::string_view word() {
    skip();
    const std::size_t start = at_;
    while (at_ < text_.size() && isWord(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  /// value | value | ..., all of it bound where a size's name stands in front: "C:16|32".
  Node choice() {
    if (++depth_ > maxDepth) fail("too deeply nested");
    Node result{Node::Type::Choice, 0, 0, 0, bound(), {}};
    if (ok()) do
        result.children.push_back(range());
      while (next('|') && ok());
    --depth_;
    const std::string name = std::exchange(result.text, {});
    if (result.children.size() == 1) result = Node(std::move(result.children.front()));
    if (name.empty()) return result;
    return {Node::Type::Bind, 0, 0, 0, name, {std::move(result)}};
  }

  /// The name in "C:", empty where there is none.
  std::string bound() {
    if (!isUpper(peek())) return {};
    const std::size_t start = at_;
    const std::string_view name = word();
    if (next(':')) return std::string(name);
    at_ = start;
    return {};
  }

  Node range() {
    Node first = sum();
    skip();
    if (text_.substr(at_, 2) != "..") return first;
    at_ += 2;
    return binary(Node::Type::Range, 0, std::move(first), sum());
  }

  static Node binary(Node::Type type, char sign, Node left, Node right) {
    Node result{type, 0, 0, sign, {}, {}};
    result.children.push_back(std::move(left));
    result.children.push_back(std::move(right));
    return result;
  }

  Node sum() {
    Node left = product();
    for (char sign = peek(); ok() && (sign == '+' || sign == '-'); sign = peek()) {
      ++at_;
      left = binary(Node::Type::Sum, sign, std::move(left), product());
    }
    return left;
  }

  Node product() {
    Node left = atom();
    for (char sign = peek(); ok() && (sign == '*' || sign == '/'); sign = peek()) {
      ++at_;
      left = binary(Node::Type::Sum, sign, std::move(left), atom());
    }
    return left;
  }

  Node atom() {
    const char c = peek();
    if (c == '(') {
      ++at_;
      Node inner = choice();
      if (!next(')')) fail("')' is missing");
      return inner;
    }
    if (c == '[') return list({});
    if (c == '\'') return quoted();
    if (isDigit(c) || c == '-') return number();
    const std::string name(word());
    if (name.empty()) {
      fail("a value is missing");
      return {};
    }
    if (peek() == '[') return list(name);
    if (!next('(')) return {Node::Type::Word, 0, 0, 0, name, {}};
    Node call{Node::Type::Call, 0, 0, 0, name, {}};
    do call.children.push_back(choice());
    while (next(',') && ok());
    if (!next(')')) fail("')' is missing");
    return call;
  }

  Node quoted() {
    const std::size_t end = text_.find('\'', ++at_);
    if (end == std::string_view::npos) {
      fail("the closing quote is missing");
      return {};
    }
    Node result{Node::Type::Text, 0, 0, 0, std::string(text_.substr(at_, end - at_)), {}};
    at_ = end + 1;
    return result;
  }

  /// A point followed by another point is a range, not a fraction.
  Node number() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && isDigit(text_[end])) ++end;
    const bool real = text_.substr(end, 1) == "." && text_.substr(end, 2) != "..";
    if (real)
      for (++end; end < text_.size() && (isDigit(text_[end]) || text_[end] == 'e' || (text_[end] == '-' && text_[end - 1] == 'e'));) ++end;
    Node result{real ? Node::Type::Real : Node::Type::Integer, 0, 0, 0, {}, {}};
    const char* const first = text_.data() + at_;
    const char* const last = text_.data() + end;
    const auto read = real ? std::from_chars(first, last, result.real) : std::from_chars(first, last, result.integer);
    if (read.ec != std::errc() || read.ptr != last) fail("a number cannot be read");
    at_ = end;
    return result;
  }

  Node list(const std::string& dtype) {
    Node result{Node::Type::List, 0, 0, 0, dtype, {}};
    ++at_; // '['
    if (next(']')) return result;
    do {
      Node item = choice();
      if (next('^')) item = binary(Node::Type::Repeat, 0, std::move(item), range());
      result.children.push_back(std::move(item));
    } while (next(',') && ok());
    if (!next(']')) fail("']' is missing");
    return result;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string mistake_;
};

} // namespace

std::variant<Space, Mistake> parse(std::string_view text) { return Parser(text).space(); }

} // namespace cobra::ops::space
