#include "predictor/graph/json_item.h"

#include "predictor/encode/literal.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>
#include <vector>

namespace cobra {
namespace {

using Json = nlohmann::json;

std::string lineAndColumn(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t column = offset - (before.rfind('\n') + 1) + 1; // npos + 1 is 0: the first line
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// Watches the parser: nesting, and keys that an object has already.
class Watch {
public:
  bool operator()(int /*depth*/, Json::parse_event_t event, Json& parsed) {
    switch (event) {
    case Json::parse_event_t::object_start:
    case Json::parse_event_t::array_start:
      if (open_.size() == maxDocumentDepth)
        throw Refusal{"the document: is nested more than " + std::to_string(maxDocumentDepth) + " deep"};
      open_.emplace_back();
      break;
    case Json::parse_event_t::object_end:
    case Json::parse_event_t::array_end: open_.pop_back(); break;
    case Json::parse_event_t::key: {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!open_.back().insert(key).second) throw Refusal{"the document: the key " + literal::shown(key) + " stands twice in one object"};
      break;
    }
    case Json::parse_event_t::value: break;
    }
    return true;
  }

private:
  std::vector<std::unordered_set<std::string>> open_; // keys of the objects around the parser's position
};

} // namespace

Json parseDocument(std::string_view text) {
  if (text.size() > maxDocumentBytes)
    throw Refusal{"the document: is " + std::to_string(text.size()) + " bytes long, at most " + std::to_string(maxDocumentBytes) +
                  " are read"};
  Watch watch;
  try {
    return Json::parse(text, std::ref(watch));
  } catch (const Json::parse_error& error) {
    const std::size_t offset = error.byte > 0 ? error.byte - 1 : 0;
    if (offset >= text.size()) throw Refusal{"the document: ends too early to be JSON"};
    throw Refusal{lineAndColumn(text, offset) + ": this is not JSON"};
  } catch (const Json::exception&) {
    throw Refusal{"the document: holds a number that does not fit into a double"};
  }
}

std::string Item::place() const {
  if (!parent_) return "the document";
  std::string place = parent_->parent_ ? parent_->place() : "";
  if (key_.empty()) return place + "[" + std::to_string(index_) + "]";
  if (!place.empty()) place += '.';
  return place.append(key_);
}

void Item::refuse(const std::string& sentence) const { throw Refusal{place() + ": " + sentence}; }

void Item::onlyKeys(std::initializer_list<std::string_view> keys) const {
  if (!json_->is_object()) refuse("is not an object");
  for (const auto& [key, value] : json_->items())
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) refuse("has the unknown key " + literal::shown(key));
}

Item Item::at(std::string_view key) const& {
  if (auto found = find(key)) return *found;
  refuse("has no '" + std::string(key) + "'");
}

std::optional<Item> Item::find(std::string_view key) const& {
  if (!json_->is_object()) refuse("is not an object");
  const auto found = json_->find(key);
  if (found == json_->end()) return std::nullopt;
  return Item(*found, *this, key, 0);
}

std::size_t Item::size() const {
  if (!json_->is_array()) refuse("is not an array");
  return json_->size();
}

Item Item::operator[](std::size_t index) const& { return Item((*json_)[index], *this, {}, index); }

const std::string& Item::text(std::size_t longest) const {
  if (!json_->is_string()) refuse("is not a string");
  const auto& text = json_->get_ref<const std::string&>();
  if (text.size() > longest) refuse("is a string of more than " + std::to_string(longest) + " bytes");
  const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), control)) refuse("has a control character");
  return text;
}

std::int64_t Item::count() const {
  if (!json_->is_number_integer()) refuse("is not an integer");
  if (json_->is_number_unsigned()) {
    if (json_->get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) refuse("does not fit into 63 bits");
  } else if (json_->get<std::int64_t>() < 0) {
    refuse("is negative");
  }
  return json_->get<std::int64_t>();
}

unsigned Item::position() const {
  const std::int64_t value = count();
  if (value > std::numeric_limits<std::int32_t>::max()) refuse("is no line or column");
  return static_cast<unsigned>(value);
}

double Item::milliseconds() const {
  if (!json_->is_number()) refuse("is not a number");
  const double value = json_->get<double>();
  if (!std::isfinite(value) || value < 0) refuse("is not a time");
  return value;
}

bool Item::flag() const {
  if (!json_->is_boolean()) refuse("is neither true nor false");
  return json_->get<bool>();
}

} // namespace cobra
