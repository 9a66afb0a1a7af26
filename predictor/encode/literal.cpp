#include "predictor/encode/literal.h"

#include <array>
#include <charconv>
#include <cmath>

namespace cobra::literal {
namespace {

// Longest results: "-9223372036854775808" and "-2.2250738585072014e-308".
template <typename Number> void appendShortest(std::string& out, Number value) {
  std::array<char, 32> text;
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), written.ptr);
}

constexpr std::size_t shownBytes = 40;

} // namespace

void append(std::string& out, std::int64_t value) { appendShortest(out, value); }

void append(std::string& out, double value) {
  if (std::isnan(value)) { // one spelling for every sign and payload
    out += "nan";
    return;
  }
  const std::size_t start = out.size();
  appendShortest(out, value);
  if (std::isfinite(value) && out.find_first_of(".e", start) == std::string::npos) out += ".0";
}

void append(std::string& out, bool value) { out += value ? "True" : "False"; }

void append(std::string& out, DType dtype) { out += longName(dtype); }

void append(std::string& out, const TensorType& tensor) {
  out += shortName(tensor.dtype);
  char separator = '[';
  for (const std::int64_t size : tensor.shape) {
    out += separator;
    append(out, size);
    separator = ',';
  }
  out += tensor.shape.empty() ? "[]" : "]";
}

void appendQuoted(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  out += '\'';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
    case '\\': out += "\\\\"; break;
    case '\'': out += "\\'"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default:
      if (byte >= 0x20 && byte < 0x7f)
        out += c;
      else
        out.append("\\x").append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
    }
  }
  out += '\'';
}

std::string shown(std::string_view text) {
  std::string out;
  appendQuoted(out, text.substr(0, shownBytes));
  if (text.size() > shownBytes) out.insert(out.size() - 1, "...");
  return out;
}

} // namespace cobra::literal
