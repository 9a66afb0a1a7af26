#include "test/unit/support/mutation.h"

#include <array>

namespace cobra::test {
namespace {

// What distributions draw is left to each standard library; plain remainders are the same everywhere.
std::size_t below(std::size_t count, std::mt19937_64& random) { return count ? random() % count : 0; }

constexpr std::array<std::string_view, 24> splices = {
    "[",    "]",   "{",    "}",    ",",    "\"",       "'",  "\\x00", "-", "99999999999999999999", "1e999", "NaN", "::", "None", "True",
    "null", "\\u", "f32[", "0x1f", "[[[[", "\xff\xfe", "-0", "1.0",   "?"};

void mutateOnce(std::string& text, std::mt19937_64& random) {
  const std::size_t at = below(text.size() + 1, random), length = below(12, random);
  switch (below(6, random)) {
  case 0: // a bit
    if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8, random)));
    break;
  case 1: text.erase(at, length); break;
  case 2: text.insert(at, text.substr(below(text.size() + 1, random), length)); break;
  case 3: text.insert(at, splices[below(splices.size(), random)]); break;
  case 4: // a digit
    if (const auto digit = text.find_first_of("0123456789", at); digit != std::string::npos)
      text[digit] = static_cast<char>('0' + below(10, random));
    break;
  default: // the end, seldom
    if (below(4, random) == 0) text.resize(at);
  }
}

} // namespace

std::string mutated(std::string text, std::mt19937_64& random) {
  for (std::size_t i = 1 + below(4, random); i > 0; --i) mutateOnce(text, random);
  return text;
}

} // namespace cobra::test
