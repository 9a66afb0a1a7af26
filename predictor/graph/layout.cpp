#include "predictor/graph/layout.h"

#include <optional>

namespace cobra {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t lineLength = 100;

std::string compact(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// No fewer characters than this stand in the text of a container; saves writing out what cannot fit.
std::size_t leastLength(const Json& json) {
  std::size_t least = 2;
  for (const auto& item : json) {
    least += item.is_structured() ? leastLength(item) + 1 : 2;
    if (least > lineLength) break;
  }
  return least;
}

std::optional<std::string> onOneLine(const Json& json) {
  if (json.is_structured() && leastLength(json) > lineLength) return std::nullopt;
  std::string text = compact(json);
  if (json.is_structured() && text.size() > lineLength) return std::nullopt;
  return text;
}

} // namespace

void layOut(std::string& out, const Json& json, std::size_t indent) {
  if (const auto line = onOneLine(json)) {
    out += *line;
    return;
  }
  std::string inner(indent + 3, ' ');
  inner.front() = '\n';
  out += json.is_object() ? '{' : '[';
  bool first = true;
  for (const auto& [key, value] : json.items()) {
    if (!first) out += ',';
    first = false;
    out += inner;
    if (json.is_object()) out.append(compact(key)).append(": ");
    layOut(out, value, indent + 2);
  }
  out += inner.substr(0, indent + 1);
  out += json.is_object() ? '}' : ']';
}

} // namespace cobra
