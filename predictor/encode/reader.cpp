#include "predictor/encode/reader.h"

#include "predictor/encode/literal.h"

#include <charconv>

namespace cobra {
namespace {

// No number needs more: "-2.2250738585072014e-308" has 24 characters.
constexpr std::size_t maxNumberBytes = 64;

template <typename T> std::string spelled(const T& value) {
  std::string out;
  literal::append(out, value);
  return out;
}

template <typename T> std::from_chars_result number(std::string_view word, T& value) {
  return std::from_chars(word.data(), word.data() + word.size(), value);
}

bool looksWhole(std::string_view word) {
  if (!word.empty() && word.front() == '-') word.remove_prefix(1);
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

} // namespace

bool SnippetReader::fail(std::string sentence, std::size_t offset) {
  if (!error_) error_ = SnippetError{std::move(sentence), offset};
  return false;
}

bool SnippetReader::failExpected(std::string_view what) {
  std::string sentence = "expected " + std::string(what) + ", found ";
  const std::string_view word = peekWord();
  sentence += atEnd() ? "the end" : literal::shown(word.empty() ? text_.substr(at_, 1) : word);
  return fail(std::move(sentence));
}

bool SnippetReader::accept(std::string_view wanted) {
  if (error_ || text_.substr(at_, wanted.size()) != wanted) return false;
  at_ += wanted.size();
  return true;
}

bool SnippetReader::expect(std::string_view wanted, std::string_view what) { return accept(wanted) || failExpected(what); }

std::string_view SnippetReader::peekWord() const {
  const std::string_view rest = text_.substr(at_);
  return rest.substr(0, rest.find_first_of(",()[]='"));
}

std::string_view SnippetReader::takeWord() {
  const std::string_view word = peekWord();
  at_ += word.size();
  return word;
}

bool SnippetReader::tooLong(std::string_view word) {
  if (word.size() <= maxNumberBytes) return false;
  fail("a number of " + std::to_string(word.size()) + " characters is too long");
  return true;
}

bool SnippetReader::read(std::int64_t& value) {
  const std::string_view word = peekWord();
  if (!looksWhole(word)) return failExpected("an integer");
  if (tooLong(word)) return false;
  const auto [end, problem] = number(word, value);
  if (problem == std::errc::result_out_of_range) return fail("the integer " + literal::shown(word) + " does not fit into 64 bits");
  if (spelled(value) != word) return fail("the integer " + literal::shown(word) + " is written " + spelled(value));
  at_ += word.size();
  return true;
}

bool SnippetReader::read(double& value) {
  const std::string_view word = peekWord();
  if (tooLong(word)) return false;
  const auto [end, problem] = number(word, value);
  if (problem == std::errc::invalid_argument || end != word.data() + word.size()) return failExpected("a number");
  if (problem == std::errc::result_out_of_range) return fail("the number " + literal::shown(word) + " does not fit into a double");
  if (spelled(value) != word) return fail("the number " + literal::shown(word) + " is written " + spelled(value) + " here");
  at_ += word.size();
  return true;
}

bool SnippetReader::read(bool& value) {
  const std::string_view word = peekWord();
  if (word != "True" && word != "False") return failExpected("True or False");
  value = word == "True";
  at_ += word.size();
  return true;
}

bool SnippetReader::read(DType& value) {
  const std::string_view word = peekWord();
  const auto dtype = dtypeFromName(word);
  if (!dtype || longName(*dtype) != word) return failExpected("a dtype such as float32");
  value = *dtype;
  at_ += word.size();
  return true;
}

bool SnippetReader::read(TensorType& value) {
  const std::string_view word = peekWord();
  const auto dtype = dtypeFromName(word);
  if (!dtype || shortName(*dtype) != word) return failExpected("a tensor such as f32[2,3]");
  at_ += word.size();
  value.dtype = *dtype;
  value.shape.clear();
  if (!expect("[", "'[' and the sizes of the tensor")) return false;
  if (accept("]")) return true;
  do {
    if (value.shape.size() == maxSnippetRank) return fail("a tensor has more than " + std::to_string(maxSnippetRank) + " dimensions");
    const std::size_t start = at_;
    std::int64_t size = 0;
    if (!read(size)) return false;
    if (size < 0) return fail("the size " + std::to_string(size) + " of a tensor is negative", start);
    value.shape.push_back(size);
  } while (accept(","));
  return expect("]", "',' or ']'");
}

bool SnippetReader::readEscape(std::string& value) {
  static constexpr std::string_view letters = "\\'nrt", meanings = "\\'\n\r\t", hex = "0123456789abcdef";
  const std::size_t start = at_ - 1;
  const std::string_view rest = text_.substr(at_, 3);
  if (rest.empty()) return fail("the text ends inside an escape", start);
  if (const auto letter = letters.find(rest[0]); letter != std::string_view::npos) {
    value += meanings[letter];
    at_ += 1;
    return true;
  }
  if (rest[0] != 'x') return fail("'\\' is followed by none of \\ ' n r t x", start);
  const auto high = rest.size() == 3 ? hex.find(rest[1]) : std::string_view::npos;
  const auto low = rest.size() == 3 ? hex.find(rest[2]) : std::string_view::npos;
  if (high == std::string_view::npos || low == std::string_view::npos) return fail("\\x is not followed by two of 0-9a-f", start);
  const char byte = static_cast<char>(high * 16 + low);
  std::string only;
  literal::appendQuoted(only, std::string_view(&byte, 1));
  if (only.substr(1, only.size() - 2) != text_.substr(start, 4))
    return fail(literal::shown(text_.substr(start, 4)) + " is written " + only.substr(1, only.size() - 2), start);
  value += byte;
  at_ += 3;
  return true;
}

bool SnippetReader::read(std::string& value) {
  const std::size_t start = at_;
  if (!expect("'", "text in single quotes")) return false;
  value.clear();
  while (!accept("'")) {
    if (atEnd()) return fail("the text that starts here has no closing quote", start);
    if (accept("\\")) {
      if (!readEscape(value)) return false;
      continue;
    }
    const char c = text_[at_];
    if (c < 0x20 || c >= 0x7f) return fail("a byte that is not printable ASCII is written \\xhh");
    value += c;
    ++at_;
  }
  return true;
}

bool SnippetReader::readScalar(Argument& value) {
  const std::string_view word = peekWord();
  if (word == "True" || word == "False") return read(value.emplace<bool>());
  if (looksWhole(word)) return read(value.emplace<std::int64_t>());
  return read(value.emplace<double>());
}

} // namespace cobra
